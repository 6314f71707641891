"""Arrivals: fixed by plan and seed, shared without rest, as many as the shape says."""

import itertools
import statistics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from load.schedule import arrivals, journeys
from load.shape import Phase, Shape
from tests.load.examples import get

MIX = (get("/a", weight=3), get("/b"))
phases = st.lists(
    st.builds(Phase, st.integers(1, 5), st.floats(0, 50), st.floats(0, 50)), min_size=1, max_size=4
).filter(lambda some: any(phase.start + phase.end > 0 for phase in some))


def dues(shape, *, poisson=False, seed=1):
    return [arrival.due for arrival in arrivals(shape.phases, MIX, seed, poisson=poisson)]


def test_a_constant_rate_has_constant_distances():
    """100/s for 3 s: 300 arrivals, 10 ms apart, the first at once."""
    times = dues(Shape.constant(100, 3))
    assert times == [pytest.approx(number / 100) for number in range(300)]


def test_a_phase_without_load_has_no_arrivals():
    """A pause in the middle."""
    shape = Shape("steps", (Phase(1, 10, 10), Phase(2, 0, 0), Phase(1, 10, 10)))
    times = dues(shape)
    assert len(times) == 20
    assert not [time for time in times if 1 < time < 3]


def test_a_ramp_becomes_denser():
    """From 0 to 100/s in 10 s: a quarter of its arrivals in the first half."""
    times = dues(Shape.ramp(0, 100, 10))
    assert len(times) == 500
    assert len([time for time in times if time < 5]) == pytest.approx(125, abs=1)


@settings(max_examples=60)
@given(phases, st.booleans(), st.integers(0, 99))
def test_arrivals_rise_within_the_run(some, poisson, seed):
    """Whatever the shape: in order, not before the start, before the end; as many as its area where not drawn."""
    shape = Shape("steps", tuple(some))
    times = dues(shape, poisson=poisson, seed=seed)
    assert times == sorted(times)
    assert all(0 <= time < shape.seconds for time in times)
    if not poisson:
        assert abs(len(times) - shape.area) <= 1


@pytest.mark.parametrize("workers", [1, 2, 3, 7])
@pytest.mark.parametrize("poisson", [False, True])
def test_workers_share_the_schedule_without_rest(workers, poisson):
    """Every arrival has exactly one worker."""
    shape = Shape.spike(5, 80, before=2, during=1, after=2)
    whole = list(arrivals(shape.phases, MIX, 3, poisson=poisson))
    shares = [
        list(arrivals(shape.phases, MIX, 3, poisson=poisson, worker=number, workers=workers))
        for number in range(workers)
    ]
    assert sorted(itertools.chain(*shares)) == whole


def test_a_poisson_process_looks_like_one():
    """Mean and deviation of its distances are both the inverse of the rate; another seed is another schedule."""
    times = dues(Shape.constant(200, 100), poisson=True)
    gaps = [after - before for before, after in itertools.pairwise(times)]
    assert len(times) == pytest.approx(20_000, rel=0.03)
    assert statistics.mean(gaps) == pytest.approx(1 / 200, rel=0.03)
    assert statistics.stdev(gaps) == pytest.approx(1 / 200, rel=0.05)
    assert dues(Shape.constant(200, 100), poisson=True, seed=2) != times
    assert dues(Shape.constant(200, 100), poisson=True) == times


def test_weights_are_shares():
    """3 to 1."""
    drawn = list(itertools.islice(journeys(MIX, 1), 20_000))
    assert drawn.count(0) == pytest.approx(15_000, rel=0.03)
    assert set(drawn) == {0, 1}
