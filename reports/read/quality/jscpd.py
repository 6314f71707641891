"""Reads jscpd's JSON report (versions 3 to 5): the totals, and the longest clones.

Format: https://github.com/kucherenko/jscpd (`--reporters json`).
"""

import heapq
from pathlib import Path

from reports.quality import KEPT, Clone, Duplication
from reports.read.json_shape import Shape
from reports.read.json_stream import JsonStream
from reports.read.opening import open_report
from reports.read.problem import Effect, ProblemList
from reports.read.quality.fields import count, mapping, text, when


def is_jscpd(shape: Shape) -> bool:
    """Whether a file is jscpd's, by its keys."""
    return shape.has("statistics.total") or shape.has("duplicates", "statistics")


def read_jscpd(path: Path) -> Duplication:
    """Read a report of jscpd. Raises ReportError."""
    problems = ProblemList()
    found = -1
    longest: list[tuple[int, int, Clone]] = []
    statistics: dict[str, object] = {}
    with open_report(path) as file:
        stream = JsonStream(file, str(path))
        for key in stream.members("the report"):
            if key == "duplicates":
                found = 0
                for record in stream.records("the list of duplicates"):
                    found += 1
                    clone = _clone(stream, record)
                    keep = heapq.heappush if len(longest) < KEPT else heapq.heappushpop
                    keep(longest, (clone.lines, -found, clone))
            elif key == "statistics":
                statistics = stream.record("`statistics`")
        total = mapping(statistics.get("total"))
        lines = count(stream, total.get("lines"), "`statistics.total.lines`")
        duplicated = count(stream, total.get("duplicatedLines"), "`statistics.total.duplicatedLines`")
        clones = count(stream, total.get("clones"), "`statistics.total.clones`")
        files = count(stream, total.get("sources"), "`statistics.total.sources`")
        if found < 0:
            stream.fail("there is no list of `duplicates`: it is a part of a report, or not jscpd's")
        stream.finish()
    if not lines or not files:
        problems.add(Effect.INCONCLUSIVE, "jscpd analysed no line: check what it was pointed to")
    if clones != found:
        problems.add(Effect.INCONCLUSIVE, f"the totals say {clones:,} clones, {found:,} are in the file")
    if found and not duplicated:
        problems.add(
            Effect.INCONCLUSIVE, f"the totals say that no line is duplicated, {found:,} clones are in the file"
        )
    return Duplication(
        lines,
        duplicated,
        files,
        tuple(clone for _, _, clone in sorted(longest, reverse=True)),
        found,
        when(statistics.get("detectionDate")),
        stream.sha256,
        problems.all(str(path)),
    )


def _clone(stream: JsonStream, record: dict[str, object]) -> Clone:
    first, second = mapping(record.get("firstFile")), mapping(record.get("secondFile"))
    return Clone(_place(first), _place(second), count(stream, record.get("lines"), "the lines of a clone"))


def _place(file: dict[str, object]) -> str:
    line = file.get("start")
    return f"{text(file.get('name')) or 'a file'}:{line if isinstance(line, int) and 0 < line < 1 << 31 else 0}"
