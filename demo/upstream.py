"""The proxy's side of a replica: kept-alive connections, one request at a time on each, and never a second attempt."""

import asyncio
import re
from dataclasses import dataclass
from typing import cast

TIMEOUT_S = 60.0

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CONNECTION = re.compile(rb"\r\nconnection:[^\r]*", re.IGNORECASE)


class UpstreamError(Exception):
    """The replica gave no answer; the text says what happened instead, `status` what the client gets."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True, slots=True)
class Answer:
    """What a replica sent. `head`: without the blank line; `complete`: all the bytes came that it declared."""

    head: bytes
    body: bytes
    complete: bool


class Upstream:
    """One replica. Raises UpstreamError from `exchange`; whether to ask again is the client's decision, not ours."""

    def __init__(self, name: str, host: str, port: int) -> None:
        self.name = name
        self._host = host
        self._port = port
        self._idle: list[_Connection] = []

    async def exchange(self, request: bytes, *, head_only: bool) -> Answer:
        """Send one request and wait for its answer. `head_only`: the answer to HEAD has no body."""
        connection = self._idle_connection() or await self._connect()
        try:
            async with asyncio.timeout(TIMEOUT_S):
                answer = await connection.exchange(request, head_only=head_only)
        except TimeoutError:
            raise UpstreamError(504, f"{self.name} did not answer in {TIMEOUT_S:g} s") from None
        finally:
            if not connection.is_reusable:
                connection.transport.abort()
        if connection.is_reusable:
            self._idle.append(connection)
        return answer

    def _idle_connection(self) -> "_Connection | None":
        while self._idle:
            connection = self._idle.pop()
            if not connection.transport.is_closing():
                return connection
        return None

    async def _connect(self) -> "_Connection":
        try:
            loop = asyncio.get_running_loop()
            _, connection = await loop.create_connection(lambda: _Connection(self.name), self._host, self._port)
        except OSError as error:
            raise UpstreamError(502, f"{self.name} refused the connection: {error.strerror or error}") from error
        return connection


class _Connection(asyncio.Protocol):
    transport: asyncio.Transport

    def __init__(self, name: str) -> None:
        self._name = name
        self._buffer = bytearray()
        self._head: bytes | None = None
        self._length = 0
        self._keep_alive = True
        self._head_only = False
        self._answer: asyncio.Future[Answer] | None = None
        self.is_reusable = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    async def exchange(self, request: bytes, *, head_only: bool) -> Answer:
        self.is_reusable = False
        self._head = None
        self._head_only = head_only
        self._answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return await self._answer

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._answer is None or self._answer.done():
            self.transport.abort()  # bytes that nobody asked for: this connection can't be trusted any more
            return
        if self._head is None:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            self._head = self._read_head(bytes(self._buffer[:end]))
            del self._buffer[: end + 4]
        if len(self._buffer) >= self._length:
            self.is_reusable = self._keep_alive and len(self._buffer) == self._length
            self._answer.set_result(self._take(self._head, complete=True))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is None or self._answer.done():
            return
        if self._head is not None:
            self._answer.set_result(self._take(self._head, complete=False))
            return
        reason = f"{self._name} broke the connection before an answer came: {exc or 'closed'}"
        self._answer.set_exception(UpstreamError(502, reason))

    def _read_head(self, head: bytes) -> bytes:
        length = _LENGTH.search(head)
        self._length = int(length[1]) if length and not self._head_only else 0
        connection = _CONNECTION.search(head)
        self._keep_alive = connection is None
        return (_CONNECTION.sub(b"", head) if connection else head) + b"\r\n"

    def _take(self, head: bytes, *, complete: bool) -> Answer:
        body = bytes(self._buffer[: self._length])
        self._buffer.clear()
        return Answer(head, body, complete)
