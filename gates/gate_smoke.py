"""The smoke gate: the journeys of a user, walked step by step over real HTTP."""

from collections.abc import Callable

from gates.plan import Check

GATE = "smoke"


def test_journey(check: Check, walk: Callable[[Check], None]) -> None:
    """One journey; a step that fails leaves the steps after it unjudged."""
    walk(check)
