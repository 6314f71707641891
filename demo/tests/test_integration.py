# ruff: noqa: S101 - tests assert
"""Replicas behind the proxy, over real sockets on loopback, in this process."""

import asyncio
import json
import socket
from collections.abc import Callable

import pytest

from demo.connection import Connection, Connections, Handler
from demo.faults import Faults
from demo.message import Reply, Request
from demo.proxy import Proxy
from demo.service import Service
from demo.upstream import Upstream

HOST = "127.0.0.1"


async def serve(handler: Handler) -> tuple[asyncio.Server, int]:
    """A server on a free port."""
    connections = Connections()
    server = await asyncio.get_running_loop().create_server(lambda: Connection(handler, connections), HOST, 0)
    return server, server.sockets[0].getsockname()[1]


async def exchange(port: int, *requests: str) -> bytes:
    """Send requests on one connection, and read until it is closed."""
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write("".join(requests).encode())
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    return answer


def get(path: str, *headers: str) -> str:
    """A request after which the connection is kept open."""
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: demo", *headers, "", ""])


Through = Callable[..., bytes]


@pytest.fixture
def through(service: Service) -> Through:
    """`through("GET ...", ...)` sends requests through the proxy to a replica; returns all that came back."""

    def _through(*requests: str, faults: Faults | None = None) -> bytes:
        async def run() -> bytes:
            replica, port = await serve(service.answer)
            proxy = Proxy([Upstream("replica-1", HOST, port)], faults or Faults())
            front, front_port = await serve(proxy.plain)
            try:
                return await exchange(front_port, *requests)
            finally:
                front.close()
                replica.close()

        return asyncio.run(run())

    return _through


def test_two_requests_on_one_connection(through: Through) -> None:
    """Answered in their order; the proxy says who served, and keeps the caller's id."""
    answer = through(get("/ready"), get("/version", "X-Request-Id: build-42", "Connection: close"))
    assert answer.count(b"HTTP/1.1 200 OK") == 2
    assert answer.count(b"X-Served-By: replica-1") == 2
    assert b"X-Request-Id: build-42" in answer


def test_a_log_in(through: Through) -> None:
    """A body goes through, too."""
    body = json.dumps({"user": "demo", "password": "demo"})
    head = f"POST /api/v1/login HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    assert b'"token"' in through(head + body)


def test_marked_errors(through: Through) -> None:
    """With a ratio of 1, each answer of the application is marked; this service knows no marks."""
    answer = through(get("/health", "Connection: close"), faults=Faults(error_ratio=1))
    assert b"200 OK" in answer


@pytest.mark.parametrize("raw", ["broken\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", f"GET / HTTP/1.1\r\nA: {'x' * 20000}"])
def test_what_is_no_request(through: Through, raw: str) -> None:
    """Is answered and ends the connection."""
    assert b"HTTP/1.1 4" in through(raw)


class _HangsUp(asyncio.Protocol):
    """Ends the connection when a request comes."""

    _transport: asyncio.BaseTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, _: bytes) -> None:
        self._transport.close()


def through_to(port: int) -> bytes:
    """What comes back through a proxy whose replica is at this port."""

    async def run() -> bytes:
        front, front_port = await serve(Proxy([Upstream("replica-1", HOST, port)], Faults()).tls)
        try:
            return await exchange(front_port, get("/health", "Connection: close"))
        finally:
            front.close()

    return asyncio.run(run())


def test_a_replica_that_is_gone() -> None:
    """The proxy never tries a second time: 502."""
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        answer = through_to(taken.getsockname()[1])
    assert answer.startswith(b"HTTP/1.1 502")
    assert b"refused the connection" in answer


def test_a_replica_that_hangs_up() -> None:
    """Also 502, and the reason is told."""

    async def run() -> bytes:
        replica = await asyncio.get_running_loop().create_server(_HangsUp, HOST, 0)
        proxy = Proxy([Upstream("replica-1", HOST, replica.sockets[0].getsockname()[1])], Faults())
        front, port = await serve(proxy.plain)
        try:
            return await exchange(port, get("/health", "Connection: close"))
        finally:
            front.close()
            replica.close()

    assert b"broke the connection" in asyncio.run(run())


def test_a_defect_is_a_500() -> None:
    """Of the client's view; the next request is answered again."""

    def broken(_: Request) -> Reply:
        raise RuntimeError("a defect")

    async def run() -> bytes:
        server, port = await serve(broken)
        answer = await exchange(port, get("/health", "Connection: close"))
        server.close()
        return answer

    assert asyncio.run(run()).startswith(b"HTTP/1.1 500")
