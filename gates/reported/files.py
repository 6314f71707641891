"""The files that an environment maps to a gate, found and read, with everything that speaks against them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from checks.evidence import Gap, Reading
from gates.carrying import gap
from gates.criteria import Equals
from gates.reported.made import Place
from gates.reported.sidecar import is_sidecar
from reports.judgement import Judgement
from reports.read.errors import ReportError
from reports.read.files import find_files
from reports.read.problem import Effect, Problem

_Read = TypeVar("_Read")
_TRUE = Equals(value=True)


@dataclass(frozen=True, slots=True)
class Readable(Generic[_Read]):
    """One report that could be read: what it holds, and the file's time in seconds since the epoch."""

    path: str
    content: _Read
    modified: float


@dataclass(frozen=True, slots=True)
class Found(Generic[_Read]):
    """The reports of one pattern, and the judgements that missing and unreadable ones are."""

    reports: tuple[Readable[_Read], ...]
    judgements: tuple[Judgement, ...]


def read_all(pattern: str, place: Place, read: Callable[[Path], _Read]) -> Found[_Read]:
    """Read every file that the pattern names. A pattern that matches nothing is INCONCLUSIVE.

    What Tidegate should have made itself, and could not, is INCONCLUSIVE for that reason, whatever lies there.
    """
    made = place.of(pattern)
    judgements = [gap(failed) for failed in made.failed] if made is not None else []
    if made is not None and not made.some:
        return Found((), tuple(judgements))
    files = files_of(pattern, place.base)
    if not files:
        judgements.append(gap(Gap(pattern, f"no file matches the pattern {pattern!r}")))
    reports: list[Readable[_Read]] = []
    for path in files:
        try:
            content, modified = read(path), path.stat().st_mtime
        except ReportError as error:
            where = f"{error.file}:{error.line}" if error.line else error.file
            judgements.append(gap(Gap(error.file, f"can't be read: {error.message}", source=where)))
            continue
        except OSError as error:
            judgements.append(gap(Gap(str(path), f"vanished while it was read: {error.strerror}", source=str(path))))
            continue
        reports.append(Readable(str(path), content, modified))
    return Found(tuple(reports), tuple(judgements))


def files_of(pattern: str, base: Path) -> list[Path]:
    """The files of a pattern, without the sidecars that lie beside them."""
    return [path for path in find_files([pattern], base).files if not is_sidecar(path)]


def same_file(path: Path, others: Sequence[Path]) -> bool:
    """Whether a file is one of these, by whatever name."""
    try:
        return any(path.samefile(other) for other in others)
    except OSError:  # one of them is not there, and reading it says so
        return path in others


def judge_problems(subject: str, problems: Sequence[Problem]) -> tuple[list[Judgement], list[str]]:
    """What is wrong with readable files, as judgements and notes."""
    judgements: list[Judgement] = []
    notes: list[str] = []
    for problem in problems:
        name = problem.file or subject
        source = f"{problem.file}:{problem.line}" if problem.line else problem.file
        match problem.effect:
            case Effect.FAIL:
                reading = Reading(name, value=False, unit="bool", source=source, detail=problem.message)
                judgements.append(_TRUE.judge(reading))
            case Effect.INCONCLUSIVE:
                judgements.append(gap(Gap(name, problem.message, source=source)))
            case Effect.NOTE:
                notes.append(f"{problem.file}: {problem.message}" if problem.file else problem.message)
    return judgements, notes
