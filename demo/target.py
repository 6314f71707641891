"""The demo target as its owner sees it: start, addresses, release, stop."""

import os
import shutil
import socket
import sys
import tempfile
import threading
from collections.abc import Iterable, Mapping
from dataclasses import replace
from io import FileIO
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Literal, Self

from demo.careless import copy_sources
from demo.database import create
from demo.faults import Faults
from demo.process import Child, DemoStartError, end, spawn, wait_until_serving
from demo.release import DemoRelease, current_release
from demo.wiring import BAD_REPLICA, HOST, Wiring

__all__ = ["DemoRelease", "DemoStartError", "DemoTarget"]

#: What `DemoTarget.addresses` has, and what an environment file may use as `${demo.NAME}`.
ADDRESS_NAMES = (
    "url",
    "tls_url",
    "tls_host",
    "tls_port",
    "host",
    "port",
    "ca_file",
    "replica_1_url",
    "replica_2_url",
    "sources",
    "python",
)

_REPLICAS = ("replica-1", BAD_REPLICA)
_PUBLISHED = ("plain", "tls")


class DemoTarget:
    """Two replicas and a proxy, running on 127.0.0.1 until `stop`.

    `addresses`: see ADDRESS_NAMES; all values are texts. `release`: what was started, whatever the service itself
    says. `pids`: the processes that run or ran.
    """

    addresses: Mapping[str, str]
    release: DemoRelease

    def __init__(self, faults: Faults, scratch: Path) -> None:
        """For `start`, which is how a target is made."""
        self.faults = faults
        self._scratch = scratch
        # A copy: tests and scanners leave nothing in the installed package, and careless changes are made to it.
        self._sources = scratch / "sources"
        self._changed = copy_sources(self._sources, faults)
        self.release = current_release(self._sources / "demo")
        self._children: list[Child] = []
        self._sockets: dict[str, socket.socket] = {}
        self._life: FileIO | None = None

    @classmethod
    def start(cls, faults: Faults | None = None, scratch: Path | None = None) -> Self:
        """Start everything; returns when all listeners accept (which is not yet "ready": see `slow_start_s`).

        `scratch`: an existing folder for the target's own directory, which `stop` removes; by default the system's
        temporary one. Raises DemoStartError, after ending what had been started.
        """
        try:
            folder = Path(tempfile.mkdtemp(prefix="tidegate-demo-", dir=scratch)).resolve()
        except OSError as error:
            raise DemoStartError(f"the demo target did not start: {error}") from error
        try:
            target = cls(faults or Faults(), folder)
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise DemoStartError(f"the demo target did not start: {error}") from error
        try:
            target._start()
        except OSError as error:
            target.stop()
            raise DemoStartError(f"the demo target did not start: {error}") from error
        except BaseException:
            target.stop()
            raise
        return target

    def stop(self) -> None:
        """End the processes (replies that have begun are finished first) and remove the scratch directory.

        Doing it twice is doing it once.
        """
        try:
            proxies = [child for child in self._children if child.name not in _REPLICAS]
            try:
                end(proxies)  # first: it still needs the replicas for the replies that it has begun
            finally:
                end([child for child in self._children if child not in proxies])
        finally:
            self._close_sockets(list(self._sockets))
            if self._life is not None:
                self._life.close()
            shutil.rmtree(self._scratch, ignore_errors=True)

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids: the replicas', then the proxy's (which is not started under the fault `refuse`)."""
        return tuple(child.process.pid for child in self._children)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _start(self) -> None:
        # The parent binds, the children inherit: no port can be taken by someone else in between.
        self._sockets = {name: _bound(listens=True) for name in _REPLICAS}
        self._sockets |= {name: _bound(listens=not self.faults.refuse) for name in _PUBLISHED}
        ports = {name: int(sock.getsockname()[1]) for name, sock in self._sockets.items()}
        life_of_children, life_of_parent = os.pipe()
        self._life = FileIO(life_of_parent, "wb")
        try:
            self._start_replicas(life_of_children)
            ca_file = self._start_proxy(life_of_children, {name: ports[name] for name in _REPLICAS})
        finally:
            os.close(life_of_children)
        # A process that crashes must not leave a port that still accepts. Under `refuse` the two that only bind stay.
        self._close_sockets(_REPLICAS if self.faults.refuse else (*_REPLICAS, *_PUBLISHED))
        wait_until_serving(self._children)
        self.addresses = MappingProxyType(
            {**_addresses(ports, ca_file), "sources": str(self._sources), "python": sys.executable}
        )

    def _start_replicas(self, life: int) -> None:
        database = self._scratch / "stocks.db"
        create(database)
        if self.faults.database_down:  # a path that really can't be opened: the service meets the failure
            database = self._scratch / "gone" / "stocks.db"
        for name in _REPLICAS:
            wiring = self._wiring("replica", name, life, self._sockets[name])
            self._children.append(spawn(replace(wiring, database=str(database))))

    def _start_proxy(self, life: int, replicas: Mapping[str, int]) -> Path:
        from demo.certificates import issue  # late: cryptography is imported while the replicas start

        files = issue(self._scratch, self.faults)
        if not self.faults.refuse:
            # The proxy has taken the bad replica out, as one that watches its replicas would have.
            out = BAD_REPLICA if self.faults.one_bad_replica else ""
            wiring = replace(
                self._wiring("proxy", "proxy", life, self._sockets["plain"]),
                tls_fd=self._sockets["tls"].fileno(),
                server_pem=str(files.server),
                upstreams={name: port for name, port in replicas.items() if name != out},
            )
            self._children.append(spawn(wiring))
        return files.ca

    def _wiring(self, role: Literal["replica", "proxy"], name: str, life: int, plain: socket.socket) -> Wiring:
        return Wiring(
            role,
            name,
            life,
            str(self._scratch),
            plain.fileno(),
            self.faults.as_mapping(),
            # The kernel's death signal comes with the end of the *thread* that started the child, and only the main
            # thread ends no sooner than the process.
            dies_with_parent=threading.current_thread() is threading.main_thread(),
            sources=str(self._sources) if self._changed else "",
        )

    def _close_sockets(self, names: Iterable[str]) -> None:
        for name in names:
            if name in self._sockets:
                self._sockets.pop(name).close()


def _bound(*, listens: bool) -> socket.socket:
    """A socket on a free port. One that only binds keeps the port for us, and connections to it are refused."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.bind((HOST, 0))
    if listens:
        sock.listen(1024)
    return sock


def _addresses(ports: Mapping[str, int], ca_file: Path) -> dict[str, str]:
    return {
        "url": f"http://{HOST}:{ports['plain']}",
        "tls_url": f"https://{HOST}:{ports['tls']}",
        "tls_host": HOST,
        "tls_port": str(ports["tls"]),
        "host": HOST,
        "port": str(ports["plain"]),
        "ca_file": str(ca_file),
        "replica_1_url": f"http://{HOST}:{ports['replica-1']}",
        "replica_2_url": f"http://{HOST}:{ports['replica-2']}",
    }
