"""Reads Clover XML: OpenClover, PHPUnit, and istanbul's and vitest's `clover` reporters.

Lines are those of statements and conditions; the line of a method's head is none. Branches are what each file's metrics
state, because the lines don't say it alike: OpenClover counts how often a condition was true and false, istanbul how
many ways were taken and not taken.
"""

from pathlib import Path

from reports.coverage import Coverage
from reports.coverage_counts import Branches, Lines
from reports.read.coverage.declared import declared_share
from reports.read.coverage.gathering import Gathering
from reports.read.coverage.numbers import count, whole
from reports.read.coverage.xml_stream import Place, read_xml
from reports.read.junit_values import timestamp
from reports.read.problem import Effect


def read_clover(path: Path) -> Coverage:
    """Read a Clover file. Raises ReportError."""
    return read_xml(path, _Clover)


class _Clover:
    def __init__(self, place: Place) -> None:
        self._gathering = Gathering(place.path, "clover", place.line)
        self.problem = self._gathering.problem
        self._generated = ""
        self._stack: list[str] = []
        self._package = ""
        self._project: dict[str, str] = {}
        self._file = ""
        self._metrics: dict[str, str] = {}
        self._found: list[int] = []
        self._hit: list[int] = []
        self._files = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        around = self._stack[-1] if self._stack else ""
        self._stack.append(tag)
        # The coverage of the tests' own code says nothing of what they test.
        if "testproject" in self._stack[:2]:
            return
        match tag:
            case "line":
                self._line(attributes)
            case "coverage":
                self._generated = attributes.get("generated", "")
            case "project":
                self._generated = attributes.get("timestamp") or self._generated
            case "package":
                self._package = attributes.get("name", "")
            case "file":
                self._begin_file(attributes)
            case "metrics" if around == "project":
                self._project = attributes
            case "metrics" if around == "file":
                self._metrics = attributes

    def end(self, tag: str) -> None:
        self._stack.pop()
        if tag == "file" and self._file:
            self._end_file()
        elif tag == "package":
            self._package = ""

    def finish(self, sha256: str) -> Coverage:
        gathering, project = self._gathering, self._project
        stated = declared_share(gathering, project, "coveredstatements", "statements")
        branches = declared_share(gathering, project, "coveredconditionals", "conditionals")
        gathering.measures_branches = gathering.measures_branches or branches is not None
        files = count(project.get("files"))
        if self._files == 0 and stated and stated[1]:
            self.problem(Effect.NOTE, "states totals of statements and shows no file")
            gathering.state(Lines(*stated), Branches(*branches) if branches else None)
        elif files is not None and files != self._files:
            self.problem(
                Effect.INCONCLUSIVE,
                f"declares {files:,} files, shows {self._files:,}: the file is not whole, or was changed",
            )
        return gathering.finish(sha256, timestamp(self._generated))

    def _begin_file(self, attributes: dict[str, str]) -> None:
        name = attributes.get("path") or attributes.get("name") or ""
        if not name:
            raise self._gathering.error("a <file> without a path or name")
        self._file, self._metrics, self._found, self._hit = name, {}, [], []

    def _line(self, attributes: dict[str, str]) -> None:
        if not self._file:
            raise self._gathering.error("a <line> outside of any <file>")
        if attributes.get("type") == "method":
            return
        number = count(attributes.get("num"))
        if number is None:
            raise self._gathering.error(f"<line> has num={attributes.get('num')!r}, wanted a line number")
        self._found.append(number)
        if self._executed(attributes):
            self._hit.append(number)

    def _executed(self, attributes: dict[str, str]) -> bool:
        text = attributes.get("count")
        # A condition of OpenClover has no count: it was reached where either way was taken.
        names = ["truecount", "falsecount"] if text is None else ["count"]
        executed = False
        for name in names:
            times = whole(attributes.get(name))
            if times is None:
                raise self._gathering.error(f"<line> has {name}={attributes.get(name)!r}, wanted a count")
            if times < 0:
                self.problem(Effect.NOTE, f"{name}={times}: a negative count was taken for 0")
            executed = executed or times > 0
        return executed

    def _end_file(self) -> None:
        gathering, metrics = self._gathering, self._metrics
        statements = declared_share(gathering, metrics, "coveredstatements", "statements")
        branches = declared_share(gathering, metrics, "coveredconditionals", "conditionals")
        gathering.measures_branches = gathering.measures_branches or branches is not None
        file = gathering.add(
            self._file,
            self._found,
            self._hit,
            stated_lines=Lines(*statements) if statements and not self._found else None,
            stated_branches=Branches(*branches) if branches else None,
        )
        self._files += 1
        # A line may hold several statements, so there may be fewer lines; more there can't be.
        if statements and self._found and file.lines.total > statements[1]:
            self.problem(
                Effect.INCONCLUSIVE,
                f"{self._file}: declares {statements[1]:,} statements, shows {file.lines.total:,} lines of statements",
            )
        self._file = ""
