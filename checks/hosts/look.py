"""Looks at hosts, all at the same time: each in one session and its own time; whatever happens ends in evidence."""

import time as clock
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from checks.attempt import Attempt
from checks.evidence import Evidence, Reading
from checks.failures import AttemptError
from checks.hosts import accounts, files, load, ports, processes, system
from checks.hosts.asking import OpenHost, Said, ask, read_script, split_files
from checks.hosts.clock import look_at_clock
from checks.hosts.command_line import source
from checks.hosts.connection import open_host
from checks.hosts.disks import MOUNTS, look_at_disks
from checks.hosts.probe import HostProbe
from checks.hosts.session import Session
from checks.hosts.software import look_at_software

#: Hosts that are looked at together; each costs a thread, and a process that holds its connection.
TOGETHER: Final = 32


def look_at_hosts(probes: Sequence[HostProbe], together: int = TOGETHER) -> Mapping[str, tuple[Evidence, ...]]:
    """The evidence of every host, by its name.

    `NAME.reachable` comes first. Where a host can't be reached it is False, with one Gap, `NAME.facts`, for all the
    rest; where our own side can't look it is a Gap, and alone. Raises ValueError for a name that two probes have.
    """
    doubled = [name for name, count in Counter(probe.name for probe in probes).items() if count > 1]
    if doubled:
        raise ValueError(f"two hosts have the name {doubled[0]!r}; evidence is kept by name")
    found: dict[str, tuple[Evidence, ...]] = {}
    for start in range(0, len(probes), together):
        found |= _look_at_some(probes[start : start + together])
    return {probe.name: found[probe.name] for probe in probes}


def _look_at_some(probes: Sequence[HostProbe]) -> dict[str, tuple[Evidence, ...]]:
    visits = [_Visit(probe) for probe in probes]
    try:
        with ThreadPoolExecutor(max(1, len(visits)), thread_name_prefix="host") as threads:
            try:
                # In step: while CPU use is measured nothing else is asked, as hosts may be containers of one machine.
                for step in (_Visit.enter, _Visit.take_cpu, _Visit.take_facts):
                    list(threads.map(step, visits))
            except BaseException:
                for visit in visits:
                    visit.kill()  # or the threads would go on waiting for their hosts
                raise
    finally:
        for visit in visits:
            visit.leave()
    return {visit.probe.name: tuple(visit.evidence) for visit in visits}


class _Visit:
    """One host, from knocking to leaving. Its time runs only while something is asked of it."""

    def __init__(self, probe: HostProbe) -> None:
        self.probe = probe
        self.evidence: list[Evidence] = []
        self._host: OpenHost | None = None
        self._session: Session | None = None
        self._left = probe.timeout

    def enter(self) -> None:
        """Open the session, and learn what answers."""
        self._guarded(self._enter)

    def take_cpu(self) -> None:
        """Look at the CPU twice, and do nothing in between."""
        self._guarded(self._take_cpu)

    def take_facts(self) -> None:
        """Ask for everything else."""
        self._guarded(self._take_facts)

    def kill(self) -> None:
        """End the connection, from another thread."""
        if self._session is not None:
            self._session.kill()

    def leave(self) -> None:
        """Close the session."""
        if self._session is not None:
            self._session.close()

    def _guarded(self, step: Callable[[], None]) -> None:
        began = clock.monotonic()
        if self._host is not None:
            self._host.session.extend(self._left)
        try:
            step()
        except Exception as error:  # noqa: BLE001 - an answer that breaks our own code is a Gap, and never ends the look
            words = f"the check itself failed: {type(error).__name__}: {error}"
            self.evidence.append(Attempt(self.probe.name, source(self.probe, "true")).gap("facts", words))
        self._left -= clock.monotonic() - began

    def _enter(self) -> None:
        attempt = Attempt(self.probe.name, source(self.probe, "true"))
        try:
            self._host = open_host(self.probe, self._started)
        except AttemptError as error:
            said = attempt.failed(error, "reachable")
            self.evidence.append(said)
            if isinstance(said, Reading):
                self.evidence.append(attempt.gap("facts", "nothing was measured: the host is not reachable"))
        else:
            words = "" if self._host.session.limited else "it has no `timeout`: what hangs there is not ended there"
            self.evidence.append(attempt.reading("reachable", True, "bool", words))

    def _started(self, session: Session) -> None:
        self._session = session

    def _take_cpu(self) -> None:
        if self._host is not None:
            self.evidence.append(take_cpu(self._host))

    def _take_facts(self) -> None:
        if self._host is not None:
            self.evidence += _facts(self._host)


def take_cpu(host: OpenHost) -> Evidence:
    """CPU use over the interval of the probe."""
    script = f"{load.CPU}; sleep {host.probe.interval:g}; echo =; {load.CPU}"
    said = ask(host, {"cpu": script}, host.probe.interval + 10)["cpu"]
    if not said.ok:
        return host.gap("cpu.use", f"cat {load.STAT}", said)
    first, _, second = said.text.partition("=")
    try:
        return load.cpu_use(host, load.parse_cpu(first), load.parse_cpu(second))
    except ValueError as error:
        return host.attempt(f"cat {load.STAT}").gap("cpu.use", f"its answer can't be read: {error}")


def _facts(host: OpenHost) -> list[Evidence]:
    """Everything but CPU use, in as few scripts as it takes."""
    probe = host.probe
    paths = (*load.FILES, MOUNTS, *system.files_for(probe), *ports.files_for(probe))
    said = ask(
        host,
        {
            "proc": read_script(paths),
            **system.parts_for(probe),
            **processes.parts_for(probe),
            **files.parts_for(probe),
            **accounts.parts_for(probe),
        },
    )
    said |= split_files(said["proc"], paths)
    return [
        *load.read_load(host, said),
        *look_at_disks(host, said[MOUNTS]),
        *(look_at_clock(host) if probe.clock else ()),
        *system.read_system(host, said),
        *processes.read_processes(host, said, hidden=_hidden(host, said[MOUNTS])),
        *ports.read_ports(host, said),
        *files.read_files(host, said),
        *accounts.read_accounts(host, said),
        *look_at_software(host),
    ]


def _hidden(host: OpenHost, mounts: Said) -> bool:
    """Whether /proc hides the processes of others (`hidepid`) from a user who is not root."""
    proc = (line for line in mounts.text.splitlines() if " /proc " in line and " - proc " in line)
    options = ",".join(proc)
    return not host.root and "hidepid=" in options and "hidepid=0" not in options and "hidepid=off" not in options
