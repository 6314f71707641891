"""Budget gates: how long the steps of a build may take, by S4-10 where nothing else is said."""

from collections.abc import Callable

from gates.plan import Check


def test_budget(check: Check, judge_reports: Callable[[Check], None]) -> None:
    """One gate's reports of durations."""
    judge_reports(check)
