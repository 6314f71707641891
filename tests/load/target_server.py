"""A target of known truth, as a program: it says its port, serves what the path asks for, and logs what it really did.

/ok                 200 at once
/spread             200 after a time drawn from the spread p50 50, p95 200, p99 400 ms
/status/503         that status
/hang               nothing, ever
/reset              a reset connection
/half               a body that ends too early
/once/NAME          200 the first time that a connection asks for it, closed without an answer afterwards
/login              200 with a cookie and a token in JSON; /private answers 401 without both
/log                the log: [path, seconds from the whole request to the whole answer] for each answer
"""

import asyncio
import contextlib
import itertools
import json
import random
import socket
import struct
import sys
import time

#: The quantiles of the injected times; between them the logarithm of the time is linear.
SPREAD = ((0.0, 0.020), (0.5, 0.050), (0.95, 0.200), (0.99, 0.400), (1.0, 0.600))
TOKEN = "token-5d41402abc"


def drawn(share):
    """The time below which `share` of all are."""
    for (low, short), (high, long) in itertools.pairwise(SPREAD):
        if share <= high:
            return short * (long / short) ** ((share - low) / (high - low))
    return SPREAD[-1][1]


class Connection(asyncio.Protocol):
    """One connection; requests on it are answered one after the other."""

    log: list = []  # noqa: RUF012 - one log of all connections
    seen: dict = {}  # noqa: RUF012 - the same
    draw = random.Random(4).random

    def connection_made(self, transport):
        self.transport, self.data = transport, b""

    def data_received(self, data):
        self.data += data
        while b"\r\n\r\n" in self.data:
            head, _, rest = self.data.partition(b"\r\n\r\n")
            lines = head.decode("latin-1").split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in lines[1:])
            length = int(headers.get("content-length", 0))
            if len(rest) < length:
                return
            self.data = rest[length:]
            self.serve(*lines[0].split(" ")[:2], headers, time.perf_counter())

    def serve(self, method, path, headers, came):
        loop = asyncio.get_running_loop()
        place = path.partition("?")[0]
        self.seen[place] = self.seen.get(place, 0) + 1
        match place.split("/")[1:]:  # one line for each thing that a target can do
            case ["spread"]:
                loop.call_later(drawn(self.draw()), self.answer, came, path, 200)
            case ["status", status]:
                self.answer(came, path, int(status))
            case ["hang"]:
                pass
            case ["reset"]:
                self.reset()
            case ["half"]:
                self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
                self.transport.close()
            case ["once", _] if self.seen[place] > 1:
                self.transport.close()
            case ["login"]:
                self.answer(came, path, 200, b'{"token": "%s"}' % TOKEN.encode(), b"Set-Cookie: sid=abc; Path=/\r\n")
            case ["private"]:
                known = "sid=abc" in headers.get("cookie", "") and headers.get("authorization") == f"bearer {TOKEN}"
                self.answer(came, path, 200 if known else 401)
            case ["log" | "seen" as what]:
                self.answer(came, path, 200, json.dumps(getattr(self, what)).encode())
            case _:
                self.answer(came, path, 200)

    def reset(self):
        sock = self.transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    def answer(self, came, path, status, body=b"hello", more=b""):
        if not self.transport.is_closing():
            self.transport.write(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n%s\r\n" % (status, len(body), more) + body)
        self.log.append([path, time.perf_counter() - came])


async def main():
    """Serve until killed."""
    loop = asyncio.get_running_loop()
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    server = await loop.create_server(Connection, "127.0.0.1", port, backlog=4096)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await asyncio.Future()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
