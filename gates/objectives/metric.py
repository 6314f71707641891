"""What a load objective can be about: response times, errors, throughput, and whether the load really happened."""

import enum
import math
import re
from dataclasses import dataclass
from typing import Final, assert_never

from gates.criteria import AtLeast, AtMost, Criterion
from gates.environment.names import nearest

#: So many successes have to lie beyond a percentile, on average, before it is believed: five, so that p95 needs 100.
_BEYOND: Final = 5
_FEWEST: Final = 20
_PERCENTILE: Final = re.compile(r"p([0-9]{1,2}(?:\.[0-9]{1,4})?)")


class Kind(enum.Enum):
    """How a metric is computed."""

    PERCENTILE = "percentile"
    MEAN = "mean"
    ERROR_RATIO = "error_ratio"
    FAILURES = "failures"
    RATE = "rps"
    REQUESTS = "requests"
    ACHIEVED = "achieved"
    DROPPED = "dropped"
    LATE = "late"


#: What only a run of our own tells.
LIVE_ONLY: Final = frozenset({Kind.ACHIEVED, Kind.DROPPED, Kind.LATE})


@dataclass(frozen=True, slots=True)
class Metric:
    """`name`: as users write it; `share`: of a percentile, 0..1; `example`: of a limit on it."""

    name: str
    kind: Kind
    unit: str
    example: str
    share: float = 0.0

    @property
    def most(self) -> bool:
        """Whether a limit says how much there may be at most; else how much there has to be at least."""
        return self.kind not in (Kind.RATE, Kind.REQUESTS, Kind.ACHIEVED)

    @property
    def latency(self) -> bool:
        """Whether it is a time."""
        return self.kind in (Kind.PERCENTILE, Kind.MEAN)

    def fewest(self, criterion: Criterion) -> int:
        """How many samples it takes before a value is judged, where the user does not say it."""
        match self.kind:
            case Kind.PERCENTILE:
                beyond = _BEYOND / (1 - self.share) if self.share < 1 else 100
                return max(_FEWEST, math.ceil(round(beyond, 6)))
            case Kind.MEAN:
                return _FEWEST
            case Kind.ERROR_RATIO:
                limit = criterion.limit if isinstance(criterion, AtMost) else 0.0
                # A hundred requests without a failure say nothing of one in a thousand.
                return min(1_000_000, max(_FEWEST, math.ceil(round(1 / limit, 6)))) if limit > 0 else 100
            case Kind.FAILURES | Kind.RATE | Kind.REQUESTS | Kind.ACHIEVED | Kind.DROPPED | Kind.LATE:
                return 1
            case unreachable:
                assert_never(unreachable)

    def refuse(self, criterion: Criterion) -> None:
        """Refuse a limit of another unit or on the wrong side. Raises ValueError."""
        if misfit := criterion.misfit(self.unit):
            raise ValueError(f"'{criterion}' can't limit {self.name}: {misfit}; write it as in '{self.example}'")
        if not isinstance(criterion, AtMost if self.most else AtLeast):
            raise ValueError(f"'{criterion}' is no limit of {self.name}; write it as in '{self.example}'")


_OTHERS: Final = {
    metric.name: metric
    for metric in (
        Metric("mean", Kind.MEAN, "s", "<= 200ms"),
        Metric("max", Kind.PERCENTILE, "s", "<= 5s", 1.0),
        Metric("error_ratio", Kind.ERROR_RATIO, "ratio", "<= 1 %"),
        Metric("failures", Kind.FAILURES, "1", "<= 0"),
        Metric("rps", Kind.RATE, "1/s", ">= 200/s"),
        Metric("requests", Kind.REQUESTS, "1", ">= 1000"),
        Metric("achieved", Kind.ACHIEVED, "ratio", ">= 99 %"),
        Metric("dropped", Kind.DROPPED, "1", "<= 0"),
        Metric("late", Kind.LATE, "1", "<= 10"),
    )
}
#: What people call it elsewhere.
_ALIASES: Final = {
    **dict.fromkeys(("errors", "error", "error_rate", "failure_ratio", "fail_ratio"), "error_ratio"),
    **dict.fromkeys(("rate", "throughput", "qps", "reqs"), "rps"),
    **dict.fromkeys(("avg", "average", "latency", "response_time"), "mean"),
    **dict.fromkeys(("median", "med"), "p50"),
}
#: For lists of what is known.
NAMES: Final = ("p50", "p90", "p95", "p99", "p99.9", *_OTHERS)


def metric(name: str) -> Metric:
    """The metric of a name. Raises ValueError that lists those that are known."""
    if found := _OTHERS.get(name):
        return found
    match = _PERCENTILE.fullmatch(name)
    share = round(float(match[1]) / 100, 8) if match else 0.0
    if not share:
        words = f"{name!r} is no metric of load" if name else "it names no metric of load"
        meant = f"here it is {_ALIASES[name]!r}; " if name in _ALIASES else ""
        raise ValueError(f"{words}; {meant}{nearest(name, NAMES)} (any p1 to p99.9999)")
    return Metric(f"p{share * 100:.10g}", Kind.PERCENTILE, "s", "<= 500ms", share)
