"""What one source file's coverage is, in a few bits per line, and how two measurements of it become one.

Lines are bits of two whole numbers, so that a report of hundreds of megabytes fits into a few, and merging is `|`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Self, TypeVar

from reports.coverage_counts import Branches, Lines

_Stated = TypeVar("_Stated", Lines, Branches)


@dataclass(frozen=True, slots=True)
class Marks:
    """Named parts of a file, of which some were taken.

    `names`: sorted, each once, joined by line ends; `taken`: bit n is set where the n-th name was taken.
    """

    names: str
    taken: int

    @classmethod
    def of(cls, marks: Mapping[str, bool]) -> Self:
        """From name -> taken. Names hold no line end."""
        names = sorted(marks)
        return cls("\n".join(names), bits(number for number, name in enumerate(names) if marks[name]))

    def items(self) -> Iterator[tuple[str, bool]]:
        """Each name, and whether it was taken."""
        if self.names:
            for number, name in enumerate(self.names.split("\n")):
                yield name, bool(self.taken >> number & 1)

    def __or__(self, other: "Marks") -> "Marks":
        if self.names == other.names:
            return Marks(self.names, self.taken | other.taken)
        marks = dict(self.items())
        for name, taken in other.items():
            marks[name] = taken or marks.get(name, False)
        return Marks.of(marks)


@dataclass(frozen=True, slots=True)
class FileCoverage:
    """One source file.

    `path`: as the report writes it: a name, never opened; `found`: bit n is set where line n can be covered; `hit`: bit
    n is set where it was; `conditions`: line -> (covered, total) branches, where they have no names; `arms`: branches
    with names, `LINE:NAME`; `statements`: `BLOCK NUMBER`, where the tool counts so many statements in a block and no
    lines (Go); `stated_lines`, `stated_branches`: totals of a report that shows no lines (branches) of this file.
    """

    path: str
    found: int = 0
    hit: int = 0
    conditions: Mapping[int, tuple[int, int]] = field(default_factory=dict, hash=False)
    arms: Marks | None = None
    statements: Marks | None = None
    stated_lines: Lines | None = None
    stated_branches: Branches | None = None

    @property
    def lines(self) -> Lines:
        """Statements where the tool counts these, else lines, else what the report states without showing lines."""
        if self.statements is not None:
            return _statements(self.statements)
        if self.found:
            return Lines((self.found & self.hit).bit_count(), self.found.bit_count())
        return self.stated_lines or Lines(0, 0)

    @property
    def branches(self) -> Branches:
        """Counted at the lines; what the report states of the whole file only where no line has any."""
        counted = self._branches_by_line()
        if counted:
            return Branches(
                sum(covered for covered, _ in counted.values()), sum(total for _, total in counted.values())
            )
        return self.stated_branches or Branches(0, 0)

    @property
    def covered_lines(self) -> list[int]:
        """Numbers of the lines that were executed, sorted."""
        return numbers(self.found & self.hit)

    @property
    def missed_lines(self) -> list[int]:
        """Numbers of the lines that could have been executed and were not, sorted."""
        return numbers(self.found & ~self.hit)

    def covers(self, line: int) -> bool | None:
        """Whether the line was executed; None where there is nothing to execute in it, or the report shows no lines."""
        if line < 0 or not self.found >> line & 1:
            return None
        return bool(self.hit >> line & 1)

    def __or__(self, other: "FileCoverage") -> "FileCoverage":
        """Both measurements of the file as one: what either covered is covered, and counts once."""
        return FileCoverage(
            self.path,
            self.found | other.found,
            self.hit | other.hit,
            more_of_each(self.conditions, other.conditions),
            _both(self.arms, other.arms),
            _both(self.statements, other.statements),
            larger(self.stated_lines, other.stated_lines),
            larger(self.stated_branches, other.stated_branches),
        )

    def _branches_by_line(self) -> Mapping[int, tuple[int, int]]:
        if self.arms is None:
            return self.conditions
        named: dict[int, tuple[int, int]] = {}
        for name, taken in self.arms.items():
            line = int(name.partition(":")[0])
            covered, total = named.get(line, (0, 0))
            named[line] = (covered + taken, total + 1)
        return more_of_each(named, self.conditions)


def bits(lines: Iterable[int]) -> int:
    """A number with these bits set. In time and memory proportional to the highest."""
    chosen = list(lines)
    if not chosen:
        return 0
    flags = bytearray(b"0") * (max(chosen) + 1)
    for number in chosen:
        flags[number] = 49  # "1"
    flags.reverse()
    return int(flags, 2)


def numbers(mask: int) -> list[int]:
    """The bits that are set, the lowest first."""
    return [number for number, flag in enumerate(reversed(f"{mask:b}")) if flag == "1"]


def more_of_each(
    first: Mapping[int, tuple[int, int]], second: Mapping[int, tuple[int, int]]
) -> Mapping[int, tuple[int, int]]:
    """Per line the larger count of covered and of all branches: the least that both together can have covered."""
    if not first or not second or first is second:
        return first or second
    merged = dict(first)
    for line, (covered, total) in second.items():
        before = merged.get(line, (0, 0))
        merged[line] = (max(covered, before[0]), max(total, before[1]))
    return merged


def larger(first: _Stated | None, second: _Stated | None) -> _Stated | None:
    """Two statements on the same thing: the least that both together can have covered."""
    if first is None or second is None:
        return first or second
    return type(first)(max(first.covered, second.covered), max(first.total, second.total))


def _both(first: Marks | None, second: Marks | None) -> Marks | None:
    return first | second if first is not None and second is not None else first or second


def _statements(marks: Marks) -> Lines:
    covered = total = 0
    for name, taken in marks.items():
        number = int(name.rpartition(" ")[2])
        total += number
        covered += number * taken
    return Lines(covered, total)
