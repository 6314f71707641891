"""The value of a metric in a tally: as it is, or as it would be with more requests that went well or badly."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from checks.units import format_value
from gates.objectives.metric import Kind
from gates.objectives.objective import Subject
from load.histogram import Histogram
from load.tally import Tally

_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Extra:
    """Requests beside those of a tally.

    `good`: would have succeeded at once; `mended`: those that our own side lost, as if they had; `bad`: those, as if
    they had failed or never ended.
    """

    good: float = 0
    mended: int = 0
    bad: int = 0

    @property
    def well(self) -> float:
        """All that go well."""
        return self.good + self.mended


NONE = Extra()


def amount(subject: Subject, tally: Tally, seconds: float, extra: Extra = NONE) -> float | None:
    """The value, infinity included; None where there is nothing to compute it from."""
    match subject.metric.kind:
        case Kind.PERCENTILE | Kind.MEAN:
            times = _times(subject, tally, extra)
            if times is None:
                return 0.0  # with endlessly many that went well
            return times.mean if subject.metric.kind is Kind.MEAN else times.percentile(subject.metric.share)
        case Kind.ERROR_RATIO:
            made = tally.answered + extra.well + extra.bad
            return 0.0 if math.isinf(made) else (tally.failed + extra.bad) / made if made else None
        case Kind.FAILURES:
            return float(tally.failed + extra.bad)
        case Kind.RATE:
            return (tally.successes + extra.well) / seconds
        case Kind.REQUESTS:
            return float(tally.answered + extra.well)
        case Kind.ACHIEVED:
            intended = tally.intended + extra.good
            on_time = tally.achieved - tally.late + extra.well
            return 1.0 if math.isinf(intended) else on_time / intended if intended else None
        case Kind.DROPPED:
            return float(tally.dropped + extra.bad)
        case Kind.LATE:
            return float(tally.late + extra.bad)
        case unreachable:
            assert_never(unreachable)


def samples(subject: Subject, tally: Tally) -> int:
    """How many requests a value stands on."""
    match subject.metric.kind:
        case Kind.PERCENTILE | Kind.MEAN:
            return tally.service.count if subject.service else tally.response.count
        case Kind.ERROR_RATIO | Kind.FAILURES:
            return tally.answered
        case Kind.RATE | Kind.REQUESTS | Kind.ACHIEVED | Kind.DROPPED | Kind.LATE:
            return tally.intended
        case unreachable:
            assert_never(unreachable)


def explained(subject: Subject, tally: Tally, seconds: float) -> str:
    """The words beside a value: what it stands on."""
    over = f" in {format_value(seconds, 's')}"
    match subject.metric.kind:
        case Kind.PERCENTILE | Kind.MEAN:
            dropped = f" and {tally.dropped:,} never begun" if tally.dropped and not subject.service else ""
            return f"{tally.successes:,} successes{dropped}{over}"
        case Kind.ERROR_RATIO | Kind.FAILURES:
            kinds = f": {listed(tally.failures)}" if tally.failures else ""
            return f"{tally.failed:,} of {tally.answered:,} failed{kinds}"
        case Kind.RATE:
            kinds = f", {tally.failed:,} failed: {listed(tally.failures)}" if tally.failures else ""
            return f"{tally.successes:,} successes{over}{kinds}"
        case Kind.REQUESTS | Kind.ACHIEVED | Kind.DROPPED | Kind.LATE:
            dropped = f"{tally.dropped:,} never begun, {tally.late:,} begun late"
            return f"of {tally.intended:,} requests {dropped}"
        case unreachable:
            assert_never(unreachable)


def listed(kinds: Mapping[str, int]) -> str:
    """Kinds of failures, the most frequent first."""
    pairs = sorted(kinds.items(), key=lambda pair: (-pair[1], pair[0]))
    more = f" and {len(pairs) - _SHOWN} more kinds" if len(pairs) > _SHOWN else ""
    return ", ".join(f"{kind} ({count:,})" for kind, count in pairs[:_SHOWN]) + more


def _times(subject: Subject, tally: Tally, extra: Extra) -> Histogram | None:
    """The times with those of `extra`: nothing for what goes well, infinity for the rest. None: endlessly many."""
    if math.isinf(extra.well):
        return None
    times = tally.service if subject.service else tally.response
    counts = dict(times.counts)
    if well := math.ceil(extra.well):
        counts[0] = counts.get(0, 0) + well
    return Histogram(counts, times.infinite + extra.bad)
