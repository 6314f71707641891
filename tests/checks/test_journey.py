"""Journeys: log-in, captures, what they put into later requests, and what goes wrong on the way."""

import asyncio
import json

import pytest

from checks.evidence import Gap, evidence_to_dict
from checks.journey import Capture, JourneyRun, StepRequest
from checks.probes import HttpProbe
from checks.secrets import Secret, forget_all

TOKEN = "t0ken-that-nobody-may-see"


def reply(document, status="200 OK", headers=()):
    body = json.dumps(document).encode()
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Content-Type: application/json", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def service(asked):
    """A log-in that gives a token and a cookie, and a watchlist that wants both."""
    path = asked.line.split()[1]
    if path == "/login":
        ok = json.loads(asked.body) == {"user": "demo", "password": "hunter22"}
        answer = {"token": TOKEN, "id": 7, "name": "a b/c"}
        return (
            reply(answer, headers=("Set-Cookie: sid=s3ssion; Path=/", "X-Next: /list")) if ok else reply({}, "401 No")
        )
    allowed = asked.headers.get("authorization") == f"Bearer {TOKEN}" and "sid=s3ssion" in asked.headers.get(
        "cookie", ""
    )
    return reply({"symbols": ["ABC"]}) if allowed else reply({}, "403 No")


LOGIN = StepRequest(
    "log in",
    "/login",
    "POST",
    json={"user": "demo", "password": Secret("hunter22")},
    captures=(
        Capture("token", "json", "token"),
        Capture("id", "json", "id"),
        Capture("name", "json", "name"),
        Capture("next", "header", "X-Next"),
        Capture("sid", "cookie", "sid"),
        Capture("word", "body", r'"name": "(\w)'),
    ),
)
READ = StepRequest(
    "Read it back!", "/list", headers=(("Authorization", "Bearer {{ token }}"),), json_paths=("symbols.0",)
)


def parts(evidence, begin):
    return {e.subject.removeprefix(f"{begin}."): e for e in evidence}


@pytest.fixture
def walk(servers):
    """Walk steps against a service; the evidence of the last one, by its part, and the run."""

    def walked(*steps, answer=service, **keywords):
        served = servers.http(answer)
        with JourneyRun("watch", served.url, **keywords) as run:
            for step in steps:
                evidence = run.run(step)
        return parts(evidence, run.subject(steps[-1].name)), run, served

    return walked


def test_a_step_that_needs_what_nobody_captured_is_a_gap_that_names_the_nearest(walk):
    """Nothing is sent with a mark in it."""
    step = StepRequest("read", "/list", headers=(("Authorization", "Bearer {{ tokem }}"),))
    seen, _, served = walk(LOGIN, step)
    assert isinstance(seen["up"], Gap)
    assert "'tokem'" in seen["up"].reason
    assert "did you mean 'token'?" in seen["up"].reason
    assert len(served.asked) == 1


def test_a_journey_logs_in_and_reads_back(walk):
    """The twin: the capture is there, and the session keeps its cookies."""
    seen, run, _ = walk(LOGIN, READ)
    assert seen["status"].value == 200
    assert seen["json.symbols.0"].value == "ABC"
    assert seen["status"].subject == "watch.read-it-back.status"
    assert run.captured["next"] == "/list"
    assert run.captured["id"] == "7"
    assert run.captured["word"] == "a"


def test_without_the_token_the_service_says_no(walk):
    """What a wrong log-in leads to is a reading like any other."""
    assert walk(READ_WITHOUT := StepRequest("read", "/list"))[0]["status"].value == 403
    assert READ_WITHOUT.captures == ()


def test_what_is_named_like_a_secret_is_captured_as_one(walk):
    """Token and cookie are masked from then on; harmless values are not."""
    _, run, _ = walk(LOGIN)
    assert isinstance(run.captured["token"], Secret)
    assert isinstance(run.captured["sid"], Secret)
    assert isinstance(run.captured["name"], str)
    assert run.captured["token"].reveal() == TOKEN


def test_no_secret_is_in_the_evidence(servers):
    """A service that echoes the token, the password and the cookie does not get them into the report."""

    def echo(asked):
        text = {"token": TOKEN, "all": f"{asked.headers} {asked.body.decode()} {TOKEN}"}
        return reply(text, headers=(f"X-Echo: {TOKEN}", "Set-Cookie: sid=c00kie-value; Path=/"))

    served = servers.http(echo)
    first = StepRequest(
        "first",
        "/a",
        "POST",
        json={"password": Secret("hunter22")},
        captures=(Capture("token", "json", "token"), Capture("sid", "cookie", "sid")),
    )
    second = StepRequest(
        "second",
        "/b/{{ token }}",
        headers=(("X-T", "{{ token }}"),),
        params=(("t", "{{ token }}"),),
        json_paths=("token", "all"),
        header_names=("x-echo", "set-cookie"),
        want_body=True,
    )
    with JourneyRun("j", served.url) as run:
        evidence = run.run(first) + run.run(second)
    text = json.dumps([evidence_to_dict(e) for e in evidence]) + repr(run.captured)
    for secret in (TOKEN, "hunter22", "c00kie-value"):
        assert secret not in text
    assert "***" in text


