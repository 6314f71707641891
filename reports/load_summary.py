"""What a load generator says of its own run: requests, failures and response times, as evidence and for people."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Self

from checks.evidence import Evidence, Gap, Reading
from checks.units import format_value
from reports.read.problem import Problem
from reports.read.words import counted

#: The percentiles that are shown, where the file allows to tell them.
SHOWN: Final = (0.5, 0.66, 0.75, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999, 0.9999, 1.0)
#: Up to this share of failures, response times of all requests are taken for those of the successes: leaving so few out
#: moves a percentile p by less than (1 - p) of a hundredth of all requests.
MIXED: Final = 0.01
#: So many names are shown; the others are counted.
KEPT: Final = 20


@dataclass(frozen=True, slots=True)
class Times:
    """Response times in seconds, either every one of them counted, or the percentiles that somebody computed.

    `counts`: time → how often; `stated`: share (0..1) → time. One of them is empty; both are where nothing is known.
    """

    counts: Mapping[float, int] = field(default_factory=dict)
    stated: Mapping[float, float] = field(default_factory=dict)

    @property
    def known(self) -> bool:
        """Whether anything is."""
        return bool(self.counts or self.stated)

    def percentile(self, share: float) -> float | None:
        """The time that `share` of all did not exceed (nearest rank); None where the file doesn't tell it."""
        if not self.counts:
            return self.stated.get(share)
        # Rounded before: 0.07 * 100 is 7.000000000000001, and the seventh of a hundred is meant.
        rank = max(1, math.ceil(round(share * sum(self.counts.values()), 6)))
        for time in sorted(self.counts):
            rank -= self.counts[time]
            if rank <= 0:
                return time
        return None

    @property
    def mean(self) -> float | None:
        """The arithmetic mean, where every time is counted."""
        total = sum(self.counts.values())
        return sum(time * count for time, count in self.counts.items()) / total if total else None

    @classmethod
    def merged(cls, parts: "Iterable[Times]") -> Self:
        """All counted times together."""
        counts: dict[float, int] = {}
        for part in parts:
            for time, count in part.counts.items():
                counts[time] = counts.get(time, 0) + count
        return cls(counts)


@dataclass(frozen=True, slots=True)
class RequestSummary:
    """The requests of one name.

    `times`: of the successes where `successes_only`, else of failures, too; `mean`: in seconds, of the same.
    """

    name: str
    count: int
    failures: int
    times: Times
    successes_only: bool
    mean: float | None = None

    @property
    def successes(self) -> int:
        """What did not fail."""
        return self.count - self.failures

    @property
    def error_ratio(self) -> float | None:
        """Failures among all; None where there is no request."""
        return self.failures / self.count if self.count else None

    @property
    def mixed(self) -> bool:
        """Whether so many failures are among the times that they don't speak for the successes."""
        return not self.successes_only and self.failures > MIXED * self.count


