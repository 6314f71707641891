"""A real Prometheus with half an hour of history, in which each thing that can go wrong has gone wrong."""

import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from checks.evidence import Evidence
from checks.monitoring.server import Server
from checks.prometheus.look import look_at_queries
from checks.prometheus.presets import PRESETS, Asked, query_of
from checks.prometheus.query import MetricQuery
from tests.checks.conftest import dead_port, loop_thread, servers
from tests.checks.prometheus.running import Running, prometheus
from tests.conftest import locate

__all__ = ["dead_port", "loop_thread", "servers"]

STEP = 15
#: Samples of the future are not seen yet; they keep the series fresh while the tests run.
PAST, FUTURE = 1800, 600
BOUNDS = (0.1, 0.5, 1.0, float("inf"))


@dataclass(frozen=True)
class Line:
    """One series: its value at an age in seconds, or None where it has no sample."""

    name: str
    labels: str
    value: Callable[[float], float | None]


def counter(rate: float, *, start: float = 1000.0) -> Callable[[float], float]:
    """A counter with a steady rate."""
    return lambda age: start + rate * (PAST - age)


def between(first: float, last: float, of: Callable[[float], float]) -> Callable[[float], float | None]:
    """Only with samples that are between `first` and `last` seconds old."""
    return lambda age: of(age) if last <= age <= first else None


def restarted(rate: float, at: float) -> Callable[[float], float]:
    """A counter that began anew `at` seconds ago."""
    return lambda age: rate * (at - age) if age < at else 5000 + rate * (PAST - age)


def _histogram(name: str, labels: str, rates: tuple[float, ...]) -> list[Line]:
    """Requests per second up to each bound."""
    lines = [
        Line(f"{name}_bucket", f'{labels},le="{"+Inf" if bound == BOUNDS[-1] else bound}"', counter(rate, start=0))
        for bound, rate in zip(BOUNDS, rates, strict=True)
    ]
    return [*lines, Line(f"{name}_count", labels, counter(rates[-1], start=0))]


LINES = [
    # shop: 100 requests/s, of them 2 errors; two instances of very different size.
    Line("http_requests_total", 'service="shop",instance="a",status="200"', counter(97)),
    Line("http_requests_total", 'service="shop",instance="a",status="500"', counter(1)),
    Line("http_requests_total", 'service="shop",instance="b",status="200"', counter(1)),
    Line("http_requests_total", 'service="shop",instance="b",status="503"', counter(1)),
    Line("http_requests_total", 'service="healthy",status="200"', counter(10)),
    Line("http_requests_total", 'service="idle",status="200"', counter(0)),
    Line("http_requests_total", 'service="idle",status="500"', counter(0)),
    Line("http_requests_total", 'service="quiet",status="200"', counter(0.02)),
    Line("http_requests_total", 'service="other",code="500"', counter(10)),
    Line("http_requests_total", 'service="young",status="200"', between(45, -FUTURE, counter(10))),
    Line("http_requests_total", 'service="ended",status="200"', between(PAST, 100, counter(10))),
    Line(
        "http_requests_total", 'service="hole",status="200"', lambda age: None if 60 < age < 180 else counter(10)(age)
    ),
    Line("http_requests_total", 'service="restarted",status="200"', restarted(10, 150)),
    Line("http_requests_total", 'service="burst",status="200"', counter(1)),
    Line("http_requests_total", 'service="burst",status="500"', between(120, -FUTURE, lambda age: 60.0)),
    *_histogram("http_request_duration_seconds", 'service="shop"', (50, 90, 99, 100)),
    *_histogram("http_request_duration_seconds", 'service="slow"', (0, 10, 20, 100)),
    *_histogram("http_request_duration_seconds", 'service="idle"', (0, 0, 0, 0)),
    Line("node_cpu_seconds_total", 'instance="busy",cpu="0",mode="idle"', counter(0.05)),
    Line("node_cpu_seconds_total", 'instance="busy",cpu="0",mode="user"', counter(0.95)),
    Line("node_cpu_seconds_total", 'instance="lazy",cpu="0",mode="idle"', counter(0.9)),
    Line("node_cpu_seconds_total", 'instance="lazy",cpu="0",mode="user"', counter(0.1)),
    Line("node_memory_MemAvailable_bytes", 'instance="busy"', lambda age: 1e9),
    Line("node_memory_MemTotal_bytes", 'instance="busy"', lambda age: 8e9),
    Line("node_memory_MemAvailable_bytes", 'instance="lazy"', lambda age: 6e9),
    Line("node_memory_MemTotal_bytes", 'instance="lazy"', lambda age: 8e9),
    Line("node_filesystem_avail_bytes", 'instance="busy",device="x",mountpoint="/"', lambda age: 5e9),
    Line("node_filesystem_free_bytes", 'instance="busy",device="x",mountpoint="/"', lambda age: 10e9),
    Line("node_filesystem_size_bytes", 'instance="busy",device="x",mountpoint="/"', lambda age: 100e9),
    Line("node_filesystem_avail_bytes", 'instance="busy",device="y",mountpoint="/data"', lambda age: 900e9),
    Line("node_filesystem_free_bytes", 'instance="busy",device="y",mountpoint="/data"', lambda age: 900e9),
    Line("node_filesystem_size_bytes", 'instance="busy",device="y",mountpoint="/data"', lambda age: 1000e9),
    Line("pg_stat_activity_count", 'instance="db",state="active"', lambda age: 30),
    Line("pg_stat_activity_count", 'instance="db",state="idle"', lambda age: 10),
    Line("pg_settings_max_connections", 'instance="db"', lambda age: 100),
    Line("rabbitmq_queue_messages", 'vhost="/",queue="short"', lambda age: 3),
    Line("rabbitmq_queue_messages", 'vhost="/",queue="long"', lambda age: 1200),
    Line("rabbitmq_queue_messages", 'vhost="bad",queue="unknown"', lambda age: float("nan")),
    Line("kube_pod_container_status_restarts_total", 'pod="steady"', lambda age: 7),
    Line("kube_pod_container_status_restarts_total", 'pod="looping"', lambda age: 3 if age > 300 else 5),
    Line("process_start_time_seconds", 'job="api"', lambda age: 100 if age > 300 else 200),
    Line("up", 'job="api",instance="1"', lambda age: 1),
    Line("up", 'job="api",instance="2"', lambda age: 0 if 20 < age < 60 else 1),
    Line("up", 'job="steady",instance="1"', lambda age: 1),
    Line("temperature", 'room="a"', lambda age: 20 + age / 60),
    Line("temperature", 'room="b"', lambda age: 30),
    Line("not_a_number", "", lambda age: float("nan")),
    Line("infinite", "", lambda age: float("inf")),
    Line("old", "", between(PAST, 200, lambda age: 1)),
]


