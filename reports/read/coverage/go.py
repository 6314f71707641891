"""Reads Go coverage profiles (`go test -coverprofile`): https://pkg.go.dev/golang.org/x/tools/cover#Profile.

Go counts statements in blocks, and so do the totals here: they are what `go tool cover -func` says. Lines are known as
well (every line from a block's begin to its end), for the question which lines of a change were covered.
"""

import re
from pathlib import Path

from reports.coverage import Coverage
from reports.read.coverage.gathering import HIGHEST_LINE, Gathering
from reports.read.coverage.text_stream import TextLines
from reports.read.problem import Effect

_MODE = re.compile(r"mode:[ \t]*(\w*)[ \t]*\Z")
_MODES = ("set", "count", "atomic")
_BLOCK = re.compile(r"(.+):([0-9]{1,9})\.([0-9]{1,9}),([0-9]{1,9})\.([0-9]{1,9}) ([0-9]{1,9}) ([0-9]{1,20})[ \t]*\Z")
_LONGEST_BLOCK = 100_000


def read_go(path: Path) -> Coverage:
    """Read a Go coverage profile. Raises ReportError.

    Profiles have no end: one that was cut off exactly between two lines can't be told from a whole one.
    """
    lines = TextLines(path)
    gathering = Gathering(lines.path, "go", lambda: lines.number)
    blocks: dict[str, dict[str, bool]] = {}
    statements: dict[str, dict[str, str]] = {}
    mode = ""
    for line in lines:
        if match := _MODE.match(line):
            mode = _check_mode(lines, match[1], mode)
        elif not line.strip():
            continue
        elif not mode:
            raise lines.error(f"{line[:100]!r} stands before the first 'mode:'")
        else:
            name, block, executed = _block(lines, line)
            of_file = blocks.setdefault(name, {})
            of_file[block] = executed or of_file.get(block, False)
            place, _, number = block.partition(" ")
            before = statements.setdefault(name, {}).setdefault(place, number)
            if before != number:
                raise lines.error(f"the block {place} has {number} statements here and {before} before: two versions")
    if not lines.whole:
        gathering.problem(Effect.INCONCLUSIVE, "the last line has no end: the file may be cut off in a number")
    for name, of_file in blocks.items():
        found: set[int] = set()
        hit: set[int] = set()
        for block, executed in of_file.items():
            first, last = _lines_of(block)
            found.update(range(first, last + 1))
            if executed:
                hit.update(range(first, last + 1))
        gathering.add(name, found, hit, statements=of_file)
    return gathering.finish(lines.sha256)


def _check_mode(lines: TextLines, mode: str, before: str) -> str:
    if mode not in _MODES:
        raise lines.error(f"'mode: {mode}' is not known: wanted one of {', '.join(_MODES)}")
    if before and mode != before:
        raise lines.error(f"profiles of different modes in one file: {before} and {mode}")
    return mode


def _block(lines: TextLines, line: str) -> tuple[str, str, bool]:
    """The file, `START.COLUMN,END.COLUMN STATEMENTS`, and whether it was executed."""
    match = _BLOCK.match(line)
    if not match:
        raise lines.error(f"{line[:200]!r}, wanted FILE:LINE.COLUMN,LINE.COLUMN STATEMENTS COUNT")
    name, first, first_column, last, last_column, statements, times = match.groups()
    begin, end = (int(first), int(first_column)), (int(last), int(last_column))
    if begin > end:
        raise lines.error(f"a block from {first}.{first_column} to {last}.{last_column} ends before it begins")
    if end[0] > HIGHEST_LINE or end[0] - begin[0] > _LONGEST_BLOCK:
        raise lines.error(f"a block from line {first} to line {last} can't be")
    return name, f"{first}.{first_column},{last}.{last_column} {int(statements)}", int(times) > 0


def _lines_of(block: str) -> tuple[int, int]:
    first, last = block.partition(" ")[0].split(",")
    return int(first.split(".")[0]), int(last.split(".")[0])
