"""Accessibility gates: Lighthouse's scores and axe's violations, by S4-12 where nothing else is said."""

from collections.abc import Callable

from gates.plan import Check


def test_pages(check: Check, judge_reports: Callable[[Check], None]) -> None:
    """One gate's reports of pages."""
    judge_reports(check)
