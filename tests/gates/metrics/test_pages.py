"""Without a Prometheus: pages that are read before and after the sweep."""

import time

import pytest

from reports.verdict import Verdict
from tests.checks.prometheus.running import eventually

QUERIES = (
    "queries: {errors: {preset: error_ratio, min_samples: 10, limit: '<= 10 %'}, slow: {preset: p95, min_samples: 10}}"
)


class Service:
    """A page whose counters a test moves."""

    def __init__(self, servers):
        self.ok, self.bad, self.start, self.text = 100, 0, 1000, None
        self.served = servers.http(self._answer)

    @property
    def url(self):
        return f"{self.served.url}/metrics"

    def work(self, ok=0, bad=0):
        def more():
            # The first scrape of two is taken in the background.
            eventually(lambda: len(self.served.asked) % 2)
            self.ok += ok
            self.bad += bad

        return more

    def _answer(self, asked):
        total = self.ok + self.bad
        body = (
            f'# TYPE http_requests_total counter\nhttp_requests_total{{status="200"}} {self.ok}\n'
            f'http_requests_total{{status="500"}} {self.bad}\n'
            "# TYPE http_request_duration_seconds histogram\n"
            f'http_request_duration_seconds_bucket{{le="0.5"}} {total}\n'
            f'http_request_duration_seconds_bucket{{le="+Inf"}} {total}\n'
            f"http_request_duration_seconds_count {total}\nprocess_start_time_seconds {self.start}\n"
        )
        data = (self.text or body).encode()
        return f"HTTP/1.1 200 X\r\nContent-Type: text/plain\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data


@pytest.fixture
def service(servers):
    return Service(servers)


def section(*urls, interval="10ms"):
    return f"{{page: {{http: [{', '.join(repr(url) for url in urls)}], interval: {interval}}}, {QUERIES}}}"


def test_what_happened_in_between_is_judged(judged, service):
    """What was counted before does not count."""
    found = judged(section(service.url), between=service.work(ok=99, bad=1))
    assert {subject: j.verdict for subject, j in found.items()} == dict.fromkeys(found, Verdict.PASS)
    assert list(found) == ["page.up", "page.valid", "errors.error_ratio", "slow.p95"]
    assert found["errors.error_ratio"].evidence.value == pytest.approx(0.01)


def test_errors_in_between(judged, service):
    """The twin."""
    found = judged(section(service.url), between=service.work(ok=80, bad=20))
    assert found["errors.error_ratio"].verdict is Verdict.FAIL
    assert found["slow.p95"].verdict is Verdict.PASS


def test_no_traffic_in_between(judged, service):
    """Or too little of it: INCONCLUSIVE, with what to do."""
    nothing = judged(section(service.url))
    assert nothing["errors.error_ratio"].verdict is Verdict.INCONCLUSIVE
    assert "nothing was counted between the two scrapes" in nothing["errors.error_ratio"].reason
    little = judged(section(service.url), between=service.work(ok=5))
    assert little["errors.error_ratio"].reason.startswith("5 samples, 10 needed")
    assert "load gate" in little["errors.error_ratio"].remedy


def test_a_restart_in_between(judged, service):
    """What another process counted is not compared."""

    def restart():
        service.work(ok=500)()
        service.start = 2000

    found = judged(section(service.url), between=restart)
    assert found["errors.error_ratio"].verdict is Verdict.INCONCLUSIVE
    assert "another process answered, or it was restarted" in found["errors.error_ratio"].reason
    assert found["page.up"].verdict is Verdict.PASS


def test_a_page_that_is_broken(judged, service):
    """The page itself is a FAIL that names the line; what it should have said can't be judged."""
    service.text = "a 1\nb\n"
    found = judged(section(service.url))
    assert found["page.up"].verdict is Verdict.PASS
    assert found["page.valid"].verdict is Verdict.FAIL
    assert "line 2" in found["page.valid"].reason
    assert found["errors.error_ratio"].verdict is Verdict.INCONCLUSIVE


def test_a_page_that_is_not_there(judged, dead_port, service):
    """One of two is enough."""
    found = judged(section(service.url, f"http://127.0.0.1:{dead_port}/metrics"))
    assert found["page.up"].verdict is Verdict.FAIL
    assert "page.valid" not in found
    assert "connection refused" in found["errors.error_ratio"].reason


def test_several_pages_are_one_service(judged, servers):
    """Each instance's own page."""
    one, two = Service(servers), Service(servers)

    def work():
        one.work(ok=50)()
        two.work(ok=40, bad=10)()

    found = judged(section(one.url, two.url), between=work)
    assert found["errors.error_ratio"].evidence.samples == 100
    assert found["errors.error_ratio"].evidence.value == pytest.approx(0.1)


def test_the_interval_is_kept(judged, service):
    """However quick the sweep was."""
    began = time.monotonic()
    judged(section(service.url, interval="700ms"), between=service.work(ok=20))
    assert time.monotonic() - began >= 0.7
