"""HTTP/1.1 on the wire: what a client may send, in pieces, too much of, or wrongly."""

import http.client
import re
import socket
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo.message import BadRequestError, parse_head

BOTH = pytest.mark.parametrize("where", ["url", "replica_1_url"])


def _connect(target, where="url"):
    host, _, port = target.addresses[where].removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=5)


def _until_closed(sock):
    data = b""
    while piece := sock.recv(65536):
        data += piece
    return data


@BOTH
@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"\r\n\r\n", 400),
        (b"GET /\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET http://x/ HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nBad Name: 1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX-Request-Id: a\nSet-Cookie: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0x10\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 65537\r\n\r\n" + b"x" * 65537, 413),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n", 413),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 17000 + b"\r\n\r\n", 431),
        (b"x" * 20000, 431),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        (b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 200),
    ],
)
def test_what_is_no_request_gets_its_status_and_the_connection_is_closed(healthy, where, raw, status):
    """The last row is a good request, so that a server that refuses everything fails this test."""
    with _connect(healthy, where) as sock:
        sock.sendall(raw)
        answer = _until_closed(sock)
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"\r\nConnection: close\r\n" in answer


@BOTH
def test_a_body_of_the_greatest_size_is_read(healthy, fetch, where):
    """The limit itself is allowed: it is answered as a wrong log-in, not as too large."""
    assert fetch(healthy.addresses[where], "/api/v1/login", "POST", body=b"x" * 65536).status == 400


@BOTH
def test_one_connection_serves_many_requests(healthy, where):
    """Keep-alive with a correct Content-Length each time, for GET, HEAD, 404 and 204."""
    host, _, port = healthy.addresses[where].removeprefix("http://").partition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=5)
    connection.connect()
    ours = connection.sock.getsockname()
    for method, path, status in (
        ("GET", "/health", 200),
        ("HEAD", "/health", 200),
        ("GET", "/nothing", 404),
        ("POST", "/api/v1/login", 400),
        ("GET", "/metrics", 200),
    ):
        connection.request(method, path)
        response = connection.getresponse()
        body = response.read()
        assert response.status == status
        assert len(body) == (0 if method == "HEAD" else int(response.headers["Content-Length"]))
        assert connection.sock.getsockname() == ours
    connection.close()


@BOTH
def test_http_1_0_is_answered_and_closed(healthy, where):
    """An old client without Host gets its answer."""
    with _connect(healthy, where) as sock:
        sock.sendall(b"GET /version HTTP/1.0\r\n\r\n")
        assert b'"version":"1.0.0"' in _until_closed(sock)


@BOTH
def test_requests_come_in_pieces_and_in_bunches(healthy, where):
    """Byte by byte, then three at once; the answers keep their order."""
    login = b"POST /api/v1/login HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
    with _connect(healthy, where) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in login:
            sock.sendall(bytes([byte]))
        time.sleep(0.05)
        sock.sendall(
            b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n"
            + login
            + b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        )
        answer = _until_closed(sock)
    assert re.findall(rb"HTTP/1.1 (\d+)", answer) == [
        b"400", b"404", b"400", b"200",
    ]  # fmt: skip


@BOTH
def test_expect_100_continue_is_told_to_go_on(healthy, where):
    """Otherwise curl waits a second before each larger body."""
    with _connect(healthy, where) as sock:
        sock.sendall(b"POST /api/v1/login HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        assert sock.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(b"{}")
        assert sock.recv(1000).startswith(b"HTTP/1.1 400 ")


@given(
    st.binary(max_size=80) | st.from_regex(rb"\AGET /[a-z]* HTTP/1.1\r\n([A-Za-z -]{0,12}:[ -\xff]{0,20}\r\n){0,3}\Z")
)
@settings(max_examples=400, deadline=None)
def test_any_bytes_are_a_head_or_a_refusal(raw):
    """No other exception, and no header value that could break out of its line."""
    try:
        values, status = parse_head(raw).headers.values(), 400
    except BadRequestError as error:
        values, status = (), error.status
    assert 400 <= status < 600
    assert not any("\r" in value or "\n" in value for value in values)
