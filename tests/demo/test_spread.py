"""Ratios as even sequences."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.spread import EvenSpread


def _hits(ratio, calls):
    spread = EvenSpread(ratio)
    return [spread.hit() for _ in range(calls)]


@pytest.mark.parametrize(("ratio", "expected"), [(0, []), (0.2, [5, 10, 15, 20]), (0.1, [10, 20]), (1, range(1, 21))])
def test_the_hits_are_where_the_ratio_says(ratio, expected):
    """0.2 is every fifth time, 0 never, 1 always."""
    assert [number for number, hit in enumerate(_hits(ratio, 20), 1) if hit] == list(expected)


@given(st.decimals(0, 1, places=3).map(float), st.integers(0, 300))
def test_the_count_is_never_off_by_one(ratio, calls):
    """After n calls exactly floor(n * ratio) were hits, and gaps differ by one at the most."""
    hits = _hits(ratio, calls)
    assert sum(hits) == round(ratio * 1000) * calls // 1000
    places = [number for number, hit in enumerate(hits) if hit]
    gaps = {b - a for a, b in pairwise(places)}
    assert not gaps or max(gaps) - min(gaps) <= 1
