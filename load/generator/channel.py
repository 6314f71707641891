"""The pipe to the process that asked for the run: one JSON document per line, in both directions.

What is written never blocks the run: a reader who does not read misses progress, not the result. Its end means that
whoever asked is gone, and then this process ends, too.
"""

import json
import os
import socket
from collections import deque
from typing import Any, Final

import gevent
import gevent.socket
from gevent.event import Event

#: Bytes of progress that are kept for a slow reader.
_KEPT: Final = 64 << 20


class Channel:
    """`descriptor`: of one end of a socket pair, which this process inherited."""

    def __init__(self, descriptor: int) -> None:
        self._socket: Any = gevent.socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, fileno=descriptor)
        self._out: deque[bytes] = deque()
        self._size = 0
        self._filled = Event()
        self._rest = b""
        self.command: dict[str, Any] | None = None

    def receive(self) -> dict[str, Any]:
        """The next document. Ends the process where there will be none."""
        while b"\n" not in self._rest:
            data = self._socket.recv(1 << 20)
            if not data:
                os._exit(71)
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\n")
        document = json.loads(line)
        if not isinstance(document, dict):
            raise TypeError("a command is an object")
        return document

    def start(self) -> None:
        """From now on commands are read, and progress is written, beside everything else."""
        gevent.spawn(self._read)
        gevent.spawn(self._write)

    def send(self, document: dict[str, Any]) -> None:
        """Write a document, some time; or drop it where too much has not been read."""
        line = json.dumps(document, separators=(",", ":")).encode() + b"\n"
        if self._size + len(line) <= _KEPT:
            self._out.append(line)
            self._size += len(line)
            self._filled.set()

    def flush(self, seconds: float) -> None:
        """Wait until everything is written, but not for ever."""
        with gevent.Timeout(seconds, exception=False):
            while self._out:
                gevent.sleep(0.005)

    def _read(self) -> None:
        while True:
            self.command = self.receive()

    def _write(self) -> None:
        while True:
            self._filled.wait()
            self._filled.clear()
            while self._out:
                self._socket.sendall(self._out[0])
                self._size -= len(self._out.popleft())
