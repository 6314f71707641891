"""What the hosts gate judges: each subject with its unit, its default criterion and its remedy.

A subject is named without the host's name. `*` stands for a path, a service, a package and the like.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from checks.hosts.probe import check_path
from gates.criteria import Criterion, Equals, Matches, OfVersion, OneOf, parse
from gates.criteria.choice import natural_unit
from gates.environment.names import nearest


@dataclass(frozen=True, slots=True)
class HostSubject:
    """`default`: a criterion's text, empty where only a limit judges it; `remedy`: what to do where it fails."""

    unit: str
    default: str = ""
    remedy: str = ""
    example: str = ""


_S = HostSubject
_DISK: Final = "delete what nobody needs, or give it more room"
_INODES: Final = "find the folder with the many small files: du --inodes"
_MEMORY: Final = "find who has it (ps aux --sort=-rss), or give the host more"
_CPU: Final = "find who is busy (top), or wait until the host is quiet"
_CLOCK: Final = "is chrony, ntpd or systemd-timesyncd running there?"
_FILES: Final = "find who keeps them open: lsof, /proc/PID/fd"

#: What may be limited.
LIMITED: Final[Mapping[str, HostSubject]] = {
    "cpu.use": _S("ratio", "<= 80 %", _CPU),
    "memory.use": _S("ratio", "<= 80 %", _MEMORY),
    "memory.available": _S("B", "", _MEMORY, ">= 500MB"),
    "swap.use": _S("ratio", "", _MEMORY, "<= 20 %"),
    "load.1m": _S("1", "", _CPU, "<= 8"),
    "load.5m": _S("1", "", _CPU, "<= 8"),
    "load.15m": _S("1", "", _CPU, "<= 8"),
    "load.per_core": _S("1", "", _CPU, "<= 1.5"),
    "open_files": _S("1", "", _FILES, "<= 100000"),
    "open_files.use": _S("ratio", "", _FILES, "<= 80 %"),
    "disk.*.use": _S("ratio", "<= 80 %", _DISK),
    "disk.*.free": _S("B", "", _DISK, ">= 5GB"),
    "disk.*.inodes": _S("ratio", "<= 80 %", _INODES),
    "clock.offset": _S("s", "", _CLOCK, "<= 500ms"),
    "kernel": _S("text", "", "update the kernel and reboot", "version >= 6.1"),
    "uptime": _S("s", "", "find out why it started anew", ">= 10min"),
    "pending_reboot": _S("bool", "", "reboot it in its maintenance window", "= false"),
}
#: What is wanted by keys of their own (`services:`, `files:`), and what to do where it is not so.
EXPECTED: Final[Mapping[str, str]] = {
    "services.*.running": "systemctl status, or journalctl -u, says why not",
    "services.*.enabled": "systemctl enable, or disable, it",
    "packages.*.installed": "install it, or remove it",
    "packages.*.version": "update the package",
    "ports.*.listening": "ss -lntup says who listens where",
    "ports.*.loopback": "bind it to 127.0.0.1",
    "processes.*": "is it started, and has it died? Its log says why",
    "files.*.exists": "is the host configured as it should be?",
    "files.*.mode": "chmod it",
    "files.*.owner": "chown it",
    "files.*.group": "chgrp it",
    "files.*.uid": "chown it",
    "files.*.gid": "chgrp it",
    "files.*": "somebody changed it, or the host was not configured: compare it with what it should be",
    "users.*": "is the host configured as it should be?",
    "user_groups.*": "is the host configured as it should be?",
    "sysctl.*": "set it below /etc/sysctl.d, and run sysctl --system",
}
#: What stands for all file systems.
_ALL: Final = {"disk.use": "disk.*.use", "disk.free": "disk.*.free", "disk.inodes": "disk.*.inodes"}
_OF_A_DISK: Final = re.compile(r"disk\.(.+)\.(use|free|inodes)", re.DOTALL)
#: Of a path that a limit names.
NOT_THERE_REMEDY: Final = "is the path right, and is it mounted? If it need not be there, remove the limit"
REACHABLE_REMEDY: Final = "is it up, and do address, user, key and network let this machine in?"


