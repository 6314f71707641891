"""The live-security gate: what does the running target send, allow and refuse?

It judges what was looked at before the tests began; it opens no socket.
"""

from collections.abc import Callable

from gates.plan import Check

GATE = "live-security"


def test_live_security(check: Check, judge_measured: Callable[[Check], None]) -> None:
    """One page, origin rule, TLS entrance, set of paths, refusal, rate limit or service of containers."""
    judge_measured(check)
