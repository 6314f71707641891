"""The containers gate: do the containers that the release runs in run, the right image, and stay so?

It judges what was looked at before the tests began; it asks no engine.
"""

from collections.abc import Callable

from gates.plan import Check

GATE = "containers"


def test_containers(check: Check, judge_measured: Callable[[Check], None]) -> None:
    """The containers of one service."""
    judge_measured(check)
