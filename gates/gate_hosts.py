"""The hosts gate: are the machines and containers that the release stands on as they have to be?

It judges what was looked at before the tests began; it opens no connection.
"""

from collections.abc import Callable

from gates.plan import Check

GATE = "hosts"


def test_hosts(check: Check, judge_measured: Callable[[Check], None]) -> None:
    """One host: whether it can be reached, how full and busy it is, and everything that is expected of it."""
    judge_measured(check)
