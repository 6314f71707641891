"""Reads istanbul's (nyc, c8, jest, vitest) `coverage-final.json` and `coverage-summary.json`.

From the full report, lines come from statements as istanbul does it itself: a statement belongs to the line where it
begins, and a line was hit as often as the most frequent of its statements.
https://github.com/istanbuljs/istanbuljs/blob/main/packages/istanbul-lib-coverage/lib/file-coverage.js
"""

from pathlib import Path

from reports.coverage import Coverage
from reports.coverage_counts import Branches, Lines
from reports.read.coverage.gathering import Gathering
from reports.read.coverage.json_values import count, json_report, record, whole
from reports.read.json_stream import JsonStream
from reports.read.problem import Effect


def read_istanbul(path: Path) -> Coverage:
    """Read a `coverage-final.json`. Raises ReportError."""
    with json_report(path) as stream:
        gathering = Gathering(str(path), "istanbul", lambda: stream.line)
        for name in stream.members("the report"):
            file = record(stream, stream.value(), name)
            data = file.get("data")  # istanbul 0.x wraps it
            _file(stream, gathering, name, data if isinstance(data, dict) else file)
        stream.finish()
        return gathering.finish(stream.sha256)


def read_istanbul_summary(path: Path) -> Coverage:
    """Read a `coverage-summary.json`: totals per file, no lines. Raises ReportError."""
    with json_report(path) as stream:
        gathering = Gathering(str(path), "istanbul-summary", lambda: stream.line)
        totals: tuple[Lines, Branches | None] | None = None
        files = 0
        for name in stream.members("the report"):
            lines, branches = _summary(stream, gathering, name)
            if name == "total":
                totals = lines, branches
                continue
            files += 1
            gathering.add(name, stated_lines=lines, stated_branches=branches)
        stream.finish()
        _compare_totals(gathering, totals, files)
        return gathering.finish(stream.sha256)


def _compare_totals(gathering: Gathering, totals: tuple[Lines, Branches | None] | None, files: int) -> None:
    if totals is None:
        gathering.problem(Effect.INCONCLUSIVE, "there is no 'total': the file is not whole")
        return
    lines, branches = totals
    if not files:
        gathering.state(lines, branches)
        return
    for stated, found in ((lines, gathering.lines), (branches, gathering.branches)):
        if stated is not None and (stated.covered, stated.total) != (found.covered, found.total):
            what = type(stated).__name__.lower()
            text = f"total: {stated.covered:,} of {stated.total:,} {what}"
            shown = f"the files have {found.covered:,} of {found.total:,}"
            gathering.problem(Effect.INCONCLUSIVE, f"{text}, {shown}: the file is not whole, or was changed")


def _summary(stream: JsonStream, gathering: Gathering, name: str) -> tuple[Lines, Branches | None]:
    entry = record(stream, stream.value(), name)
    lines = Lines(*_share(stream, gathering, entry, "lines", name))
    if "branches" not in entry:
        return lines, None
    gathering.measures_branches = True
    return lines, Branches(*_share(stream, gathering, entry, "branches", name))


def _share(stream: JsonStream, gathering: Gathering, entry: dict[str, object], key: str, name: str) -> tuple[int, int]:
    part = record(stream, entry.get(key), f"{key} of {name}")
    covered, total = (count(stream, part.get(of), f"{key}.{of} of {name}") for of in ("covered", "total"))
    return gathering.share(covered, total, f"{key} of {name}")


def _file(stream: JsonStream, gathering: Gathering, name: str, file: dict[str, object]) -> None:
    counts = record(stream, file.get("s"), f"s of {name}")
    places = record(stream, file.get("statementMap"), f"statementMap of {name}")
    if counts.keys() != places.keys():
        stream.fail(f"{name}: s and statementMap are not of the same statements")
    found: list[int] = []
    hit: list[int] = []
    for key, times in counts.items():
        line = _line(stream, places[key], f"statementMap.{key} of {name}")
        found.append(line)
        if _times(stream, gathering, times, f"s.{key} of {name}"):
            hit.append(line)
    gathering.add(name, found, hit, arms=_arms(stream, gathering, name, file))


def _arms(stream: JsonStream, gathering: Gathering, name: str, file: dict[str, object]) -> dict[str, bool]:
    branches = record(stream, file.get("b"), f"b of {name}")
    places = record(stream, file.get("branchMap"), f"branchMap of {name}")
    if branches.keys() != places.keys():
        stream.fail(f"{name}: b and branchMap are not of the same branches")
    gathering.measures_branches = True
    arms: dict[str, bool] = {}
    for key, taken in branches.items():
        what = f"branchMap.{key} of {name}"
        place = record(stream, places[key], what)
        line = _branch_line(stream, place, what)
        if not isinstance(taken, list):
            stream.fail(f"b.{key} of {name} is no list")
        for number, times in enumerate(taken):
            # A key may hold anything; what stands between two names is a line end.
            arm = f"{line}:{key!r}:{number}"
            arms[arm] = _times(stream, gathering, times, f"b.{key} of {name}")
    return arms


def _branch_line(stream: JsonStream, place: dict[str, object], what: str) -> int:
    if "loc" in place:
        return _line(stream, place["loc"], what)
    return count(stream, place.get("line"), f"line of {what}")


def _line(stream: JsonStream, place: object, what: str) -> int:
    start = record(stream, record(stream, place, what).get("start"), f"start of {what}")
    return count(stream, start.get("line"), f"start.line of {what}")


def _times(stream: JsonStream, gathering: Gathering, value: object, what: str) -> bool:
    times = whole(stream, value, what)
    if times < 0:
        gathering.problem(Effect.NOTE, f"{what} is {times}: a negative count was taken for 0")
    return times > 0
