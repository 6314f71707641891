# ruff: noqa: S101 - tests assert
"""How bytes become a request, and what is refused."""

import pytest

from demo.message import BadRequestError, Head, json_reply, parse_head, reply, request_id_of


def test_a_request() -> None:
    """The path is without its query; header names are lower case."""
    head = parse_head(b"GET /a?b=1 HTTP/1.1\r\nHost: x\r\nX-Request-Id: 42\r\nConnection: close")
    assert (head.method, head.path, head.headers["host"], head.keep_alive) == ("GET", "/a", "x", False)
    assert request_id_of(head) == "42"
    assert b"X-Request-Id: 42" in json_reply(head, 200, {}).head


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"", 400),
        (b"GET /", 400),
        (b"GET / HTTP/2", 505),
        (b"GET / HTTP/1.1", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nbroken", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nHost: y", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nA: b\nc: d", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked", 411),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: many", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999", 413),
    ],
)
def test_what_is_refused(raw: bytes, status: int) -> None:
    """With the status that says why."""
    with pytest.raises(BadRequestError) as caught:
        parse_head(raw)
    assert caught.value.status == status


def test_replies() -> None:
    """HEAD and 204 have no body; a length may be declared that is not the truth."""
    asked = Head("HEAD", "/", {}, 0, keep_alive=True)
    assert reply(asked, 200, b"text", "text/plain").body == b""
    assert reply(None, 204, b"", "").body == b""
    assert b"Content-Length: 9\r\n" in reply(None, 200, b"text", "text/plain", declared=9).head
