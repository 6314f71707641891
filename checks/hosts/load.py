"""How busy a host is: CPU, memory, swap, load and open files, as Linux says it in /proc (proc(5))."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from checks.evidence import Evidence
from checks.hosts.asking import OpenHost, Said

PARTS: Final[Mapping[str, str]] = {
    "memory": "cat /proc/meminfo",
    "load": "cat /proc/loadavg && grep -c '^cpu[0-9]' /proc/stat",
    "open_files": "cat /proc/sys/fs/file-nr",
}
#: One look at the CPU: its line of /proc/stat, the number of cores, and the uptime, which is the clock that counts.
CPU: Final = "read -r line </proc/stat && echo \"$line\" && grep -c '^cpu[0-9]' /proc/stat && cat /proc/uptime"


@dataclass(frozen=True, slots=True)
class CpuTimes:
    """Since the start: `idle` and `total` in ticks of all cores together; `at`: seconds of uptime."""

    idle: int
    total: int
    cores: int
    at: float


def parse_cpu(text: str) -> CpuTimes:
    """Read what `CPU` prints. Raises ValueError."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) != 3 or not lines[0].startswith("cpu "):
        raise ValueError("/proc/stat has no line of all cores")
    # user nice system idle iowait irq softirq steal; guest times are contained in user and nice.
    times = [int(word) for word in lines[0].split()[1:9]]
    if len(times) < 5 or min(times) < 0:
        raise ValueError("/proc/stat has fewer columns than Linux writes")
    return CpuTimes(times[3] + times[4], sum(times), int(lines[1]), float(lines[2].split()[0]))


def cpu_use(host: OpenHost, before: CpuTimes, after: CpuTimes) -> Evidence:
    """The share of all cores that was busy between two looks."""
    attempt = host.attempt("cat /proc/stat")
    total, idle, seconds = after.total - before.total, after.idle - before.idle, after.at - before.at
    if total <= 0 or seconds <= 0:
        return attempt.gap("cpu.use", "no time passed between two looks at /proc/stat")
    # The time that is waited for disks may go backwards (proc(5)), so the share may leave 0 to 1 by a little.
    use = min(1.0, max(0.0, 1 - idle / total))
    cores = "1 core" if after.cores == 1 else f"{after.cores} cores"
    return attempt.reading("cpu.use", round(use, 4), "ratio", f"of {cores} over {seconds:.2g} s{below(host)}")


def below(host: OpenHost) -> str:
    """The words for what is not the container's own."""
    return ", of the machine that the container runs on" if host.container else ""


def read_load(host: OpenHost, said: Mapping[str, Said]) -> list[Evidence]:
    """Memory, swap, load and open files."""
    readers = (("memory", _memory, "memory.use"), ("load", _load, "load.1m"), ("open_files", _open_files, "open_files"))
    found: list[Evidence] = []
    for part, read, main in readers:
        answer = said[part]
        if not answer.ok:
            found.append(host.gap(main, PARTS[part], answer))
            continue
        try:
            found += read(host, answer.text)
        except (ValueError, LookupError, ZeroDivisionError) as error:
            found.append(host.attempt(PARTS[part]).gap(main, f"its answer can't be read: {error}"))
    return found


def _memory(host: OpenHost, text: str) -> list[Evidence]:
    kibi = {key: int(value) for key, value in re.findall(r"^(\w+):\s+(\d+) kB$", text, re.MULTILINE)}
    attempt, of = host.attempt("cat /proc/meminfo"), below(host)
    total = kibi["MemTotal"]
    if "MemAvailable" not in kibi:
        # Linux before 3.14. `free` would count every cached page as used.
        found: list[Evidence] = [attempt.gap("memory.use", "/proc/meminfo has no MemAvailable")]
    else:
        available = kibi["MemAvailable"]
        found = [
            attempt.reading("memory.use", round(1 - available / total, 4), "ratio", f"of {_gib(total)}{of}"),
            attempt.reading("memory.available", available * 1024, "B", f"of {_gib(total)}{of}"),
        ]
    swap, free = kibi["SwapTotal"], kibi["SwapFree"]
    use = round(1 - free / swap, 4) if swap else 0.0
    return [
        *found,
        attempt.reading("swap.use", use, "ratio", (f"of {_gib(swap)}" if swap else "there is no swap") + of),
    ]


def _load(host: OpenHost, text: str) -> list[Evidence]:
    first, cores = text.strip().splitlines()
    averages = [float(word) for word in first.split()[:3]]
    attempt = host.attempt("cat /proc/loadavg")
    of = f"{int(cores)} cores{below(host)}"
    named = zip(("load.1m", "load.5m", "load.15m"), averages, strict=True)
    per_core = attempt.reading("load.per_core", round(averages[1] / int(cores), 4), "1", f"5 minutes, {of}")
    return [*(attempt.reading(part, value, "1", of) for part, value in named), per_core]


def _open_files(host: OpenHost, text: str) -> list[Evidence]:
    used, _, most = (int(word) for word in text.split())
    attempt = host.attempt("cat /proc/sys/fs/file-nr")
    detail = f"of {most:,}{below(host)}"
    return [
        attempt.reading("open_files", used, "1", detail),
        attempt.reading("open_files.use", round(used / most, 6), "ratio", detail),
    ]


def _gib(kibi: int) -> str:
    return f"{kibi / 2**20:.3g} GiB"
