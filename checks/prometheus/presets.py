"""Ready-made queries that are right: summed before they are divided, with what has to hold for the value to count.

Sources: prometheus.io/docs/practices/histograms, the metric names of node_exporter, postgres_exporter, RabbitMQ's
plugin and kube-state-metrics. Every name is a default that can be replaced.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from checks.prometheus.matcher import Matcher
from checks.prometheus.promql import duration
from checks.prometheus.query import Marked, MetricQuery, Missed, Over, Take

_METRIC: Final = re.compile(r"[A-Za-z_:][A-Za-z0-9_:]*")
_LABEL: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Preset:
    """What a ready-made query measures.

    `unit`: of its value; `metric`: the default name; `others`: further names that the query needs; `window`: default
    seconds, 0 for one moment; `least`: samples needed by default; `words`: for people; `page`: it can be read from two
    scrapes of a page as well.
    """

    words: str
    unit: str
    metric: str
    window: float = 300.0
    least: int = 1
    others: Mapping[str, str] = field(default_factory=dict)
    page: bool = False


_REQUESTS: Final = "http_requests_total"
_DURATIONS: Final = "http_request_duration_seconds"
#: Fewer requests say little about a share or a percentile.
_LEAST: Final = 100

PRESETS: Final[Mapping[str, Preset]] = {
    "success_ratio": Preset("share of requests that are no errors", "ratio", _REQUESTS, least=_LEAST, page=True),
    "error_ratio": Preset("share of requests that are errors", "ratio", _REQUESTS, least=_LEAST, page=True),
    "error_rate": Preset("errors per second", "1/s", _REQUESTS, page=True),
    "rps": Preset("requests per second", "1/s", _REQUESTS, page=True),
    "p50": Preset("half of the requests are as fast or faster", "s", _DURATIONS, least=_LEAST, page=True),
    "p95": Preset("95 % of the requests are as fast or faster", "s", _DURATIONS, least=_LEAST, page=True),
    "p99": Preset("99 % of the requests are as fast or faster", "s", _DURATIONS, least=_LEAST, page=True),
    "availability": Preset("share of scrapes in which every target was up", "ratio", "up", 60.0),
    "cpu": Preset("CPU time that is not idle, of the busiest machine", "ratio", "node_cpu_seconds_total"),
    "memory": Preset(
        "memory that is not available, of the fullest machine",
        "ratio",
        "node_memory_MemAvailable_bytes",
        0.0,
        others={"total": "node_memory_MemTotal_bytes"},
    ),
    "disk": Preset(
        "space in use, of the fullest file system",
        "ratio",
        "node_filesystem_avail_bytes",
        0.0,
        others={"total": "node_filesystem_size_bytes", "free": "node_filesystem_free_bytes"},
    ),
    "db_connections": Preset(
        "connections in use, of the fullest PostgreSQL",
        "ratio",
        "pg_stat_activity_count",
        0.0,
        others={"total": "pg_settings_max_connections"},
    ),
    "queue_depth": Preset("messages in the longest queue", "1", "rabbitmq_queue_messages", 0.0),
    "restarts": Preset("restarts of containers", "1", "kube_pod_container_status_restarts_total", 900.0),
    "value": Preset("the sum of a gauge", "1", "", 0.0, page=True),
}

#: Preset -> the quantile that it is.
QUANTILES: Final = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
#: Labels that tell one thing from another; within one of them everything is summed up.
_EACH: Final = {
    "cpu": ("instance",),
    "memory": ("instance",),
    "disk": ("instance", "mountpoint", "device"),
    "db_connections": ("instance",),
    "queue_depth": ("vhost", "queue"),
}


#: What marks a request as an error where nobody says otherwise.
SERVER_ERRORS: Final = Matcher("status", "5..", "=~")


@dataclass(frozen=True, slots=True)
class Asked:
    """A preset with its names filled in.

    `errors`: what marks a request as an error; `window`: in seconds. The rest is as in MetricQuery and Preset. Raises
    ValueError for a name that no metric or label can have.
    """

    name: str
    preset: str
    metric: str
    labels: tuple[Matcher, ...] = ()
    errors: Matcher = SERVER_ERRORS
    others: Mapping[str, str] = field(default_factory=dict)
    window: float = 300.0
    unit: str = ""
    by: str = ""
    expected: tuple[str, ...] = ()
    max_age: float = 120.0
    over: Over | None = None

    def __post_init__(self) -> None:
        for name in (self.metric, *self.others.values()):
            if not _METRIC.fullmatch(name):
                raise ValueError(f"{name!r} is not the name of a metric: use letters, digits, `_` and `:`")
        if self.by and not _LABEL.fullmatch(self.by):
            raise ValueError(f"{self.by!r} is not the name of a label: use letters, digits and `_`")


def query_of(asked: Asked) -> MetricQuery:
    """The query of a preset."""
    match asked.preset:
        case "success_ratio" | "error_ratio":
            return _ratio(asked)
        case "error_rate" | "rps":
            return _rate(asked)
        case "p50" | "p95" | "p99":
            return _quantile(asked)
        case "availability":
            return _availability(asked)
        case "cpu":
            return _cpu(asked)
        case "memory" | "disk" | "db_connections":
            return _share(asked)
        case "queue_depth" | "value":
            return _gauge(asked)
        case "restarts":
            return _restarts(asked)
        case unknown:
            raise ValueError(f"there is no preset {unknown!r}; there are {', '.join(PRESETS)}")


def _ratio(asked: Asked) -> MetricQuery:
    every, bad = _select(asked), _select(asked, asked.errors)
    window, total = f"[{duration(asked.window)}]", _sum(asked)
    counted = f"{total}(rate({every}{window}))"
    # No error so far is no series at all: 0 of the requests then, and still nothing where there are no requests.
    errors = f"({total}(rate({bad}{window})) or 0 * {counted})"
    ratio = f"{errors} / {counted}"
    success = asked.preset == "success_ratio"
    missed = f"{total}(min_over_time({bad}{window}) unless {bad} offset {duration(asked.window)})"
    return _query(
        asked,
        f"1 - {ratio}" if success else ratio,
        samples=f"{total}(increase({every}{window}))",
        selectors=(every,),
        marked=Marked(every, asked.errors.label),
        missed=Missed(missed, good=success),
        resets=f"{total}(resets({every}{window}))",
    )


def _rate(asked: Asked) -> MetricQuery:
    every, bad = _select(asked), _select(asked, asked.errors)
    window, total = f"[{duration(asked.window)}]", _sum(asked)
    counted = f"{total}(rate({every}{window}))"
    errors = asked.preset == "error_rate"
    return _query(
        asked,
        f"{total}(rate({bad}{window})) or 0 * {counted}" if errors else counted,
        samples=f"{total}(increase({every}{window}))",
        selectors=(every,),
        marked=Marked(every, asked.errors.label) if errors else None,
        resets=f"{total}(resets({every}{window}))",
    )


def _quantile(asked: Asked) -> MetricQuery:
    window, quantile = f"[{duration(asked.window)}]", QUANTILES[asked.preset]
    bucket, count = _select(asked, suffix="_bucket"), _select(asked, suffix="_count")
    labels = f"le, {asked.by}" if asked.by else "le"
    buckets = f"sum by ({labels}) (rate({bucket}{window}))"
    return _query(
        asked,
        f"histogram_quantile({quantile}, {buckets})",
        samples=f"{_sum(asked)}(increase({count}{window}))",
        selectors=(count,),
        resets=f"{_sum(asked)}(resets({count}{window}))",
        buckets=buckets,
        quantile=quantile,
    )


def _availability(asked: Asked) -> MetricQuery:
    every, window, total = _select(asked), f"[{duration(asked.window)}]", _sum(asked)
    scrapes = f"{total}(count_over_time({every}{window}))"
    return _query(asked, f"{total}(sum_over_time({every}{window})) / {scrapes}", samples=scrapes, selectors=(every,))


def _cpu(asked: Asked) -> MetricQuery:
    window, total = f"[{duration(asked.window)}]", _sum(asked)
    every, idle = _select(asked), _select(asked, Matcher("mode", "idle"))
    return _query(
        asked,
        f"1 - {total}(rate({idle}{window})) / {total}(rate({every}{window}))",
        selectors=(every,),
        marked=Marked(every, "mode"),
        worst=Take.HIGHEST,
    )


def _share(asked: Asked) -> MetricQuery:
    total = _sum(asked)
    part, whole = _select(asked), _select(asked, name=asked.others["total"])
    if asked.preset == "db_connections":
        expr = f"{total}({part}) / {total}({whole})"
    elif asked.preset == "disk":
        # As df counts it: what only root may use is neither in use nor available.
        free = _select(asked, name=asked.others["free"])
        used = f"({total}({whole}) - {total}({free}))"
        expr = f"{used} / ({used} + {total}({part}))"
    else:
        expr = f"1 - {total}({part}) / {total}({whole})"
    return _query(asked, expr, selectors=(part, whole), worst=Take.HIGHEST)


def _gauge(asked: Asked) -> MetricQuery:
    every = _select(asked)
    worst = Take.HIGHEST if asked.preset == "queue_depth" else None
    return _query(asked, f"{_sum(asked)}({every})", selectors=(every,), worst=worst)


def _restarts(asked: Asked) -> MetricQuery:
    every, window = _select(asked), f"[{duration(asked.window)}]"
    # A process says when it started, a container how often: both count restarts in the window.
    function = "changes" if asked.metric.endswith("_start_time_seconds") else "increase"
    return _query(asked, f"{_sum(asked)}({function}({every}{window}))", selectors=(every,))


def _query(
    asked: Asked,
    expr: str,
    *,
    samples: str = "",
    selectors: tuple[str, ...] = (),
    worst: Take | None = None,
    marked: Marked | None = None,
    missed: Missed | None = None,
    resets: str = "",
    buckets: str = "",
    quantile: float = 0.0,
) -> MetricQuery:
    return MetricQuery(
        asked.name,
        asked.preset,
        expr,
        asked.unit or PRESETS[asked.preset].unit,
        asked.by,
        asked.expected,
        worst,
        samples,
        asked.window,
        selectors,
        max_age=asked.max_age,
        marked=marked,
        missed=missed,
        resets=resets,
        buckets=buckets,
        quantile=quantile,
        over=asked.over,
    )


def _select(asked: Asked, *more: Matcher, suffix: str = "", name: str = "") -> str:
    matchers = ", ".join(map(str, (*asked.labels, *more)))
    return f"{name or asked.metric}{suffix}{f'{{{matchers}}}' if matchers else ''}"


def _sum(asked: Asked) -> str:
    """`sum`, or `sum by (...)` where each of several things counts by itself."""
    labels = dict.fromkeys((*((asked.by,) if asked.by else ()), *_EACH.get(asked.preset, ())))
    return f"sum by ({', '.join(labels)}) " if labels else "sum"
