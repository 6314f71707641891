"""Coverage gates: each component's lines, branches and changed lines against the environment's limits."""

from collections.abc import Callable

from gates.plan import Check


def test_coverage(check: Check, judge_reports: Callable[[Check], None]) -> None:
    """One gate's coverage reports."""
    judge_reports(check)
