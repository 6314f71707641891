"""The strict parser takes the pages of real programs."""

from checks.metrics_page.difference import difference
from checks.metrics_page.scrape import scrape
from checks.metrics_page.values import page_values
from checks.monitoring.server import Server
from checks.prometheus.matcher import Matcher
from checks.prometheus.presets import Asked
from demo.faults import parse_faults
from demo.target import DemoTarget
from tests.checks.prometheus.running import prometheus, running
from tests.conftest import locate


def test_prometheus_own_page(tmp_path):
    """What it counted between two scrapes."""
    with prometheus(locate("prometheus"), tmp_path, "global: {scrape_interval: 1s}\n") as server:
        page = Server("the page", f"{server.url}/metrics")
        first = scrape(page)
        for _ in range(5):
            server.get("/api/v1/query?query=1")
        found = difference([first], [scrape(page)])
        labels = (Matcher("handler", "/api/v1/query"),)
        asked = Asked("q", "error_ratio", "prometheus_http_requests_total", labels, Matcher("code", "5..", "=~"))
        (reading,) = page_values(asked, found)
        assert (reading.value, reading.samples) == (0, 5)
        (p95,) = page_values(Asked("q", "p95", "prometheus_http_request_duration_seconds", labels), found)
        assert 0 < p95.value < 5


def test_the_node_exporter(tmp_path):
    """The page of a machine."""
    program = locate("node-exporter")
    with running(lambda port: [str(program), f"--web.listen-address=127.0.0.1:{port}"], tmp_path, "/metrics") as node:
        page = scrape(Server("the page", f"{node.url}/metrics")).page
    assert next(page.named("node_memory_MemTotal_bytes"))[1] > 1e8
    assert page.counts("node_cpu_seconds_total")


def test_the_demo_target():
    """Its replicas are scraped one by one, and an error is counted."""
    import requests

    with DemoTarget.start(parse_faults("")) as target:
        pages = [Server("the page", f"{target.addresses[f'replica_{n}_url']}/metrics") for n in (1, 2)]
        first = [scrape(page) for page in pages]
        for _ in range(20):
            requests.get(f"{target.addresses['url']}/api/v1/stocks", timeout=5)
        found = difference(first, [scrape(page) for page in pages])
    (ratio,) = page_values(Asked("q", "error_ratio", "http_requests_total"), found)
    assert ratio.value == 0
    # The two scrapes of each page may be counted as well.
    assert 20 <= ratio.samples <= 24


def test_alertmanager(tmp_path):
    """Whatever Go's client library writes."""
    program = locate("alertmanager")
    (tmp_path / "a.yml").write_text("route: {receiver: none}\nreceivers: [{name: none}]\n")

    def command(port):
        return [
            str(program),
            "--config.file=a.yml",
            "--storage.path=data",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
        ]

    with running(command, tmp_path, "/-/ready") as manager:
        page = scrape(Server("the page", f"{manager.url}/metrics")).page
    assert page.counts("alertmanager_notifications_total")
