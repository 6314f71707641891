"""What a coverage gate shows beside its judgements: a row a component, and the files with lines no test reached."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from checks.evidence import Evidence, Reading
from reports.coverage import Coverage, Lines
from reports.exhibit import Cell, Column, Table

#: So many files are shown for each component.
SHOWN = 30


@dataclass(frozen=True, slots=True)
class ComponentRow:
    """One component. `whole`: None where nothing could be read; `judged`: every report of it was there and of the
    release; `before`: lines of the baseline, None without one; `patch`: what is known of the changed lines."""

    name: str
    whole: Coverage | None
    judged: bool
    before: Lines | None = None
    patch: Evidence | None = None
    wanted: str = ""


def tables(rows: Sequence[ComponentRow]) -> tuple[Table, ...]:
    """The tables of a gate; none where nothing was read."""
    if not any(row.whole for row in rows):
        return ()
    columns = tuple(map(Column, ("component", "lines", "branches", "changed lines", "against the baseline", "wanted")))
    unread = [row.name for row in rows if row.whole is not None and not row.judged]
    note = f"not judged, as a report is missing or of another release: {', '.join(unread)}" if unread else ""
    overview = Table("Coverage", columns, tuple(map(_row, rows)), note=note)
    files = [file for row in rows if row.whole is not None for file in _files(row.name, row.whole)]
    if not files:
        return (overview,)
    left_out = sum(_missing(row.whole) for row in rows if row.whole is not None) - len(files)
    uncovered = Table(
        "Lines that no test reached",
        (Column("component"), Column("file"), Column("lines not reached", "1"), Column("lines")),
        tuple(files),
        left_out,
    )
    return (overview, uncovered)


def _row(row: ComponentRow) -> tuple[Cell, ...]:
    if row.whole is None:
        return (row.name, None, None, None, None, row.wanted)
    branches = row.whole.branches
    return (
        row.name,
        str(row.whole.lines),
        None if branches is None else str(branches),
        row.patch.detail if isinstance(row.patch, Reading) else None,
        _change(row.whole.lines, row.before),
        row.wanted,
    )


def _change(now: Lines, before: Lines | None) -> str | None:
    if before is None or now.ratio is None or before.ratio is None:
        return None
    points = (now.ratio - before.ratio) * 100
    return f"{points:+.2f} points, from {before.percent}" if points else f"the same, {before.percent}"


def _files(name: str, whole: Coverage) -> Iterable[tuple[Cell, ...]]:
    missing = sorted((file for file in whole.files.values() if file.lines.missed), key=lambda f: -f.lines.missed)
    for file in missing[:SHOWN]:
        yield name, file.path, file.lines.missed, str(file.lines)


def _missing(whole: Coverage) -> int:
    return sum(bool(file.lines.missed) for file in whole.files.values())
