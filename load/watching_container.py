"""A container of the local Docker engine, read with its stats API (Engine API, `GET /containers/{id}/stats`)."""

from typing import Any, Final

from checks.engine.asking import EngineError, ask
from checks.engine.facts import cpu_limit
from load.result import Usage
from load.watching import Json, Unwatchable, per_second

#: Seconds that the engine has for one answer.
_PATIENCE: Final = 10.0


class ContainerProbe:
    """`container`: its name or id, at the engine that DOCKER_HOST names. Raises Unwatchable."""

    def __init__(self, container: str) -> None:
        self._name = container
        self._before: tuple[float, float | None, float | None] | None = None
        self._at = 0.0

    def sample(self, at: float) -> Usage | None:
        """What it used since the last time."""
        try:
            stats, limits = ask("", _PATIENCE, self._look)
        except EngineError as error:
            raise Unwatchable(f"{error.words}; {error.remedy}") from None
        if not limits.get("State", {}).get("Running"):
            raise Unwatchable("the container is not running (any more)")
        cpu = _number(stats, "cpu_stats", "cpu_usage", "total_usage")
        if cpu is None:
            raise Unwatchable("the Docker engine does not say how much CPU it used")
        read, written = _disk(stats)
        before, self._before = self._before, (cpu, read, written)
        seconds, self._at = at - self._at, at
        if before is None:
            return None
        memory = _number(stats, "memory_stats", "usage")
        limit = _number(stats, "memory_stats", "limit")
        used = per_second(cpu, before[0], seconds)
        return Usage(
            at=at,
            cpu=None if used is None else used / 1e9,
            # Its own limit, or the cores of the machine.
            cpu_limit=cpu_limit(limits.get("HostConfig") or {}) or _number(stats, "cpu_stats", "online_cpus"),
            memory=None if memory is None else int(memory - _cache(stats)),
            memory_limit=None if limit is None else int(limit),
            disk_read=per_second(read, before[1], seconds),
            disk_written=per_second(written, before[2], seconds),
        )

    def _look(self, client: Any) -> tuple[Json, Json]:
        # One shot: without it the engine itself waits a second to have two samples.
        return client.stats(self._name, stream=False, one_shot=True), client.inspect_container(self._name)

    def close(self) -> None:
        """Nothing is held."""


def _number(stats: Json, *keys: str) -> float | None:
    found: Any = stats
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None


def _cache(stats: Json) -> float:
    """What the page cache holds and can give back: `docker stats` takes it off, too (cgroup v2, then v1)."""
    for key in ("inactive_file", "total_inactive_file"):
        if (cached := _number(stats, "memory_stats", "stats", key)) is not None:
            return cached
    return 0.0


def _disk(stats: Json) -> tuple[float | None, float | None]:
    entries = (stats.get("blkio_stats") or {}).get("io_service_bytes_recursive")
    if not isinstance(entries, list):
        return None, None  # the engine does not account for it

    def total(kind: str) -> float:
        return float(sum(entry["value"] for entry in entries if str(entry.get("op", "")).lower() == kind))

    return total("read"), total("write")
