"""Prometheus' HTTP API, read strictly (prometheus.io/docs/prometheus/latest/querying/api).

Whatever keeps us from a whole and plain answer raises Unmeasured: Prometheus is the measuring tool here.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from checks.failures import Down, Unmeasured
from checks.monitoring.server import Answer, Server
from checks.prometheus.promql import label_set

#: Longer queries go in a form: proxies cut URLs off at 8 KiB or refuse them.
_LONGEST_IN_URL: Final = 4000
_REMEDY: Final = "check its address, and that it runs and can be reached from here"


@dataclass(frozen=True, slots=True)
class Series:
    """Labels (the name is `__name__`) and points: time in seconds since the epoch, and value, which may be NaN."""

    labels: Mapping[str, str]
    points: tuple[tuple[float, float], ...]

    def __str__(self) -> str:
        return label_set(self.labels)


@dataclass(frozen=True, slots=True)
class Result:
    """What a query gave: `kind` is `vector`, `scalar`, `matrix` or `string`; a scalar is one series without labels."""

    kind: str
    series: tuple[Series, ...]


@dataclass(frozen=True, slots=True)
class Clock:
    """Prometheus' clock at one moment. `skew`: seconds that it is ahead of ours."""

    now: float
    skew: float


def ask_clock(server: Server) -> Clock:
    """Ask for `time()`: that somebody answers like Prometheus, and what time it is there. Raises Unmeasured."""
    document, answer = _ask(server, "/api/v1/query", {"query": "time()"})
    found = _result(server, document)
    if found.kind != "scalar":
        raise Unmeasured(f"{server.name} answered `time()` with a {found.kind}; is it Prometheus?", _REMEDY)
    now = found.series[0].points[0][1]
    return Clock(now, now - answer.asked)


def instant(server: Server, query: str, at: float) -> Result:
    """Evaluate a query at one moment. Raises Unmeasured."""
    document, _ = _ask(server, "/api/v1/query", {"query": query, "time": f"{at:.3f}"})
    return _result(server, document)


def over_range(server: Server, query: str, begin: float, end: float, step: float) -> Result:
    """Evaluate a query at every step from `begin` to `end`, both included. Raises Unmeasured."""
    parameters = {"query": query, "start": f"{begin:.3f}", "end": f"{end:.3f}", "step": f"{step:.3f}"}
    document, _ = _ask(server, "/api/v1/query_range", parameters)
    found = _result(server, document)
    if found.kind != "matrix":
        raise Unmeasured(f"{server.name} answered a range query with a {found.kind}")
    return found


def data(server: Server, path: str, parameters: Mapping[str, str] | None = None) -> Mapping[str, Any]:
    """The `data` of another endpoint of the API (`/api/v1/targets`). Raises Unmeasured."""
    found = _ask(server, path, dict(parameters or {}))[0]["data"]
    if not isinstance(found, Mapping):
        raise Unmeasured(f"{server.name}'s answer can't be read: its `data` is no object")
    return found


def _ask(server: Server, path: str, parameters: Mapping[str, str]) -> tuple[Mapping[str, Any], Answer]:
    try:
        long = sum(map(len, parameters.values())) > _LONGEST_IN_URL
        answer = server.post_form(path, parameters) if long else server.get(path, parameters)
        document = answer.document()
    except Down as error:
        named = error.words.startswith(server.name)
        raise Unmeasured(error.words if named else f"{server.name}: {error.words}", _REMEDY) from None
    if not isinstance(document, Mapping) or document.get("status") not in ("success", "error"):
        raise Unmeasured(answer.unlike("it is no answer of the Prometheus API"), _REMEDY)
    if document["status"] == "error" or answer.status != 200:
        kind, words = document.get("errorType", "error"), str(document.get("error", f"status {answer.status}"))[:500]
        match kind:
            case "bad_data":
                raise BadQuery(f"{server.name} refused the query: {words}", "correct the query")
            case "execution" | "timeout" | "canceled":
                raise Unmeasured(f"{server.name} could not evaluate the query ({kind}): {words}", "simplify the query")
            case _:
                raise Unmeasured(f"{server.name} answered with an error ({kind}): {words}", _REMEDY)
    warnings = document.get("warnings") or ()
    if warnings:
        # Thanos, Mimir and remote reads warn where a part of the data is missing.
        words = "; ".join(str(warning) for warning in warnings)[:500]
        raise Unmeasured(
            f"{server.name} warns that its answer may be partial: {words}", "see why a part did not answer"
        )
    if "data" not in document:
        raise Unmeasured(f"{server.name}'s answer can't be read: it has no `data`")
    return document, answer


class BadQuery(Unmeasured):
    """Prometheus can't read the query: who wrote it has to correct it."""


def _result(server: Server, document: Mapping[str, Any]) -> Result:
    try:
        found = document["data"]
        kind, result = found["resultType"], found["result"]
        match kind:
            case "scalar":
                return Result(kind, (Series({}, (_point(result),)),))
            case "string":
                return Result(kind, ())
            case "vector":
                return Result(kind, tuple(Series(_labels(one), (_point(_plain(one)["value"]),)) for one in result))
            case "matrix":
                return Result(
                    kind, tuple(Series(_labels(one), tuple(map(_point, _plain(one)["values"]))) for one in result)
                )
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise Unmeasured(f"{server.name}'s answer can't be read: {type(error).__name__}: {error}"[:300]) from None
    raise Unmeasured(f"{server.name} answered with a result of the unknown type {kind!r}"[:300])


def _plain(one: Mapping[str, Any]) -> Mapping[str, Any]:
    if "histogram" in one or "histograms" in one:
        raise Unmeasured(
            "the query gives native histograms, no numbers", "use histogram_quantile(), or histogram_sum()"
        )
    return one


def _labels(one: Mapping[str, Any]) -> Mapping[str, str]:
    labels = one["metric"]
    if not isinstance(labels, Mapping) or not all(isinstance(value, str) for value in labels.values()):
        raise ValueError("a series without labels")
    return dict(labels)


def _point(pair: Any) -> tuple[float, float]:
    moment, text = pair
    if isinstance(moment, bool) or not isinstance(moment, int | float) or not math.isfinite(moment):
        raise ValueError(f"{moment!r} is no time")
    if not isinstance(text, str):
        raise ValueError(f"{text!r} is no value")
    return float(moment), float(text)
