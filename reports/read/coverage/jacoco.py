"""Reads JaCoCo XML (report.dtd 1.0 and 1.1) and what Kover and others write in its form.

A line is covered where an instruction of it was executed (`ci` > 0), as JaCoCo's own LINE counter has it. Where a
report has counters and no lines, these are taken as totals of the source file, the package, the group or the whole.
"""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from reports.coverage import Coverage
from reports.coverage_counts import Branches, Lines
from reports.read.coverage.declared import compare
from reports.read.coverage.gathering import Gathering
from reports.read.coverage.numbers import count
from reports.read.coverage.xml_stream import Place, read_xml
from reports.read.junit_values import timestamp
from reports.read.problem import Effect

_SCOPES = frozenset({"report", "group", "package", "sourcefile"})


def read_jacoco(path: Path) -> Coverage:
    """Read a JaCoCo file. Raises ReportError."""
    return read_xml(path, _Jacoco)


@dataclass(slots=True)
class _Scope:
    """A report, group, package or source file: what its counters say and what was found in it."""

    tag: str
    path: str
    lines: Lines | None = None
    branches: Branches | None = None
    other_counters: bool = False
    found_lines: Lines = field(default_factory=lambda: Lines(0, 0))
    found_branches: Branches = field(default_factory=lambda: Branches(0, 0))


class _Jacoco:
    def __init__(self, place: Place) -> None:
        self._gathering = Gathering(place.path, "jacoco", place.line)
        self.problem = self._gathering.problem
        self._scopes: list[_Scope] = []
        self._stack: list[str] = []
        self._found: list[int] = []
        self._hit: list[int] = []
        self._conditions: dict[int, tuple[int, int]] = {}
        self._newest: datetime | None = None
        self._uncounted = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        around = self._stack[-1] if self._stack else ""
        self._stack.append(tag)
        match tag:
            case "line":
                if around != "sourcefile":
                    raise self._gathering.error("a <line> outside of any <sourcefile>")
                self._line(attributes)
            case "counter" if around in _SCOPES:
                self._counter(self._scopes[-1], attributes)
            case "report" | "group" | "package" | "sourcefile":
                self._begin(tag, attributes)
            case "sessioninfo":
                moment = timestamp(attributes.get("dump", ""))
                if moment and (self._newest is None or moment > self._newest):
                    self._newest = moment

    def end(self, tag: str) -> None:
        self._stack.pop()
        if tag in _SCOPES:
            self._end_scope(self._scopes.pop())

    def finish(self, sha256: str) -> Coverage:
        if self._uncounted:
            self.problem(
                Effect.INCONCLUSIVE,
                "there are counters and none of lines: compile with line numbers (javac -g:lines) to have them counted",
            )
        return self._gathering.finish(sha256, self._newest)

    def _begin(self, tag: str, attributes: dict[str, str]) -> None:
        name = attributes.get("name", "")
        if tag == "sourcefile" and not name:
            raise self._gathering.error("a <sourcefile> without a name")
        around = self._scopes[-1].path if self._scopes else ""
        # The report's own name is no folder; groups are modules, which may hold packages of the same name.
        path = "" if tag == "report" else f"{around}/{name}" if around and name else around or name
        self._scopes.append(_Scope(tag, path))
        if tag == "sourcefile":
            self._found, self._hit, self._conditions = [], [], {}

    def _line(self, attributes: dict[str, str]) -> None:
        numbers = []
        for name in ("nr", "mi", "ci", "mb", "cb"):
            number = count(attributes.get(name, None if name == "nr" else "0"))
            if number is None:
                raise self._gathering.error(f"<line> has {name}={attributes.get(name)!r}, wanted a count")
            numbers.append(number)
        line, missed, covered, missed_branches, covered_branches = numbers
        if not missed and not covered:
            return
        self._gathering.measures_branches = True
        self._found.append(line)
        if covered:
            self._hit.append(line)
        if missed_branches or covered_branches:
            before = self._conditions.get(line, (0, 0))
            total = missed_branches + covered_branches
            self._conditions[line] = (max(covered_branches, before[0]), max(total, before[1]))

    def _counter(self, scope: _Scope, attributes: dict[str, str]) -> None:
        missed, covered = count(attributes.get("missed")), count(attributes.get("covered"))
        if missed is None or covered is None:
            raise self._gathering.error(f"<counter> has {attributes}, wanted missed and covered as counts")
        match attributes.get("type"):
            case "LINE":
                scope.lines = Lines(covered, covered + missed)
            case "BRANCH":
                scope.branches = Branches(covered, covered + missed)
            case _:
                scope.other_counters = scope.other_counters or covered + missed > 0

    def _end_scope(self, scope: _Scope) -> None:
        gathering = self._gathering
        if scope.branches:
            gathering.measures_branches = True
        if scope.tag == "sourcefile":
            file = gathering.add(scope.path, self._found, self._hit, conditions=self._conditions)
            scope.found_lines, scope.found_branches = file.lines, file.branches
        if not scope.found_lines.total:
            self._take_counters(scope)
        else:
            of = f"{scope.tag} {scope.path}".strip() + " "
            if scope.lines:
                compare(
                    gathering, (scope.lines.covered, scope.lines.total), scope.found_lines, scope.found_lines, of=of
                )
            if scope.branches:
                declared = scope.branches.covered, scope.branches.total
                compare(gathering, declared, scope.found_branches, scope.found_branches, of=of)
        if self._scopes:
            above = self._scopes[-1]
            above.found_lines += scope.found_lines
            above.found_branches += scope.found_branches

    def _take_counters(self, scope: _Scope) -> None:
        """Nothing is shown below: what the counters state is all there is."""
        if scope.lines is None or not scope.lines.total:
            self._uncounted = self._uncounted or scope.other_counters
            return
        scope.found_lines, scope.found_branches = scope.lines, scope.branches or Branches(0, 0)
        if scope.path:
            self._gathering.add(scope.path, stated_lines=scope.lines, stated_branches=scope.branches)
        else:
            self._gathering.state(scope.lines, scope.branches)
