"""CPU and memory of one container, as numbers, from two samples of the engine's statistics.

The formulas are those of `docker stats` (docker/cli, cli/command/container/stats_helpers.go, calculateCPUPercentUnix
and calculateMemUsageUnixNoCache):

    cores used = (container's CPU time in between) / (host's CPU time in between) * online CPUs
    memory     = usage without the page cache that could be dropped: usage - inactive_file
                 (cgroup v1: total_inactive_file; v2: inactive_file)

`docker stats` prints cores used as a percentage of one core. A share of what the container may use says more about a
limit, so `cpu.use` and `memory.use` are that: of its own limit, else of the host.
"""

from collections.abc import Mapping
from typing import Any

from checks.attempt import Attempt
from checks.evidence import Evidence

#: A document of `GET /containers/{id}/stats?stream=false&one-shot=true`.
Sample = Mapping[str, Any]


def usage(own: Attempt, before: Sample, after: Sample, cpu_limit: float | None, limited: bool) -> list[Evidence]:
    """`cpu.cores` (1), `cpu.use` (ratio), `memory.used` (B), `memory.use` (ratio).

    `before` and `after`: two samples of one container; `cpu_limit`: how many processors it may use, None for all;
    `limited`: whether it has a limit of memory of its own. What the samples lack is a Gap, never 0.
    """
    return [*_cpu(own, before, after, cpu_limit), *_memory(own, after, limited)]


def _cpu(own: Attempt, before: Sample, after: Sample, limit: float | None) -> list[Evidence]:
    try:
        used = _total(after) - _total(before)
        passed = _number(after["cpu_stats"]["system_cpu_usage"]) - _number(before["cpu_stats"]["system_cpu_usage"])
        online = _online(after)
    except (KeyError, TypeError) as error:
        return _gaps(
            own, "cpu", f"the engine's statistics have no {error}: it does not run, or cgroups are not mounted"
        )
    if passed <= 0 or online < 1 or used < 0:
        return _gaps(own, "cpu", "no time passed between its two samples, or it was restarted")
    cores = used / passed * online
    may = min(limit, online) if limit else online
    of = f"of {may:g} that it may use" if limit else f"of the {online} of the host: it has no limit"
    return [own.reading("cpu.cores", cores, "1", of), own.reading("cpu.use", cores / may, "ratio", of)]


def _memory(own: Attempt, sample: Sample, limited: bool) -> list[Evidence]:
    try:
        stats = sample["memory_stats"]
        usage, limit = _number(stats["usage"]), _number(stats["limit"])
        details = stats["stats"]
        cache = _number(
            details["total_inactive_file"] if "total_inactive_file" in details else details["inactive_file"]
        )
    except (KeyError, TypeError) as error:
        reason = f"the engine's statistics have no {error}: is memory accounted for?"
        return _gaps(own, "memory", reason)
    if limit <= 0:
        return _gaps(own, "memory", "the engine says that its limit of memory is 0")
    used = usage - cache if cache < usage else usage
    of = "of its limit" if limited else "of the host: it has no limit"
    return [own.reading("memory.used", used, "B"), own.reading("memory.use", used / limit, "ratio", of)]


def _gaps(own: Attempt, what: str, reason: str) -> list[Evidence]:
    parts = ("cores", "use") if what == "cpu" else ("used", "use")
    return [own.gap(f"{what}.{part}", reason) for part in parts]


def _total(sample: Sample) -> float:
    return _number(sample["cpu_stats"]["cpu_usage"]["total_usage"])


def _online(sample: Sample) -> int:
    cpus = sample["cpu_stats"].get("online_cpus")
    # Engines before API 1.27 count them by the length of a list.
    return int(_number(cpus)) if cpus else len(sample["cpu_stats"]["cpu_usage"].get("percpu_usage") or ())


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"number but {value!r}")
    return value
