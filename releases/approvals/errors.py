"""What can go wrong with approvals.

ApprovalError           an approval is not valid, and says why
└── SigningError        ssh-keygen could not sign or verify at all: nothing is known of the approval
"""


class ApprovalError(Exception):
    """An approval that does not count."""


class SigningError(ApprovalError):
    """The tool is missing, a key can't be read, a file is broken: not knowing is not an approval."""
