"""When arrivals are due: fixed by the plan and its seed, before the first request, and the same in every process."""

import bisect
import itertools
import math
import random
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from load.mix import Journey
from load.shape import Phase


class Arrival(NamedTuple):
    """One beginning of a journey: when it is due (seconds since the start), and the index of the journey in the mix."""

    due: float
    journey: int


def arrivals(
    phases: Sequence[Phase], mix: Sequence[Journey], seed: int, *, poisson: bool, worker: int = 0, workers: int = 1
) -> Iterator[Arrival]:
    """The arrivals of one of `workers` processes: number `worker`, `worker + workers`, ... of the one common schedule.

    The k-th arrival is due when the area under the rate reaches k (constant distances at a constant rate), or a sum of
    exponential distances with the mean 1 (a Poisson process of that rate, by inversion of its cumulative rate: Çinlar,
    Introduction to Stochastic Processes, 1975).
    """
    times = _inverted(phases, _exponential(seed) if poisson else itertools.count(0.0))
    chosen = journeys(mix, seed)
    return itertools.islice(map(Arrival, times, chosen), worker, None, workers)


def journeys(mix: Sequence[Journey], seed: int) -> Iterator[int]:
    """An endless draw of journeys (their index in the mix), by weight."""
    bounds = list(itertools.accumulate(journey.weight for journey in mix))
    draw = random.Random(f"mix {seed}").random  # noqa: S311 - a draw that can be repeated is what is wanted
    last = len(bounds) - 1
    while True:
        yield min(last, bisect.bisect_right(bounds, draw() * bounds[-1]))


def _exponential(seed: int) -> Iterator[float]:
    draw = random.Random(f"arrivals {seed}").expovariate  # noqa: S311 - the same
    return itertools.accumulate(draw(1.0) for _ in itertools.count())


def _inverted(phases: Sequence[Phase], areas: Iterator[float]) -> Iterator[float]:
    """The times at which the area under the rate reaches each of `areas`, which rise."""
    began, before = 0.0, 0.0
    area = next(areas)
    for phase in phases:
        whole = phase.seconds * (phase.start + phase.end) / 2
        while area < before + whole:
            yield began + min(_time_in(phase, area - before), math.nextafter(phase.seconds, 0))
            area = next(areas)
        began, before = began + phase.seconds, before + whole


def _time_in(phase: Phase, area: float) -> float:
    """When the area under a phase's straight line has reached `area`: the root of `start·t + slope·t²/2 = area`."""
    slope = (phase.end - phase.start) / phase.seconds
    # This form of the root does not divide by the slope, which may be 0.
    root = math.sqrt(max(0.0, phase.start * phase.start + 2 * slope * area))
    return 2 * area / (phase.start + root) if phase.start + root else 0.0