def canonical(name: str) -> str:
    """The pattern that a limit's name stands for: `disk.use` is that of every file system."""
    return _ALL.get(name, name)


def covers(name: str, subject: str) -> bool:
    """Whether a limit's name (`disk.use`, `disk./mnt/*.use`) is about a subject (`disk./mnt/a.use`)."""
    return _pattern(canonical(name)).fullmatch(canonical(subject)) is not None


def limit_of(subject: str, limits: Mapping[str, Criterion]) -> Criterion | None:
    """The limit of this very subject, else that of the longest pattern that covers it."""
    found = limits.get(subject)
    if found is not None:
        return found
    patterns = [name for name in limits if "*" in canonical(name) and covers(name, subject)]
    return limits[max(patterns, key=lambda name: len(canonical(name)))] if patterns else None


def path_of(name: str) -> str:
    """The path of a limit of one file system, or nothing: `/var` in `disk./var.use`."""
    match = _OF_A_DISK.fullmatch(name)
    return match.group(1) if match and "*" not in match.group(1) else ""


def remedy_of(subject: str) -> str:
    """What to do where it fails."""
    known = next((subject_ for pattern, subject_ in LIMITED.items() if covers(pattern, subject)), None)
    if known is not None:
        return known.remedy
    return next((remedy for pattern, remedy in EXPECTED.items() if covers(pattern, subject)), "")


@cache
def default_of(subject: str) -> Criterion | None:
    """The criterion where no limit is set."""
    found = next((known for pattern, known in LIMITED.items() if covers(pattern, subject)), None)
    return parse(found.default) if found is not None and found.default else None


def check_host_limit(name: str, criterion: Criterion) -> None:
    """Refuse a limit of what is not measured, or one that can't judge it. Raises ValueError."""
    if key := next(
        (key for key in (pattern.partition(".")[0] for pattern in EXPECTED) if name.startswith(f"{key}.")), ""
    ):
        raise ValueError(f"{name!r} is no limit; write it under `{key}:` of the host or of a group")
    if name == "reachable":
        raise ValueError("'reachable' can't be limited: a host that can't be reached fails")
    known = next((pattern for pattern in LIMITED if covers(pattern, name)), "")
    if not known:
        shown = [alias for alias in (*LIMITED, *_ALL, "disk./var.use") if "*" not in alias]
        raise ValueError(f"{name!r} is not measured here; {nearest(name, shown)}")
    if match := _OF_A_DISK.fullmatch(name):
        path = match.group(1)
        if not path.startswith("*"):
            check_path(path)
        if path != "/" and (path.endswith("/") or "//" in path or "/./" in path or "/../" in f"{path}/"):
            raise ValueError(f"{name!r}: write the path as it is mounted, without `..` and without a slash at its end")
    subject = LIMITED[known]
    if misfit := criterion.misfit(subject.unit) or _other_kind(criterion, subject.unit):
        raise ValueError(
            f"'{criterion}' can't limit {name}: {misfit}; write it as in '{subject.default or subject.example}'"
        )


def _other_kind(criterion: Criterion, unit: str) -> str:
    """Why a wanted value can never be that of a reading: it is of another kind."""
    match criterion:
        case Equals(value=value):
            kinds = {natural_unit(value)}
        case OneOf(values=values):
            kinds = {natural_unit(value) for value in values}
        case Matches() | OfVersion() if unit != "text":
            return "it is no text"
        case _:
            return ""
    kind = unit if unit in ("bool", "text") else "1"
    words = {"bool": "it is true or false", "text": "it is a text", "1": "it is a number"}
    return words[kind] if kinds != {kind} else ""


def patterns(names: Iterable[str]) -> list[str]:
    """The names that stand for several subjects."""
    return [name for name in names if "*" in canonical(name)]


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(".+".join(re.escape(part) for part in pattern.split("*")), re.DOTALL)
