"""The exit codes of `tidegate release`, for people and pipelines. Nothing is ever rolled back because of one."""

from typing import Final, assert_never

from gates.exit_codes import ExitCode
from releases.way import Outcome

#: Waits for people, and no user is on the candidate.
WAITING: Final = 11
#: What serves users is not what it should be, or nobody knows what does: page somebody.
UNKNOWN: Final = 12


def code_of(outcome: Outcome) -> int:
    """0 promoted · 1 refused or rolled back · 2 interrupted · 10 held · 11 waiting · 12 unknown."""
    match outcome:
        case Outcome.PROMOTED:
            return ExitCode.PROMOTE
        case Outcome.REFUSED | Outcome.ROLLED_BACK:
            return ExitCode.REJECT
        case Outcome.INTERRUPTED:
            return ExitCode.INTERRUPTED
        case Outcome.HELD:
            return ExitCode.HOLD
        case Outcome.WAITING:
            return WAITING
        case Outcome.UNKNOWN:
            return UNKNOWN
        case unreachable:
            assert_never(unreachable)
