"""Which roles still have to approve, and why an approval does not count."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from releases.approvals.errors import ApprovalError
from releases.approvals.ssh import Signer, verify
from releases.approvals.statement import Statement

#: How far a signer's clock may be ahead of ours, in seconds.
CLOCK_SKEW: Final = 300


@dataclass(frozen=True, slots=True)
class Signed:
    """An approval as it was handed in: the very bytes that were signed, and the signature."""

    statement: bytes
    signature: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is being approved: of which release, on which report, and who has to."""

    purpose: str
    service: str
    environment: str
    release: str
    report: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Given:
    """A valid approval."""

    role: str
    signer: Signer
    statement: Statement


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the approvals are. `refused`: why others do not count, one line each."""

    given: tuple[Given, ...]
    missing: tuple[str, ...]
    refused: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether every role has approved."""
        return not self.missing


def principal_of(role: str) -> str:
    """The role as a principal of an `allowed_signers` file, which may hold no space: `team lead` is `team-lead`."""
    return "-".join(role.split())


def standing(wanted: Wanted, approvals: Iterable[Signed], allowed_signers: Path, now: float | None = None) -> Standing:
    """Judge every approval anew. One key counts for one role only, the first in the order of the roles."""
    moment = time.time() if now is None else now
    valid: dict[str, list[Given]] = {role: [] for role in wanted.roles}
    refused: list[str] = []
    for approval in approvals:
        try:
            given = check(wanted, approval, allowed_signers, moment)
            valid[given.role].append(given)
        except ApprovalError as error:
            refused.append(str(error))
    counted: list[Given] = []
    _count(tuple(wanted.roles), valid, counted)
    keys = {given.signer.fingerprint for given in counted}
    missing = tuple(role for role in wanted.roles if role not in {given.role for given in counted})
    refused += [
        f"{role}: its key ({given.signer.fingerprint}) has approved in another role: two roles need two people"
        for role in missing
        for given in valid[role]
        if given.signer.fingerprint in keys
    ]
    return Standing(tuple(counted), missing, tuple(refused))


def _count(roles: Sequence[str], valid: dict[str, list[Given]], counted: list[Given]) -> None:
    """Give each role a key of its own, as many roles as possible: who may sign for two must not block the other one."""
    by_key: dict[str, Given] = {}

    def place(role: str, seen: set[str]) -> bool:
        for given in valid[role]:
            key = given.signer.fingerprint
            if key in seen:
                continue
            seen.add(key)
            if key not in by_key or place(by_key[key].role, seen):
                by_key[key] = given
                return True
        return False

    for role in roles:
        place(role, set())
    counted += sorted(by_key.values(), key=lambda given: roles.index(given.role))


def check(wanted: Wanted, approval: Signed, allowed_signers: Path, now: float) -> Given:
    """One approval. Raises ApprovalError that says why it does not count."""
    statement = Statement.from_bytes(approval.statement)
    if statement.role not in wanted.roles:
        asked = ", ".join(wanted.roles) or "nobody has to approve"
        raise ApprovalError(f"{statement.role!r} is no role that approves here: {asked}")
    for name in ("purpose", "service", "environment", "release", "report"):
        got, needed = getattr(statement, name), getattr(wanted, name)
        if got != needed:
            raise ApprovalError(f"{statement.role}: it is for the {name} {got!r}, wanted {needed!r}")
    if statement.made > now + CLOCK_SKEW:
        raise ApprovalError(f"{statement.role}: it was made in the future; check the clocks")
    if statement.expires <= now:
        raise ApprovalError(f"{statement.role}: it has expired; approve again")
    signer = verify(approval.statement, approval.signature, principal_of(statement.role), allowed_signers)
    return Given(statement.role, signer, statement)
