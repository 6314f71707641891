"""What a scanner is, what one run of it shall do, and what the run proved."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

from checks.evidence import Evidence, Gap, Reading
from checks.secrets import Secret

DEADLINE: Final = 600.0
_VERSION: Final = re.compile(r"\d+\.\d+(?:\.\d+)?[\w.+-]*")


@dataclass(frozen=True, slots=True)
class Known:
    """Words by which a tool says why it could not scan; the reason and the next step for people."""

    words: re.Pattern[str]
    reason: str
    remedy: str


def known(words: str, reason: str, remedy: str) -> Known:
    """A `Known` of a regular expression that is searched for without regard to case."""
    return Known(re.compile(words, re.IGNORECASE), reason, remedy)


@dataclass(frozen=True, slots=True)
class About:
    """What a tool says of itself. `version`: empty where it won't tell; `database`: its age, or why it is unknown."""

    version: str
    database: Evidence | None = None


def plain_version(text: str, _subject: str) -> About:
    """The first version number in a text."""
    found = _VERSION.search(text)
    return About(found[0] if found else "")


def _tells_nothing(_document: object) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Tool:
    """A scanner.

    `ran`: the exit codes that mean "it scanned and wrote its report"; `nothing`: says why a report shows that nothing
    was scanned, empty where something was; `passes`: the variables that it is handed on besides those of every
    program; `sets`: variables that it always gets; `known`: what its own last words mean; `tells`: its version as its
    report has it, empty where it hasn't; `about`: what it says when asked for its version (from the text that it prints
    and the scan's subject); `install`: the remedy where it is missing.
    """

    name: str
    install: str
    ran: frozenset[int]
    nothing: Callable[[object], str]
    passes: frozenset[str] = frozenset()
    sets: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    known: tuple[Known, ...] = ()
    tells: Callable[[object], str] = _tells_nothing
    about: Callable[[str, str], About] = plain_version


def nothing_missing(_document: object) -> Mapping[str, str]:
    """For a scan whose report proves all or nothing."""
    return {}


@dataclass(frozen=True, slots=True)
class Scan:
    """One run of a scanner.

    `subject`: what the evidence is called; `arguments`: without the program; `output`: the report, an absolute path;
    `to_stdout`: the report is what the tool prints; `root`: the working directory, to which targets are relative;
    `needs`: files and folders that have to be there; `deadline`: seconds; `environment`: more variables, secrets among
    them; `version`: the arguments that make it say its version; `parts`: kinds of findings that the report proves
    nothing about, with the reason for each.
    """

    tool: Tool
    subject: str
    arguments: tuple[str, ...]
    output: Path
    root: Path = Path()
    to_stdout: bool = False
    needs: tuple[Path, ...] = ()
    deadline: float = DEADLINE
    environment: Mapping[str, str | Secret] = field(default_factory=lambda: MappingProxyType({}))
    version: tuple[str, ...] = ("--version",)
    parts: Callable[[object], Mapping[str, str]] = nothing_missing

    def __post_init__(self) -> None:
        if not self.deadline > 0:
            raise ValueError(f"{self.subject}: a deadline of {self.deadline!r} s ends before the scan begins")


@dataclass(frozen=True, slots=True)
class Scanned:
    """A scan that ran and wrote its report.

    `version`: empty where the tool would not tell; `command`: to paste, without secrets; `output`: the report;
    `started`: seconds since the epoch; `took`: seconds; `database`: the age of its database as a Reading in seconds,
    a Gap where it should have one and does not tell, None where it needs none; `gaps`: kinds of findings that the
    report proves nothing about.
    """

    tool: str
    version: str
    command: str
    output: Path
    started: float
    took: float
    exit_code: int
    subject: str
    database: Evidence | None = None
    gaps: tuple[Gap, ...] = ()

    @property
    def database_age(self) -> float | None:
        """Seconds since the tool's database was made; None where there is none or its age is unknown."""
        return float(self.database.value) if isinstance(self.database, Reading) else None

    def evidence(self) -> tuple[Evidence, ...]:
        """What can be limited about the scan itself: `SUBJECT.scan.took`, `.version`, `.database_age`, and its gaps."""
        name = f"{self.subject}.scan.version"
        told: Evidence = (
            Reading(name, self.version, "text", time=self.started, source=self.command)
            if self.version
            else Gap(name, f"{self.tool} does not tell its version", time=self.started, source=self.command)
        )
        took = Reading(f"{self.subject}.scan.took", round(self.took, 6), "s", time=self.started, source=self.command)
        return (took, told, *((self.database,) if self.database else ()), *self.gaps)


def target(text: str | os.PathLike[str]) -> str:
    """A target as a command takes it. Raises ValueError for one that is empty or would be taken for an option."""
    name = os.fspath(text)
    if not name.strip() or "\0" in name:
        raise ValueError("a scanner's target is empty")
    if name.startswith("-"):
        raise ValueError(f"the scanner's target {name!r} begins with a dash: write './{name}' for a file of that name")
    return name


def targets(names: tuple[str, ...]) -> tuple[str, ...]:
    """Several targets, at least one. Raises ValueError."""
    if not names:
        raise ValueError("a scanner needs at least one target")
    return tuple(target(name) for name in names)
