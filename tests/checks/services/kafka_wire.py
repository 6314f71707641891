"""A strict fake broker of Kafka for what librdkafka's mock lacks: log-ins, replicas that lag, settings, members.

It speaks the oldest versions of a few requests (Kafka protocol guide), and hangs up on everything else.
"""

import socket
import socketserver
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

#: Key of a request -> the versions that are spoken.
_SPOKEN = {
    2: (1, 1),  # ListOffsets
    3: (1, 1),  # Metadata
    9: (1, 1),  # OffsetFetch
    10: (0, 0),  # FindCoordinator
    15: (0, 0),  # DescribeGroups
    17: (1, 1),  # SaslHandshake
    18: (0, 0),  # ApiVersions
    32: (0, 0),  # DescribeConfigs
    36: (0, 0),  # SaslAuthenticate
}


@dataclass
class Cluster:
    """What the broker says. `topics`: partitions of each, as (leader, replicas, in-sync replicas)."""

    password: str = ""
    controller: int = 0
    brokers: list[int] = field(default_factory=lambda: [0])
    topics: dict[str, list[tuple[int, list[int], list[int]]]] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    ends: int = 10
    begins: int = 4
    committed: int = -1
    members: int = 1
    #: Errors by the key of the request: 29 is TOPIC_AUTHORIZATION_FAILED, 30 of groups.
    errors: dict[int, int] = field(default_factory=dict)
    asked: list[int] = field(default_factory=list)


