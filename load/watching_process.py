"""A process on this machine and its children, read with psutil."""

import time
from typing import Any, Final

from load.result import Usage
from load.watching import Unwatchable, per_second

_GONE: Final = "the process is not there (any more)"


class ProcessProbe:
    """CPU seconds, resident memory and disk bytes of a process and all its descendants. Raises Unwatchable."""

    def __init__(self, pid: int) -> None:
        import psutil

        self._psutil = psutil
        try:
            self._process = psutil.Process(pid)
        except psutil.Error:
            raise Unwatchable(_GONE) from None
        # What children used that have ended since is not lost: it is counted until they go.
        self._cpu: dict[tuple[int, float], float] = {}
        self._disk: dict[tuple[int, float], tuple[int, int]] = {}
        self._at = 0.0

    def sample(self, at: float) -> Usage | None:
        """What it used since the last time."""
        psutil = self._psutil
        try:
            members = [self._process, *self._process.children(recursive=True)]
            if not self._process.is_running() or self._process.status() == psutil.STATUS_ZOMBIE:
                raise Unwatchable(_GONE)
        except psutil.Error:
            raise Unwatchable(_GONE) from None
        now, seconds = time.monotonic(), time.monotonic() - self._at
        first, self._at = not self._cpu, now
        used, memory = 0.0, 0
        read: float | None = 0.0
        written: float | None = 0.0
        for member in members:
            try:
                with member.oneshot():
                    key = (member.pid, member.create_time())
                    times, rss = member.cpu_times(), member.memory_info().rss
                    disk = _disk(psutil, member)
            except psutil.AccessDenied:
                raise Unwatchable(f"this user may not read the process {member.pid}") from None
            except psutil.Error:
                continue  # a child that has just ended
            cpu = times.user + times.system
            used += cpu - self._cpu.get(key, 0.0 if not first else cpu)
            self._cpu[key] = cpu
            memory += rss
            if disk is None:
                read = written = None
            else:
                before = self._disk.get(key, disk if first else (0, 0))
                read = None if read is None else read + disk[0] - before[0]
                written = None if written is None else written + disk[1] - before[1]
                self._disk[key] = disk
        if first:
            return None
        return Usage(
            at=at,
            cpu=used / seconds,
            cpu_limit=float(psutil.cpu_count() or 1),
            memory=memory,
            memory_limit=psutil.virtual_memory().total,
            disk_read=per_second(read, 0.0, seconds),
            disk_written=per_second(written, 0.0, seconds),
        )

    def close(self) -> None:
        """Nothing is held."""


def _disk(psutil: Any, process: Any) -> tuple[int, int] | None:
    """Bytes read from and written to disk; None where the system does not say (macOS) or does not allow it."""
    try:
        counters = process.io_counters()
    except (AttributeError, psutil.AccessDenied):
        return None
    return counters.read_bytes, counters.write_bytes
