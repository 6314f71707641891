"""Response times in logarithmic buckets: any percentile within 0.1 %, and merging that loses nothing.

Bucket `i` holds the times from `1 µs · 1.002^i` up to the next power; its value is the geometric middle, so that no
time is further than 0.1 % from the value that it is read as. What never happened at all is infinite.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Self

#: The width of a bucket. Its middle is at most sqrt(1.002) - 1 = 0.09995 % away from what fell into it.
GROWTH: Final = 1.002
#: Seconds: what is shorter is counted as this long. No request is.
SHORTEST: Final = 1e-6
_SCALE: Final = 1 / math.log(GROWTH)
_OFFSET: Final = -math.log(SHORTEST) * _SCALE
#: The bucket of a time of 31 years: a larger number in a file is not a measurement.
LAST_BUCKET: Final = math.floor(math.log(1e9) * _SCALE + _OFFSET)


def bucket(seconds: float) -> int:
    """The number of the bucket for a time. Raises ValueError for NaN, infinity and negative times."""
    if not 0 <= seconds < math.inf:
        raise ValueError(f"{seconds} s is not a time that something took")
    return min(LAST_BUCKET, int(math.log(seconds) * _SCALE + _OFFSET)) if seconds > SHORTEST else 0


def middle(number: int) -> float:
    """The seconds that a bucket stands for."""
    return SHORTEST * math.exp((number + 0.5) / _SCALE)


@dataclass(frozen=True, slots=True)
class Histogram:
    """How many times fell into each bucket, and how many are `infinite` (an arrival that was never begun)."""

    counts: Mapping[int, int] = field(default_factory=dict)
    infinite: int = 0

    def __post_init__(self) -> None:
        if self.infinite < 0 or any(count < 1 for count in self.counts.values()):
            raise ValueError("a histogram counts what happened: no count is below 1")
        if any(not 0 <= number <= LAST_BUCKET for number in self.counts):
            raise ValueError(f"a histogram has the buckets 0 to {LAST_BUCKET}")

    @classmethod
    def of(cls, seconds: Iterable[float]) -> Self:
        """Count some times; infinity is allowed. Raises ValueError for NaN and negative ones."""
        counts: dict[int, int] = {}
        infinite = 0
        for time in seconds:
            if time == math.inf:
                infinite += 1
            else:
                number = bucket(time)
                counts[number] = counts.get(number, 0) + 1
        return cls(counts, infinite)

    @classmethod
    def merged(cls, parts: "Iterable[Histogram]") -> Self:
        """All of them as one: exactly what counting everything in one histogram would have given."""
        counts: dict[int, int] = {}
        infinite = 0
        for part in parts:
            infinite += part.infinite
            for number, count in part.counts.items():
                counts[number] = counts.get(number, 0) + count
        return cls(counts, infinite)

    @property
    def count(self) -> int:
        """How many there are, infinite ones included."""
        return sum(self.counts.values()) + self.infinite

    def percentile(self, share: float) -> float | None:
        """The smallest time that at least `share` (0 < share <= 1) of all did not exceed, in seconds (nearest rank).

        None where nothing was counted; infinity where the share reaches into what never happened.
        Raises ValueError for a share that is none.
        """
        if not 0 < share <= 1:
            raise ValueError(f"a percentile is more than 0 and at most 1, not {share}")
        total = self.count
        if not total:
            return None
        # Rounded before: 0.07 * 100 is 7.000000000000001, and the seventh of a hundred is meant.
        rank = max(1, math.ceil(round(share * total, 6)))
        for number in sorted(self.counts):
            rank -= self.counts[number]
            if rank <= 0:
                return middle(number)
        return math.inf

    @property
    def mean(self) -> float | None:
        """The arithmetic mean in seconds, within 0.1 %; None where nothing was counted, infinity if one is."""
        if self.infinite:
            return math.inf
        total = self.count
        return sum(middle(number) * count for number, count in self.counts.items()) / total if total else None

    @property
    def longest(self) -> float | None:
        """The longest time, within 0.1 %."""
        return self.percentile(1)
