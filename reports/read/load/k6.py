"""Reads a summary of k6, in both of its forms, which disagree on what `true` says of a threshold.

`--summary-export` writes `"thresholds": {"p(95)<500": true}` where the threshold was **crossed**; what `handleSummary`
is given has `{"p(95)<500": {"ok": true}}` where it was **kept**. In both, `http_req_failed` is a rate of failures: its
`passes` are the requests that failed. Times are milliseconds whatever `summaryTimeUnit` says.

Written from `output/summary` and `internal/js/summary.js` of k6 1.1, and from runs of it.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from reports.load_summary import LoadSummary, RequestSummary, Times
from reports.read.json_shape import Shape
from reports.read.json_stream import JsonStream
from reports.read.opening import open_report
from reports.read.problem import Effect, ProblemList
from reports.read.quality.fields import count, mapping, number, shown, text
from reports.read.sniff import Head
from reports.read.words import counted

_SUCCESSES: Final = "http_req_duration{expected_response:true}"
_PERCENTILE: Final = re.compile(r"p\(([0-9]{1,2}(?:\.[0-9]{1,6})?|100)\)")
_BY_NAME: Final = re.compile(r"http_req_duration\{name:([^{}]{1,300})\}")


def is_k6(head: Head) -> bool:
    """Whether a file is a summary of k6, by its keys."""
    return head.json is not None and _is_summary(head.json)


def _is_summary(shape: Shape) -> bool:
    return shape.any("root_group.checks", "root_group.groups", "state.testRunDurationMs", "root_group") and shape.any(
        "metrics", "metrics.http_reqs", "metrics.iterations"
    )


def is_k6_report(head: Head) -> bool:
    """Whether a file is what k6 writes with `--new-machine-readable-summary`, which is refused by name."""
    return head.json is not None and head.json.has("results", "metadata") and head.json.any("metadata.k6Version")


def is_k6_samples(head: Head) -> bool:
    """Whether a file is `--out json`: a document for each sample, which is refused by name."""
    return head.json is not None and head.json.has("metric", "type", "data")


def read_k6(path: Path) -> LoadSummary:
    """Read a summary. Raises ReportError, also where the two forms are mixed: nobody could tell what `true` says."""
    problems = ProblemList()
    with open_report(path) as file:
        stream = JsonStream(file, str(path))
        document = stream.record("the summary")
        stream.finish()
        metrics = document.get("metrics")
        if not isinstance(metrics, dict):
            stream.fail(f"`metrics` is {shown(metrics)}, wanted k6's metrics")
        reader = _Metrics(stream, mapping(metrics))
        total = reader.total()
        duration = reader.duration(mapping(document.get("state")), total.count)
        crossed = list(reader.crossed())
        dropped = reader.counter("dropped_iterations")
    for threshold in crossed:
        problems.add(Effect.FAIL, f"k6 says that a threshold was crossed: {threshold}")
    if not total.count:
        problems.add(Effect.INCONCLUSIVE, "no HTTP request was made")
    if dropped:
        words = f"k6 dropped {counted(dropped, 'iteration')}: the load that was asked for did not happen"
        problems.add(Effect.INCONCLUSIVE, words)
    return LoadSummary(
        "k6",
        "k6-summary",
        total,
        tuple(reader.by_name()),
        duration,
        None,
        stream.sha256,
        problems.all(str(path)),
        dropped=dropped,
    )


class _Metrics:
    """The metrics of a summary, whatever its form."""

    def __init__(self, stream: JsonStream, metrics: Mapping[str, object]) -> None:
        self._stream, self._metrics = stream, metrics
        with_values = [name for name, metric in metrics.items() if isinstance(mapping(metric).get("values"), dict)]
        if with_values and len(with_values) != len(metrics):
            other = next(name for name in metrics if name not in with_values)
            stream.fail(f"the metric {text(other)!r} has no `values`, others have: this is neither of k6's two forms")
        #: Whether this is what `handleSummary` is given.
        self.handled = bool(with_values)

    def values(self, name: str) -> dict[str, object]:
        """What is said of a metric; nothing where it is not there."""
        metric = mapping(self._metrics.get(name))
        return mapping(metric.get("values")) if self.handled else metric

    def counter(self, name: str) -> int:
        """A counter; 0 where k6 does not write it, because nothing was counted."""
        values = self.values(name)
        if not values:
            return 0
        value = values.get("count")
        whole = int(value) if isinstance(value, float) and value.is_integer() else value
        return count(self._stream, whole, f"`count` of {name}")

    def total(self) -> RequestSummary:
        """All requests. Raises ReportError where a count is missing."""
        requests = self.counter("http_reqs")
        failures = self._failures(requests)
        successes = self.values(_SUCCESSES)
        own = bool(successes) and failures > 0
        values = successes if own else self.values("http_req_duration")
        if requests and not values:
            self._stream.fail("`http_req_duration` is missing, and there were requests")
        return RequestSummary(
            "", requests, failures, self._times(values), successes_only=own or not failures, mean=self._mean(values)
        )

    def by_name(self) -> Iterator[RequestSummary]:
        """The requests with a name that a threshold of the script asks for, where k6 counted them."""
        for metric in self._metrics:
            match = _BY_NAME.fullmatch(metric)
            requests = self.counter(f"http_reqs{{name:{match[1]}}}") if match else 0
            failed = self.values(f"http_req_failed{{name:{match[1]}}}") if match else {}
            if match and requests and failed:
                values = self.values(metric)
                failures = self._rate(failed, f"http_req_failed{{name:{match[1]}}}", requests)
                name, times = text(match[1]), self._times(values)
                yield RequestSummary(
                    name, requests, failures, times, successes_only=not failures, mean=self._mean(values)
                )

    def duration(self, state: Mapping[str, object], requests: int) -> float | None:
        """Seconds that the run took: k6 writes them, or divides by them."""
        if "testRunDurationMs" in state:
            return number(self._stream, state["testRunDurationMs"], "`testRunDurationMs`") / 1000 or None
        rate = self.values("http_reqs").get("rate")
        if rate is None or not requests:
            return None
        per_second = number(self._stream, rate, "`rate` of http_reqs")
        return requests / per_second if per_second else None

    def crossed(self) -> Iterator[str]:
        """The thresholds that k6 found crossed: `true` in one form, `ok: false` in the other."""
        for name, metric in self._metrics.items():
            thresholds = mapping(metric).get("thresholds", {})
            if not isinstance(thresholds, dict):
                self._stream.fail(f"`thresholds` of {text(name)} is {shown(thresholds)}, wanted an object")
            for threshold, said in thresholds.items():
                ok = mapping(said).get("ok") if self.handled else said
                if not isinstance(ok, bool):
                    words = f"the threshold {text(threshold)!r} of {text(name)} is {shown(said)}, wanted "
                    self._stream.fail(words + ("`ok` with true or false" if self.handled else "true or false"))
                if ok != self.handled:
                    yield f"{text(name)}: {text(threshold)}"

    def _failures(self, requests: int) -> int:
        failed = self.values("http_req_failed")
        if not requests:
            return 0
        if not failed:
            self._stream.fail("`http_req_failed` is missing: how many requests failed is not known")
        return self._rate(failed, "http_req_failed", requests)

    def _rate(self, values: Mapping[str, object], name: str, requests: int) -> int:
        """A rate that counts failures as `passes`. Raises ReportError where it contradicts itself."""
        failed, other = (count(self._stream, values.get(key), f"`{key}` of {name}") for key in ("passes", "fails"))
        if failed + other != requests:
            self._stream.fail(f"{name} is of {failed + other:,} requests, and there were {requests:,}")
        return failed

    def _times(self, values: Mapping[str, object]) -> Times:
        stated: dict[float, float] = {}
        for key, value in values.items():
            match = _PERCENTILE.fullmatch(key)
            share = float(match[1]) / 100 if match else {"med": 0.5, "max": 1.0}.get(key)
            if share:
                stated[round(share, 8)] = number(self._stream, value, f"{key} of http_req_duration") / 1000
        rising = [stated[share] for share in sorted(stated)]
        if rising != sorted(rising):
            self._stream.fail("the percentiles of http_req_duration don't rise")
        return Times(stated=dict(sorted(stated.items())))

    def _mean(self, values: Mapping[str, object]) -> float | None:
        mean = values.get("avg")
        return None if mean is None else number(self._stream, mean, "`avg` of http_req_duration") / 1000
