"""One client's HTTP/1.1 connection: requests in, one reply after the other out, in order."""

import asyncio
import sys
import traceback
from collections.abc import Awaitable, Callable
from typing import cast

from demo.message import MAX_BODY, MAX_HEAD, BadRequestError, Head, Reply, Request, json_reply, parse_head

Handler = Callable[[Request], Reply | Awaitable[Reply]]

_LINGER_S = 1.0


class Connections:
    """The open connections of one process, so that a stopping process can finish what it has begun."""

    def __init__(self) -> None:
        self.open: set[Connection] = set()
        self.stopping = False

    async def drain(self, seconds: float) -> None:
        """Close idle connections now and busy ones after their reply; waits so many seconds at the most."""
        self.stopping = True
        for connection in list(self.open):
            connection.close_if_idle()
        end = asyncio.get_running_loop().time() + seconds
        while self.open and asyncio.get_running_loop().time() < end:
            await asyncio.sleep(0.01)


class Connection(asyncio.Protocol):
    """Reads requests, asks the handler, writes replies. A reply without waiting costs no task."""

    _transport: asyncio.Transport

    def __init__(self, handler: Handler, connections: Connections) -> None:
        self._handler = handler
        self._all = connections
        self._buffer = bytearray()
        self._head: Head | None = None
        self._task: asyncio.Task[None] | None = None
        self._deaf = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asyncio's: the client is there."""
        self._transport = cast("asyncio.Transport", transport)
        self._all.open.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Asyncio's: the client has gone, and with it the interest in its reply.

        That it has sent everything (a half-closed connection) counts as gone, as for nginx: a client that gave up looks
        the same, and the replies that it doesn't wait for would hold up the stop.
        """
        del exc
        self._all.open.discard(self)
        if self._task is not None:
            self._task.cancel()

    def data_received(self, data: bytes) -> None:
        """Asyncio's: more bytes."""
        if self._deaf:
            return
        self._buffer += data
        if self._task is None:
            self._serve()
        elif len(self._buffer) > MAX_HEAD + MAX_BODY:
            self._transport.pause_reading()  # a client that pipelines without end waits for its replies first

    def close_if_idle(self) -> None:
        """Hang up, unless a request is being answered."""
        if self._task is None:
            self._transport.close()

    def _serve(self) -> None:
        """Answer every request that is there as a whole."""
        while self._task is None and not self._transport.is_closing() and not self._deaf:
            try:
                request = self._next_request()
            except BadRequestError as error:
                self._refuse(error)
                return
            if request is None:
                return
            try:
                answer = self._handler(request)
            except Exception:  # noqa: BLE001 - a defect of the service is a 500 for its client and a traceback in the log
                answer = _defect(request.head)
            if isinstance(answer, Reply):
                self._write(request.head, answer)
            else:
                self._task = asyncio.ensure_future(self._wait_for(request.head, answer))

    def _next_request(self) -> Request | None:
        if self._head is None:
            end = self._buffer.find(b"\r\n\r\n")
            if end > MAX_HEAD or (end < 0 and len(self._buffer) > MAX_HEAD):
                raise BadRequestError(431, f"the headers have {MAX_HEAD} bytes at the most")
            if end < 0:
                return None
            self._head = parse_head(bytes(self._buffer[:end]))
            del self._buffer[: end + 4]
            if len(self._buffer) < self._head.length and "100-continue" in self._head.headers.get("expect", ""):
                self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        head = self._head
        if len(self._buffer) < head.length:
            return None
        body = bytes(self._buffer[: head.length])
        del self._buffer[: head.length]
        self._head = None
        return Request(head, body)

    async def _wait_for(self, head: Head, answer: Awaitable[Reply]) -> None:
        try:
            reply = await answer
        except Exception:  # noqa: BLE001 - as in _serve
            reply = _defect(head)
        self._task = None
        self._write(head, reply)
        self._transport.resume_reading()
        self._serve()

    def _write(self, head: Head, reply: Reply) -> None:
        close = reply.close or self._all.stopping or not head.keep_alive
        self._transport.write(reply.head + (b"Connection: close\r\n\r\n" if close else b"\r\n") + reply.body)
        if close:
            self._transport.close()

    def _refuse(self, error: BadRequestError) -> None:
        """Answer, then read on for a moment without listening: closing at once would lose the answer."""
        reply = json_reply(None, error.status, {"error": str(error)})
        self._transport.write(reply.head + b"Connection: close\r\n\r\n" + reply.body)
        if self._transport.can_write_eof():
            self._transport.write_eof()
        self._deaf = True
        self._buffer.clear()
        asyncio.get_running_loop().call_later(_LINGER_S, self._transport.close)


class Silent(asyncio.Protocol):
    """The fault `hang`: accepts, reads, never answers."""


def _defect(head: Head) -> Reply:
    traceback.print_exc(file=sys.stderr)
    return json_reply(head, 500, {"error": "internal error"})
