# ruff: noqa: S101 - tests assert
"""The small parts: counters, releases, shares, faults."""

import json

import pytest

from demo.failed_logins import FailedLogins
from demo.faults import FaultError, Faults, parse_faults
from demo.metrics import Metrics
from demo.release import another_release, current_release
from demo.spread import EvenSpread
from demo.tests.conftest import Faulty, answered, request, status


def test_metrics_count_requests() -> None:
    """By method, path and status."""
    metrics = Metrics("replica-1", current_release())
    metrics.observe("GET", "/health", 200, 0.002)
    metrics.observe("GET", "/health", 503, 20.0)
    text = metrics.render(database_up=False).decode()
    assert 'status="503"' in text
    assert "stock_quotes_database_up" in text


def test_releases_differ() -> None:
    """The id is that of the sources."""
    assert current_release().id.startswith("sha256:")
    assert current_release() != another_release()


def test_an_even_spread() -> None:
    """Every fifth."""
    spread = EvenSpread(0.2)
    assert [spread.hit() for _ in range(10)] == [False, False, False, False, True] * 2


def test_failed_log_ins_are_forgotten() -> None:
    """One each second; of too many names the oldest."""
    now = [0.0]
    failed = FailedLogins(lambda: now[0])
    for _ in range(10):
        failed.add("mallory")
    assert failed.wait("mallory") > 0
    now[0] = 5.0
    assert failed.wait("mallory") == 0
    for number in range(1001):
        failed.add(str(number))
    assert failed.wait("0") == 0


@pytest.mark.parametrize(
    "text",
    ["nothing=1", "hang=maybe", "error_ratio", "error_ratio=2", "hang,hang", ",", "tls_expired,tls_expires_in_days=3"],
)
def test_wrong_faults(text: str) -> None:
    """Each is refused."""
    with pytest.raises(FaultError):
        parse_faults(text)


def test_faults_are_written_and_read() -> None:
    """The text of faults is their form on the command line."""
    faults = parse_faults("error_ratio=0.2, hang, crash_after=3")
    assert parse_faults(str(faults)) == faults
    assert Faults.from_mapping(faults.as_mapping()) == faults


@pytest.mark.parametrize(
    ("faults", "line", "wanted"),
    [
        (Faults(), "GET /health", 200),
        (Faults(not_found=True), "GET /ready", 404),
        (Faults(redirect_to_login=True), "GET /health", 302),
        (Faults(redirect_to_login=True), "GET /login", 200),
        (Faults(error_ratio=1), "GET /health", 500),
        (Faults(error_ratio=1), "GET /version", 200),
        (Faults(health_lies=True), "GET /health", 200),
    ],
)
def test_faults_in_front_of_the_service(faulty: Faulty, faults: Faults, line: str, wanted: int) -> None:
    """Each changes what clients see, and only that."""
    assert status(answered(faulty(faults).handle(request(line)))) == wanted


def test_a_bad_replica_and_half_a_body(faulty: Faulty) -> None:
    """503 to the application; fewer bytes than declared."""
    assert status(answered(faulty(Faults(), is_bad=True).handle(request("GET /health")))) == 503
    cut = answered(faulty(Faults(truncated_body=True)).handle(request("GET /health")))
    assert cut.close
    whole = answered(faulty(Faults()).handle(request("GET /health")))
    assert len(cut.body) < len(whole.body)


def test_latency(faulty: Faulty) -> None:
    """The same answer, later."""
    late = answered(faulty(Faults(latency_ms=1)).handle(request("GET /api/v1/stocks")))
    assert json.loads(late.body)["count"] > 0
