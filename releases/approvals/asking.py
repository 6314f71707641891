"""What people of a release under way are asked for, and how far they have answered: both stand in its journal."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from releases.approvals.policy import Signed, Standing, Wanted, standing
from releases.journal.record import Kind, Record
from releases.plan import Plan
from releases.way import ROLL_BACK
from reports.verdict import Verdict

#: What is signed: that it may come in, or that it is taken back.
APPROVE: Final = "approve"
TAKE_BACK: Final = "roll back"
#: The file of who may sign in which role, beside the environment's.
SIGNERS: Final = "allowed_signers"


def wanted_of(plan: Plan, record: Record) -> Wanted:
    """What is asked now: that the release goes back, where that was decided, else that it comes in."""
    decision = record.decision
    back = decision is not None and decision.name == ROLL_BACK
    return Wanted(
        TAKE_BACK if back else APPROVE,
        plan.service,
        plan.environment,
        plan.candidate.id,
        _report(plan, record, back=back),
        plan.approvals,
    )


def given(record: Record) -> tuple[Signed, ...]:
    """The approvals that were handed in, valid or not."""
    return tuple(
        Signed(str(entry.data.get("statement", "")).encode(), str(entry.data.get("signature", "")))
        for entry in record.entries
        if entry.kind is Kind.APPROVED
    )


def standing_of(plan: Plan, record: Record, signers: Path) -> Standing:
    """How far it is; every approval is judged anew. What was signed for another purpose is not counted here."""
    return standing(wanted_of(plan, record), given(record), signers)


def missing_roles(plan: Plan, record: Record | None, signers: Path, purpose: str) -> Sequence[str]:
    """The roles that have not signed for this purpose, as far as the journal said when this process began."""
    if record is None or not plan.approvals or wanted_of(plan, record).purpose != purpose:
        return plan.approvals
    return standing_of(plan, record, signers).missing


def _report(plan: Plan, record: Record, *, back: bool) -> str:
    """The digest of the report that people look at: the one that passed before anything moved, or the last one."""
    return next(
        (
            str(entry.data.get("report", ""))
            for entry in reversed(record.entries)
            if entry.kind is Kind.JUDGED
            and (back or (entry.name == plan.stages.pre and entry.data.get("verdict") == Verdict.PASS.value))
        ),
        "",
    )
