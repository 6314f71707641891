"""How many times slower than a baseline: the ratio of a percentile of two runs, and how sure it is.

A block bootstrap (Künsch 1989): whole stretches of a run are drawn again and again, not single requests, because
requests that follow each other are slow together. So the interval is as wide as the run is uneven.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gates.objectives.objective import Subject
from gates.objectives.observed import Observed
from load.histogram import Histogram, middle

#: A run is cut into so many stretches at most, and has to have so many at least.
MOST_BLOCKS: Final = 30
FEWEST_BLOCKS: Final = 6
_DRAWS: Final = 400
_CONFIDENCE: Final = 0.95
#: The same draws for the same two runs: a report that is made again says the same.
_SEED: Final = 20_240_229


@dataclass(frozen=True, slots=True)
class Ratio:
    """`value`: of the two percentiles; `low`, `high`: between which it is with 95 % confidence. `before`, `now`: the
    percentiles in seconds; infinity where requests were never begun."""

    value: float
    low: float
    high: float
    before: float
    now: float


def blocks(observed: Observed, subject: Subject) -> list[Histogram]:
    """The times of a run in stretches of equal length, those without any left out."""
    interval = observed.measured.interval
    length = max(interval, math.ceil(observed.seconds / MOST_BLOCKS / interval) * interval)
    found = []
    for start in range(observed.start, observed.end, length):
        tally = observed.tally(subject.selector, start, start + length)
        times = tally.service if subject.service else tally.response
        if times.count:
            found.append(times)
    return found


def compared(before: Sequence[Histogram], now: Sequence[Histogram], share: float) -> Ratio | str:
    """The ratio of a percentile, or why it can't be told. Both runs come as `blocks`."""
    for which, run in (("baseline", before), ("run", now)):
        if len(run) < FEWEST_BLOCKS:
            return f"the {which} has requests in {len(run)} of its seconds, {FEWEST_BLOCKS} are needed"
    old, new = (Histogram.merged(run).percentile(share) or 0.0 for run in (before, now))
    if math.isinf(old) or not old:
        return "the baseline's own time is endless" if old else "the baseline has no time"
    if math.isinf(new):
        return Ratio(math.inf, math.inf, math.inf, old, new)
    draw = random.Random(_SEED)  # noqa: S311 - it draws samples, no secrets
    ratios = sorted(
        _over(above, below) for above, below in zip(_drawn(now, share, draw), _drawn(before, share, draw), strict=True)
    )
    edge = (1 - _CONFIDENCE) / 2
    low, high = ratios[math.floor(edge * _DRAWS)], ratios[math.ceil((1 - edge) * _DRAWS) - 1]
    return Ratio(new / old, low, high, old, new)


def _over(above: float, below: float) -> float:
    """The ratio; where the baseline was endless, too, nothing became slower."""
    return 0.0 if math.isinf(below) else above / below


def _drawn(run: Sequence[Histogram], share: float, draw: random.Random) -> list[float]:
    """The percentile of a run that is put together again from stretches of it, many times."""
    numbers = sorted({number for block in run for number in block.counts})
    counts = [[block.counts.get(number, 0) for number in numbers] for block in run]
    totals = [block.count for block in run]
    found = []
    for _ in range(_DRAWS):
        chosen = draw.choices(range(len(run)), k=len(run))
        rank = max(1, math.ceil(round(share * sum(totals[block] for block in chosen), 6)))
        found.append(_at(rank, numbers, [counts[block] for block in chosen]))
    return found


def _at(rank: int, numbers: Sequence[int], counts: Sequence[Sequence[int]]) -> float:
    for number, column in zip(numbers, zip(*counts, strict=True), strict=True):
        rank -= sum(column)
        if rank <= 0:
            return middle(number)
    return math.inf
