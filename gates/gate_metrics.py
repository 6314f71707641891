"""The metrics gate: what do Prometheus or the service's own page say, and does the monitoring itself work?

It judges what was asked before the tests began; it opens no socket.
"""

from collections.abc import Callable

from gates.plan import Check

GATE = "metrics"


def test_metrics(check: Check, judge_measured: Callable[[Check], None]) -> None:
    """One query, the page of metrics, or one part of the monitoring."""
    judge_measured(check)
