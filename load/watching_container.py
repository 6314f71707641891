"""A container of the local Docker engine, read with its stats API (Engine API, `GET /containers/{id}/stats`)."""

from importlib import import_module
from typing import Any, Final

from load.result import Usage
from load.watching import Json, Unwatchable, per_second

_REMEDY: Final = "the Python package docker is not installed: pip install 'tidegate[docker]'"


class ContainerProbe:
    """`container`: its name or id. `timeout`: seconds for one answer of the engine. Raises Unwatchable."""

    source = ""

    def __init__(self, container: str, timeout: float) -> None:
        try:
            docker: Any = import_module("docker")
        except ImportError:
            raise Unwatchable(_REMEDY) from None
        self._name = container
        self._before: tuple[float, float | None, float | None] | None = None
        self._at = 0.0
        try:
            self._client = docker.from_env(timeout=timeout)
        except Exception as error:  # noqa: BLE001 - the SDK raises requests' and urllib3's errors and its own
            raise Unwatchable(f"the Docker engine can't be asked: {error}") from None

    def sample(self, at: float) -> Usage | None:
        """What it used since the last time."""
        try:
            # One shot: without it the engine itself waits a second to have two samples.
            stats: Json = self._client.api.stats(self._name, stream=False, one_shot=True)
            limits: Json = self._client.api.inspect_container(self._name)
        except Exception as error:  # noqa: BLE001 - the same
            raise Unwatchable(f"the Docker engine can't be asked: {error}") from None
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
            cpu_limit=_cores(stats, limits),
            memory=None if memory is None else int(memory - _cache(stats)),
            memory_limit=None if limit is None else int(limit),
            disk_read=per_second(read, before[1], seconds),
            disk_written=per_second(written, before[2], seconds),
        )

    def close(self) -> None:
        """Close the connection to the engine."""
        self._client.close()


def _number(stats: Json, *keys: str) -> float | None:
    found: Any = stats
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None


def _cores(stats: Json, limits: Json) -> float | None:
    """The cores that it may use: its own limit, or those of the machine."""
    nano = _number(limits, "HostConfig", "NanoCpus")
    quota, period = _number(limits, "HostConfig", "CpuQuota"), _number(limits, "HostConfig", "CpuPeriod")
    if nano:
        return nano / 1e9
    if quota and quota > 0:
        return quota / (period or 100_000)
    return _number(stats, "cpu_stats", "online_cpus")


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