class FakeBroker:
    """Serves a `Cluster` on 127.0.0.1; all of its brokers have this one address."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        broker = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                broker._serve(self.request)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._open: set[socket.socket] = set()
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def close(self) -> None:
        self._server.shutdown()
        for sock in list(self._open):
            sock.shutdown(socket.SHUT_RDWR)
        self._server.server_close()

    def _serve(self, sock: socket.socket) -> None:
        self._open.add(sock)
        is_in = not self.cluster.password
        try:
            while True:
                size = struct.unpack(">i", _exactly(sock, 4))[0]
                request = _Reader(_exactly(sock, size))
                key, version, correlation = request.number("h"), request.number("h"), request.number("i")
                request.text()
                self.cluster.asked.append(key)
                answer = self._answer(key, version, request, is_in)
                if answer is None:
                    return
                is_in = is_in or (key == 36 and answer[:2] == b"\x00\x00")
                sock.sendall(struct.pack(">ii", len(answer) + 4, correlation) + answer)
        except OSError:
            return
        finally:
            self._open.discard(sock)

    def _answer(self, key: int, version: int, request: "_Reader", is_in: bool) -> bytes | None:
        if key == 18:
            # 35: this version is not spoken; the list says which are.
            spoken = [struct.pack(">hhh", known, *versions) for known, versions in _SPOKEN.items()]
            return struct.pack(">h", 0 if version == 0 else 35) + _array(spoken)
        least, most = _SPOKEN.get(key, (1, 0))
        if not least <= version <= most or not (is_in or key in (17, 36)):
            return None
        answers: dict[int, Callable[[_Reader], bytes]] = {
            2: self._list_offsets,
            3: self._metadata,
            9: self._offset_fetch,
            10: self._find_coordinator,
            15: self._describe_groups,
            17: lambda _: struct.pack(">h", 0) + _array([_text("PLAIN")]),
            32: self._describe_configs,
            36: self._authenticate,
        }
        return answers[key](request)

    def _authenticate(self, request: "_Reader") -> bytes:
        given = request.blob().split(b"\x00")[2].decode()
        if given == self.cluster.password:
            return struct.pack(">h", 0) + _text(None) + struct.pack(">i", 0)
        return (
            struct.pack(">h", 58) + _text("Authentication failed: Invalid username or password") + struct.pack(">i", 0)
        )

    def _metadata(self, request: "_Reader") -> bytes:
        brokers = [self._broker(number) + _text(None) for number in self.cluster.brokers]
        topics = []
        for name, partitions in self.cluster.topics.items():
            packed = [
                struct.pack(">hii", 0 if leader >= 0 else 5, index, leader) + _numbers(replicas) + _numbers(isrs)
                for index, (leader, replicas, isrs) in enumerate(partitions)
            ]
            topics.append(struct.pack(">h", 0) + _text(name) + b"\x00" + _array(packed))
        return _array(brokers) + struct.pack(">i", self.cluster.controller) + _array(topics)

    def _broker(self, number: int) -> bytes:
        return struct.pack(">i", number) + _text("127.0.0.1") + struct.pack(">i", self.port)

    def _find_coordinator(self, request: "_Reader") -> bytes:
        return struct.pack(">h", 0) + self._broker(0)

    def _list_offsets(self, request: "_Reader") -> bytes:
        request.number("i")
        topics = []
        for _ in range(request.number("i")):
            name, partitions = request.text(), []
            for _ in range(request.number("i")):
                index, when = request.number("i"), request.number("q")
                offset = self.cluster.ends if when == -1 else self.cluster.begins
                partitions.append(struct.pack(">ihqq", index, self.cluster.errors.get(2, 0), -1, offset))
            topics.append(_text(name) + _array(partitions))
        return _array(topics)

    def _offset_fetch(self, request: "_Reader") -> bytes:
        request.text()
        topics = []
        for _ in range(request.number("i")):
            name = request.text()
            indices = [request.number("i") for _ in range(request.number("i"))]
            partitions = [
                struct.pack(">iq", index, self.cluster.committed)
                + _text("")
                + struct.pack(">h", self.cluster.errors.get(9, 0))
                for index in indices
            ]
            topics.append(_text(name) + _array(partitions))
        return _array(topics)

    def _describe_groups(self, request: "_Reader") -> bytes:
        request.number("i")
        group = request.text()
        member = _text("m") + _text("c") + _text("/127.0.0.1") + struct.pack(">ii", 0, 0)
        state = "Stable" if self.cluster.members else "Empty"
        head = struct.pack(">h", self.cluster.errors.get(15, 0)) + _text(group) + _text(state)
        return _array([head + _text("consumer") + _text("range") + _array([member] * self.cluster.members)])

    def _describe_configs(self, request: "_Reader") -> bytes:
        request.number("i")
        kind, name = request.number("b"), request.text()
        error = self.cluster.errors.get(32, 0)
        entries = [_text(key) + _text(value) + b"\x00\x00\x00" for key, value in self.cluster.settings.items()]
        words = _text("Topic authorization failed.") if error else _text(None)
        resource = struct.pack(">h", error) + words + struct.pack(">b", kind) + _text(name)
        return struct.pack(">i", 0) + _array([resource + _array([] if error else entries)])


class _Reader:
    """Takes a request apart."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def number(self, kind: str) -> int:
        size = struct.calcsize(f">{kind}")
        self._at += size
        return int(struct.unpack(f">{kind}", self._data[self._at - size : self._at])[0])

    def text(self) -> str | None:
        size = self.number("h")
        return self._take(size).decode() if size >= 0 else None

    def blob(self) -> bytes:
        return self._take(self.number("i"))

    def _take(self, size: int) -> bytes:
        self._at += size
        return self._data[self._at - size : self._at]


def _text(value: str | None) -> bytes:
    if value is None:
        return struct.pack(">h", -1)
    return struct.pack(">h", len(value.encode())) + value.encode()


def _array(parts: list[bytes]) -> bytes:
    return struct.pack(">i", len(parts)) + b"".join(parts)


def _numbers(values: list[int]) -> bytes:
    return _array([struct.pack(">i", value) for value in values])


def _exactly(sock: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = sock.recv(size - len(data))
        if not part:
            raise ConnectionResetError
        data += part
    return data
