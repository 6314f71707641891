"""What a reader of any format collects: files, lines, branches and problems, in bounded memory."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from reports.coverage import Coverage, Source, Stated, ordered
from reports.coverage_counts import Branches, Lines
from reports.coverage_file import FileCoverage, Marks, bits
from reports.read.errors import ReportError
from reports.read.problem import Effect, ProblemList

#: The longest source files (generated ones) have about a million lines.
HIGHEST_LINE = 10_000_000
#: All files of a report together: a report with a line number in ten bytes would need ten gigabytes for so many.
_MOST_LINES = 1_000_000_000


class Gathering:
    """Collects one report. `line` says where in the report we are, for messages; 0 where that is not known."""

    def __init__(self, path: str, kind: str, line: Callable[[], int] = lambda: 0) -> None:
        self.path, self.kind, self._line = path, kind, line
        self.problems = ProblemList()
        self.measures_branches = False
        self._files: dict[str, FileCoverage] = {}
        self._stated_lines: Lines | None = None
        self._stated_branches: Branches | None = None
        self._room = _MOST_LINES

    def error(self, message: str) -> ReportError:
        """An error at the present place."""
        return ReportError(self.path, self._line(), message)

    def problem(self, effect: Effect, message: str) -> None:
        """A problem at the present place."""
        self.problems.add(effect, message, self._line())

    def add(
        self,
        path: str,
        found: Iterable[int] = (),
        hit: Iterable[int] = (),
        *,
        conditions: Mapping[int, tuple[int, int]] | None = None,
        arms: Mapping[str, bool] | None = None,
        statements: Mapping[str, bool] | None = None,
        stated_lines: Lines | None = None,
        stated_branches: Branches | None = None,
    ) -> FileCoverage:
        """Join what was found in one source file to what is known of it; returns only what was found now.

        `found`, `hit`: line numbers, repeated or not; the rest as in FileCoverage.
        """
        file = FileCoverage(
            path,
            self._bits(found),
            self._bits(hit),
            conditions or {},
            Marks.of(arms) if arms else None,
            Marks.of(statements) if statements else None,
            stated_lines,
            stated_branches,
        )
        known = self._files.get(path)
        self._files[path] = file if known is None else known | file
        return file

    def state(self, lines: Lines | None, branches: Branches | None) -> None:
        """Totals that the report states for no file in particular, where it shows none."""
        self._stated_lines, self._stated_branches = lines, branches

    @property
    def lines(self) -> Lines:
        """The lines found so far, each counted once."""
        return sum((file.lines for file in self._files.values()), Lines(0, 0))

    @property
    def branches(self) -> Branches:
        """The branches found so far."""
        return sum((file.branches for file in self._files.values()), Branches(0, 0))

    def share(self, covered: int, total: int, what: str) -> tuple[int, int]:
        """The two counts, or an error where more is covered than there is."""
        if not 0 <= covered <= total:
            raise self.error(f"{what}: {covered:,} of {total:,} can't be covered")
        return covered, total

    def finish(self, sha256: str, timestamp: datetime | None = None) -> Coverage:
        """The report. Without a single line it has the problem that there was nothing to cover."""
        stated: frozenset[Stated] = frozenset()
        if self._stated_lines or self._stated_branches:
            stated = frozenset([Stated(sha256, self._stated_lines, self._stated_branches)])
        coverage = Coverage(
            formats=(self.kind,),
            files=self._files,
            sources=(Source(self.path, sha256, timestamp),),
            measures_branches=self.measures_branches,
            stated=stated,
        )
        if not coverage.lines.total:
            self.problems.add(
                Effect.INCONCLUSIVE,
                "nothing to cover: the report holds no line that could be covered; was anything measured?",
            )
        return Coverage(
            coverage.formats,
            coverage.files,
            coverage.sources,
            coverage.measures_branches,
            stated,
            ordered(self.problems.all(self.path)),
        )

    def _bits(self, lines: Iterable[int]) -> int:
        chosen = list(lines)
        if not chosen:
            return 0
        lowest, highest = min(chosen), max(chosen)
        if lowest < 0 or highest > HIGHEST_LINE:
            wrong = lowest if lowest < 0 else highest
            raise self.error(f"line {wrong} of a source file can't be: wanted 0 to {HIGHEST_LINE:,}")
        self._room -= highest
        if self._room < 0:
            raise self.error(f"the source files would have more than {_MOST_LINES:,} lines: these are no line numbers")
        return bits(chosen)
