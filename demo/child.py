"""What runs in each process of the target: serve on inherited sockets until told to stop or the parent is gone."""

import asyncio
import contextlib
import functools
import os
import resource
import shutil
import signal
import socket
import ssl
import sys
import time
from pathlib import Path
from typing import assert_never

from demo.connection import Connection, Connections, Handler, Silent
from demo.database import Database
from demo.faulty_service import FaultyService
from demo.metrics import Metrics
from demo.proxy import Proxy
from demo.release import another_release, current_release
from demo.service import Identity, Service
from demo.upstream import Upstream
from demo.wiring import BAD_REPLICA, DRAIN_S, HOST, Wiring

_OPEN_FILES = 8192


def main(argument: str) -> None:
    """Run the process that the JSON text wires. Does not return: the process ends with 0 when it was told to stop."""
    wiring = Wiring.from_json(argument)
    if wiring.dies_with_parent and sys.platform == "linux":
        _ask_for_hangup_with_parent()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, _OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:  # the proxy needs two for each client under load
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    asyncio.run(_serve(wiring))
    sys.stdout.flush()
    os._exit(0)  # nothing is left to tidy up, and interpreter shutdown is half of the time that a stop takes


async def _serve(wiring: Wiring) -> None:
    loop, stop, connections = asyncio.get_running_loop(), asyncio.Event(), Connections()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGHUP, _parent_is_gone, wiring)
    loop.add_reader(wiring.life_fd, _parent_is_gone, wiring)
    servers = await _listen(wiring, connections)
    with contextlib.suppress(BrokenPipeError):  # the parent went in this moment: the life pipe says so, too
        os.write(wiring.report_fd, b"serving\n")
    os.close(wiring.report_fd)
    await stop.wait()
    for server in servers:
        server.close()
    await connections.drain(DRAIN_S)


async def _listen(wiring: Wiring, connections: Connections) -> list[asyncio.Server]:
    match wiring.role:
        case "replica":
            return [await _server(wiring, wiring.plain_fd, _replica_handler(wiring), connections)]
        case "proxy":
            upstreams = [Upstream(name, HOST, port) for name, port in wiring.upstreams.items()]
            proxy = Proxy(upstreams, wiring.switches)
            servers = [await _server(wiring, wiring.plain_fd, proxy.plain, connections)]
            if wiring.tls_fd is not None:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.minimum_version = ssl.TLSVersion.TLSv1_2
                context.load_cert_chain(wiring.server_pem)
                servers.append(await _server(wiring, wiring.tls_fd, proxy.tls, connections, context))
            return servers
        case unreachable:
            assert_never(unreachable)


async def _server(
    wiring: Wiring, fd: int, handler: Handler, connections: Connections, context: ssl.SSLContext | None = None
) -> asyncio.Server:
    loop, listening = asyncio.get_running_loop(), socket.socket(fileno=fd)
    if wiring.switches.hang:  # without TLS also on the TLS port: not even the handshake is answered
        return await loop.create_server(Silent, sock=listening, backlog=1024)
    protocol = functools.partial(Connection, handler, connections)
    return await loop.create_server(protocol, sock=listening, backlog=1024, ssl=context)


def _replica_handler(wiring: Wiring) -> Handler:
    faults = wiring.switches
    release = another_release() if faults.wrong_version else current_release()
    metrics = Metrics(wiring.name, release)
    ready_at = time.monotonic() + faults.slow_start_s
    service = Service(Identity(wiring.name, release), Database(Path(wiring.database)), metrics, ready_at=ready_at)
    is_bad = faults.one_bad_replica and wiring.name == BAD_REPLICA
    return FaultyService(service, metrics, faults, is_bad=is_bad).handle


def _parent_is_gone(wiring: Wiring) -> None:
    """End at once. The parent can't remove the scratch directory any more, so whoever is first does it."""
    shutil.rmtree(wiring.scratch, ignore_errors=True)
    os._exit(0)


def _ask_for_hangup_with_parent() -> None:
    """prctl(2), PR_SET_PDEATHSIG: SIGHUP when the parent dies, even where a forked copy of it keeps the pipe open.

    Where the parent died before this call, the life pipe is at its end already.
    """
    import ctypes

    pr_set_pdeathsig = 1
    ctypes.CDLL(None, use_errno=True).prctl(pr_set_pdeathsig, signal.SIGHUP, 0, 0, 0)
