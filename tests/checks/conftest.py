"""Real servers on 127.0.0.1 that answer exactly what a test tells them to, and count who comes."""

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
import trustme

from checks.secrets import forget_all

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n" + b'{"status":"ok"}'


@dataclass
class Asked:
    """One request as it came in."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Served:
    """A running server: where it is, and what came."""

    port: int = 0
    scheme: str = "http"
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    active: int = 0
    peak: int = 0

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"


Answer = bytes | Callable[[Asked], bytes] | Callable[[Asked, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Servers:
    """Starts servers in one background loop."""

    loop: asyncio.AbstractEventLoop
    _open: list[asyncio.Server] = field(default_factory=list)
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)
    _tasks: set[asyncio.Task] = field(default_factory=set)
    _closed: bool = False

    def http(self, answer: Answer = OK, *, tls: ssl.SSLContext | None = None, delay: float = 0.0) -> Served:
        """Read requests, and answer each with bytes, with what a function makes of it, or by a coroutine."""
        served = Served(scheme="https" if tls else "http")

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if not self._arrived(served, writer):
                return
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                while True:
                    asked = await _read(reader)
                    served.asked.append(asked)
                    served.active += 1
                    served.peak = max(served.peak, served.active)
                    try:
                        await asyncio.sleep(delay)
                        await _say(answer, asked, writer)
                    finally:
                        served.active -= 1
            writer.close()

        self._start(connected, served, tls)
        return served

    def raw(self, talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]) -> Served:
        """Leave the conversation to a coroutine."""
        served = Served()

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if not self._arrived(served, writer):
                return
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                await talk(reader, writer)
            writer.close()

        self._start(connected, served, None)
        return served

    def udp(self, answer: Callable[[bytes], bytes | None]) -> int:
        """Answer datagrams; the port."""

        class Protocol(asyncio.DatagramProtocol):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                self.transport = transport

            def datagram_received(self, data: bytes, addr: object) -> None:
                reply = answer(data)
                if reply is not None:
                    self.transport.sendto(reply, addr)

        async def start() -> asyncio.BaseTransport:
            transport, _ = await self.loop.create_datagram_endpoint(Protocol, local_addr=("127.0.0.1", 0))
            return transport

        transport = asyncio.run_coroutine_threadsafe(start(), self.loop).result(10)
        self._open.append(transport)
        return transport.get_extra_info("sockname")[1]

    def _start(self, connected: Callable, served: Served, tls: ssl.SSLContext | None) -> None:
        async def start() -> asyncio.Server:
            return await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls, limit=1 << 20, backlog=512)

        server = asyncio.run_coroutine_threadsafe(start(), self.loop).result(10)
        self._open.append(server)
        served.port = server.sockets[0].getsockname()[1]

    def _arrived(self, served: Served, writer: asyncio.StreamWriter) -> bool:
        """Note a new connection; False where the test is over already."""
        served.connections += 1
        self._writers.add(writer)
        self._tasks.add(asyncio.current_task())
        if self._closed:
            writer.transport.abort()
        return not self._closed

    async def close(self) -> None:
        self._closed = True
        for server in self._open:
            server.close()
        # More than once: on a busy machine one may arrive that was accepted before the servers were closed.
        for _ in range(3):
            await asyncio.sleep(0.01)
            for writer in self._writers:
                writer.transport.abort()
            # Not the loop's own tasks: one that is accepting a connection would leave its socket open.
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    line, *lines = head.strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (entry.partition(":") for entry in lines)}
    return Asked(line, headers, await reader.readexactly(int(headers.get("content-length", 0))))


async def _say(answer: Answer, asked: Asked, writer: asyncio.StreamWriter) -> None:
    if isinstance(answer, bytes):
        writer.write(answer)
        return
    if asyncio.iscoroutinefunction(answer):
        await answer(asked, writer)
        return
    writer.write(answer(asked))


@pytest.fixture(scope="session")
def loop_thread() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    # Handshakes that clients refuse are what these tests are about, not something to print.
    loop.set_exception_handler(lambda *_: None)
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


@pytest.fixture
def servers(loop_thread: asyncio.AbstractEventLoop) -> Iterator[Servers]:
    started = Servers(loop_thread)
    yield started
    asyncio.run_coroutine_threadsafe(started.close(), loop_thread).result(10)


@pytest.fixture
def dead_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


@dataclass
class Authority:
    """A certificate authority of the tests, and its file."""

    ca: trustme.CA
    file: str

    def server(self, *names: str, days: float = 30) -> ssl.SSLContext:
        """A server's context with a certificate for `names` that lasts `days` from now (negative: it has expired)."""
        now = datetime.now(UTC)
        ends = now + timedelta(days=days)
        cert = self.ca.issue_cert(*names, not_before=min(now, ends) - timedelta(days=1), not_after=ends)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        cert.configure_cert(context)
        return context


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    ca = trustme.CA()
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    ca.cert_pem.write_to_path(str(path))
    return Authority(ca, str(path))


@pytest.fixture
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An authority that nobody trusts."""
    ca = trustme.CA()
    path = tmp_path_factory.mktemp("stranger") / "ca.pem"
    ca.cert_pem.write_to_path(str(path))
    return Authority(ca, str(path))


@pytest.fixture(autouse=True)
def no_secrets() -> Iterator[None]:
    yield
    forget_all()


@pytest.fixture
def see() -> Callable:
    """Sweep one probe; its evidence by the part of the subject after the probe's name."""
    from checks.sweep import sweep

    def look(probe: object, **keywords: object) -> dict[str, object]:
        evidence = sweep([probe], **keywords).evidence[probe.name]
        return {e.subject.removeprefix(f"{probe.name}."): e for e in evidence}

    return look
