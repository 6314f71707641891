"""The quantile of a histogram, by the formula that Prometheus documents for histogram_quantile().

Source: prometheus.io/docs/prometheus/latest/querying/functions (histogram_quantile): linear interpolation within the
bucket, which begins at 0 where it is the lowest one and its bound is above 0.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

#: How much a count may be above the next one because floats were added up: relative, as in Prometheus.
_TOLERANCE = 1e-12


class NoQuantile(ValueError):  # noqa: N818 - the words of a Gap
    """These buckets have no quantile."""


@dataclass(frozen=True, slots=True)
class Quantile:
    """A quantile and the bucket that it lies in. `beyond`: it lies above the highest finite bound, which `value` is."""

    value: float
    low: float
    high: float
    beyond: bool = False


def quantile_of(quantile: float, buckets: Mapping[float, float]) -> Quantile:
    """The quantile (0..1) of cumulative buckets: upper bound -> how many were at most that, `inf` among them.

    Raises NoQuantile where the bounds lack `inf`, where nothing was counted, or where the counts go down.
    """
    bounds = sorted(buckets)
    if len(bounds) < 2 or bounds[-1] != math.inf:
        raise NoQuantile('the histogram has no bucket le="+Inf" beside another one')
    counts = [buckets[bound] for bound in bounds]
    if not all(math.isfinite(count) and count >= 0 for count in counts):
        raise NoQuantile("the count of a bucket is no number from 0 on")
    for index in range(1, len(counts)):
        if counts[index] < counts[index - 1]:
            if counts[index - 1] - counts[index] > _TOLERANCE * counts[index - 1]:
                raise NoQuantile(f'the bucket le="{bounds[index]:g}" holds fewer than the one below it')
            counts[index] = counts[index - 1]
    if counts[-1] <= 0:
        raise NoQuantile("nothing was counted")
    rank = quantile * counts[-1]
    at = next(index for index, count in enumerate(counts) if count >= rank)
    if bounds[at] == math.inf:
        return Quantile(bounds[-2], bounds[-2], math.inf, beyond=True)
    high = bounds[at]
    if at == 0 and high <= 0:
        return Quantile(high, -math.inf, high)
    low, below = (bounds[at - 1], counts[at - 1]) if at else (0.0, 0.0)
    inside = counts[at] - below
    value = low + (high - low) * ((rank - below) / inside) if inside else low
    return Quantile(value, low, high)
