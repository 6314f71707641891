"""The proxy: it hands on, it says who served, and it never tries twice."""

import asyncio
import socket
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psutil
import pytest

from demo.certificates import issue
from demo.faults import Faults
from demo.message import Head, Request
from demo.proxy import Proxy
from demo.upstream import Upstream


@pytest.mark.parametrize("where", ["url", "replica_1_url"])
def test_the_callers_request_id_comes_back(healthy, fetch, where):
    """One id through proxy and replica."""
    answer = fetch(healthy.addresses[where], "/nothing", headers={"X-Request-Id": "build-42.a_b"})
    assert answer.headers["x-request-id"] == "build-42.a_b"


@pytest.mark.parametrize("sent", ["", "a b", "x" * 129, "<script>"])
def test_an_id_that_is_not_safe_to_repeat_is_replaced(healthy, fetch, sent):
    """Each request then gets its own."""
    ids = {fetch(healthy.addresses["url"], "/", headers={"X-Request-Id": sent}).headers["x-request-id"] for _ in "12"}
    assert len(ids) == 2
    assert all(len(text) == 32 for text in ids)


def test_it_says_which_replica_served(healthy, fetch):
    """They take turns."""
    served = [fetch(healthy.addresses["url"], "/health") for _ in range(4)]
    assert {answer.headers["x-served-by"] for answer in served} == {"replica-1", "replica-2"}
    assert all(answer.headers["x-served-by"] == answer.json["replica"] for answer in served)


class _Replica:
    """Takes connections, keeps what it received, sends what it was told to and closes."""

    def __init__(self, answer):
        self.received = []
        self._answer = answer
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self):
        while True:
            sock, _ = self._listening.accept()
            with closing(sock):
                data = sock.recv(65536)
                if data == b"stop":
                    return
                self.received.append(data)
                sock.sendall(self._answer)

    def stop(self):
        with socket.create_connection(("127.0.0.1", self.port)) as sock:
            sock.sendall(b"stop")
        self._thread.join()
        self._listening.close()


def _through_proxy(port, headers=(), method="GET"):
    request = Request(Head(method, "/health", {"host": "x", **dict(headers)}, 0, keep_alive=True), b"")

    async def ask():
        upstream = Upstream("replica-1", "127.0.0.1", port)
        reply = await Proxy([upstream], Faults()).plain(request)
        for connection in upstream._idle:  # in the proxy's process they end with it
            connection.transport.abort()
        await asyncio.sleep(0.01)
        return reply

    return asyncio.run(ask())


def test_a_replica_that_hangs_up_is_asked_once(healthy):
    """Its client sees 502: a retry would hide what the replica did."""
    replica = _Replica(b"")
    reply = _through_proxy(replica.port)
    replica.stop()
    assert reply.head.startswith(b"HTTP/1.1 502 ")
    assert b"replica-1 broke the connection" in reply.body
    assert len(replica.received) == 1


def test_a_replica_that_is_not_there_is_a_502():
    """Nobody else is asked in its place."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        reply = _through_proxy(taken.getsockname()[1])
    assert reply.head.startswith(b"HTTP/1.1 502 ")
    assert b"replica-1 refused the connection" in reply.body


@pytest.mark.parametrize(
    ("answer", "body", "close"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", b"ok", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", b"ok", True),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", b"ok", False),
    ],
)
def test_what_the_replica_sent_is_handed_on_as_it_is(answer, body, close):
    """A body that is too short stays too short, and then the connection ends; Connection is each side's own."""
    replica = _Replica(answer)
    reply = _through_proxy(replica.port)
    replica.stop()
    assert (reply.body, reply.close) == (body, close)
    assert reply.head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"Content-Length: " in reply.head
    assert b"Connection" not in reply.head


def test_only_end_to_end_headers_are_forwarded():
    """What concerns one hop stays there, and nobody can forge the proxy's own."""
    replica = _Replica(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    sent = {
        "accept": "text/plain", "authorization": "Bearer t", "connection": "x-hop", "x-hop": "1", "te": "trailers",
        "x-forwarded-for": "203.0.113.9", "x-demo-error": "500", "x-request-id": "id-1",
    }  # fmt: skip
    _through_proxy(replica.port, sent.items())
    replica.stop()
    lines = replica.received[0].decode().split("\r\n")
    assert lines == [
        "GET /health HTTP/1.1", "host: x", "accept: text/plain", "authorization: Bearer t",
        "X-Forwarded-For: 127.0.0.1", "X-Forwarded-Proto: http", "X-Request-Id: id-1", "", "",
    ]  # fmt: skip


def test_many_clients_at_once_each_get_their_own_answer(healthy, fetch):
    """400 requests of 16 clients: all 200, ids not mixed up, both replicas used evenly."""

    def ask(number):
        return number, fetch(healthy.addresses["url"], "/api/v1/stocks/ACME", headers={"X-Request-Id": str(number)})

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(ask, range(400)))
    assert all(answer.status == 200 and answer.headers["x-request-id"] == str(n) for n, answer in answers)
    assert sum(answer.headers["x-served-by"] == "replica-1" for _, answer in answers) == 200


def test_a_client_that_leaves_frees_its_replica(start, processes):
    """Its request is given up on both sides: nothing waits for an answer that nobody reads."""
    target = start("latency_ms=60000")
    proxy = psutil.Process(target.pids[2])
    clients = [socket.create_connection((target.addresses["host"], int(target.addresses["port"]))) for _ in range(5)]
    for client in clients:
        client.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
    processes.wait_until(lambda: _established(proxy) == 10)
    for client in clients:
        client.close()
    processes.wait_until(lambda: _established(proxy) == 0)


def _established(process):
    return sum(each.status == psutil.CONN_ESTABLISHED for each in process.net_connections("tcp"))


def test_tls_is_trusted_with_the_ca_file_and_only_with_it(healthy, fetch):
    """By address and by name; without the file the certificate is a stranger's."""
    tls_url, ca_file = healthy.addresses["tls_url"], healthy.addresses["ca_file"]
    answer = fetch(tls_url, "/health", ca_file=ca_file)
    assert answer.json["status"] == "healthy"
    assert "strict-transport-security" in answer.headers
    assert "strict-transport-security" not in fetch(healthy.addresses["url"], "/health").headers
    context = ssl.create_default_context(cafile=ca_file)
    context.verify_flags |= ssl.VERIFY_X509_STRICT  # the default from Python 3.13 on
    address = (healthy.addresses["tls_host"], int(healthy.addresses["tls_port"]))
    for name in ("127.0.0.1", "localhost"):
        with socket.create_connection(address, 5) as raw, context.wrap_socket(raw, server_hostname=name) as tls:
            assert tls.version() in ("TLSv1.2", "TLSv1.3")
    with pytest.raises(ssl.SSLCertVerificationError, match=r"self-signed|unable to get local issuer"):
        fetch(tls_url, "/health")
    with (
        socket.create_connection(address, 5) as raw,
        pytest.raises(ssl.SSLCertVerificationError, match=r"not valid for 'example.com'"),
    ):
        context.wrap_socket(raw, server_hostname="example.com")


def test_the_private_key_is_readable_by_its_owner_only(tmp_path):
    """Also in a scratch directory that others may look into."""
    assert issue(tmp_path, Faults()).server.stat().st_mode & 0o777 == 0o600
