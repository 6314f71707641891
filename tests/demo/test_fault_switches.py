"""Every fault switch as a client sees it over real HTTP, beside its twin: a target that differs in this switch only."""

import datetime as dt
import http.client
import re
import socket
import ssl
import time
from pathlib import Path

import pytest
from cryptography import x509

from demo.faults import SWITCHES

APPLICATION = ("/health", "/api/v1/stocks", "/api/v1/stocks/ACME")
ALL = ("url", "replica_1_url", "replica_2_url")


def test_every_switch_has_a_test_here():
    """A new switch without one fails."""
    tests = [name for name in globals() if name.startswith("test_fault_")]
    assert [name for name in SWITCHES if not any(test.startswith(f"test_fault_{name}") for test in tests)] == []


def _errors(fetch, url, count, path="/api/v1/stocks/ACME"):
    return [n for n in range(1, count + 1) if fetch(url, path).status == 500]


def test_fault_error_ratio_hits_every_fifth_answer(start, healthy, fetch):
    """Through the proxy and at a replica, /api and /health, and nothing else; the replicas count them as theirs."""
    target = start("error_ratio=0.2")
    urls = target.addresses
    assert _errors(fetch, urls["url"], 20) == [5, 10, 15, 20]
    assert _errors(fetch, urls["url"], 10, "/health") == [5, 10]
    assert _errors(fetch, urls["replica_1_url"], 10) == [5, 10]
    assert fetch(urls["replica_1_url"], "/health", headers={"X-Demo-Error": "500"}).status == 200
    assert not any(_errors(fetch, urls["url"], 10, path) for path in ("/ready", "/version", "/metrics"))
    counted = b"".join(
        line
        for name in ("replica_1_url", "replica_2_url")
        for line in fetch(urls[name], "/metrics").body.splitlines()
        if b'status="500"' in line
    )
    assert b'path="/api/v1/stocks/{symbol}"' in counted
    assert _errors(fetch, healthy.addresses["url"], 20) == []


def test_fault_error_ratio_is_exact_under_concurrency(start, fetch):
    """Whoever asks first: of 60 answers 15 are errors."""
    from concurrent.futures import ThreadPoolExecutor

    url = start("error_ratio=0.25").addresses["url"]
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: fetch(url, "/health").status, range(60)))
    assert sorted(set(statuses)) == [200, 500]
    assert statuses.count(500) == 15


def test_fault_latency_ms_delays_the_application(start, healthy, fetch):
    """Each application answer takes at least that long, also many at once; readiness does not."""
    url = start("latency_ms=300").addresses["url"]

    def seconds(where, path):
        begin = time.perf_counter()
        assert fetch(where, path).status == 200
        return time.perf_counter() - begin

    assert all(seconds(url, path) >= 0.3 for path in APPLICATION)
    assert min(seconds(url, "/ready") for _ in range(3)) < 0.3
    assert min(seconds(healthy.addresses["url"], "/health") for _ in range(3)) < 0.3


@pytest.mark.parametrize("where", ALL)
def test_fault_hang_accepts_and_never_answers(start, healthy, fetch, where):
    """The connection is there, the answer isn't."""
    url = start("hang").addresses[where]
    with pytest.raises(TimeoutError):
        fetch(url, "/health", timeout=0.4)
    assert fetch(healthy.addresses[where], "/health").status == 200


def test_fault_hang_does_not_even_shake_hands(start, healthy, fetch):
    """The TLS port is as silent."""
    addresses = start("hang").addresses
    with pytest.raises(TimeoutError):
        fetch(addresses["tls_url"], "/health", ca_file=addresses["ca_file"], timeout=0.4)
    healthy_ca = healthy.addresses["ca_file"]
    assert fetch(healthy.addresses["tls_url"], "/health", ca_file=healthy_ca).status == 200


def test_fault_refuse_leaves_the_published_ports_closed(start, healthy, fetch):
    """Plain and TLS; the replicas themselves serve."""
    addresses = start("refuse").addresses
    for port in (addresses["port"], addresses["tls_port"]):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((addresses["host"], int(port)), timeout=2)
        with socket.socket() as rival, pytest.raises(OSError, match="in use"):
            rival.bind((addresses["host"], int(port)))  # the port stays ours: nobody else can come to listen there
    assert fetch(addresses["replica_1_url"], "/health").status == 200
    socket.create_connection((healthy.addresses["host"], int(healthy.addresses["port"])), timeout=2).close()


@pytest.mark.parametrize("where", ALL)
def test_fault_health_lies_with_200(start, healthy, fetch, where):
    """Only the body tells."""
    lie, truth = (fetch(target.addresses[where], "/health") for target in (start("health_lies"), healthy))
    assert (lie.status, truth.status) == (200, 200)
    assert (lie.json["status"], truth.json["status"]) == ("unhealthy", "healthy")
    assert (lie.json["database"]["status"], truth.json["database"]["status"]) == ("down", "ok")


