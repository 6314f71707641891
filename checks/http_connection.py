"""One HTTP/1.1 connection: an asyncio.Protocol on top of the C parser llhttp (httptools)."""

import asyncio
import time as clock
from dataclasses import dataclass
from typing import Final, cast

import httptools

from checks.attempt import Attempt, Phase
from checks.certificate import Certificate
from checks.failures import AttemptError, Down, from_os_error

#: Bytes of a body that are kept; the rest is counted and dropped.
BODY_KEPT: Final = 1 << 20
#: Bytes of a status line and headers, interim answers (1xx) included.
HEAD_LIMIT: Final = 128 << 10


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. `body` holds at most BODY_KEPT of the `size` bytes that came; `ended`: `monotonic` time."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    size: int
    ended: float


class Exchange:
    """One request's answer while it comes in: what the parser calls back."""

    __slots__ = (
        "attempt",
        "body",
        "chunked",
        "complete",
        "future",
        "head",
        "headers",
        "in_body",
        "length",
        "parser",
        "reuse",
        "seen",
        "size",
    )

    def __init__(self, attempt: Attempt, future: "asyncio.Future[Answer]", *, head: bool) -> None:
        self.attempt, self.future, self.head = attempt, future, head
        self.headers: list[tuple[str, str]] = []
        self.body = bytearray()
        self.seen = self.size = 0
        self.length = -1
        self.in_body = self.chunked = self.complete = self.reuse = False
        self.parser = httptools.HttpResponseParser(self)

    def on_message_begin(self) -> None:
        if self.complete:
            # A second answer, to no question. Its rest would be taken for the answer to the next one.
            self.reuse = False

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.decode("latin-1").lower(), value.decode("latin-1").strip()))

    def on_headers_complete(self) -> None:
        if self.complete or self._interim():
            return
        self.attempt.phase = Phase.RECEIVING
        self.in_body = True
        for name, value in self.headers:
            if name == "content-length":
                self.length = int(value)
            elif name == "transfer-encoding":
                self.chunked = "chunked" in value.lower()
        if self.head:
            self._complete(reuse=False)

    def on_body(self, data: bytes) -> None:
        if not self.complete:
            self.size += len(data)
            self.attempt.received = self.size
            if len(self.body) < BODY_KEPT:
                self.body += data[: BODY_KEPT - len(self.body)]

    def on_message_complete(self) -> None:
        if self.complete:
            return
        if self._interim():
            self.headers.clear()
        else:
            self._complete(reuse=self.parser.should_keep_alive())

    def feed(self, data: bytes) -> None:
        """Take what came. Settles the future with an Answer, or with Down for what is not HTTP."""
        first, self.seen = not self.seen, self.seen + len(data)
        if first and not data.startswith(b"HTTP/"[: len(data)]):
            # The parser would take RTSP for an answer, too.
            self.fail(Down("the answer is not HTTP/1.1: it does not start with HTTP/"))
            return
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.reuse = False
        except httptools.HttpParserError as error:
            self.reuse = False
            self.fail(Down(f"the answer is not HTTP/1.1: {_words(error)}"))
        if not self.in_body and self.seen > HEAD_LIMIT:
            self.fail(Down(f"the headers had not ended after {HEAD_LIMIT:,} bytes"))

    def end(self, error: Exception | None) -> None:
        """The connection has ended: the end of a body without a length, or the end of hope."""
        if self.future.done():
            return
        if not self.in_body:
            words = "closed in the middle of the headers" if self.seen else "closed without an answer"
            reset = isinstance(error, OSError) and from_os_error(error)
            self.fail(Down(reset.words) if isinstance(reset, Down) else Down(f"the connection was {words}"))
        elif self.chunked:
            self.fail(Down(f"the body ended before its last chunk, after {self.size:,} bytes"))
        elif self.length >= 0:
            self.fail(Down(f"the body ended after {self.size:,} of {self.length:,} bytes"))
        elif error is not None:
            self.fail(Down(f"the connection was reset after {self.size:,} bytes of the body"))
        else:
            self._complete(reuse=False)

    def fail(self, error: AttemptError) -> None:
        """Settle the future without an answer."""
        if not self.future.done():
            self.future.set_exception(error)

    def _interim(self) -> bool:
        return 100 <= self.parser.get_status_code() < 200 and self.parser.get_status_code() != 101

    def _complete(self, *, reuse: bool) -> None:
        self.complete, self.reuse = True, reuse
        if not self.future.done():
            status = self.parser.get_status_code()
            answer = Answer(status, tuple(self.headers), bytes(self.body), self.size, clock.monotonic())
            self.future.set_result(answer)


class Connection(asyncio.Protocol):
    """A connection that carries one exchange after the other. `certificate` is set on TLS ones."""

    def __init__(self) -> None:
        self.certificate: Certificate | None = None
        self.tls_version = ""
        self.used = False
        self.closed = False
        self._exchange: Exchange | None = None
        self._transport: asyncio.Transport | None = None
        self._lost = asyncio.get_running_loop().create_future()

    async def send(self, request: bytes, attempt: Attempt, *, head: bool) -> Answer:
        """Send a request and wait for its answer. Raises Down; `answered` tells whether a byte had come before."""
        if self._transport is None or self.closed:
            raise Down("the connection was closed without an answer")
        attempt.phase = Phase.WAITING
        exchange = Exchange(attempt, asyncio.get_running_loop().create_future(), head=head)
        self._exchange = exchange
        try:
            self._transport.write(request)
            return await exchange.future
        finally:
            self.used = True
            if not exchange.reuse:
                self.close()

    @property
    def answered(self) -> bool:
        """Whether any byte of the newest exchange's answer came."""
        return self._exchange is not None and self._exchange.seen > 0

    def close(self) -> None:
        """Close at once, without waiting for the other side."""
        self.closed = True
        if self._transport is not None:
            self._transport.abort()

    async def wait_closed(self) -> None:
        """Wait until the loop has let go of the socket."""
        if self._transport is not None:
            await self._lost

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        exchange = self._exchange
        if exchange is None or exchange.future.done():
            # Nobody asked for these bytes. What follows on such a connection can't be told from an answer.
            self.close()
            return
        exchange.feed(data)

    def eof_received(self) -> bool:
        self.closed = True
        if self._exchange is not None:
            self._exchange.end(None)
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        if not self._lost.done():
            self._lost.set_result(None)
        if self._exchange is not None:
            self._exchange.end(exc)


def _words(error: Exception) -> str:
    text = str(error)
    return text[:1].lower() + text[1:] if text[1:2].islower() else text
