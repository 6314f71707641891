"""Which limit is at least as strict as another: what a floor asks."""

import pytest

from gates.criteria import parse


@pytest.mark.parametrize(
    ("own", "floor", "strict"),
    [
        ("<= 500ms", "<= 1s", True),
        ("<= 1s", "<= 1s", True),
        ("<= 2s", "<= 1s", False),
        ("< 1s", "<= 1s", True),
        ("<= 1s", "< 1s", False),
        ("<= 1", "<= 1s", False),
        (">= 1s", "<= 1s", False),
        (">= 30d", ">= 14d", True),
        (">= 7d", ">= 14d", False),
        ("> 14d", ">= 14d", True),
        (">= 14d", "> 14d", False),
        ("between 0 and 1 s", "<= 1s", True),
        ("between 0 and 1 s", "< 1s", False),
        ("between 0 and 2 s", "<= 1s", False),
        ("between 1 and 2 s", ">= 1s", True),
        ("between 1 and 2 s", "> 1s", False),
        ("between 1 and 2 s", "between 0 and 3 s", True),
        ("between 0 and 3 s", "between 1 and 2 s", False),
        ("<= 1s", "between 0 and 1 s", False),
        ("<= 1 % with >= 500 samples", "<= 1 %", True),
        ("<= 1 %", "<= 1 % with >= 500 samples", False),
        ("<= 1 % with >= 500 samples", "<= 1 % with >= 100 samples", True),
        ("between 0 and 1 s", "<= 1s with >= 2 samples", False),
        ("= 200", "= 200", True),
        ("= 200", "one of 200, 204", True),
        ("= 200", "<= 299", True),
        ("= 500", "<= 299", False),
        ("= healthy", "<= 299", False),
        ("= 0.5 s", "<= 1s", True),
        ("one of 200, 204", "one of 200, 204, 206", True),
        ("one of 200, 404", "one of 200, 204", False),
        ("one of 200, 204", "= 200", False),
        ("one of a, b", "~ ^[ab]$", True),
        ("one of a, c", "~ ^[ab]$", False),
        ("one of 200, 204", "one of 200, 204 with >= 2 samples", False),
        ("~ ^a", "~ ^a", True),
        ("~ ^ab", "~ ^a", False),
        ("~ ^a", "~ ^a with >= 2 samples", False),
    ],
)
def test_strictness(own, floor, strict):
    """A limit is strict enough only where everything that passes it passes the floor; doubt counts as no."""
    assert parse(own).at_least_as_strict_as(parse(floor)) is strict
