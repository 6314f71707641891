"""Gates over report files: one module for each kind of report, and `judge` for a gate with any of them."""

from gates.reported.judge import judge
from gates.reported.value import Reported

__all__ = ["Reported", "judge"]