def test_captures_fill_urls_params_json_and_bodies(walk):
    """In a path a value is quoted, in JSON it keeps its type."""
    step = StepRequest(
        "put",
        "/items/{{ name }}",
        "PUT",
        params=(("q", "{{name}}"),),
        json={"id": "{{ id }}", "t": ["n{{ id }}"], "{{ id }}": 1},
    )
    _, _, served = walk(LOGIN, step)
    asked = served.asked[-1]
    assert asked.line == "PUT /items/a%20b%2Fc?q=a+b%2Fc HTTP/1.1"
    assert json.loads(asked.body) == {"id": 7, "t": ["n7"], "{{ id }}": 1}
    _, _, served = walk(LOGIN, StepRequest("put", "{{ next }}?x", "PUT", body="<{{ id }}>"))
    assert served.asked[-1].line == "PUT /list?x HTTP/1.1"
    assert served.asked[-1].body == b"<7>"


@pytest.mark.parametrize(
    "capture",
    [
        Capture("x", "json", "no.such"),
        Capture("x", "header", "X-No"),
        Capture("x", "body", "no(t) there"),
        Capture("x", "cookie", "nope"),
    ],
)
def test_a_capture_that_is_not_there_is_absent(walk, capture):
    """The step says so itself; the next one would only say that it misses something."""
    seen, run, _ = walk(StepRequest("one", "/login", "POST", json={}, captures=(capture,)))
    assert seen["capture.x"].absent
    assert "x" not in run.captured


def test_a_capture_that_is_there_says_so(walk):
    """The twin of the absent one."""
    seen, _, _ = walk(LOGIN)
    assert seen["capture.token"].value is True
    assert seen["capture.token"].unit == "present"


def test_a_capture_that_is_gone_does_not_leave_its_old_value(walk):
    """A later step must not go on with what an earlier answer said."""
    count = iter(range(10))
    steps = [StepRequest(name, "/", captures=(Capture("v", "json", "v"),)) for name in ("one", "two")]
    use = StepRequest("three", "/{{ v }}")
    seen, run, _ = walk(*steps, use, answer=lambda asked: reply({} if next(count) else {"v": "old"}))
    assert isinstance(seen["up"], Gap)
    assert "v" not in run.captured


def test_a_cookie_of_an_earlier_step_is_not_captured_again(walk):
    """Else nobody would see that the service no longer sets it."""
    seen, _, _ = walk(LOGIN, StepRequest("two", "/list", captures=(Capture("sid", "cookie", "sid"),)))
    assert seen["capture.sid"].absent


def test_a_redirect_is_read_and_not_followed(walk):
    """Where it leads is said without the query, which may hold a token."""
    answer = b"HTTP/1.1 302 Found\r\nLocation: /login?next=abc\r\nContent-Length: 0\r\n\r\n"
    seen, _, served = walk(StepRequest("one", "/"), answer=answer)
    assert seen["status"].value == 302
    assert seen["status"].detail == "redirects to /login?..."
    assert len(served.asked) == 1


def test_a_refused_step_is_down(dead_port):
    """Nobody listens."""
    with JourneyRun("j", f"http://127.0.0.1:{dead_port}") as run:
        (evidence,) = run.run(StepRequest("one", "/"))
    assert (evidence.subject, evidence.value, evidence.detail) == ("j.one.up", False, "connection refused")


def test_a_step_without_a_base_url_is_a_gap_that_says_so():
    """A path leads nowhere by itself."""
    with JourneyRun("j") as run:
        (evidence,) = run.run(StepRequest("one", "/x"))
    assert "base_url" in evidence.reason


@pytest.mark.parametrize("where", ["silent", "headers", "body"])
def test_a_step_has_one_deadline_for_everything(servers, where):
    """requests limits each read alone; headers and bodies that drip are stopped all the same."""

    async def drip(asked, writer):
        if where == "silent":
            await asyncio.sleep(60)
        writer.write(b"HTTP/1.1 200 OK\r\n")
        if where == "body":
            writer.write(b"Content-Length: 100000\r\n\r\n")
        for _ in range(100):
            writer.write(b"X-A: b\r\n")
            await asyncio.sleep(0.05)

    with JourneyRun("j", servers.http(drip).url) as run:
        (evidence,) = run.run(StepRequest("one", "/", timeout=0.3))
        assert evidence.value is False
        assert "300 ms" in evidence.detail or "no whole answer" in evidence.detail
        assert 0.25 < evidence.took < 3


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n0123456789", "the body ended after 10 of 500 bytes"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n", "the body"),
        (b"", "the connection was closed without an answer"),
        (b"garbage\r\n\r\n", "the answer is not HTTP/1.1"),
    ],
)
def test_a_broken_answer_is_down(servers, answer, words):
    """The same words as the sweep has."""

    async def say(asked, writer):
        writer.write(answer)
        await writer.drain()
        writer.close()

    with JourneyRun("j", servers.http(say).url) as run:
        (evidence,) = run.run(StepRequest("one", "/", timeout=5))
    assert evidence.value is False
    assert words in evidence.detail