def history(now: float) -> str:
    """The samples as OpenMetrics text, which promtool makes a database of."""
    text: dict[str, list[str]] = {}
    for line in LINES:
        for age in range(PAST, -FUTURE, -STEP):
            value = line.value(age)
            if value is not None:
                shown = {"inf": "+Inf", "nan": "NaN"}.get(str(value), repr(float(value)))
                text.setdefault(line.name, []).append(f"{line.name}{{{line.labels}}} {shown} {now - age:.3f}\n")
    families = (f"# TYPE {name} unknown\n{''.join(lines)}" for name, lines in text.items())
    return "".join(families) + "# EOF\n"


@pytest.fixture(scope="session")
def prometheus_with_history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One Prometheus for all tests that only ask."""
    program = locate("prometheus")
    folder = tmp_path_factory.mktemp("prometheus")
    samples = folder / "history.om"
    samples.write_text(history(int(time.time())))
    promtool = program.with_name("promtool")
    command = [str(promtool), "tsdb", "create-blocks-from", "openmetrics", str(samples), str(folder / "data")]
    subprocess.run(command, check=True, capture_output=True)
    with prometheus(program, folder, "global: {scrape_interval: 1s}\n") as running:
        yield running


@pytest.fixture
def server(prometheus_with_history: Running) -> Server:
    return Server("Prometheus", prometheus_with_history.url, timeout=10)


@pytest.fixture
def ask(server: Server) -> Callable[..., tuple[Evidence, ...]]:
    """The evidence of one query."""

    def one(query: MetricQuery) -> tuple[Evidence, ...]:
        return look_at_queries(server, [query])[query.name]

    return one


@pytest.fixture
def ask_preset(ask: Callable[..., tuple[Evidence, ...]]) -> Callable[..., tuple[Evidence, ...]]:
    """The evidence of a preset with its default names, and what a test gives."""

    def one(preset: str, **given: object) -> tuple[Evidence, ...]:
        known = PRESETS[preset]
        defaults = {"metric": known.metric, "others": known.others, "window": known.window}
        return ask(query_of(Asked("q", preset, **{**defaults, **given})))

    return one
