"""Reads LCOV trace files: geninfo(1) of lcov 1.x and 2.x, and what istanbul, llvm-cov, grcov and others write."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from reports.coverage import Coverage
from reports.coverage_counts import Branches, Lines
from reports.read.coverage.declared import compare_shares
from reports.read.coverage.gathering import Gathering
from reports.read.coverage.numbers import count, whole
from reports.read.coverage.text_stream import TextLines
from reports.read.problem import Effect

#: Functions, MC/DC and versions: known, and not counted.
_PASSED_OVER = frozenset(
    {"TN", "VER", "FN", "FNDA", "FNF", "FNH", "FNL", "FNA", "MCDC", "MCF", "MCH", "MRF", "MRH", "BA"}
)
_TOTALS = frozenset({"LF", "LH", "BRF", "BRH"})
_REMEMBERED = 10_000
_KEYWORD = re.compile(r"[A-Z][A-Z0-9_]{1,9}\Z")


def read_lcov(path: Path) -> Coverage:
    """Read an LCOV file. Raises ReportError.

    A file that was cut off exactly between two source files can't be told from a whole one: LCOV has no end.
    """
    lines = TextLines(path)
    reader = _Lcov(lines)
    for line in lines:
        reader.take(line)
    return reader.finish()


@dataclass(slots=True)
class _Record:
    """One source file, from SF to end_of_record."""

    path: str
    found: list[int] = field(default_factory=list)
    hit: list[int] = field(default_factory=list)
    arms: dict[str, bool] = field(default_factory=dict)
    arms_listed: int = 0
    arms_taken: int = 0
    totals: dict[str, int] = field(default_factory=dict)


class _Lcov:
    def __init__(self, lines: TextLines) -> None:
        self._lines = lines
        self._gathering = Gathering(lines.path, "lcov", lambda: lines.number)
        self._record: _Record | None = None
        self._hits = {"0": False, "1": True}
        # Sums over the files that declare totals: declared, shown, and shown with what is listed more than once.
        self._declared_lines = self._shown_lines = self._listed_lines = Lines(0, 0)
        self._declared_branches = self._shown_branches = self._listed_branches = Branches(0, 0)

    def take(self, line: str) -> None:
        keyword, colon, rest = line.partition(":")
        if keyword == "DA" and colon:
            self._line(rest)
        elif keyword == "BRDA":
            self._branch(rest)
        elif not colon:
            if keyword.strip() == "end_of_record":
                self._end()
            elif keyword.strip() and not keyword.startswith("#"):
                raise self._lines.error(f"{line[:100]!r} is no LCOV record")
        elif keyword == "SF":
            self._begin(rest.strip())
        elif keyword in _TOTALS:
            self._total(keyword, rest)
        elif keyword in _PASSED_OVER or keyword.startswith("#"):
            pass
        elif _KEYWORD.match(keyword):
            self._gathering.problem(Effect.NOTE, f"the record {keyword}: is not known and was passed over")
        else:
            raise self._lines.error(f"{line[:100]!r} is no LCOV record")

    def finish(self) -> Coverage:
        if self._record is not None:
            raise self._lines.error(
                "the file ends in the middle (no end_of_record): the run that wrote it did not finish"
            )
        if not self._lines.whole:
            self._gathering.problem(Effect.NOTE, "the last line has no end")
        self._compare()
        return self._gathering.finish(self._lines.sha256)

    def _begin(self, path: str) -> None:
        if self._record is not None:
            self._gathering.problem(
                Effect.INCONCLUSIVE, f"the record of {self._record.path} has no end_of_record: a part of it may be lost"
            )
            self._end()
        if not path:
            raise self._lines.error("SF: names no source file")
        self._record = _Record(path)

    def _present(self) -> _Record:
        if self._record is None:
            raise self._lines.error("a record before any SF: (the source file it belongs to)")
        return self._record

    def _line(self, text: str) -> None:
        record = self._record or self._present()
        number_text, _, rest = text.partition(",")
        hit = self._hits.get(rest)
        if hit is not None and number_text.isdecimal() and len(number_text) < 10:
            number = int(number_text)
        else:
            number, hit = self._unusual(text)
            if len(self._hits) < _REMEMBERED and "," not in rest:
                self._hits[rest] = hit
        record.found.append(number)
        if hit:
            record.hit.append(number)

    def _unusual(self, text: str) -> tuple[int, bool]:
        """`LINE,COUNT` with or without a checksum after it, and a count not seen before."""
        parts = text.split(",")
        number = count(parts[0])
        hits = whole(parts[1]) if len(parts) > 1 else None
        if number is None or hits is None:
            raise self._lines.error(f"DA:{text[:100]!r}, wanted LINE,COUNT")
        if hits < 0:
            self._negative(hits)
        return number, hits > 0

    def _branch(self, text: str) -> None:
        record = self._record or self._present()
        line, _, rest = text.partition(",")
        # A branch may be an expression with commas in it (lcov 2).
        name, comma, times = rest.rpartition(",")
        number = int(line) if line.isdecimal() and len(line) < 10 else count(line)
        taken = self._hits.get(times)
        if taken is None:
            taken = times.strip() != "-" and self._taken(text, times)
        if number is None or not comma:
            raise self._lines.error(f"BRDA:{text[:100]!r}, wanted LINE,BLOCK,BRANCH,TAKEN")
        key = f"{number}:{name}"
        record.arms[key] = taken or record.arms.get(key, False)
        record.arms_listed += 1
        record.arms_taken += taken

    def _taken(self, text: str, times: str) -> bool:
        number = whole(times)
        if number is None:
            raise self._lines.error(f"BRDA:{text[:100]!r}, wanted LINE,BLOCK,BRANCH,TAKEN")
        if number < 0:
            self._negative(number)
        return number > 0

    def _negative(self, hits: int) -> None:
        self._gathering.problem(Effect.NOTE, f"the count {hits} is negative and was taken for 0")

    def _total(self, keyword: str, text: str) -> None:
        number = count(text)
        if number is None:
            raise self._lines.error(f"{keyword}:{text[:100]!r}, wanted a count")
        self._present().totals[keyword] = number

    def _end(self) -> None:
        record = self._present()
        self._record = None
        gathering, totals = self._gathering, record.totals
        if record.arms or "BRF" in totals:
            gathering.measures_branches = True
        stated_lines = stated_branches = None
        if not record.found and "LF" in totals:
            stated_lines = Lines(*self._share(record, "LH", "LF"))
        if not record.arms and "BRF" in totals:
            stated_branches = Branches(*self._share(record, "BRH", "BRF"))
        file = gathering.add(
            record.path,
            record.found,
            record.hit,
            arms=record.arms,
            stated_lines=stated_lines,
            stated_branches=stated_branches,
        )
        if record.found and totals.keys() >= {"LF", "LH"}:
            self._declared_lines += Lines(*self._share(record, "LH", "LF"))
            self._shown_lines += file.lines
            self._listed_lines += Lines(len(record.hit), len(record.found))
        if record.arms and totals.keys() >= {"BRF", "BRH"}:
            self._declared_branches += Branches(*self._share(record, "BRH", "BRF"))
            self._shown_branches += file.branches
            self._listed_branches += Branches(record.arms_taken, record.arms_listed)

    def _compare(self) -> None:
        # Some writers count what they list twice as two.
        if self._declared_lines != self._listed_lines:
            compare_shares(self._gathering, self._declared_lines, self._shown_lines, "lines")
        if self._declared_branches != self._listed_branches:
            compare_shares(self._gathering, self._declared_branches, self._shown_branches, "branches")

    def _share(self, record: _Record, covered: str, total: str) -> tuple[int, int]:
        totals = record.totals
        return self._gathering.share(totals.get(covered, 0), totals[total], f"{record.path}: {covered} of {total}")
