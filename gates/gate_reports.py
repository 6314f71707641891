"""Gates over what other jobs measured: each judges the report files that the environment maps to it."""

from collections.abc import Callable

from gates.plan import Check


def test_reports(check: Check, judge_reports: Callable[[Check], None]) -> None:
    """One gate's report files."""
    judge_reports(check)
