"""The logs gate: what stands in logs since the deployment, and does what is logged arrive?

It judges what was looked at before the tests began; it opens no file.
"""

from collections.abc import Callable

from gates.plan import Check

GATE = "logs"


def test_logs(check: Check, judge_measured: Callable[[Check], None]) -> None:
    """One log."""
    judge_measured(check)
