"""What Prometheus answers is a Reading only where it is exactly one finite, fresh and whole value."""

import json
import re
import signal
import time

import pytest

from checks.evidence import Gap, Reading
from checks.monitoring.server import Server, basic, bearer
from checks.prometheus.look import look_at_queries
from checks.prometheus.query import MetricQuery, Over, Take
from checks.secrets import Secret
from tests.checks.prometheus.running import prometheus
from tests.conftest import locate


def query(expr, **more):
    return MetricQuery("own", "value", expr, **more)


@pytest.mark.parametrize(
    ("expr", "words"),
    [
        ("nothing_of_this_name", "the result is empty"),
        ("temperature", r"2 series \(temperature{room=\"a\"}.*where one is wanted"),
        ("not_a_number", "the value is NaN"),
        ("infinite", "the value is infinite"),
        ("0 / vector(0)", "the value is NaN"),
        ("temperature[5m]", "gives a matrix"),
        ('"a text"', "a text came|gives a string"),
        ("sum(", "refused the query: .*parse error"),
        ("scalar(temperature)", "the value is NaN"),
    ],
)
def test_what_is_not_one_finite_number_is_a_gap(ask, expr, words):
    """Several series, none, NaN, infinity, another type, a query that can't be read."""
    (gap,) = ask(query(expr))
    assert isinstance(gap, Gap)
    assert re.search(words, gap.reason, re.IGNORECASE), gap.reason
    assert gap.reason.endswith(f"query: {expr}")


@pytest.mark.parametrize(
    ("expr", "value"),
    [("sum(temperature{room='b'})", 30), ("temperature{room='b'}", 30), ("scalar(temperature{room='b'})", 30)],
)
def test_one_finite_number_is_a_reading(ask, expr, value):
    """The twins."""
    (reading,) = ask(query(expr, unit="1"))
    assert isinstance(reading, Reading)
    assert reading.value == value
    assert abs(reading.time - time.time()) < 5
    assert expr in reading.source


def test_too_old_and_fresh_enough(ask):
    """A sample of 200 s ago is found by Prometheus, and stands for nothing now."""
    (old,) = ask(query("old", selectors=("old",), max_age=120))
    assert "is 3.33 min old" in old.reason or "old, and 2 min is the most" in old.reason
    (fresh,) = ask(query("old", selectors=("old",), max_age=300))
    assert fresh.value == 1


def test_steps_without_a_value(ask):
    """Over a time, each step has to have its value."""
    over = Over(600, 15, Take.LAST)
    (gap,) = ask(query('http_requests_total{service="young"}', over=over))
    assert re.search(r"of 41 steps over 10 min have a value", gap.reason), gap.reason
    (reading,) = ask(query("temperature{room='b'}", over=over))
    assert reading.value == 30


def _serve(servers, status=200, body=b"", headers=""):
    head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode()
    return Server("Prometheus", servers.http(head + body).url, timeout=3)


def _vector(*series, **more):
    result = [{"metric": labels, "value": [time.time(), value]} for labels, value in series]
    return json.dumps({"status": "success", "data": {"resultType": "vector", "result": result}, **more}).encode()


def _scalar(value, at=None):
    data = {"resultType": "scalar", "result": [time.time(), value]}
    return json.dumps({"status": "success", "data": data}).encode()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"body": b"<!DOCTYPE html><html>Sign in</html>"}, "a page of HTML"),
        ({"status": 302, "headers": "Location: https://login.example.com/?next=x\r\n"}, "redirect .* log-in"),
        ({"status": 401}, "refused the credentials"),
        ({"status": 404, "body": b"404 page not found"}, "knows no such path"),
        ({"status": 502, "body": b"bad gateway"}, "status 502"),
        ({"status": 503, "body": b'{"status":"error","errorType":"unavailable","error":"TSDB not ready"}'}, "TSDB not"),
        ({"body": b""}, "it is no JSON"),
        ({"body": b'{"status":"success"'}, "it is no JSON"),
        ({"body": b"[]"}, "no answer of the Prometheus API"),
        ({"body": b'{"status":"success"}'}, "it has no `data`"),
        ({"body": b'{"status":"success","status":"error"}'}, "a key twice"),
        ({"body": b"[" * 100_000}, "it is no JSON"),
        ({"body": _vector(({}, "1"))}, "is it Prometheus"),
        ({"body": _vector(({}, "1"), warnings=["store eu-1 did not answer"])}, "may be partial: store eu-1"),
        ({"body": b'{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1]}]}}'}, "read"),
        ({"body": b'{"status":"success","data":{"resultType":"scalar","result":[1e999,"1"]}}'}, "is no time|no JSON"),
        ({"body": b'{"status":"success","data":{"resultType":"odd","result":[]}}'}, "unknown type 'odd'"),
        ({"body": b'{"status":"error","errorType":"timeout","error":"too slow"}', "status": 503}, "could not evaluate"),
    ],
)
def test_an_answer_that_is_not_prometheus(servers, answer, words):
    """A proxy's page, a redirect, a refusal, a partial answer, a broken document: each is a Gap that says what came."""
    (gap,) = look_at_queries(_serve(servers, **answer), [query("up")])["own"]
    assert isinstance(gap, Gap)
    assert re.search(words, gap.reason), gap.reason