@dataclass(frozen=True, slots=True)
class LoadSummary:
    """One report of a load generator.

    `total`: of all requests; `requests`: by name, where the file tells them; `duration`: seconds from the first request
    to the last answer, None where the file does not say; `dropped`: iterations that the tool could not begin in time;
    `rounded`: what the tool did to the times before it wrote them, empty where nothing.
    """

    tool: str
    format: str
    total: RequestSummary
    requests: tuple[RequestSummary, ...]
    duration: float | None
    created: datetime | None
    sha256: str
    problems: tuple[Problem, ...]
    dropped: int = 0
    rounded: str = ""
    kind: str = "load"

    @property
    def names(self) -> tuple[str, ...]:
        """The request names that the file tells apart."""
        return tuple(one.name for one in self.requests)

    def of(self, name: str) -> RequestSummary | None:
        """The requests of a name; of all for an empty one; None where the file does not tell them apart."""
        return self.total if not name else next((one for one in self.requests if one.name == name), None)

    def percentile(self, subject: str, share: float, source: str, name: str = "") -> Evidence:
        """A response time of the successes, or why it is not known."""
        one = self._found(subject, name, source)
        if isinstance(one, Gap):
            return one
        if not one.successes:
            words = "no request succeeded: what failed has no response time that says anything"
            return Gap(subject, words, source=source)
        if one.mixed:
            mixed = f"{one.failures:,} of {counted(one.count, 'request')} failed"
            words = f"{mixed}, and {self.tool} counts their times among the others: failures are often fast"
            return Gap(subject, words, source=source)
        time = one.times.percentile(share)
        if time is None:
            told = ", ".join(_percent(share) for share in one.times.stated) or "none"
            return Gap(subject, f"the file does not state {_percent(share)}; it has {told}", source=source)
        return self._reading(subject, time, one.successes, source)

    def mean(self, subject: str, source: str, name: str = "") -> Evidence:
        """The mean response time of the successes, or why it is not known."""
        one = self._found(subject, name, source)
        if isinstance(one, Gap):
            return one
        if not one.successes or one.mean is None or one.mixed:
            mixed = "failures are in it" if one.mixed else "the file does not state it"
            words = mixed if one.successes else "no request succeeded"
            return Gap(subject, f"no mean response time: {words}", source=source)
        return self._reading(subject, one.mean, one.successes, source)

    def error_ratio(self, subject: str, source: str, name: str = "") -> Evidence:
        """Failures among all requests."""
        one = self._found(subject, name, source)
        if isinstance(one, Gap):
            return one
        ratio = one.failures / one.count
        detail = f"{one.failures:,} of {counted(one.count, 'request')}"
        return Reading(subject, ratio, "ratio", samples=one.count, source=source, detail=detail)

    def failures(self, subject: str, source: str, name: str = "") -> Evidence:
        """How many requests failed."""
        one = self._found(subject, name, source)
        return one if isinstance(one, Gap) else Reading(subject, one.failures, samples=one.count, source=source)

    def count(self, subject: str, source: str, name: str = "") -> Evidence:
        """How many requests were made."""
        one = self._found(subject, name, source)
        return one if isinstance(one, Gap) else Reading(subject, one.count, samples=one.count, source=source)

    def rate(self, subject: str, source: str, name: str = "") -> Evidence:
        """Successes per second."""
        one = self._found(subject, name, source)
        if isinstance(one, Gap):
            return one
        if not self.duration:
            return Gap(subject, "the file does not say how long the run took", source=source)
        detail = f"{one.successes:,} succeeded in {format_value(self.duration, 's')}"
        return Reading(subject, one.successes / self.duration, "1/s", samples=one.count, source=source, detail=detail)

    def facts(self) -> Mapping[str, object]:
        """The totals, and the same for each name. Times are in seconds."""
        return {
            "tool": self.tool,
            "format": self.format,
            **_facts(self.total),
            "duration": self.duration,
            "dropped": self.dropped,
            "timestamp": self.created.isoformat() if self.created else None,
            "by_request": [{"name": one.name, **_facts(one)} for one in self.requests[:KEPT]],
            "names": len(self.requests),
            "sha256": self.sha256,
        }

    def lines(self) -> list[str]:
        """The totals, then a line for each name."""
        ran = [format_value(self.duration, "s")] if self.duration else []
        ran += [f"{self.created:%Y-%m-%d %H:%M:%S}"] if self.created else []
        out = [f"{self.kind}: {self.tool}: {' · '.join([*_words(self.total), *ran])}"]
        out += [f"  {one.name}: {' · '.join(_words(one))}" for one in self.requests[:KEPT]]
        if len(self.requests) > KEPT:
            out.append(f"  and {len(self.requests) - KEPT:,} more names")
        return out

    def _found(self, subject: str, name: str, source: str) -> RequestSummary | Gap:
        one = self.of(name)
        if one is None:
            told = ", ".join(self.names[:KEPT]) or "none"
            return Gap(subject, f"the file tells nothing of requests named {name!r}; it has {told}", source=source)
        if not one.count:
            return Gap(subject, "no request was made", source=source, remedy="was it pointed at the target?")
        return one

    def _reading(self, subject: str, seconds: float, samples: int, source: str) -> Reading:
        return Reading(subject, seconds, "s", samples=samples, source=source, detail=self.rounded)


def _facts(one: RequestSummary) -> dict[str, object]:
    times = {share: one.times.percentile(share) for share in one.times.stated or SHOWN} if one.successes else {}
    return {
        "requests": one.count,
        "failures": one.failures,
        "error_ratio": one.error_ratio,
        "percentiles": {_percent(share): time for share, time in times.items() if time is not None},
        "percentiles_of": "successes" if one.successes_only else "all requests",
        "mean": one.mean,
    }


def _words(one: RequestSummary) -> list[str]:
    words = [counted(one.count, "request"), f"{one.failures:,} failed"]
    for share in (0.5, 0.95, 0.99) if one.successes else ():
        time = one.times.percentile(share)
        words += [] if time is None else [f"{_percent(share)} {format_value(time, 's')}"]
    return words


def _percent(share: float) -> str:
    return f"p{round(share * 100, 6):g}"
