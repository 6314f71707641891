"""The services gate: are the data services that the release stands on well?

It judges what was looked at before the tests began; it opens no socket.
"""

from collections.abc import Callable

from gates.plan import Check

GATE = "services"


def test_services(check: Check, judge_measured: Callable[[Check], None]) -> None:
    """One database, cache, broker, store or other service."""
    judge_measured(check)
