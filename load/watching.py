"""The target while it is under load: CPU, memory and disk of processes, containers and hosts, once a second."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any, Final, Protocol, Self

from load.plan import ContainerTarget, HostTarget, ProcessTarget, Target
from load.result import TargetUsage, Usage

#: Seconds between two samples.
EVERY: Final = 1.0


class Unwatchable(Exception):  # noqa: N818 - the words of the gap
    """A target can't be watched (any more), and why."""


class Probe(Protocol):
    """One target that is watched."""

    def sample(self, at: float) -> Usage | None:
        """Read it, `at` seconds after the start. None where a first reading is needed for rates. Raises Unwatchable."""

    def close(self) -> None:
        """Let go of what it holds."""


class Watch:
    """Watches targets, each in a thread of its own: one that answers late does not hold up the others.

    `hosts`: the callable for each HostTarget. Raises ValueError for one that has none, and for one too many.
    """

    def __init__(self, targets: Sequence[Target], hosts: Mapping[str, Callable[[], Usage]]) -> None:
        named = {target.name for target in targets if isinstance(target, HostTarget)}
        if named != set(hosts):
            wrong = sorted(named ^ set(hosts))[0]
            raise ValueError(
                f"the watched host {wrong!r} " + ("has no callable" if wrong in named else "is not planned")
            )
        self._watched = [_Watched(target, hosts) for target in targets]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for watched in self._watched:
            watched.stop()

    def begin(self, start: float) -> None:
        """Begin to watch; `start`: when the run began (`time.monotonic`)."""
        for watched in self._watched:
            watched.begin(start)

    def usage(self) -> tuple[TargetUsage, ...]:
        """What was seen so far."""
        return tuple(watched.usage() for watched in self._watched)


class _Watched:
    def __init__(self, target: Target, hosts: Mapping[str, Callable[[], Usage]]) -> None:
        self._target, self._hosts = target, hosts
        self._samples: list[Usage] = []
        self._gap = ""
        self._source = _source(target)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self, start: float) -> None:
        self._thread = threading.Thread(
            target=self._watch, args=(start,), daemon=True, name=f"watch {self._target.name}"
        )
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            # A thread that hangs in somebody's callable is left behind; it is a daemon.
            self._thread.join(2 * EVERY)

    def usage(self) -> TargetUsage:
        gap = self._gap or ("" if self._samples else "the run was over before it could be read")
        return TargetUsage(self._target.name, self._source, tuple(self._samples), gap)

    def _watch(self, start: float) -> None:
        try:
            probe = _probe(self._target, self._hosts)
        except Unwatchable as error:
            self._gap = str(error)
            return
        try:
            while not self._stop.is_set():
                if (usage := probe.sample(time.monotonic() - start)) is not None:
                    self._samples.append(usage)
                self._stop.wait(EVERY)
        except Unwatchable as error:
            self._gap = str(error)
        finally:
            probe.close()


def _source(target: Target) -> str:
    match target:
        case ProcessTarget(pid=pid):
            return f"top -b -n 1 -p {pid}"
        case ContainerTarget(container=container):
            return f"docker stats --no-stream {container}"
        case HostTarget(name=name):
            return f"the probe of the host {name}"


def _probe(target: Target, hosts: Mapping[str, Callable[[], Usage]]) -> Probe:
    match target:
        case ProcessTarget(pid=pid):
            from load.watching_process import ProcessProbe

            return ProcessProbe(pid)
        case ContainerTarget(container=container):
            from load.watching_container import ContainerProbe

            return ContainerProbe(container)
        case HostTarget(name=name):
            return _HostProbe(hosts[name])


class _HostProbe:
    def __init__(self, read: Callable[[], Usage]) -> None:
        self._read = read

    def sample(self, at: float) -> Usage | None:
        try:
            usage = self._read()
        except Exception as error:  # noqa: BLE001 - whatever a caller's probe raises is the gap
            raise Unwatchable(f"it could not be read: {type(error).__name__}: {error}") from None
        return replace(usage, at=at)

    def close(self) -> None:
        """Nothing is held."""


def per_second(now: float | None, before: float | None, seconds: float) -> float | None:
    """The rate of a counter; None where it is not known, or began anew."""
    if now is None or before is None or seconds <= 0 or now < before:
        return None
    return (now - before) / seconds


Json = Mapping[str, Any]
