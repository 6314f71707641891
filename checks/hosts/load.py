"""How busy a host is: CPU, memory, swap, load and open files, as Linux says it in /proc (proc(5))."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from checks.evidence import Evidence
from checks.hosts.asking import OpenHost, Said

MEMORY: Final = "/proc/meminfo"
LOAD: Final = "/proc/loadavg"
STAT: Final = "/proc/stat"
OPEN_FILES: Final = "/proc/sys/fs/file-nr"
#: What `read_load` reads.
FILES: Final = (MEMORY, LOAD, STAT, OPEN_FILES)
#: One look at the CPU: the lines of all cores and of each, and the uptime, which is the clock that counts.
CPU: Final = "grep '^cpu' /proc/stat && read -r line </proc/uptime && echo \"$line\""


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
    if len(lines) < 3 or not lines[0].startswith("cpu "):
        raise ValueError("/proc/stat has no line of all cores")
    # user nice system idle iowait irq softirq steal; guest times are contained in user and nice.
    times = [int(word) for word in lines[0].split()[1:9]]
    if len(times) < 5 or min(times) < 0:
        raise ValueError("/proc/stat has fewer columns than Linux writes")
    return CpuTimes(times[3] + times[4], sum(times), count_cores(text), float(lines[-1].split()[0]))


def count_cores(stat: str) -> int:
    """The cores that /proc/stat has a line for. Raises ValueError where there is none."""
    cores = len(re.findall(r"^cpu\d+ ", stat, re.MULTILINE))
    if not cores:
        raise ValueError("/proc/stat has no line of a core")
    return cores


def cpu_use(host: OpenHost, before: CpuTimes, after: CpuTimes) -> Evidence:
    """The share of all cores that was busy between two looks."""
    attempt = host.attempt(f"cat {STAT}")
    total, idle, seconds = after.total - before.total, after.idle - before.idle, after.at - before.at
    if total <= 0 or seconds <= 0:
        return attempt.gap("cpu.use", "no time passed between two looks at /proc/stat")
    # The time that is waited for disks may go backwards (proc(5)), so the share may leave 0 to 1 by a little.
    use = min(1.0, max(0.0, 1 - idle / total))
    return attempt.reading(
        "cpu.use", round(use, 4), "ratio", f"of {_cores(after.cores)} over {seconds:.2g} s{below(host)}"
    )


def below(host: OpenHost) -> str:
    """The words for what is not the container's own."""
    return ", of the machine that the container runs on" if host.container else ""


def read_load(host: OpenHost, said: Mapping[str, Said]) -> list[Evidence]:
    """Memory, swap, load and open files. `said`: what stands in `FILES`, by the path."""
    found: list[Evidence] = []
    for path, main, read in (
        (MEMORY, "memory.use", _memory),
        (LOAD, "load.1m", _load),
        (OPEN_FILES, "open_files", _open_files),
    ):
        if not said[path].ok:
            found.append(host.gap(main, f"cat {path}", said[path]))
            continue
        try:
            found += read(host, said[path].text)
        except (ValueError, LookupError, ZeroDivisionError) as error:
            found.append(host.attempt(f"cat {path}").gap(main, f"its answer can't be read: {error}"))
    return [*found, _per_core(host, said[LOAD], said[STAT])]


def _memory(host: OpenHost, text: str) -> list[Evidence]:
    kibi = {key: int(value) for key, value in re.findall(r"^(\w+):\s+(\d+) kB$", text, re.MULTILINE)}
    attempt, of = host.attempt(f"cat {MEMORY}"), below(host)
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
    attempt = host.attempt(f"cat {LOAD}")
    named = zip(("load.1m", "load.5m", "load.15m"), _averages(text), strict=True)
    return [attempt.reading(part, value, "1", below(host).removeprefix(", ")) for part, value in named]


def _per_core(host: OpenHost, averages: Said, stat: Said) -> Evidence:
    attempt = host.attempt(f"cat {LOAD} {STAT}")
    for said in (averages, stat):
        if not said.ok:
            return host.gap("load.per_core", f"cat {LOAD} {STAT}", said)
    try:
        cores = count_cores(stat.text)
        value = round(_averages(averages.text)[1] / cores, 4)
        return attempt.reading("load.per_core", value, "1", f"5 minutes, {_cores(cores)}{below(host)}")
    except ValueError as error:
        return attempt.gap("load.per_core", f"its answer can't be read: {error}")


def _averages(text: str) -> list[float]:
    words = text.split()
    if len(words) < 3:
        raise ValueError("/proc/loadavg has no three averages")
    return [float(word) for word in words[:3]]


def _cores(cores: int) -> str:
    return "1 core" if cores == 1 else f"{cores} cores"


def _open_files(host: OpenHost, text: str) -> list[Evidence]:
    used, _, most = (int(word) for word in text.split())
    attempt = host.attempt(f"cat {OPEN_FILES}")
    detail = f"of {most:,}{below(host)}"
    return [
        attempt.reading("open_files", used, "1", detail),
        attempt.reading("open_files.use", round(used / most, 6), "ratio", detail),
    ]


def _gib(kibi: int) -> str:
    return f"{kibi / 2**20:.3g} GiB"
