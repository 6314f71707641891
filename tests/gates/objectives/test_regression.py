"""A real regression is told from noise, and too little to tell either from nothing."""

import math
import random

import pytest

from gates.objectives.observed import Observed
from gates.objectives.regression import FEWEST_BLOCKS, MOST_BLOCKS, blocks, compared
from gates.objectives.text import parse_subject
from load.histogram import Histogram
from load.measured import Measured
from tests.gates.objectives.conftest import IDLE, made


def run(scale, *, seconds=10, each=100, seed=1):
    """Seconds of log-normal times, as Histograms."""
    draw = random.Random(seed)
    return [Histogram.of([draw.lognormvariate(-3, 0.5) * scale for _ in range(each)]) for _ in range(seconds)]


@pytest.mark.parametrize("share", [0.5, 0.95])
def test_noise_is_no_regression(share):
    """Of forty pairs of runs of one kind, the lower end of the interval is beyond 1.1 in almost none."""
    lows = [compared(run(1, seed=seed), run(1, seed=1000 + seed), share).low for seed in range(40)]
    assert sum(low > 1.1 for low in lows) <= 1


@pytest.mark.parametrize("share", [0.5, 0.95])
def test_a_regression_is_one(share):
    """Half as slow again is found in almost each of forty pairs."""
    found = [compared(run(1, seed=seed), run(1.5, seed=1000 + seed), share) for seed in range(40)]
    assert sum(ratio.low > 1.1 for ratio in found) >= 38
    assert all(ratio.low <= ratio.value <= ratio.high for ratio in found)


def test_a_slow_stretch_widens_the_interval():
    """Requests that follow each other are slow together: one slow second of ten proves nothing."""
    uneven = run(1, seed=2)
    uneven[4] = Histogram.of([3.0] * 100)
    even = compared(run(1), run(1, seed=3), 0.95)
    ratio = compared(run(1), uneven, 0.95)
    assert ratio.high / ratio.low > 5 * even.high / even.low


@pytest.mark.parametrize("which", ["baseline", "run"])
def test_too_few_seconds(which):
    """Nothing is told from five stretches; from six it is."""
    few, many = run(1, seconds=FEWEST_BLOCKS - 1), run(1)
    answer = compared(*((few, many) if which == "baseline" else (many, few)), 0.95)
    assert answer == f"the {which} has requests in 5 of its seconds, 6 are needed"
    assert not isinstance(compared(run(1, seconds=FEWEST_BLOCKS), many, 0.95), str)


def test_endless_times():
    """A baseline that never ended is none; a run that never ended is the worst."""
    endless = [Histogram({}, 10)] * 10
    assert compared(endless, run(1), 0.95) == "the baseline's own time is endless"
    assert compared(run(1), endless, 0.95).low == math.inf


def test_the_same_runs_give_the_same_answer():
    """A report that is made again says the same."""
    assert compared(run(1), run(1.2, seed=5), 0.95) == compared(run(1), run(1.2, seed=5), 0.95)


def test_long_runs_are_cut_into_a_bounded_number_of_stretches():
    """And seconds without requests are left out."""
    tallies = {at: made([0.1] * 5) for at in range(0, 600, 2)}
    measured = Measured(1, {"quote": tallies}, {}, dict.fromkeys(range(600), IDLE))
    found = blocks(Observed(measured, 0, 600, 600.0), parse_subject("p95"))
    assert len(found) == MOST_BLOCKS
    assert sum(block.count for block in found) == 1500
    short = Observed(Measured(1, {"quote": {3: made([0.1])}}, {}, {}), 0, 10, 10.0)
    assert len(blocks(short, parse_subject("p95 of quote"))) == 1
