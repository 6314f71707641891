"""The exit codes of `pytest --env` and of every `tidegate` command."""

from enum import IntEnum
from typing import assert_never

from reports.gate_report import DecisionKind


class ExitCode(IntEnum):
    """0 promote · 1 reject · 2 interrupted · 3 internal error · 4 wrong usage or configuration · 10 hold."""

    PROMOTE = 0
    REJECT = 1
    INTERRUPTED = 2
    INTERNAL_ERROR = 3
    USAGE = 4
    HOLD = 10

    @classmethod
    def of(cls, kind: DecisionKind) -> "ExitCode":
        """The code of a decision."""
        match kind:
            case DecisionKind.PROMOTE:
                return cls.PROMOTE
            case DecisionKind.HOLD:
                return cls.HOLD
            case DecisionKind.REJECT:
                return cls.REJECT
            case unreachable:
                assert_never(unreachable)
