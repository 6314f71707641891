"""The coverage that one report shows, or several together: files, lines, branches, and what makes it doubtful."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from reports.coverage_counts import Branches, Lines
from reports.coverage_file import FileCoverage
from reports.read.junit_values import as_utc
from reports.read.problem import Effect, Problem

__all__ = ["Branches", "Coverage", "FileCoverage", "Lines", "Source", "Stated", "merge"]

_ORDER = list(Effect)
_UNMERGEABLE = Problem(
    Effect.INCONCLUSIVE,
    "a report that states totals without naming files was merged with another: lines of both count twice",
)
_BRANCHES_UNKNOWN = Problem(
    Effect.NOTE, "a part does not show its branches: how many branches of the whole are covered is not known"
)


@dataclass(frozen=True, slots=True)
class Source:
    """A report file: `path` as the user wrote it, `sha256` of its bytes, and when it says it was written."""

    path: str
    sha256: str
    timestamp: datetime | None = None


@dataclass(frozen=True, slots=True)
class Stated:
    """Totals that a report states for no file in particular; `sha256` of the report keeps it from counting twice."""

    sha256: str
    lines: Lines | None = None
    branches: Branches | None = None


@dataclass(frozen=True, slots=True)
class Coverage:
    """What one coverage report shows, or several merged.

    `formats`: `cobertura`, ...; `files`: by path, as the report writes it; `stated`: totals beyond the files;
    `measures_branches`: whether branches were looked at everywhere; `problems`: the worst first.
    """

    formats: tuple[str, ...]
    files: Mapping[str, FileCoverage] = field(hash=False)
    sources: tuple[Source, ...]
    measures_branches: bool = False
    stated: frozenset[Stated] = frozenset()
    problems: tuple[Problem, ...] = ()

    @property
    def lines(self) -> Lines:
        """Lines of all files; statements in the format `go`, as its own tool counts."""
        listed = sum((file.lines for file in self.files.values()), Lines(0, 0))
        return sum((stated.lines for stated in self.stated if stated.lines), listed)

    @property
    def branches(self) -> Branches | None:
        """Branches of all files; None where the report says nothing of branches."""
        if not self.measures_branches:
            return None
        listed = sum((file.branches for file in self.files.values()), Branches(0, 0))
        return sum((stated.branches for stated in self.stated if stated.branches), listed)

    @property
    def format(self) -> str:
        """The format, or several joined by `+`."""
        return "+".join(self.formats)

    @property
    def unit(self) -> str:
        """What `lines` counts: `lines`, or `statements` (Go)."""
        if "go" not in self.formats:
            return "lines"
        return "statements" if len(self.formats) == 1 else "lines and statements"

    @property
    def path(self) -> str:
        """The report file, or several joined by commas."""
        return ", ".join(source.path for source in self.sources)

    @property
    def sha256(self) -> str:
        """Of the report's bytes; of the parts' digests where there are several."""
        if len(self.sources) == 1:
            return self.sources[0].sha256
        return hashlib.sha256("".join(sorted(source.sha256 for source in self.sources)).encode()).hexdigest()

    @property
    def timestamp(self) -> datetime | None:
        """When the oldest part says it was written; None where a part says nothing of it."""
        stated = [source.timestamp for source in self.sources if source.timestamp is not None]
        return min(stated, key=as_utc) if stated and len(stated) == len(self.sources) else None


def merge(parts: Iterable[Coverage]) -> Coverage:
    """Several reports as one, whatever their order, each counted once however often it is given.

    A line counts once, and is covered where any part covers it. Files are the same where their paths are the same text.
    Branches with names (LCOV, istanbul, coverage.py) count once by name; where a format only counts them (Cobertura,
    JaCoCo), the largest count per line holds, which is the least that the parts together can have covered. Where a part
    does not show its branches, nothing is known of the whole's. The problems of all parts stay.

    Raises ValueError where there is no part.
    """
    given = list(parts)
    if not given:
        raise ValueError("there is no coverage to merge")
    files: dict[str, FileCoverage] = {}
    for part in given:
        for path, file in part.files.items():
            known = files.get(path)
            files[path] = file if known is None else known | file
    sources = tuple(sorted({source for part in given for source in part.sources}, key=_source_order))
    stated = frozenset[Stated]().union(*(part.stated for part in given))
    problems = {problem for part in given for problem in part.problems}
    several = len({source.sha256 for source in sources}) > 1
    if several and any(it.lines for it in stated):
        problems.add(_UNMERGEABLE)
    measured = all(part.measures_branches for part in given) and not (several and any(it.branches for it in stated))
    if not measured and any(part.measures_branches for part in given):
        problems.add(_BRANCHES_UNKNOWN)
    return Coverage(
        formats=tuple(sorted({name for part in given for name in part.formats})),
        files=files,
        sources=sources,
        measures_branches=measured,
        stated=stated,
        problems=ordered(problems),
    )


def ordered(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The worst effect first, then by file and line."""
    return tuple(sorted(problems, key=lambda it: (_ORDER.index(it.effect), it.file, it.line, it.message)))


def with_problem(coverage: Coverage, problem: Problem) -> Coverage:
    """The same with one more problem."""
    return replace(coverage, problems=ordered({*coverage.problems, problem}))


def _source_order(source: Source) -> tuple[str, str, str]:
    return source.sha256, source.path, source.timestamp.isoformat() if source.timestamp else ""
