"""What runs in each process of a fleet. Unlike the target's, it outlives who started it.

It ends when it is told to, when its fleet's folder is gone, or when nobody has used the fleet for long.
"""

import asyncio
import contextlib
import fcntl
import functools
import json
import os
import signal
import socket
import ssl
import time
from collections.abc import Awaitable
from dataclasses import asdict, dataclass
from io import FileIO
from pathlib import Path
from typing import Literal, assert_never

from demo.connection import Connection, Connections, Handler
from demo.database import Database
from demo.faulty_service import FaultyService, is_application
from demo.fleet_files import FleetFiles, Member
from demo.fleet_proxy import FleetProxy
from demo.fleet_versions import VERSIONS, release_of
from demo.message import Reply, Request, json_reply
from demo.metrics import Metrics
from demo.release import another_release
from demo.service import Identity, Service
from demo.wiring import BAD_REPLICA, DRAIN_S, HOST

_LOOK_S = 0.5
#: How long a process that finds its name taken waits for a look of somebody else to end.
_NAME_S = 1.0


@dataclass(frozen=True, slots=True)
class FleetWiring:
    """One process. `name`: `proxy`, or `a-replica-1`; `replica`: `replica-1`; `version`: of a replica."""

    role: Literal["replica", "proxy"]
    name: str
    folder: str
    replica: str = ""
    version: str = ""

    def to_json(self) -> str:
        """The form that `from_json` reads."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "FleetWiring":
        """Read it back."""
        return cls(**json.loads(text))


def main(argument: str) -> None:
    """Run the process that the JSON text wires. Does not return."""
    with contextlib.suppress(PermissionError):  # it is the leader of a session already
        os.setsid()  # a terminal's Ctrl-C is for whoever conducts the release
    wiring = FleetWiring.from_json(argument)
    files = FleetFiles(Path(wiring.folder))
    os.chdir(wiring.folder)
    lock = _take_name(files.lock_path(wiring.name))
    if lock is None:
        os._exit(0)  # this very process runs already
    asyncio.run(_serve(wiring, files))
    os._exit(0)


def _take_name(path: Path) -> FileIO | None:
    """The lock on a name, held until the process ends; None where another process has it."""
    handle = FileIO(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+")
    until = time.monotonic() + _NAME_S
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                return None
            time.sleep(0.02)
            continue
        handle.truncate(0)
        handle.write(str(os.getpid()).encode())
        return handle


async def _serve(wiring: FleetWiring, files: FleetFiles) -> None:
    loop, stop, connections = asyncio.get_running_loop(), asyncio.Event(), Connections()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    match wiring.role:
        case "replica":
            servers = {"plain": await _server(_replica(wiring), connections)}
        case "proxy":
            servers = await _proxy_servers(files, connections)
        case unreachable:
            assert_never(unreachable)
    ports = {name: int(server.sockets[0].getsockname()[1]) for name, server in servers.items()}
    files.announce(Member(wiring.name, os.getpid(), wiring.version, ports))
    while not stop.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), _LOOK_S)
        if files.abandoned(time.time()):
            break
    for server in servers.values():
        server.close()
    await connections.drain(DRAIN_S)


async def _proxy_servers(files: FleetFiles, connections: Connections) -> dict[str, asyncio.Server]:
    proxy = FleetProxy(files)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(files.folder / "server.pem")
    return {
        "plain": await _server(proxy.plain, connections),
        "tls": await _server(proxy.tls, connections, context),
        "candidate": await _server(functools.partial(proxy.plain, candidate=True), connections),
        "candidate_tls": await _server(functools.partial(proxy.tls, candidate=True), connections, context),
    }


async def _server(handler: Handler, connections: Connections, context: ssl.SSLContext | None = None) -> asyncio.Server:
    protocol = functools.partial(Connection, handler, connections)
    loop = asyncio.get_running_loop()
    return await loop.create_server(protocol, HOST, 0, family=socket.AF_INET, backlog=1024, ssl=context)


def _replica(wiring: FleetWiring) -> Handler:
    version = VERSIONS[wiring.version]
    faults = version.switches
    release = another_release() if faults.wrong_version else release_of(wiring.version)
    metrics = Metrics(wiring.replica, release)
    ready_at = time.monotonic() + faults.slow_start_s
    database = Database(Path(wiring.folder) / "stocks.db")
    service = Service(Identity(wiring.replica, release), database, metrics, ready_at=ready_at)
    good = FaultyService(service, metrics, faults, is_bad=faults.one_bad_replica and wiring.replica == BAD_REPLICA)
    return good.handle if version.good_for_s is None else _Turning(good, version.good_for_s).handle


class _Turning:
    """Good for some seconds, and then the application answers 503."""

    def __init__(self, good: FaultyService, seconds: float) -> None:
        self._good = good
        self._until = time.monotonic() + seconds

    def handle(self, request: Request) -> Reply | Awaitable[Reply]:
        if time.monotonic() >= self._until and is_application(request.head.path):
            return json_reply(request.head, 503, {"status": "unhealthy", "error": "out of memory"})
        return self._good.handle(request)