def test_a_capture_with_a_line_break_does_not_smuggle_a_header(walk):
    """A value of the service goes into a header only if it is one."""

    def answer(asked):
        return reply({"v": "a\r\nX-Evil: 1"})

    step = StepRequest("two", "/", headers=(("X-V", "{{ v }}"),))
    seen, _, served = walk(StepRequest("one", "/", captures=(Capture("v", "json", "v"),)), step, answer=answer)
    assert "control character" in seen["up"].reason
    assert len(served.asked) == 1


@pytest.mark.parametrize("value", [{"a": object()}, {"a": float("nan")}])
def test_json_that_can_not_be_written_is_a_gap(walk, value):
    """A date that YAML made, or a number that JSON does not have, is not sent as something else."""
    seen, _, served = walk(StepRequest("one", "/", "POST", json=value))
    assert "can't be sent" in seen["up"].reason
    assert served.asked == []


def test_authorities_that_can_not_be_read_are_a_gap(tmp_path):
    """Our own side is not ready."""
    with JourneyRun("j", "https://127.0.0.1:9", ca_file=str(tmp_path / "none.pem")) as run:
        (evidence,) = run.run(StepRequest("one", "/"))
    assert isinstance(evidence, Gap)
    assert "none.pem" in evidence.reason


def test_a_certificate_of_a_stranger_is_refused_and_a_known_one_is_not(servers, authority, stranger):
    """Journeys trust what the sweep trusts."""
    served = servers.http(tls=authority.server("127.0.0.1"))
    for file, value in ((stranger.file, False), (authority.file, True)):
        with JourneyRun("j", served.url, ca_file=file) as run:
            first = run.run(StepRequest("one", "/"))[0]
        assert first.value is value
        assert ("certificate" in first.detail) is not value


def test_verification_can_be_switched_off_and_a_name_given(servers, authority, stranger):
    """For targets that are reached by another name, or whose authority nobody has."""
    served = servers.http(tls=authority.server("api.example.com"))
    with JourneyRun("j", served.url, ca_file=authority.file, server_name="api.example.com") as run:
        assert run.run(StepRequest("one", "/"))[0].value is True
    with JourneyRun("j", served.url, verify=False) as run:
        assert run.run(StepRequest("one", "/"))[0].value is True
    with JourneyRun("j", served.url, ca_file=authority.file) as run:
        assert "certificate" in run.run(StepRequest("one", "/"))[0].detail


def test_a_journey_does_not_loosen_the_trust_of_the_sweep(see, servers, authority):
    """urllib3 changes the context that it is given; the sweep has its own."""
    served = servers.http(tls=authority.server("api.example.com"))
    with JourneyRun("j", served.url, ca_file=authority.file, server_name="api.example.com") as run:
        run.run(StepRequest("one", "/"))
    assert see(HttpProbe("api", served.url, ca_file=authority.file))["up"].value is False


def test_proxies_of_the_environment_are_not_used(walk, monkeypatch, dead_port):
    """What is measured is the service, not the way that a shell happens to be configured."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{dead_port}")
    assert walk(LOGIN)[0]["status"].value == 200


def test_a_big_body_is_a_gap_where_it_is_judged(walk):
    """The same bound as in the sweep."""
    body = b'{"a": "' + b"x" * (2 << 20) + b'"}'
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    seen, _, _ = walk(StepRequest("one", "/", json_paths=("a",)), answer=answer)
    assert isinstance(seen["json.a"], Gap)
    assert seen["status"].value == 200


def test_evidence_of_a_second_walk_counts_both(walk):
    """A pass after a retry is visible."""
    seen, _, _ = walk(LOGIN, attempt=2)
    assert seen["status"].attempts == 2


def test_a_default_that_everybody_may_read_is_not_masked(walk):
    """A Secret that is not searched for stays so where it becomes part of a longer text."""
    forget_all()
    step = StepRequest("one", "/", headers=(("X-A", Secret("word", searched=False)),), json_paths=("w",))
    assert walk(step, answer=lambda asked: reply({"w": "word"}))[0]["json.w"].value == "word"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Capture("a b", "json", "x"), "name of a capture"),
        (lambda: Capture("a", "jsn", "x"), "known are json, header, body, cookie"),
        (lambda: Capture("a", "json", "a..b"), "JSON path"),
        (lambda: Capture("a", "body", "(a)(b)"), "2 groups"),
        (lambda: Capture("a", "body", "("), "regular expression"),
        (lambda: Capture("a", "header", ""), "does not say where"),
        (lambda: StepRequest("!!", "/"), "name of a step"),
        (lambda: StepRequest("a", "/", json=1, body="x"), "both json and body"),
        (lambda: StepRequest("a", "/", "get"), "method"),
        (lambda: StepRequest("a", "/", headers=(("A", "b\nc"),)), "control character"),
        (lambda: StepRequest("a", "/", timeout=0), "timeout"),
    ],
)
def test_a_wrong_step_is_refused_when_it_is_made(make, words):
    """Before anything runs."""
    with pytest.raises(ValueError, match=words.replace("/", ".")):
        make()
