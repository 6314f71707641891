"""What a person signs: which release of what, on which report, in which role, until when.

The signed bytes are one JSON object with sorted keys, no spaces and a newline. OpenSSH's signatures hold no time
(PROTOCOL.sshsig), so the statement does.
"""

import json
from dataclasses import asdict, dataclass, fields
from typing import Any

from releases.approvals.errors import ApprovalError


@dataclass(frozen=True, slots=True)
class Statement:
    """An approval, unsigned.

    `purpose`: `approve`, or `override` for break-glass; `release`: the release's id; `report`: the SHA-256 of the
    `gate-report.json` that was seen; `role`: in which the person signs; `made` and `expires`: seconds since the
    epoch; `reason`: in the person's words, needed for an override.
    """

    purpose: str
    service: str
    environment: str
    release: str
    report: str
    role: str
    made: int
    expires: int
    reason: str = ""

    @property
    def signed_bytes(self) -> bytes:
        """What the signature is over."""
        return (json.dumps(asdict(self), sort_keys=True, separators=(",", ":"), ensure_ascii=True) + "\n").encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Statement":
        """The inverse of `signed_bytes`. Raises ApprovalError for anything that is not exactly that."""
        try:
            values: Any = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise ApprovalError(f"the approval is no JSON: {error}") from None
        names = {field.name: field.type for field in fields(cls)}
        if not isinstance(values, dict) or set(values) != set(names):
            raise ApprovalError(f"an approval has exactly {', '.join(names)}")
        for name, kind in names.items():
            if not isinstance(values[name], int if kind is int else str) or isinstance(values[name], bool):
                raise ApprovalError(f"the approval's {name} is {values[name]!r}")
        statement = cls(**values)
        if statement.signed_bytes != data:
            raise ApprovalError("the approval is not written as it was signed")
        return statement