@pytest.mark.parametrize("where", ALL)
def test_fault_wrong_version_reports_another_release(start, healthy, fetch, where):
    """/version, /health and the metrics agree with each other, and not with what was started."""
    target = start("wrong_version")
    assert target.release == healthy.release
    for path in ("/version", "/health"):
        wrong, right = (fetch(each.addresses[where], path).json for each in (target, healthy))
        assert (wrong["version"], right["version"]) == ("0.9.0", "1.0.0")
        assert wrong["release_id"] != target.release.id == right["release_id"]
        assert wrong["commit"] != target.release.commit == right["commit"]
    assert b'version="0.9.0"' in fetch(target.addresses[where], "/metrics").body


def test_fault_one_bad_replica_shows_at_its_own_address(start, healthy, fetch):
    """The proxy has taken it out: its clients notice nothing."""
    addresses = start("one_bad_replica").addresses
    for path in (*APPLICATION, "/ready"):
        assert fetch(addresses["replica_2_url"], path).status == 503
        assert fetch(addresses["replica_1_url"], path).status == 200
        assert fetch(healthy.addresses["replica_2_url"], path).status == 200
    assert {fetch(addresses["url"], "/health").headers["x-served-by"] for _ in range(4)} == {"replica-1"}


@pytest.mark.parametrize("where", ALL)
def test_fault_database_down_is_met_by_every_query(start, healthy, fetch, where):
    """Health says which part is down; what needs no database goes on."""
    url = start("database_down").addresses[where]
    health = fetch(url, "/health")
    assert (health.status, health.json["status"], health.json["database"]["status"]) == (503, "unhealthy", "down")
    assert health.json["database"]["error"] == "unable to open database file"
    assert fetch(url, "/api/v1/stocks/ACME").json == {"error": "the database is down"}
    login = {"user": "demo", "password": "demo"}
    assert fetch(url, "/api/v1/login", "POST", content=login).status == 503
    assert (fetch(url, "/ready").status, fetch(url, "/version").status) == (200, 200)
    assert b'stock_quotes_database_up{replica="replica-' in fetch(url, "/metrics").body
    assert b"} 0\n" in fetch(url, "/metrics").body
    assert fetch(healthy.addresses[where], "/health").json["database"]["status"] == "ok"


def test_fault_slow_start_s_is_not_ready_for_a_while(start, healthy, fetch, processes):
    """503 at /ready and /health first, then 200."""
    url = start("slow_start_s=3").addresses["url"]
    for path in ("/ready", "/health"):
        early = fetch(url, path)
        assert (early.status, early.json["status"]) == (503, "starting")
        assert fetch(healthy.addresses["url"], path).status == 200
    processes.wait_until(lambda: {fetch(url, path).status for path in ("/ready", "/health") * 2} == {200})


def test_fault_crash_after_ends_each_replica(start, healthy, fetch, processes):
    """Three answers from each, the last one whole; then the proxy, which lives on, has nobody to ask."""
    target = start("crash_after=3")
    url = target.addresses["url"]
    assert [fetch(url, "/health").status for _ in range(6)] == [200] * 6
    processes.wait_until(lambda: not any(processes.is_running(pid) for pid in target.pids[:2]))
    assert fetch(url, "/health").status == 502
    with pytest.raises(ConnectionRefusedError):
        fetch(target.addresses["replica_1_url"], "/health")
    assert [fetch(healthy.addresses["url"], "/health").status for _ in range(8)] == [200] * 8


@pytest.mark.parametrize("where", ALL)
def test_fault_truncated_body_sends_less_than_it_declares(start, healthy, fetch, where):
    """A client that counts notices; readiness is whole."""
    url = start("truncated_body").addresses[where]
    for path in APPLICATION:
        with pytest.raises(http.client.IncompleteRead):
            fetch(url, path)
        assert fetch(healthy.addresses[where], path).status == 200
    assert fetch(url, "/ready").status == 200


def _certificate(target):
    address = (target.addresses["tls_host"], int(target.addresses["tls_port"]))
    return x509.load_pem_x509_certificate(ssl.get_server_certificate(address, timeout=5).encode())


def test_fault_tls_expired_is_refused_by_clients(start, healthy, fetch):
    """It is expired and nothing else: without the check of the date it would be trusted."""
    target = start("tls_expired")
    with pytest.raises(ssl.SSLCertVerificationError, match="certificate has expired"):
        fetch(target.addresses["tls_url"], "/health", ca_file=target.addresses["ca_file"])
    assert fetch(target.addresses["url"], "/health").status == 200
    healthy_ca = healthy.addresses["ca_file"]
    assert fetch(healthy.addresses["tls_url"], "/health", ca_file=healthy_ca).status == 200
    assert _certificate(target).not_valid_after_utc < dt.datetime.now(dt.UTC)


