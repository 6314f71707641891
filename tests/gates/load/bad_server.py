"""A server on loopback that answers as it is asked to: well, with an error, never, or with a reset."""

import asyncio
import contextlib
import socket
import struct
import threading
import time

#: Seconds after the first request when `dying` is over, and until when `/warming` is not ready.
SECONDS = 2.0


class BadServer:
    """Serves `/ok`, `/503`, `/429`, `/reset`, `/hang`, `/slow` and `/warming` on its port.

    `dying`: after the first request it lives for SECONDS, then nothing listens any more.
    """

    def __init__(self, *, dying: bool = False) -> None:
        self.port = 0
        self._dying, self._first = dying, 0.0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._over: asyncio.Event
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._main()), daemon=True)

    def __enter__(self):
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)
        self._loop.close()

    async def _main(self) -> None:
        self._over = asyncio.Event()
        self._tasks: set = set()
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._over.wait()
        server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader, writer) -> None:
        task = asyncio.current_task()
        self._tasks.add(task)
        try:
            while await self._answer(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            with contextlib.suppress(ConnectionError):
                writer.close()

    async def _answer(self, reader, writer) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        path = head.split(b" ", 2)[1]
        if not self._first:
            self._first = time.monotonic()
            if self._dying:
                self._loop.call_later(SECONDS, self._over.set)
        match path:
            case b"/hang":
                await asyncio.sleep(60)
            case b"/reset":
                # No lingering: closing sends a reset.
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()
                return False
            case b"/slow":
                await asyncio.sleep(0.4)
        status = path[1:] if path[1:].isdigit() else b"200"
        if path == b"/warming" and time.monotonic() < self._first + SECONDS:
            status = b"503"
        writer.write(b"HTTP/1.1 %s X\r\nContent-Length: 2\r\n\r\nok" % status)
        await writer.drain()
        return True
