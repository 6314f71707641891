"""Security gates: what scanners found, by severity and kind, less what is waived and what was there before."""

from collections.abc import Callable

from gates.plan import Check


def test_findings(check: Check, judge_reports: Callable[[Check], None]) -> None:
    """One gate's reports of findings."""
    judge_reports(check)