@pytest.mark.parametrize(("faults", "days"), [("tls_expires_in_days=3", 3), ("tls_expires_in_days=0.5", 0.5), ("", 90)])
def test_fault_tls_expires_in_days_is_when_the_certificate_ends(start, fetch, faults, days):
    """It is still trusted; without the switch it lasts 90 days."""
    target = start(faults)
    assert fetch(target.addresses["tls_url"], "/health", ca_file=target.addresses["ca_file"]).status == 200
    rest = _certificate(target).not_valid_after_utc - dt.datetime.now(dt.UTC)
    assert abs(rest - dt.timedelta(days=days)) < dt.timedelta(minutes=2)


@pytest.mark.parametrize("where", ALL)
def test_fault_redirect_to_login_sends_everyone_there(start, healthy, fetch, where):
    """A client that follows gets 200 and HTML: the classic that a status check alone believes."""
    url = start("redirect_to_login").addresses[where]
    for path in (*APPLICATION, "/version", "/metrics", "/"):
        answer = fetch(url, path)
        assert (answer.status, answer.headers["location"]) == (302, "/login")
        assert fetch(healthy.addresses[where], path).status == 200
    page = fetch(url, "/login")
    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert fetch(url, "/ready").status == 200


@pytest.mark.parametrize("where", ALL)
def test_fault_not_found_is_for_everything(start, healthy, fetch, where):
    """Also for /ready."""
    url = start("not_found").addresses[where]
    for path in (*APPLICATION, "/ready", "/version", "/metrics", "/login", "/"):
        assert fetch(url, path).status == 404
        assert fetch(healthy.addresses[where], path).status == 200


def _added(target, healthy):
    """The one file that a careless commit wrote, with its text. What runs is what was changed: another release."""
    changed, clean = (Path(each.addresses["sources"]) / "demo" for each in (target, healthy))
    names = {path.relative_to(changed).as_posix() for path in changed.rglob("*") if path.is_file()}
    differ = [
        name
        for name in sorted(names)
        if "__pycache__" not in name
        and (not (clean / name).exists() or (clean / name).read_bytes() != (changed / name).read_bytes())
    ]
    (name,) = differ
    return name, (changed / name).read_text()


def _runs_what_it_says(target, fetch):
    said = fetch(target.addresses["url"], "/version").json["release_id"]
    return said == target.release.id


def test_fault_failing_test_is_among_its_tests(start, healthy):
    """The service is the same."""
    target = start("failing_test")
    name, text = _added(target, healthy)
    assert (name, "assert not" in text) == ("tests/test_failing.py", True)
    assert target.release == healthy.release


def test_fault_slow_tests_s_waits_among_its_tests(start, healthy):
    """So many seconds."""
    assert "time.sleep(2.5)" in _added(start("slow_tests_s=2.5"), healthy)[1]


def test_fault_untested_code_is_in_the_sources(start, healthy, fetch):
    """And in the release that runs."""
    target = start("untested_code")
    name, text = _added(target, healthy)
    assert (name, text.count("def ")) == ("reports.py", 300)
    assert target.release != healthy.release
    assert _runs_what_it_says(target, fetch)
    assert _runs_what_it_says(healthy, fetch)


def test_fault_insecure_code_is_in_the_sources(start, healthy, fetch):
    """A shell gets what it is given."""
    target = start("insecure_code")
    assert "shell=True" in _added(target, healthy)[1]
    assert _runs_what_it_says(target, fetch)


def test_fault_complex_code_is_in_the_sources(start, healthy):
    """Twelve branches."""
    assert _added(start("complex_code"), healthy)[1].count("    if ") == 12


def test_fault_copied_code_is_there_twice(start, healthy):
    """Word for word."""
    copy = _added(start("copied_code"), healthy)[1]
    assert copy == (Path(healthy.addresses["sources"]) / "demo" / "connection.py").read_text()


def test_fault_leaked_secret_is_in_the_sources(start, healthy):
    """It has the form of a key, and opens nothing."""
    assert re.search(r"AKIA[A-Z]{16}", _added(start("leaked_secret"), healthy)[1])


def test_fault_careless_image_runs_as_root(start, healthy):
    """And of any version."""
    name, text = _added(start("careless_image"), healthy)
    assert name == "Dockerfile"
    assert "FROM python:latest" in text
    assert "USER" not in text


def test_faults_add_up(start, fetch):
    """Two switches, both effects."""
    url = start("error_ratio=1,latency_ms=200").addresses["url"]
    begin = time.perf_counter()
    assert fetch(url, "/health").status == 500
    assert time.perf_counter() - begin >= 0.2
