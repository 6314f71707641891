"""Asks Prometheus for values and says what the answers are evidence of.

Exactly one finite value is a Reading. Nothing, NaN, several series, an old or thin window are Gaps with the query in
their words: Prometheus is the measuring tool, so nothing that goes wrong with it says anything about the service.
"""

import math
import time as clock
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, assert_never

from checks.evidence import Evidence, Gap, Reading
from checks.failures import Unmeasured
from checks.metrics_page.quantile import NoQuantile, Quantile, quantile_of
from checks.monitoring.server import Server
from checks.monitoring.together import together
from checks.prometheus.api import Clock, Result, Series, ask_clock, instant, over_range
from checks.prometheus.coverage import check_coverage, with_matcher
from checks.prometheus.promql import quoted
from checks.prometheus.query import MetricQuery, Take
from checks.units import format_value

#: Queries at the same time: a Prometheus that serves dashboards, too, is not ours alone.
_AT_ONCE: Final = 4
#: A difference of clocks that is worth a word, in seconds.
_SKEW: Final = 2.0


def look_at_queries(server: Server, queries: Sequence[MetricQuery]) -> Mapping[str, tuple[Evidence, ...]]:
    """The evidence of each query, by its name. Where Prometheus does not answer, each is a Gap that says so."""
    try:
        at = ask_clock(server)
    except Unmeasured as error:
        return {q.name: tuple(_gaps(q, server, error.words, error.remedy)) for q in queries}
    began = clock.monotonic()

    def one(query: MetricQuery) -> tuple[Evidence, ...]:
        # Each is asked for now, by Prometheus' own clock.
        now = Clock(at.now + clock.monotonic() - began, at.skew)
        return _Asking(server, query, now).evidence()

    found = together([partial(one, query) for query in queries], _AT_ONCE)
    return dict(zip((query.name for query in queries), found, strict=True))


def _gaps(query: MetricQuery, server: Server, words: str, remedy: str) -> Iterator[Gap]:
    """One Gap, or one for each value that is expected."""
    for subject in [f"{query.subject}.{value}" for value in query.expected] if query.by else [query.subject]:
        yield Gap(subject, f"{words}; query: {query.expr}", source=_source(query, server), remedy=remedy)


def _source(query: MetricQuery, server: Server) -> str:
    return f"{query.expr} (asked at {server.shown})"


class _NoValue(Exception):  # noqa: N818 - not an error of the program: it becomes a Gap
    """There is no value, and why. `remedy`: what to do about it."""

    def __init__(self, words: str, remedy: str = "") -> None:
        super().__init__(words)
        self.words = words
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class _Value:
    """A value, words about it, and whether it is only known to be more than that."""

    number: float
    words: tuple[str, ...] = ()
    beyond: bool = False


