"""The metrics, read as Prometheus would read them."""

import re

import pytest

from demo.metrics import BUCKETS, Metrics
from demo.release import current_release

_SAMPLE = re.compile(r"([a-z_]+)\{((?:[a-z_]+=\"[^\"\\\n]*\",?)+)\} (\S+)")


def _samples(text):
    """Every sample by name and labels; fails on a line that is none, and on a sample before its TYPE."""
    samples, families = {}, {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            families[name] = kind
        elif not line.startswith("# HELP "):
            match = _SAMPLE.fullmatch(line)
            assert match, line
            name, labels, value = match.groups()
            assert name in families or re.sub("_(bucket|sum|count)$", "", name) in families, line
            key = (name, frozenset(re.findall(r'([a-z_]+)="([^"]*)"', labels)))
            assert key not in samples, f"{line} is there twice"
            samples[key] = float(value)
    return samples


def _value(samples, name, **labels):
    found = [value for (n, pairs), value in samples.items() if n == name and set(labels.items()) <= pairs]
    assert len(found) == 1, (name, labels, found)
    return found[0]


@pytest.fixture
def scrape(healthy, fetch):
    def _scrape(where="replica_1_url"):
        answer = fetch(healthy.addresses[where], "/metrics")
        assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert answer.body.endswith(b"\n")
        return _samples(answer.body.decode())

    return _scrape


def test_requests_are_counted_by_route_and_status(healthy, fetch, scrape):
    """Three more requests are three more, under the route's name, whatever symbols were asked for."""
    url = healthy.addresses["replica_1_url"]
    labels = {"path": "/api/v1/stocks/{symbol}", "method": "GET", "status": "404", "replica": "replica-1"}
    fetch(url, "/api/v1/stocks/NO0")
    before = scrape()
    for number in range(3):
        fetch(url, f"/api/v1/stocks/NO{number}")
    after = scrape()
    assert _value(after, "http_requests_total", **labels) == _value(before, "http_requests_total", **labels) + 3
    assert not any("NO1" in value for (_, pairs) in after for _, value in pairs)
    fetch(url, "/made-up-path")
    assert _value(scrape(), "http_requests_total", path="other", status="404", method="GET") >= 1


def test_the_histogram_is_cumulative_and_its_count_agrees(scrape):
    """Buckets never fall, the last one is +Inf and equals the count."""
    scrape()
    samples = scrape()
    for path in {dict(pairs)["path"] for (name, pairs) in samples if name == "http_request_duration_seconds_count"}:
        values = [
            _value(samples, "http_request_duration_seconds_bucket", path=path, le=str(bound))
            for bound in (*BUCKETS, "+Inf")
        ]
        assert values == sorted(values)
        assert values[-1] == _value(samples, "http_request_duration_seconds_count", path=path) > 0
        assert _value(samples, "http_request_duration_seconds_sum", path=path) >= 0


def test_process_build_and_database_are_described(healthy, scrape):
    """The release in build_info is the one that was started."""
    samples, release = scrape(), healthy.release
    assert _value(samples, "stock_quotes_build_info", version=release.version, release_id=release.id) == 1
    assert _value(samples, "stock_quotes_database_up") == 1
    assert _value(samples, "process_pid") == healthy.pids[0]
    assert _value(samples, "process_cpu_seconds_total") > 0
    assert _value(samples, "process_max_resident_memory_bytes") > 5_000_000


def test_the_replicas_series_are_apart(scrape):
    """A client of the proxy sees now one, now the other, and no counter that goes backwards."""
    seen = [{dict(pairs)["replica"] for (_, pairs) in scrape("url")} for _ in range(2)]
    assert seen in ([{"replica-1"}, {"replica-2"}], [{"replica-2"}, {"replica-1"}])


def test_nothing_counted_is_still_an_exposition():
    """Before the first request."""
    samples = _samples(Metrics("replica-1", current_release()).render(database_up=False).decode())
    assert _value(samples, "stock_quotes_database_up") == 0
    assert not any(name.startswith("http_") for (name, _) in samples)


def test_a_value_on_a_bound_belongs_to_its_bucket():
    """`le` is less than or equal."""
    metrics = Metrics("replica-1", current_release())
    metrics.observe("GET", "/health", 200, 0.5)
    samples = _samples(metrics.render(database_up=True).decode())
    assert _value(samples, "http_request_duration_seconds_bucket", le="0.5") == 1
    assert _value(samples, "http_request_duration_seconds_bucket", le="0.25") == 0
