"""A fleet as its user sees it: two slots of replicas behind a proxy, which outlive who started them.

Every method sets a state and can be called again; what runs is found by the locks in the fleet's folder, never by a
pid alone. `end` ends all of it.
"""

import http.client
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from demo.careless import copy_sources
from demo.database import create
from demo.faults import Faults
from demo.fleet_child import FleetWiring
from demo.fleet_files import SLOTS, FleetFiles, Member, SlotName, Traffic, other
from demo.fleet_proxy import STATE_PATH
from demo.fleet_versions import release_of
from demo.wiring import DRAIN_S, HOST

#: Seconds for processes to serve, and for the proxy to show what it was told.
START_S: Final = 20.0
SHOWN_S: Final = 5.0
#: Seconds for replicas to be ready; a demo's are ready at once.
READY_S: Final = 6.0
#: Seconds for requests under way to be answered before a slot is ended anyway.
QUIET_S: Final = 10.0
REPLICAS: Final = ("replica-1", "replica-2")
PROXY: Final = "proxy"

_ROOT = Path(__file__).resolve().parent.parent
_PROGRAM = "import sys; sys.path.append(sys.argv[1]); from demo.fleet_child import main; main(sys.argv[2])"


class FleetError(Exception):
    """The fleet does not do what it was told; the message says what happened instead."""


