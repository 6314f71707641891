"""Ready-made values of what happened between two scrapes: what presets ask of Prometheus, asked of the pages."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from checks.evidence import Evidence, Gap, Reading
from checks.metrics_page.difference import Difference
from checks.metrics_page.quantile import NoQuantile, quantile_of
from checks.prometheus.look import quantile_value
from checks.prometheus.presets import PRESETS, QUANTILES, Asked

_Labelled = tuple[Mapping[str, str], float]
_TRAFFIC = "is there traffic in between, and is the name right?"


class _NoValue(ValueError):  # noqa: N818 - the words of a Gap
    """There is no value."""


def page_values(asked: Asked, between: Difference) -> Iterator[Evidence]:
    """The evidence of one preset; never none. Raises ValueError for a preset that two scrapes can't answer."""
    if not PRESETS[asked.preset].page:
        raise ValueError(f"{asked.preset} can't be told from two scrapes of a page; it needs Prometheus")
    view = _View(asked, between)
    subject = f"{asked.name}.{asked.preset}"
    if not asked.by:
        yield from _one(asked, between, subject, lambda: view.value(""))
        return
    for key in dict.fromkeys((*asked.expected, *view.keys())):
        yield from _one(asked, between, f"{subject}.{key}", lambda key=key: view.value(key))  # type: ignore[misc]


def page_gaps(asked: Asked, words: str, remedy: str = "", source: str = "") -> Iterator[Gap]:
    """The Gaps of one preset where there is no difference at all."""
    subject = f"{asked.name}.{asked.preset}"
    for one in [f"{subject}.{value}" for value in asked.expected] if asked.by else [subject]:
        yield Gap(one, f"{words}; asked for: {described(asked)}", source=source, remedy=remedy)


def described(asked: Asked) -> str:
    """What is asked of the page, for people: `error_ratio of http_requests_total{status=~"5.."}`."""
    labels = ", ".join(map(str, asked.labels))
    errors = f" where {asked.errors}" if asked.preset in ("error_ratio", "success_ratio", "error_rate") else ""
    return f"{asked.preset} of {asked.metric}{f'{{{labels}}}' if labels else ''}{errors}"


@dataclass(frozen=True, slots=True)
class _Found:
    number: float
    samples: int
    words: str = ""
    beyond: bool = False


def _one(asked: Asked, between: Difference, subject: str, find: Callable[[], _Found]) -> Iterator[Evidence]:
    source, moment = f"{described(asked)}; {between.source}", round(between.time, 3)
    try:
        found = find()
    except (_NoValue, NoQuantile) as error:
        yield Gap(subject, f"{error}; asked for: {described(asked)}", moment, source, remedy=_TRAFFIC)
        return
    unit = asked.unit or PRESETS[asked.preset].unit
    yield Reading(subject, found.number, unit, found.samples, moment, source, detail=found.words)
    if found.beyond:
        yield Reading(f"{subject}.beyond_buckets", True, "bool", time=moment, source=source, detail=found.words)


@dataclass(frozen=True, slots=True)
class _View:
    """The samples that a preset asks for."""

    asked: Asked
    between: Difference

    def keys(self) -> Sequence[str]:
        """The values of `by` that the page has."""
        suffix = "_count" if self.asked.preset in QUANTILES else ""
        found = self._matching(self._all(suffix))
        return sorted({labels.get(self.asked.by, "") for labels, _ in found} - {""})

    def value(self, key: str) -> _Found:
        """The value, of all samples or of those with one value of `by`. Raises _NoValue, NoQuantile."""
        match self.asked.preset:
            case "error_ratio" | "success_ratio" | "error_rate":
                return self._errors(key)
            case "rps":
                total = _total(self._chosen("", key))
                return _Found(total / self.between.seconds, _whole(total))
            case "value":
                found = self._chosen("", key)
                return _Found(_finite(math.fsum(value for _, value in found)), len(found))
            case preset:
                return self._quantile(preset, key)

    def _errors(self, key: str) -> _Found:
        every, mark = self._chosen("", key), self.asked.errors
        lacking = [labels for labels, _ in every if mark.label not in labels]
        if lacking:
            known = ", ".join(sorted(lacking[0])) or "none"
            words = f"{len(lacking)} samples of {self.asked.metric} lack the label {mark.label!r} (there are: {known})"
            raise _NoValue(words)
        total = _total(every)
        bad = _total([one for one in every if mark.holds(one[0])], empty=True)
        if self.asked.preset == "error_rate":
            return _Found(bad / self.between.seconds, _whole(total))
        share = bad / total
        return _Found(1 - share if self.asked.preset == "success_ratio" else share, _whole(total))

    def _quantile(self, preset: str, key: str) -> _Found:
        buckets: dict[float, float] = {}
        bounds: dict[frozenset[tuple[str, str]], set[float]] = {}
        chosen = self._chosen("_bucket", key)
        for labels, increase in chosen:
            try:
                bound = float(labels["le"])
            except (KeyError, ValueError):
                raise _NoValue(f"a bucket of {self.asked.metric} has no bound: is it a histogram?") from None
            buckets[bound] = buckets.get(bound, 0.0) + increase
            bounds.setdefault(frozenset(pair for pair in labels.items() if pair[0] != "le"), set()).add(bound)
        if any(found != buckets.keys() for found in bounds.values()):
            raise _NoValue(f"the buckets of {self.asked.metric} have different bounds, and can't be added up")
        found = quantile_value(quantile_of(QUANTILES[preset], buckets))
        counted = _whole(_total(self._chosen("_count", key)))
        return _Found(found.number, counted, ", ".join(found.words), found.beyond)

    def _chosen(self, suffix: str, key: str) -> list[_Labelled]:
        found = [one for one in self._matching(self._all(suffix)) if not key or one[0].get(self.asked.by) == key]
        if not found:
            where = f" with {self.asked.by}={key!r}, which is expected" if key else ""
            raise _NoValue(f"the page has no {self.asked.metric}{suffix}{where}")
        return found

    def _all(self, suffix: str) -> Sequence[_Labelled]:
        name = f"{self.asked.metric}{suffix}"
        if self.asked.preset == "value":
            return tuple(self.between.value(name))
        found = tuple(self.between.increase(name))
        if not found and tuple(self.between.value(name)):
            raise _NoValue(f"the page does not declare {name} as a counter or histogram")
        return found

    def _matching(self, found: Sequence[_Labelled]) -> list[_Labelled]:
        return [one for one in found if all(matcher.holds(one[0]) for matcher in self.asked.labels)]


def _total(found: Sequence[_Labelled], *, empty: bool = False) -> float:
    total = _finite(math.fsum(value for _, value in found))
    if total <= 0 and not empty:
        raise _NoValue("nothing was counted between the two scrapes")
    return total


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise _NoValue("the sum is no finite number")
    return value


def _whole(count: float) -> int:
    return max(1, math.floor(count + 1e-9))
