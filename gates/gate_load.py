"""The load gate: does the target stand the load that is declared for it?

It judges what was measured before the tests began; it opens no socket.
"""

from collections.abc import Callable

from gates.plan import Check

GATE = "load"


def test_load(check: Check, judge_measured: Callable[[Check], None]) -> None:
    """One profile of load: its objectives, the generator's health, what the target used, and its baseline."""
    judge_measured(check)
