"""Reads Cobertura XML: http://cobertura.sourceforge.net/xml/coverage-04.dtd and what two dozen tools made of it.

The lines of a class count; the same lines below its methods are a second listing, which counts only where the class has
none of its own. Totals come from the lines, never from rates. What the root declares is compared with them.
"""

import re
from pathlib import Path

from reports.coverage import Coverage
from reports.coverage_counts import Branches, Lines
from reports.read.coverage.declared import ROUNDING, compare, declared_share
from reports.read.coverage.gathering import Gathering
from reports.read.coverage.numbers import count, rate, whole
from reports.read.coverage.xml_stream import Place, read_xml
from reports.read.junit_values import timestamp
from reports.read.problem import Effect

_CONDITIONS = re.compile(r"\(\s*(-?[0-9]{1,15})\s*/\s*(-?[0-9]{1,15})\s*\)")
_REMEMBERED = 10_000


def read_cobertura(path: Path) -> Coverage:
    """Read a Cobertura file. Raises ReportError."""
    return read_xml(path, _Cobertura)


class _Listed:
    """Lines of one listing: found, hit, and branches where a line has some."""

    __slots__ = ("conditions", "found", "hit")

    def __init__(self) -> None:
        self.found: list[int] = []
        self.hit: list[int] = []
        self.conditions: list[tuple[int, tuple[int, int]]] = []


class _Cobertura:
    def __init__(self, place: Place) -> None:
        self._gathering = Gathering(place.path, "cobertura", place.line)
        self.problem = self._gathering.problem
        self._root: dict[str, str] | None = None
        self._file = ""
        self._in_method = self._in_class = False
        self._of_class, self._of_methods = _Listed(), _Listed()
        self._listed: _Listed | None = None
        self._hits = {"0": False, "1": True}
        self._seen_conditions: dict[str, tuple[int, int] | None] = {}
        # The most that the root may declare: lines as often as they are listed.
        self._most_lines = Lines(0, 0)
        self._most_branches = Branches(0, 0)
        self._strays = 0
        self._whole = True

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "line":
            listed = self._listed
            if listed is None:
                self._strays += 1
                return
            try:
                number = int(attributes["number"])
                hit = self._hits[attributes["hits"]]
            except (KeyError, ValueError):
                number, hit = self._unusual(attributes)
            listed.found.append(number)
            if hit:
                listed.hit.append(number)
            if "condition-coverage" in attributes:
                self._condition(listed, number, attributes["condition-coverage"])
        elif self._root is None:
            self._root = attributes
        elif tag == "class":
            self._file = attributes.get("filename") or attributes.get("name") or ""
            if not self._file:
                raise self._gathering.error("a <class> without a filename")
            self._in_class, self._listed = True, self._of_class
        elif tag in ("method", "methods") and self._in_class:
            self._in_method, self._listed = True, self._of_methods

    def end(self, tag: str) -> None:
        if tag == "line":
            return
        if tag == "methods" or (tag == "method" and self._in_method):
            self._listed = self._of_class if self._in_class else None
            self._in_method = False
        elif tag == "class":
            self._end_class()

    def finish(self, sha256: str) -> Coverage:
        root = self._root or {}
        if self._strays:
            self._gathering.problems.add(
                Effect.INCONCLUSIVE, f"{self._strays:,} <line> outside of any <class> were not counted"
            )
        self._compare_lines(root)
        self._compare_branches(root)
        return self._gathering.finish(sha256, timestamp(root.get("timestamp", "")))

    def _unusual(self, attributes: dict[str, str]) -> tuple[int, bool]:
        """A line with a count not seen before, or with something wrong."""
        number = count(attributes.get("number"))
        if number is None:
            raise self._gathering.error(f"<line> has number={attributes.get('number')!r}, wanted a line number")
        text = attributes.get("hits")
        hits = whole(text)
        if hits is None or text is None:
            raise self._gathering.error(f"<line> has hits={text!r}, wanted a count")
        if hits < 0:
            self.problem(Effect.NOTE, f"hits={text!r}: a negative count was taken for 0")
        if len(self._hits) < _REMEMBERED and hits >= 0:
            self._hits[text] = hits > 0
        return number, hits > 0

    def _condition(self, listed: _Listed, number: int, text: str) -> None:
        try:
            known = self._seen_conditions[text]
        except KeyError:
            known = self._read_condition(text)
            if len(self._seen_conditions) < _REMEMBERED:
                self._seen_conditions[text] = known
        if known is not None:
            listed.conditions.append((number, known))

    def _read_condition(self, text: str) -> tuple[int, int] | None:
        match = _CONDITIONS.search(text)
        if not match:
            self.problem(
                Effect.NOTE, f"condition-coverage={text!r} has no counts, as in 50% (1/2): its branches are lost"
            )
            return None
        covered, total = self._gathering.share(int(match[1]), int(match[2]), f"condition-coverage={text!r}")
        return (covered, total) if total else None

    def _end_class(self) -> None:
        of_class, of_methods = self._of_class, self._of_methods
        counted = of_class if of_class.found else of_methods
        conditions: dict[int, tuple[int, int]] = {}
        for number, (covered, total) in counted.conditions:
            before = conditions.get(number, (0, 0))
            conditions[number] = (max(covered, before[0]), max(total, before[1]))
        self._gathering.add(self._file, counted.found, counted.hit, conditions=conditions)
        self._count_repeated(of_class, of_methods)
        self._of_class, self._of_methods = _Listed(), _Listed()
        self._in_class = self._in_method = False
        self._listed = None

    def _count_repeated(self, of_class: _Listed, of_methods: _Listed) -> None:
        """As often as a line can have been counted: in each method, and where no method has it, in the class."""
        methods = set(of_methods.found)
        rest = [number for number in of_class.found if number not in methods]
        hit = [number for number in of_class.hit if number not in methods]
        covered = max(len(of_class.hit), len(of_methods.hit) + len(hit))
        total = max(len(of_class.found), len(of_methods.found) + len(rest))
        self._most_lines += Lines(covered, max(covered, total))
        branches = max(of_class.conditions, of_methods.conditions, key=len)
        covered, total = sum(it[0] for _, it in branches), sum(it[1] for _, it in branches)
        self._most_branches += Branches(covered, total)

    def _compare_lines(self, root: dict[str, str]) -> None:
        found = self._gathering.lines
        if declared := declared_share(self._gathering, root, "lines-covered", "lines-valid"):
            self._whole = compare(self._gathering, declared, found, self._most_lines) and found.total > 0
            return
        stated = rate(root.get("line-rate"))
        if stated is not None and found.ratio is not None and abs(stated - found.ratio) > ROUNDING:
            self.problem(Effect.INCONCLUSIVE, f"declares line-rate={root['line-rate']!r}, its lines show {found}")

    def _compare_branches(self, root: dict[str, str]) -> None:
        found = self._gathering.branches
        declared = declared_share(self._gathering, root, "branches-covered", "branches-valid")
        self._gathering.measures_branches = bool(found.total) or declared is not None
        if declared is None:
            return
        more = declared[0] - found.covered, declared[1] - found.total
        repeated = declared[0] <= self._most_branches.covered and declared[1] <= self._most_branches.total
        if self._whole and not repeated and 0 <= more[0] <= more[1]:
            # istanbul leaves out branches on lines where no statement begins, scoverage shows none.
            self.problem(Effect.NOTE, f"{more[1]:,} of {declared[1]:,} branches are not shown at a line, only declared")
            self._gathering.state(None, Branches(*more))
        else:
            compare(self._gathering, declared, found, self._most_branches)
