"""Steps as bytes, captures and cookies: what is sent, and what is taken from an answer."""

import pytest

from checks.secrets import Secret
from checks.step import Capture, StepRequest
from load.mix import LoadStep
from tests.conftest import load

prepared, captures, client = (load(f"load.generator.{name}") for name in ("prepared", "captures", "answer"))
BASE = "http://127.0.0.1:8000/base/"


def sent(request, values=(), cookies=()):
    """The bytes of a request."""
    return prepared.PreparedStep("a", LoadStep(request), BASE).ready(dict(values), dict(cookies)).data


def test_a_plain_request_is_put_together_once():
    """The same bytes, and the same object, each time."""
    step = prepared.PreparedStep("a", LoadStep(StepRequest("a", "/x")), BASE)
    assert step.ready({}, {}) is step.ready({"other": "1"}, {})
    assert step.ready({}, {}).data.startswith(b"GET /base/x HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n")


def test_captures_and_cookies_are_filled_in():
    """In the path (quoted), headers, parameters, JSON and body."""
    request = StepRequest(
        "a",
        "/x/{{ id }}",
        "POST",
        headers=(("X-Key", Secret("hush-{{ id }}")),),
        params=(("q", "{{ id }}"),),
        json={"n": "{{ number }}", "t": "t{{ number }}"},
    )
    data = sent(request, {"id": "a/b", "number": 7}, {"sid": "1", "b": "2"})
    assert data.startswith(b"POST /base/x/a%2Fb?q=a%2Fb HTTP/1.1\r\n")
    assert b"X-Key: hush-a/b\r\n" in data
    assert b"Cookie: sid=1; b=2\r\n" in data
    assert b"Content-Type: application/json\r\n" in data
    assert data.endswith(b'\r\n\r\n{"n":7,"t":"t7"}')


def test_a_capture_with_a_line_break_smuggles_nothing():
    """What a target answered can't become a header of the next request."""
    request = StepRequest("a", "/", headers=(("X-Id", "{{ id }}"),))
    with pytest.raises(ValueError, match="control character"):
        sent(request, {"id": "1\r\nX-Evil: 1"})


def test_a_request_that_can_not_be_sent_is_known_before_the_run():
    """A header with a line break, at once."""
    with pytest.raises(ValueError, match="control character"):
        prepared.PreparedStep("a", LoadStep(StepRequest("a", "/x\ny")), BASE)


ANSWER = (
    [("x-id", "7"), ("set-cookie", "sid=abc; Path=/; HttpOnly"), ("content-type", "application/json")],
    b'{"token": "t-1", "items": [{"id": 5}], "nothing": null}',
)


def taken(*wanted, headers=ANSWER[0], body=ANSWER[1], size=None):
    """What captures find in an answer."""
    found = {}
    captures.take(wanted, client.Answer(200, headers, body, len(body) if size is None else size), found)
    return found


def test_each_kind_of_capture_finds_its_value():
    """JSON (with its type), header, the group of an expression, cookie."""
    assert taken(
        Capture("a", "json", "items.0.id"),
        Capture("b", "header", "X-Id"),
        Capture("c", "body", r'"token": "([^"]+)"'),
        Capture("d", "cookie", "sid"),
    ) == {"a": 5, "b": "7", "c": "t-1", "d": "abc"}


@pytest.mark.parametrize(
    ("wanted", "changes"),
    [
        (Capture("x", "json", "other"), {}),
        (Capture("x", "json", "token"), {"body": b"<html>"}),
        (Capture("x", "json", "token"), {"body": b"[" * 100_000}),
        (Capture("x", "json", "token"), {"size": 5_000_000}),
        (Capture("x", "json", "token"), {"headers": [("content-encoding", "gzip")]}),
        (Capture("x", "header", "x-other"), {}),
        (Capture("x", "body", "(other)"), {}),
        (Capture("x", "cookie", "other"), {}),
    ],
    ids=["path", "html", "deep", "cut", "gzip", "header", "expression", "cookie"],
)
def test_what_is_not_there_is_named(wanted, changes):
    """The capture is named, the answer is not repeated."""
    with pytest.raises(captures.NotCaptured, match="nothing to capture as 'x'"):
        taken(wanted, **changes)


def test_cookies_are_set_and_ended():
    """As the answer says; what has no name and value is no cookie."""
    jar = {"old": "1", "kept": "2"}
    headers = [("set-cookie", "old=; Max-Age=0"), ("set-cookie", " new = v=1 ; Secure"), ("set-cookie", "broken")]
    captures.remember_cookies(client.Answer(200, headers, b"", 0), jar)
    assert jar == {"kept": "2", "new": "v=1"}