def test_prometheus_that_is_not_there_is_a_gap(dead_port):
    """A metrics system that is down says nothing about the service: every query is a Gap, each with its query."""
    server = Server("Prometheus", f"http://127.0.0.1:{dead_port}", timeout=2)
    found = look_at_queries(server, [query("a"), MetricQuery("b", "v", "x", by="l", expected=("1", "2"))])
    assert [gap.subject for gap in found["b"]] == ["b.v.1", "b.v.2"]
    assert all("connection refused" in gap.reason for gap in (*found["own"], *found["b"]))


def test_a_clock_that_goes_wrong_is_told(servers):
    """The evaluation time is Prometheus' own, and a difference is said."""
    answers = {
        b"time()": _scalar(str(time.time() + 3600)),
        b"x": _vector(({}, "5")),
    }

    def answer(asked):
        body = answers[b"time()" if "query=time" in asked.line else b"x"]
        return f"HTTP/1.1 200 X\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body

    (reading,) = look_at_queries(Server("Prometheus", servers.http(answer).url), [query("x")])["own"]
    assert reading.value == 5
    assert "Prometheus' clock is 60 min ahead of this machine's" in reading.detail
    assert reading.time > time.time() + 3000


def test_credentials_and_headers_are_sent_and_never_shown(servers):
    """Bearer, basic, a login in the URL, a tenant's header."""
    body = _scalar("1e9")
    served = servers.http(f"HTTP/1.1 200 X\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
    token = Secret("tok-4711-secret", "TOKEN")
    headers = (bearer(token), ("X-Scope-OrgID", "tenant"))
    (found,) = look_at_queries(Server("Prometheus", served.url, headers), [query("up")])["own"]
    assert served.asked[0].headers["authorization"] == "Bearer tok-4711-secret"
    assert served.asked[0].headers["x-scope-orgid"] == "tenant"
    assert "4711" not in repr(found)
    Server("Prometheus", served.url, (basic("me", Secret("pass-4711", "P")),)).get()
    assert served.asked[-1].headers["authorization"] == "Basic bWU6cGFzcy00NzEx"
    Server("Prometheus", served.url.replace("//", "//me:pass-4711@")).get()
    assert served.asked[-1].headers["authorization"] == "Basic bWU6cGFzcy00NzEx"


def test_a_long_query_is_a_form(servers):
    """Proxies cut long URLs off."""
    body = _scalar("1e9")
    served = servers.http(f"HTTP/1.1 200 X\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
    look_at_queries(Server("Prometheus", served.url), [query("x" * 5000)])
    assert [asked.line.split()[0] for asked in served.asked] == ["GET", "POST"]


def test_a_paused_prometheus_is_a_gap_in_time(tmp_path):
    """It accepts, and never answers; once it goes on, the same question is answered."""
    with prometheus(locate("prometheus"), tmp_path, "global: {scrape_interval: 1s}\n") as running:
        server = Server("Prometheus", running.url, timeout=1)
        running.signal(signal.SIGSTOP)
        began = time.monotonic()
        (gap,) = look_at_queries(server, [query("vector(1)")])["own"]
        assert time.monotonic() - began < 10
        assert "no answer within 1 s" in gap.reason
        running.signal(signal.SIGCONT)
        (reading,) = look_at_queries(Server("Prometheus", running.url), [query("vector(1)")])["own"]
        assert reading.value == 1
    (stopped,) = look_at_queries(server, [query("vector(1)")])["own"]
    assert "connection refused" in stopped.reason


def test_our_quantile_is_prometheus_own(server, ask_preset):
    """The formula that is documented: both say the same to the last digits that matter."""
    from checks.prometheus.api import instant
    from checks.prometheus.matcher import Matcher

    for preset in ("p50", "p95", "p99"):
        (reading,) = ask_preset(preset, labels=(Matcher("service", "shop"),))
        expr = reading.source.partition(" (asked")[0]
        theirs = instant(server, expr, reading.time).series[0].points[0][1]
        assert reading.value == pytest.approx(theirs, rel=1e-9)