class Fleet:
    """The fleet in a folder, whether it runs or not."""

    def __init__(self, folder: Path) -> None:
        self.files = FleetFiles(folder)

    @property
    def runs(self) -> bool:
        """Whether its proxy serves."""
        return self.files.member(PROXY) is not None

    def begin(self, version: str) -> None:
        """Start it with one version where it does not run. Raises FleetError."""
        folder = self.files.folder
        try:
            if not self.runs:
                self._remove()
                self.files.prepare()
                create(folder / "stocks.db")
                copy_sources(folder / "sources", Faults())
                _certificates(folder)
                self.start("a", version)
                self.shift("a", 0, canary=False)
                self._spawn(FleetWiring("proxy", PROXY, str(folder)))
            self._wait(lambda: self.runs, START_S, "its proxy did not serve")
        except OSError as error:
            raise FleetError(f"the fleet in {folder} did not start: {error}") from error

    def end(self) -> None:
        """End every process and remove the folder. Doing it twice is doing it once."""
        self._stop([PROXY])  # first: it still needs the replicas for the replies that it has begun
        self._remove()

    # --- looks ------------------------------------------------------------------------------------------------

    def traffic(self) -> Traffic:
        """What the proxy does now: what was told it, and shown by it. Raises FleetError where it can't be seen."""
        told = self.files.traffic()
        if told is None:
            raise FleetError(f"no fleet runs in {self.files.folder}")
        shown = self._shown()
        if shown.get("mark") != told.mark:
            raise FleetError(f"the proxy shows {shown.get('mark')}, it was told {told.mark}")
        return told

    def running(self, slot: SlotName) -> str | None:
        """The version of a slot where all of its replicas run."""
        members = [self.files.member(_name(slot, replica)) for replica in REPLICAS]
        versions = {member.version for member in members if member is not None}
        return versions.pop() if len(versions) == 1 and all(members) else None

    def occupied(self, slot: SlotName) -> bool:
        """Whether anything runs in a slot."""
        return any(self.files.alive(_name(slot, replica)) is not None for replica in REPLICAS)

    def slot_of(self, version: str) -> SlotName | None:
        """The slot that a version was started in."""
        told = self.files.traffic() or Traffic("a")
        return next((slot for slot in SLOTS if told.versions.get(slot) == version), None)

    def addresses(self, slot: SlotName) -> dict[str, str]:
        """Where one slot is reached, as `DemoTarget.addresses` names it: by the users' entrance for the stable slot,
        by the candidate's own one for the other. Raises FleetError."""
        proxy, told = self._proxy(), self.traffic()
        # Those that it was started with: one that has ended since is down, and that is for the gates to find.
        replicas = told.replicas.get(slot)
        if replicas is None:
            raise FleetError(f"nothing runs in slot {slot} of the fleet in {self.files.folder}")
        plain, tls = ("plain", "tls") if slot == told.stable else ("candidate", "candidate_tls")
        own = {f"{name.replace('-', '_')}_url": f"http://{HOST}:{port}" for name, port in replicas.items()}
        return {
            "url": f"http://{HOST}:{proxy.ports[plain]}",
            "tls_url": f"https://{HOST}:{proxy.ports[tls]}",
            "tls_host": HOST,
            "tls_port": str(proxy.ports[tls]),
            "host": HOST,
            "port": str(proxy.ports[plain]),
            "ca_file": str(self.files.folder / "ca.pem"),
            **own,
            "sources": str(self.files.folder / "sources"),
            "python": sys.executable,
        }

    @property
    def url(self) -> str:
        """Where users come in. Raises FleetError where it does not run."""
        return f"http://{HOST}:{self._proxy().ports['plain']}"

    # --- acts -------------------------------------------------------------------------------------------------

    def start(self, slot: SlotName, version: str) -> None:
        """Let a slot run a version: what else runs there is ended first. Raises FleetError where it is not ready."""
        if self.running(slot) != version:
            if self.occupied(slot):
                self.stop(slot)
            for replica in REPLICAS:
                name = _name(slot, replica)
                self._spawn(FleetWiring("replica", name, str(self.files.folder), replica, version))
            self._wait(lambda: self.running(slot) == version, START_S, f"the replicas of {version} did not start")
        until = time.monotonic() + READY_S
        while why := self.unready(slot, version):
            if time.monotonic() > until:
                raise FleetError(f"{version} is not ready after {READY_S:g} s: {why}")
            time.sleep(0.1)

    def unready(self, slot: SlotName, version: str) -> str:
        """Why not every replica of a slot is ready as this version; nothing where all of them are."""
        for replica in REPLICAS:
            member = self.files.member(_name(slot, replica))
            if member is None:
                return f"{replica} does not run"
            try:
                says = _ask(member.ports["plain"], "/version").get("release_id")
                state = _ask(member.ports["plain"], "/ready").get("status")
            except FleetError as error:
                return f"{replica}: {error}"
            if says != release_of(version).id:
                return f"{replica} says that it is {says}, wanted {release_of(version).id}"
            if state != "ready":
                return f"{replica} says {state}"
        return ""

    def shift(self, stable: SlotName, share: int, *, canary: bool) -> None:
        """Put so many percent of the requests on the slot that is not `stable`. Raises FleetError."""
        self.direct(self._traffic(stable, share, canary=canary))

    def directed(self, stable: SlotName, share: int, *, canary: bool) -> bool:
        """Whether the proxy does just this."""
        told = self.traffic()
        return told == self._traffic(stable, share, canary=canary) and told.share == share

    def direct(self, traffic: Traffic) -> None:
        """Tell the proxy, and see that it does it. Raises FleetError."""
        try:
            self.files.direct(traffic)
        except OSError as error:
            raise FleetError(f"traffic stays as it was: {error}") from error
        if self.runs:
            self._wait(lambda: self._shown().get("mark") == traffic.mark, SHOWN_S, "the proxy does not follow")

    def stop(self, slot: SlotName) -> None:
        """End what runs in a slot, after the requests under way. Raises FleetError where users are on it."""
        told = self.files.traffic()
        if self.runs and told is not None:
            if told.stable == slot:
                raise FleetError(f"slot {slot} serves users: it is not stopped")
            kept = Traffic(
                told.stable,
                versions={name: version for name, version in told.versions.items() if name != slot},
                replicas={name: ports for name, ports in told.replicas.items() if name != slot},
            )
            self.direct(kept)
            self._quiet(slot)
        self._stop([_name(slot, replica) for replica in REPLICAS])

    # --- parts ------------------------------------------------------------------------------------------------

    def _traffic(self, stable: SlotName, share: int, *, canary: bool) -> Traffic:
        known = self.files.traffic() or Traffic(stable)
        versions, replicas = dict(known.versions), {name: dict(ports) for name, ports in known.replicas.items()}
        for slot in SLOTS:
            # One that has ended by itself stays in: who takes it out silently hides that it crashed.
            if version := self.running(slot):
                versions[slot], replicas[slot] = version, self._ports(slot)
        beside = other(stable) in replicas
        return Traffic(stable, share if beside else 0, canary and beside, versions, replicas)

    def _ports(self, slot: SlotName) -> dict[str, int]:
        members = {replica: self.files.member(_name(slot, replica)) for replica in REPLICAS}
        return {replica: member.ports["plain"] for replica, member in members.items() if member is not None}

    def _proxy(self) -> Member:
        proxy = self.files.member(PROXY)
        if proxy is None:
            raise FleetError(f"no fleet runs in {self.files.folder}")
        return proxy

    def _shown(self) -> dict[str, object]:
        return _ask(self._proxy().ports["plain"], STATE_PATH)

    def _quiet(self, slot: SlotName) -> None:
        until = time.monotonic() + QUIET_S
        while time.monotonic() < until:
            under_way = self._shown().get("in_flight")
            if not isinstance(under_way, dict) or not under_way.get(slot):
                return
            time.sleep(0.05)

    def _spawn(self, wiring: FleetWiring) -> None:
        log = os.open(self.files.folder / f"{wiring.name}.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            command = [sys.executable, "-I", "-S", "-c", _PROGRAM, str(_ROOT), wiring.to_json()]
            # Not a Popen: nobody waits for it, and it outlives this process.
            actions = [(os.POSIX_SPAWN_DUP2, log, 1), (os.POSIX_SPAWN_DUP2, log, 2)]
            null = (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)
            _SPAWNED.add(os.posix_spawn(sys.executable, command, {}, file_actions=[null, *actions]))
        finally:
            os.close(log)

    def _wait(self, condition: Callable[[], bool], seconds: float, words: str) -> None:
        until = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > until:
                raise FleetError(f"{words} within {seconds:g} s; its logs are in {self.files.folder}")
            time.sleep(0.02)

    def _stop(self, names: Iterable[str]) -> None:
        names = list(names)
        for name in names:
            self._signal(name, signal.SIGTERM)
        until = time.monotonic() + DRAIN_S + 1
        while time.monotonic() < until and any(self.files.alive(name) is not None for name in names):
            time.sleep(0.02)
        for name in names:
            while self.files.alive(name) is not None:
                self._signal(name, signal.SIGKILL)
                time.sleep(0.02)
        _reap()

    def _signal(self, name: str, number: signal.Signals) -> None:
        """To the process that holds the name, and to no other one that has its pid since."""
        pid = self.files.alive(name)
        if not pid:
            return
        try:
            if not hasattr(os, "pidfd_open"):
                os.kill(pid, number)
                return
            handle = os.pidfd_open(pid)
            try:
                # It still holds the name, so that the handle is of this very process, whatever comes now.
                if self.files.alive(name) == pid:
                    signal.pidfd_send_signal(handle, number)
            finally:
                os.close(handle)
        except ProcessLookupError:
            return

    def _remove(self) -> None:
        if self.files.folder.is_dir():
            self._stop(self.files.names())
            shutil.rmtree(self.files.folder, ignore_errors=True)


#: Processes that this one has started and that may have to be buried.
_SPAWNED: set[int] = set()


def _reap() -> None:
    for pid in list(_SPAWNED):
        try:
            ended, _ = os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            ended = pid
        if ended:
            _SPAWNED.discard(pid)


def _name(slot: SlotName, replica: str) -> str:
    return f"{slot}-{replica}"


def _certificates(folder: Path) -> None:
    from demo.certificates import issue  # late: cryptography takes a while to be imported

    files = issue(folder, Faults())
    for path, name in ((files.ca, "ca.pem"), (files.server, "server.pem")):
        if path != folder / name:
            path.replace(folder / name)


def _ask(port: int, path: str) -> dict[str, object]:
    """The JSON object at a path. Raises FleetError where there is none."""
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", path, headers={"Connection": "close"})
        found = json.loads(connection.getresponse().read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise FleetError(f"no answer from port {port}: {type(error).__name__}") from error
    finally:
        connection.close()
    if not isinstance(found, dict):
        raise FleetError(f"port {port} answers no object")
    return found
