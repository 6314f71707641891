"""A client that never stops asking and never retries: each request that got no good answer is counted."""

import contextlib
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator

REQUEST = b"GET /api/v1/stocks/AAPL HTTP/1.1\r\nHost: demo\r\n%s\r\n"
#: Only the health path says which version answered, so it is asked every so often.
WHO = b"GET /version HTTP/1.1\r\nHost: demo\r\n%s\r\n"


class Client:
    """Asks at a constant rate, by a connection per request or by one that is kept alive.

    `ok`, `failed`: answers with 200, and everything else: another status, a refused or broken connection, an answer
    that was cut; `words`: what was wrong, counted.
    """

    def __init__(self, port: int, *, keep_alive: bool, rate: float = 100.0) -> None:
        self._port = port
        self._keep_alive = keep_alive
        self._pause = 1 / rate
        self._stop = threading.Event()
        self._socket: socket.socket | None = None
        self.ok = 0
        self.failed = 0
        self.words: Counter[str] = Counter()
        self.versions: Counter[str] = Counter()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def asked(self) -> int:
        return self.ok + self.failed

    def __enter__(self) -> "Client":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(10)
        if self._socket is not None:
            self._socket.close()

    def _run(self) -> None:
        due = time.monotonic()
        turn = 0
        while not self._stop.is_set():
            turn += 1
            # Every request is its own, and an identity is asked for by every tenth.
            try:
                self._ask(who=turn % 10 == 0)
            except OSError as error:
                self._count(f"{type(error).__name__}: {error}")
            due = max(due + self._pause, time.monotonic() - 1)
            self._stop.wait(max(0.0, due - time.monotonic()))

    def _ask(self, *, who: bool) -> None:
        fresh = not self._keep_alive or self._socket is None
        connection = socket.create_connection(("127.0.0.1", self._port), timeout=5) if fresh else self._socket
        assert connection is not None
        self._socket = connection if self._keep_alive else None
        try:
            extra = b"" if self._keep_alive else b"Connection: close\r\n"
            connection.sendall((WHO if who else REQUEST) % extra)
            status, body, closes = _answer(connection)
        except BaseException:
            self._socket = None
            connection.close()
            raise
        if not self._keep_alive or closes:
            # A server may end a connection after an answer that says so: that is no failure.
            self._socket = None
            connection.close()
        if status != 200:
            self._count(f"status {status}: {body[:80]!r}")
            return
        self.ok += 1
        if who:
            self.versions[json.loads(body)["version"]] += 1

    def _count(self, words: str) -> None:
        self.failed += 1
        self.words[words] += 1


def _answer(connection: socket.socket) -> tuple[int, bytes, bool]:
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            raise ConnectionResetError(f"closed after {len(data)} bytes of the head")
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    lower = head.lower()
    length = int(lower.partition(b"content-length:")[2].partition(b"\r\n")[0])
    while len(body) < length:
        more = connection.recv(65536)
        if not more:
            raise ConnectionResetError(f"closed after {len(body)} of {length} bytes of the body")
        body += more
    return int(head[9:12]), body, b"connection: close" in lower


@contextlib.contextmanager
def asking(port: int) -> Iterator[tuple[Client, Client]]:
    """Two clients: a connection for each request, and one that is kept alive."""
    with Client(port, keep_alive=False) as single, Client(port, keep_alive=True) as kept:
        yield single, kept
