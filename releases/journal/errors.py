"""What can go wrong with the journal.

StoreError              (reports.store) it can't be read or written
└── JournalError
    ├── BusyError       another release of this service runs in this environment
    ├── LostError       another holder has taken over since: nothing may be done any more
    └── UnknownError    there is no such release
"""

from reports.store.interface import StoreError


class JournalError(StoreError):
    """The journal refuses."""


class BusyError(JournalError):
    """Somebody else holds the lock; the message says who, since when, and what to do."""


class LostError(JournalError):
    """The lock was lost: somebody else acts now, so this process has to stop."""


class UnknownError(JournalError):
    """There is no such release in the journal."""
