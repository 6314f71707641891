"""What a run says about an objective: a Reading where that is certain, and a Gap where more could have changed it.

A miss is certain where it stays one however well everything went that was not measured: samples that are too few,
requests that our own side lost, and those of a run that was ended early. A limit is kept where all of them were
measured, or where it would be kept however badly the lost ones went.
"""

import math
from dataclasses import dataclass

from checks.evidence import Evidence, Gap, Reading
from gates.objectives.amounts import Extra, amount, explained, listed, samples
from gates.objectives.generator import REMEDY
from gates.objectives.metric import Kind
from gates.objectives.objective import Objective
from gates.objectives.observed import Observed
from load.tally import Tally

_ERRORS = (Kind.ERROR_RATIO, Kind.FAILURES)


@dataclass(frozen=True, slots=True)
class _Seen:
    """One value in one window. `value`: infinity where what is wanted never happened; None with words in `gap`."""

    value: float | None
    missed: bool
    samples: int
    detail: str
    gap: str = ""


def evidence_of(
    objective: Objective, observed: Observed, *, subject: str, source: str, bottleneck: str = ""
) -> Evidence:
    """What the run says about an objective.

    `subject`: the evidence's; `bottleneck`: why the generator's own times can't be believed, empty where they can.
    """
    if observed.broken:
        return Gap(subject, observed.why, source=source, remedy="look at the load generator's log beside the report")
    if bottleneck and objective.metric.latency:
        return Gap(subject, bottleneck, source=source, remedy=REMEDY)
    whole = observed.tally(objective.subject.selector)
    if not whole.intended:
        return Gap(subject, _nothing(objective, observed), source=source, remedy=_remedy(objective, observed))
    seen = _windows(objective, observed) if objective.subject.over else _whole(objective, observed, whole)
    if seen.value is None:
        return Gap(subject, seen.gap, source=source)
    if seen.missed and bottleneck and objective.metric.kind not in _ERRORS:
        return Gap(subject, bottleneck, source=source, remedy=REMEDY)
    if math.isinf(seen.value):
        detail = f"endless: {seen.detail}"
        return Reading(subject, value=False, unit="present", samples=seen.samples, source=source, detail=detail)
    unit = objective.metric.unit
    return Reading(subject, seen.value, unit, samples=seen.samples, source=source, detail=seen.detail)


def certain_miss(objective: Objective, observed: Observed, bottleneck: str = "") -> str:
    """Why a run that goes on can't keep an objective any more, got and wanted; empty where it still can."""
    evidence = evidence_of(objective, observed, subject=str(objective.subject), source="", bottleneck=bottleneck)
    if isinstance(evidence, Gap):
        return ""
    judged = objective.bare.judge(evidence)
    return f"{evidence.subject}: {judged.reason}" if _misses_reading(objective, evidence) else ""


def _misses_reading(objective: Objective, reading: Reading) -> bool:
    return reading.absent or _misses(objective, float(reading.value))


def _misses(objective: Objective, value: float | None) -> bool:
    """Whether a value is certainly not what is wanted; nothing is, where there is none."""
    if value is None:
        return False
    if math.isinf(value):
        return objective.metric.most
    return not objective.criterion.met(Reading("value", value, objective.metric.unit))[0]


def _nothing(objective: Objective, observed: Observed) -> str:
    selector = objective.subject.selector
    named = f" named {selector!r}" if selector else ""
    near = observed.unknown(selector)
    return (
        f"no request{named} was made" + (f"; {near}" if near else "") + (f" ({observed.why})" if observed.why else "")
    )


def _remedy(objective: Objective, observed: Observed) -> str:
    if objective.subject.selector in observed.selectors:
        return "give it more weight in the mix, or let the run take longer"
    return "" if objective.subject.selector else "look at the load generator's log beside the report"


def _whole(objective: Objective, observed: Observed, tally: Tally) -> _Seen:
    to_come = observed.to_come + tally.outstanding if observed.why else tally.outstanding
    return _one(objective, tally, observed.seconds, to_come, observed.why)


def _one(objective: Objective, tally: Tally, seconds: float, to_come: float, why: str) -> _Seen:
    """One value, where it is certain enough. `to_come`: requests that have no fate yet; `why`: they never will."""
    subject = objective.subject
    count, value = samples(subject, tally), amount(subject, tally, seconds)
    detail = explained(subject, tally, seconds)
    few = max(0, objective.fewest - count)
    lost = tally.lost_count
    best = amount(subject, tally, seconds, Extra(good=few + to_come, mended=lost))
    if value is not None and _misses(objective, value) and _misses(objective, best):
        return _Seen(value, True, count, detail)
    if why:
        return _Seen(None, False, count, detail, why)
    if value is None:
        words = "no request succeeded" if tally.failed else "no request got an answer"
        return _Seen(None, False, count, detail, f"{words} ({listed({**tally.failures, **tally.lost})})")
    if few:
        return _Seen(None, False, count, detail, f"{count:,} samples, {objective.fewest:,} needed ({detail})")
    worst = amount(subject, tally, seconds, Extra(bad=lost))
    if lost and (_misses(objective, worst) or _misses(objective, value)):
        words = f"{lost:,} requests could not be made from here ({listed(tally.lost)}), which makes the difference"
        return _Seen(None, False, count, detail, words)
    return _Seen(value, False, count, detail)


def _windows(objective: Objective, observed: Observed) -> _Seen:
    """The worst row of windows: the best value of those that follow each other, where they have to miss together."""
    subject, found = objective.subject, []
    for start, end in observed.windows(subject.over):
        tally = observed.tally(subject.selector, start, end)
        place = f"from {start} s to {end} s"
        if end > observed.settled or (observed.why and tally.outstanding):
            seen = _Seen(None, False, 0, "", observed.why or "it is not over")
        elif not tally.intended and objective.metric.kind is not Kind.RATE:
            seen = _Seen(None, False, 0, "", f"no request was made {place}")
        else:
            seen = _one(objective, tally, subject.over, tally.outstanding, "")
            # A window in which every user waited has no request, and no throughput for certain.
            count, gap = max(1, seen.samples), f"{seen.gap} {place}" if seen.gap else ""
            seen = _Seen(seen.value, seen.missed, count, f"{place}: {seen.detail}", gap)
        found.append(seen)
    rows = [found[i : i + subject.windows] for i in range(len(found) - subject.windows + 1)]
    if not rows:
        return _Seen(None, False, 0, "", f"{observed.seconds} s have no {subject.windows} windows of {subject.over} s")
    most = objective.metric.most
    best = min if most else max
    whole = [best(row, key=_value) for row in rows if all(seen.value is not None for seen in row)]
    missed = [seen for seen in whole if seen.missed]
    if not missed and observed.why:
        return _Seen(None, False, 0, "", observed.why)
    if not missed:
        # A row passes as soon as one of its windows is known to have kept the limit.
        open_rows = [row for row in rows if all(seen.missed or seen.value is None for seen in row)]
        if open_rows:
            return next(seen for seen in open_rows[0] if seen.value is None)
        if not whole:
            kept = [seen for row in rows for seen in row if seen.value is not None]
            return (max if most else min)(kept, key=_value)
    worst = (max if most else min)(missed or whole, key=_value)
    row = f"{subject.windows} windows in a row, the best of them " if subject.windows > 1 else ""
    return _Seen(worst.value, worst.missed, worst.samples, f"{row}{worst.detail}")


def _value(seen: _Seen) -> float:
    return math.nan if seen.value is None else seen.value
