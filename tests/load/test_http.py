"""The lean client against scripted servers: what ends an answer, what is nonsense, and when a connection is kept."""

import contextlib
import socket
import ssl
import threading
import time

import pytest

from checks.failures import AttemptError, Down
from checks.request import parse_url, request_bytes
from tests.conftest import load

client = load("load.generator.http")

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Script:
    """A server that says, for each request on each connection, what a list of lists tells it to.

    None closes, a number waits so many seconds, a tuple is sent piece by piece.
    """

    def __init__(self, *connections, context=None):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"{'https' if context else 'http'}://localhost:{self.socket.getsockname()[1]}/"
        self.requests = []
        self.connections = 0
        self._script, self._context = connections, context
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        for answers in self._script:
            with contextlib.suppress(OSError):
                connection, _ = self.socket.accept()
                self.connections += 1
                with contextlib.closing(self._wrapped(connection)) as wrapped:
                    self._play(wrapped, answers)

    def _wrapped(self, connection):
        return self._context.wrap_socket(connection, server_side=True) if self._context else connection

    def _play(self, connection, answers):
        for answer in answers:
            data = b""
            while b"\r\n\r\n" not in data:
                piece = connection.recv(65536)
                if not piece:
                    return
                data += piece
            self.requests.append(data)
            for part in answer if isinstance(answer, tuple) else (answer,):
                if part is None:
                    return
                if isinstance(part, bytes):
                    connection.sendall(part)
                else:
                    time.sleep(part)
        connection.settimeout(5)
        connection.recv(1)

    def close(self):
        self.socket.close()


@pytest.fixture
def scripted():
    """Servers that are closed with the test."""
    started = []

    def start(*connections, **more):
        started.append(Script(*connections, **more))
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.fixture
def ask():
    """A function that asks a scripted server once, with one client for the whole test."""
    clients = {}

    def go(server, method="GET", timeout=5.0, keeps=True, context=None):
        target = parse_url(server.url)
        one = clients.setdefault(keeps, client.Client(context, keeps=keeps))
        return one.exchange(target, request_bytes(method, target, (), None), timeout, head=method == "HEAD")

    yield go
    for one in clients.values():
        one.close()


@pytest.mark.parametrize("keeps", [True, False], ids=["kept", "lean"])
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((None,), "closed without an answer"),
        ((b"HTTP/1.1 200 OK\r\nConte", None), "closed in the middle of the headers"),
        ((b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhi", None), "the body ended too early"),
        ((b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhi", None), "the body ended too early"),
        ((b"SSH-2.0-OpenSSH\r\n", None), "the answer is not HTTP/1.1: it does not start with HTTP/"),
        ((b"HTTP/1.1 20x OK\r\n\r\n", None), "the answer is not HTTP/1.1"),
        ((b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000, None), "the headers had not ended after 131,072 bytes"),
        ((2,), "no answer within 300 ms"),
        ((b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n", *[0.1, b"x"] * 20), "no answer within 300 ms"),
    ],
    ids=["closed", "headers", "length", "chunk", "ssh", "status", "endless", "silent", "drips"],
)
def test_what_is_no_answer_is_the_targets_failure(scripted, ask, answer, words, keeps):
    """Each with its own words; dripping bytes does not buy time."""
    server = scripted([answer], [OK])
    with pytest.raises(Down, match=words):
        ask(server, timeout=0.3, keeps=keeps)
    assert len(server.requests) == 1
    # And the next request has a connection of its own.
    assert ask(server, keeps=keeps).status == 200


@pytest.mark.parametrize("keeps", [True, False], ids=["kept", "lean"])
@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (OK, 200),
        ((OK[:20], 0.05, OK[20:]), 200),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", 200),
        (b"HTTP/1.1 103 Early\r\nA: b\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + OK, 200),
        (b"HTTP/1.1 204 No\r\n\r\n", 204),
        (b"HTTP/1.1 304 Same\r\nContent-Length: 99\r\n\r\n", 304),
    ],
    ids=["length", "pieces", "chunked", "interim", "204", "304"],
)
def test_a_whole_answer_leaves_the_connection_open(scripted, ask, answer, status, keeps):
    """Every way to end an answer but closing; the next request goes over the same connection."""
    server = scripted([answer, answer, OK])
    for _ in range(2):
        assert ask(server, keeps=keeps).status == status
    assert ask(server, keeps=keeps).status == 200
    assert server.connections == 1


def test_an_answer_to_head_has_no_body(scripted, ask):
    """Whatever its length says; the next answer on the connection is read anew."""
    server = scripted([b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"] * 2 + [OK])
    assert [ask(server, method).status for method in ("HEAD", "HEAD", "GET")] == [200] * 3
    assert server.connections == 1


@pytest.mark.parametrize(
    "answer",
    [
        (b"HTTP/1.1 200 OK\r\n\r\nok", None),
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        (OK, None),
        OK + OK,
        (OK, 0.01, OK),
    ],
    ids=["until-closed", "says-close", "http-1.0", "closed-while-idle", "two-answers", "late-answer"],
)
def test_what_can_not_go_on_is_not_used_again(scripted, ask, answer):
    """The answer counts, and the next request has a new connection: nothing is sent twice."""
    server = scripted([answer], [OK])
    assert ask(server).status == 200
    time.sleep(0.1)
    assert ask(server).status == 200
    assert (server.connections, len(server.requests)) == (2, 2)


def test_headers_and_body_are_kept_on_demand(scripted, ask):
    """Names in lower case, those of interim answers left out."""
    server = scripted([b"HTTP/1.1 100 Continue\r\nA: 1\r\n\r\nHTTP/1.1 200 OK\r\nB: 2\r\nContent-Length: 2\r\n\r\nok"])
    answer = ask(server)
    assert (answer.headers, answer.body, answer.size) == ([("b", "2"), ("content-length", "2")], b"ok", 2)


def test_nobody_listens(free_port):
    """Refused at once, whatever time there was."""
    target = parse_url(f"http://127.0.0.1:{free_port}/")
    with pytest.raises(AttemptError, match="connection refused"):
        client.Client(None, keeps=False).exchange(target, b"", 5.0, head=False)


@pytest.fixture(scope="module")
def authority():
    """A certificate authority, and the server context of a certificate for localhost."""
    trustme = load("trustme")
    ca = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("localhost").configure_cert(context)
    return ca, context


def _trusting(ca):
    from gevent.ssl import create_default_context

    context = create_default_context()
    if ca is not None:
        ca.configure_trust(context)
    return context


def test_tls_is_kept_open_in_spite_of_its_tickets(scripted, ask, authority):
    """TLS 1.3 sends tickets on an idle connection; they are no second answer, and no end either."""
    ca, context = authority
    server = scripted([OK, OK, (OK, None)], [OK], context=context)
    trusting = _trusting(ca)
    for _ in range(3):
        assert ask(server, context=trusting).status == 200
        time.sleep(0.05)
    assert server.connections == 1
    assert ask(server, context=trusting).status == 200
    assert server.connections == 2


def test_a_certificate_that_nobody_signed_is_refused(scripted, ask, authority):
    """The twin: the same server, and a client that does not know its authority."""
    server = scripted([OK], context=authority[1])
    with pytest.raises(Down, match="the certificate was refused"):
        ask(server, context=_trusting(None))