@dataclass(slots=True)
class _Asking:
    """One query with everything that is asked beside it."""

    server: Server
    query: MetricQuery
    now: Clock

    def evidence(self) -> tuple[Evidence, ...]:
        """A Reading or Gap for each subject of the query; never none."""
        query = self.query
        try:
            self._check_marks()
            groups = self._groups()
            samples = self._counts(query.samples) if query.samples else None
            missed = self._counts(query.missed.query) if query.missed else {}
            resets = self._counts(query.resets) if query.resets else {}
        except Unmeasured as error:
            return tuple(_gaps(query, self.server, error.words, error.remedy))
        except _NoValue as error:
            return tuple(_gaps(query, self.server, error.words, error.remedy))
        found: list[Evidence] = []
        for key in dict.fromkeys((*query.expected, *groups)):
            subject = f"{query.subject}.{key}" if query.by else query.subject
            try:
                value = self._value(key, groups.get(key, ()))
                value = self._with_missed(value, key, missed, samples)
                self._check_coverage(key)
                found += self._reading(subject, value, key, samples, resets)
            except _NoValue as error:
                found.append(self._gap(subject, error))
        return tuple(found)

    # --- asking -----------------------------------------------------------------------------------------------

    def _check_marks(self) -> None:
        """Without the label that marks errors, no request would ever be one."""
        marked = self.query.marked
        if marked is None:
            return
        at = self.now.now
        lacking = with_matcher(marked.selector, f'{marked.label}=""')
        for series in instant(self.server, f"count({lacking})", at).series:
            count = int(series.points[0][1])
            one = instant(self.server, f"topk(1, {marked.selector})", at).series
            known = ", ".join(sorted(label for label in one[0].labels if label != "__name__")) if one else "none"
            words = f"{count} series of {marked.selector} lack the label {marked.label!r} (there are: {known})"
            raise _NoValue(words, f"name the label: in the place of {marked.label!r} it is one of those")

    def _groups(self) -> Mapping[str, Sequence[Series]]:
        """The series of the result, by the value of `by` (which is empty without it)."""
        query, over = self.query, self.query.over
        expr = query.buckets or query.expr
        if over is None:
            found = instant(self.server, expr, self.now.now)
        else:
            end = self.now.now
            found = over_range(self.server, expr, end - over.seconds, end, over.step)
        if found.kind not in ("vector", "scalar") and over is None:
            raise _NoValue(f"the query gives a {found.kind}, and a number is wanted", "take a rate, or an aggregation")
        if not found.series:
            raise _NoValue(f"Prometheus has no such data{self._empty(found)}", "is the name right, and is it scraped?")
        if not query.by:
            return {"": found.series}
        groups: dict[str, list[Series]] = {}
        for series in found.series:
            value = series.labels.get(query.by, "")
            if not value:
                raise _NoValue(f"a series of the result has no label {query.by!r}: {series}", f"sum by ({query.by})")
            groups.setdefault(value, []).append(series)
        return groups

    def _check_coverage(self, key: str) -> None:
        try:
            check_coverage(self.server, self.query, self.now.now, f"{self.query.by}={quoted(key)}" if key else "")
        except Unmeasured as error:
            raise _NoValue(error.words, error.remedy) from None

    def _empty(self, found: Result) -> str:
        return " (a text came in its place)" if found.kind == "string" else ": the result is empty"

    def _counts(self, expr: str) -> Mapping[str, float]:
        """The numbers of a companion query by the value of `by`; NaN and other kinds of nothing are no number."""
        found = instant(self.server, expr, self.now.now)
        totals: dict[str, float] = {}
        for series in found.series:
            key = series.labels.get(self.query.by, "") if self.query.by else ""
            number = series.points[0][1]
            if not math.isfinite(number):
                raise _NoValue(f"the count is no finite number; query: {expr}")
            totals[key] = totals.get(key, 0.0) + number
        if len(found.series) > 1 and not self.query.by and not self.query.worst:
            raise _NoValue(f"{_several(found.series)} for the count, where one is wanted; query: {expr}", "sum() it")
        return totals

    # --- what it is evidence of -------------------------------------------------------------------------------

    def _value(self, key: str, series: Sequence[Series]) -> _Value:
        query = self.query
        if not series:
            raise _NoValue(f"no series has {query.by}={key!r}, which is expected", "is it running, and scraped?")
        if query.buckets:
            return self._of_buckets(series)
        if len(series) > 1 and query.worst is None:
            raise _NoValue(f"{_several(series)} where one is wanted", "aggregate them: sum(...), sum by (...)")
        values = [(self._taken(one), one) for one in series]
        if query.worst is None or len(values) == 1:
            number, one = values[0]
            return _Value(number)
        highest = query.worst is Take.HIGHEST
        number, one = (max if highest else min)(values, key=lambda pair: pair[0])
        return _Value(number, (f"the {query.worst.value} of {len(values)}: {one}",))

    def _taken(self, series: Series) -> float:
        """The one value of a series. NaN among the others is a Gap: it stands for a moment without traffic."""
        points, over = series.points, self.query.over
        for moment, value in points:
            if not math.isfinite(value):
                when = f" {format_value(self.now.now - moment, 's')} ago" if over else ""
                words = "NaN" if math.isnan(value) else "infinite"
                raise _NoValue(f"the value is {words}{when}", "a division by 0? Then there was no traffic")
        if over is None:
            return points[0][1]
        steps = self._steps()
        if len(points) < steps:
            words = f"{len(points):,} of {steps:,} steps over {format_value(over.seconds, 's')} have a value"
            raise _NoValue(words, "wait until there is data for all of it, or ask for less")
        values = [value for _, value in points]
        match over.take:
            case Take.HIGHEST:
                return max(values)
            case Take.LOWEST:
                return min(values)
            case Take.MEAN:
                return math.fsum(values) / len(values)
            case Take.LAST:
                return values[-1]
            case unreachable:
                assert_never(unreachable)

    def _steps(self) -> int:
        over = self.query.over
        return math.floor(over.seconds / over.step + 1e-9) + 1 if over is not None else 1

    def _of_buckets(self, series: Sequence[Series]) -> _Value:
        buckets: dict[float, float] = {}
        for one in series:
            try:
                bound = float(one.labels["le"])
            except (KeyError, ValueError):
                raise _NoValue(f"a bucket has no bound: {one}", "is it a histogram?") from None
            if bound in buckets:
                raise _NoValue(f"two buckets have the bound {bound:g}: instances write it in different ways")
            buckets[bound] = one.points[0][1]
        try:
            return quantile_value(quantile_of(self.query.quantile, buckets))
        except NoQuantile as error:
            raise _NoValue(str(error), "is there traffic, and is it a histogram?") from None

    def _with_missed(
        self, value: _Value, key: str, missed: Mapping[str, float], samples: Mapping[str, float] | None
    ) -> _Value:
        """The value with the errors that came before the first scrape of their series."""
        count, known = missed.get(key, 0.0), (samples or {}).get(key, 0.0)
        if self.query.missed is None or count <= 0:
            return value
        share = 1 - value.number if self.query.missed.good else value.number
        share = (share * known + count) / (known + count)
        words = f"{count:,.0f} errors came before the first scrape of their series, and are counted in"
        return replace(value, number=1 - share if self.query.missed.good else share, words=(*value.words, words))

    def _reading(
        self,
        subject: str,
        value: _Value,
        key: str,
        samples: Mapping[str, float] | None,
        resets: Mapping[str, float],
    ) -> Iterator[Evidence]:
        words = list(value.words)
        if resets.get(key, 0.0) >= 1:
            words.append(f"{resets[key]:,.0f} counters began anew in the window")
        if abs(self.now.skew) > _SKEW:
            side = "ahead of" if self.now.skew > 0 else "behind"
            words.append(
                f"Prometheus' clock is {format_value(round(abs(self.now.skew), 1), 's')} {side} this machine's"
            )
        count = self._steps() if samples is None else math.floor(samples.get(key, 0.0) + 1e-6)
        if count < 1:
            raise _NoValue("no samples: nothing happened in the window", "wait for traffic, or make some")
        source, moment = _source(self.query, self.server), round(self.now.now, 3)
        detail = ", ".join(words)
        yield Reading(subject, value.number, self.query.unit, samples=count, time=moment, source=source, detail=detail)
        if value.beyond:
            yield Reading(f"{subject}.beyond_buckets", True, "bool", time=moment, source=source, detail=detail)

    def _gap(self, subject: str, error: _NoValue) -> Gap:
        words = f"{error.words}; query: {self.query.expr}"
        return Gap(subject, words, round(self.now.now, 3), _source(self.query, self.server), remedy=error.remedy)


def quantile_value(found: Quantile) -> _Value:
    """A quantile with words on how far it can be trusted."""
    if found.beyond:
        words = f"more than that: it lies beyond the highest bucket, {format_value(found.low, 's')}"
        return _Value(found.value, (words,), beyond=True)
    if math.isinf(found.low):
        return _Value(found.value)
    bounds = f"{format_value(found.low, 's')} .. {format_value(found.high, 's')}"
    return _Value(found.value, (f"interpolated in the bucket {bounds}",))


def _several(series: Sequence[Series]) -> str:
    shown = ", ".join(str(one)[:120] for one in series[:3])
    return f"{len(series)} series ({shown}{', ...' if len(series) > 3 else ''})"
