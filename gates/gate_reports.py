"""Gates over test results, or over files of several kinds: each judges what the environment maps to it."""

from collections.abc import Callable

from gates.plan import Check


def test_reports(check: Check, judge_reports: Callable[[Check], None]) -> None:
    """One gate's report files."""
    judge_reports(check)
