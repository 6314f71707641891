"""How busy a host is, again and again over one connection: for what watches hosts during a load."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from checks.attempt import Attempt
from checks.evidence import Evidence
from checks.failures import AttemptError
from checks.hosts import load
from checks.hosts.asking import OpenHost, ask, read_script, split_files
from checks.hosts.command_line import source
from checks.hosts.connection import open_host
from checks.hosts.disks import MOUNTS, look_at_disks
from checks.hosts.probe import HostProbe


@dataclass(slots=True)
class SampledHost:
    """A host that is looked at repeatedly. Its connection is opened by the first sample, and again after it was lost.

    One thread uses it.
    """

    probe: HostProbe
    _host: OpenHost | None = None
    _cpu: load.CpuTimes | None = None

    def close(self) -> None:
        """End the connection."""
        if self._host is not None:
            self._host.session.close()
        self._host = self._cpu = None

    def take(self) -> tuple[Evidence, ...]:
        """See `sample`."""
        try:
            host = self._open()
        except AttemptError as error:
            return (Attempt(self.probe.name, source(self.probe, "true")).failed(error, "reachable"),)
        host.session.extend(self.probe.timeout)
        paths = (*load.FILES, MOUNTS)
        said = ask(host, {"cpu": load.CPU, "proc": read_script(paths)})
        said |= split_files(said["proc"], paths)
        found: list[Evidence] = [host.attempt("true").reading("reachable", True, "bool")]
        cpu = said["cpu"]
        if not cpu.ok:
            self._cpu = None
            found.append(host.gap("cpu.use", f"cat {load.STAT}", cpu))
        else:
            found += self._use(host, cpu.text)
        found += [*load.read_load(host, said), *look_at_disks(host, said[MOUNTS])]
        if not host.session.alive:
            self.close()
        return tuple(found)

    def _open(self) -> OpenHost:
        if self._host is None:
            self._host = open_host(self.probe)
        return self._host

    def _use(self, host: OpenHost, text: str) -> list[Evidence]:
        """CPU use since the sample before; the first one has none."""
        try:
            now = load.parse_cpu(text)
        except ValueError as error:
            return [host.attempt(f"cat {load.STAT}").gap("cpu.use", f"its answer can't be read: {error}")]
        before, self._cpu = self._cpu, now
        return [] if before is None else [load.cpu_use(host, before, now)]


def sample(host: SampledHost) -> tuple[Evidence, ...]:
    """One sample; what can't be had is a Gap, and nothing is raised.

    `NAME.reachable`, `NAME.cpu.use` (since the sample before, so not in the first one), `NAME.memory.*`,
    `NAME.swap.use`, `NAME.load.*`, `NAME.open_files`, `NAME.open_files.use`, `NAME.disk.PATH.*`.
    """
    return host.take()


@contextmanager
def sampled(probe: HostProbe) -> Iterator[SampledHost]:
    """A host to sample; its connection ends with the block."""
    host = SampledHost(probe)
    try:
        yield host
    finally:
        host.close()
