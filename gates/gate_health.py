"""The health gate: is everything there, is it the release that was named, and does it answer as it should?

It judges what was measured before the tests began; it opens no socket.
"""

from collections.abc import Callable

from gates.plan import Check

GATE = "health"


def test_health(check: Check, judge: Callable[[Check], None]) -> None:
    """One endpoint, external service, group, readiness or the release's identity."""
    judge(check)
