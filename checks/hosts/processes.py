"""Which programs run on a host, by their names or their command lines, read from /proc (proc(5))."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from checks.evidence import Evidence
from checks.hosts.asking import OpenHost, Said
from checks.hosts.probe import HostProbe, ProcessAsk

#: The kernel keeps 15 characters of a program's name.
_KEPT: Final = 15
_STATS: Final = """\
for one in /proc/[0-9]*/stat; do read -r line <"$one" && echo "$line"; done 2>/dev/null
read -r line </proc/$$/stat && echo "$line"
"""
_LINES: Final = "tail -v -n +1 /proc/[0-9]*/cmdline 2>/dev/null; true"
_STAT: Final = re.compile(r"(\d+) \((.*)\) ([A-Za-z]) \d+ \d+ (\d+) ")
_HEADER: Final = re.compile(r"^==> /proc/(\d+)/cmdline <==\n", re.MULTILINE)
#: Dead, or waiting for its parent to notice; and halted by a signal or a debugger, which does no work.
_DEAD: Final = ("X", "x", "Z")
_HALTED: Final = ("T", "t")


@dataclass(frozen=True, slots=True)
class Process:
    """One line of /proc/PID/stat: the name as the kernel keeps it, the state's letter, and the session's number."""

    number: int
    name: str
    state: str
    session: int


def parts_for(probe: HostProbe) -> dict[str, str]:
    """What is run for the processes that a probe asks for."""
    if not probe.processes:
        return {}
    exact = any(one.pattern or len(one.name) > _KEPT for one in probe.processes)
    return {"processes": _STATS, **({"commands": _LINES} if exact else {})}


def read_processes(host: OpenHost, said: Mapping[str, Said], *, hidden: bool) -> list[Evidence]:
    """`processes.NAME` for each one that is asked for: how many run. `hidden`: those of others can't be seen."""
    asked = host.probe.processes
    if not asked:
        return []
    if hidden:
        reason, remedy = "the processes of other users are hidden from this one (hidepid)", "read as root: `sudo: true`"
        return [host.attempt("ps -ef").gap(f"processes.{one.name}", reason, remedy) for one in asked]
    if not said["processes"].ok:
        return [host.gap(f"processes.{one.name}", "ps -ef", said["processes"]) for one in asked]
    running = parse_stats(said["processes"].text)
    commands = said.get("commands")
    found: list[Evidence] = []
    for one in asked:
        if not running:
            found.append(host.attempt("ps -ef").gap(f"processes.{one.name}", "/proc shows no processes"))
        elif commands is not None and not commands.ok and (one.pattern or len(one.name) > _KEPT):
            found.append(host.gap(f"processes.{one.name}", "ps -ef", commands))
        else:
            found.append(_count(host, one, running, parse_commands(commands.text) if commands else {}))
    return found


def parse_stats(text: str) -> list[Process]:
    """Read the lines of /proc/*/stat, the last of which is the asking shell's; its own session is left out."""
    lines = [match for line in text.splitlines() if (match := _STAT.match(line))]
    processes = [Process(int(m.group(1)), m.group(2), m.group(3), int(m.group(4))) for m in lines]
    ours = processes[-1].session if processes else 0
    return [one for one in processes[:-1] if one.session != ours or ours == 0]


def parse_commands(text: str) -> dict[int, list[str]]:
    """The arguments of each process, by its number; the kernel's own have none."""
    pieces = _HEADER.split(text)
    pairs = zip(pieces[1::2], pieces[2::2], strict=True)
    return {int(number): line.rstrip("\n").rstrip("\0").split("\0") for number, line in pairs}


def _count(host: OpenHost, one: ProcessAsk, running: list[Process], commands: Mapping[int, list[str]]) -> Evidence:
    same = [process for process in running if _is(one, process, commands.get(process.number, []))]
    states = Counter("dead" if p.state in _DEAD else "halted" if p.state in _HALTED else "running" for p in same)
    others = [f"{states[word]} {word}" for word in ("halted", "dead") if states[word]]
    which = f"whose command line matches {one.pattern!r}" if one.pattern else ""
    detail = "; ".join(text for text in (which, ", ".join(others)) if text)
    return host.attempt("ps -ef").reading(f"processes.{one.name}", states["running"], "1", detail)


def _is(one: ProcessAsk, process: Process, arguments: list[str]) -> bool:
    if one.pattern:
        return re.search(one.pattern, " ".join(arguments)) is not None
    if len(one.name) <= _KEPT:
        return process.name == one.name
    return process.name == one.name[:_KEPT] and arguments[:1] != [] and arguments[0].rpartition("/")[2] == one.name
