"""A server on loopback that answers every request after a fixed time, plain or over TLS; for `sweep.py`."""

import asyncio
import ssl
import sys

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n" + b'{"status":"healthy"}'


class Slow(asyncio.Protocol):
    """Answers each request on a connection after `delay` seconds, and keeps the connection."""

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._seen = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer later what is a whole request."""
        self._seen += data
        while (end := self._seen.find(b"\r\n\r\n")) >= 0:
            self._seen = self._seen[end + 4 :]
            asyncio.get_running_loop().call_later(self._delay, self._answer)

    def _answer(self) -> None:
        if not self._transport.is_closing():
            self._transport.write(ANSWER)


async def serve(delay: float, certificate: str) -> None:
    """Listen on a free port, print it, and answer until the input ends."""
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Slow(delay), "127.0.0.1", 0, ssl=context, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""))
