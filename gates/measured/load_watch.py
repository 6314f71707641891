"""Finds what is watched while a load runs: a container, a declared host, or the process that listens on a port."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.util import find_spec
from types import TracebackType
from typing import TYPE_CHECKING, Self

from checks.evidence import Evidence, Gap, Reading
from load.plan import ContainerTarget, HostTarget, ProcessTarget, Target
from load.result import Usage

if TYPE_CHECKING:
    from checks.hosts.sampling import SampledHost
    from gates.environment.model import Environment


class UnreadHostError(Exception):
    """A host could not be read; its words are the reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Watching:
    """What is watched. `missing`: for each limit of what can't be, its subject (`server.cpu`) and why.

    Used as a context, it ends the connections to hosts.
    """

    targets: tuple[Target, ...]
    missing: tuple[tuple[str, str], ...]
    hosts: Mapping[str, Callable[[], Usage]]
    _open: ExitStack

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()


def watch_of(environment: "Environment") -> Watching:
    """What an environment declares under `load: watch:`. Connections to hosts are opened by their first sample."""
    targets: list[Target] = []
    missing: list[tuple[str, str]] = []
    hosts: dict[str, Callable[[], Usage]] = {}
    stack = ExitStack()
    for name, watched in environment.load.watch.items():
        if watched.container is not None:
            targets.append(ContainerTarget(name, watched.container))
            continue
        if watched.host is not None:
            targets.append(HostTarget(name))
            hosts[name] = _reader(environment, watched.host, stack)
            continue
        found = _listening(int(watched.port or 0))
        if isinstance(found, int):
            targets.append(ProcessTarget(name, found))
        else:
            missing += [(f"{name}.{subject}", found) for subject in watched.limits]
    return Watching(tuple(targets), tuple(missing), hosts, stack)


def _reader(environment: "Environment", host: str, stack: ExitStack) -> Callable[[], Usage]:
    from checks.hosts.sampling import sampled
    from gates.environment.hosts import whole_host

    opened = stack.enter_context(sampled(whole_host(environment, host).probe({})))
    return lambda: _usage(host, opened)


def _usage(name: str, host: "SampledHost") -> Usage:
    """One sample. Raises UnreadHostError where the host can't be reached."""
    parts = {evidence.subject.removeprefix(f"{name}."): evidence for evidence in host.take()}
    reachable = parts.get("reachable")
    if not isinstance(reachable, Reading) or reachable.value is not True:
        words = reachable.reason if isinstance(reachable, Gap) else getattr(reachable, "detail", "")
        raise UnreadHostError(words or "it could not be reached")
    busy, available = _number(parts.get("memory.use")), _number(parts.get("memory.available"))
    memory = available / (1 - busy) if busy is not None and available is not None and busy < 1 else None
    cpu = _number(parts.get("cpu.use"))
    return Usage(
        at=0.0,
        # A share of all cores, so that all of them are the limit.
        cpu=cpu,
        cpu_limit=None if cpu is None else 1.0,
        memory=None if memory is None or busy is None else round(memory * busy),
        memory_limit=None if memory is None else round(memory),
        disk_used=_number(parts.get("disk./.use")),
    )


def _number(evidence: Evidence | None) -> float | None:
    """The value of a Reading; None where it is not known."""
    if not isinstance(evidence, Reading) or evidence.absent or isinstance(evidence.value, str):
        return None
    return float(evidence.value)


def _listening(port: int) -> int | str:
    """The process that listens on a port of this machine; its parent, where several of one family do."""
    if find_spec("psutil") is None:
        return "the Python package psutil is not installed: pip install tidegate"
    import psutil

    try:
        connections = psutil.net_connections("tcp")
    except (psutil.Error, OSError) as error:
        return f"this machine does not tell which process listens on port {port}: {error}"
    found = {c.pid for c in connections if c.status == psutil.CONN_LISTEN and c.laddr and c.laddr.port == port}
    pids = sorted(pid for pid in found if pid)
    if not pids:
        hidden = ", or it is another user's" if found else ""
        return f"no process of this machine listens on port {port}{hidden}"
    for pid in pids:
        try:
            parents = {parent.pid for parent in psutil.Process(pid).parents()}
        except psutil.Error:
            continue  # gone meanwhile
        if not parents & set(pids):
            return pid
    return f"the process that listened on port {port} is gone"
