"""Quality gates: complexity, duplication and SonarQube's own gate, by S4-11 where nothing else is said."""

from collections.abc import Callable

from gates.plan import Check


def test_quality(check: Check, judge_reports: Callable[[Check], None]) -> None:
    """One gate's reports of quality."""
    judge_reports(check)
