"""What a gate shows beside its judgements: a table or a plot. Exhibits explain a verdict and never make one."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, TypeAlias

#: One cell of a table. A number is written in its column's unit; None is "nothing measured", shown as an em dash.
Cell: TypeAlias = str | int | float | bool | None
#: More rows of a table are counted, more points of a series are thinned out.
MOST_ROWS: Final = 2_000
MOST_POINTS: Final = 2_000


class ExhibitError(ValueError):
    """A document that should hold an exhibit holds something else."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. `unit`: of its numbers, as in checks.units (`s`, `B`, `ratio`, `1`); `text` for words."""

    title: str
    unit: str = "text"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of facts.

    `rows`: as many cells each as there are columns; `left_out`: how many more there are than are shown; `note`: a
    sentence below; `terminal`: a terminal shows it, too. Raises ExhibitError where a row has another length than the
    columns.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    left_out: int = 0
    note: str = ""
    terminal: bool = False

    def __post_init__(self) -> None:
        """Refuse a row that does not fit."""
        for number, row in enumerate(self.rows, 1):
            if len(row) != len(self.columns):
                raise ExhibitError(
                    f"row {number} of {self.title!r} has {len(row)} cells for {len(self.columns)} columns"
                )


@dataclass(frozen=True, slots=True)
class Series:
    """A line of a plot. `points`: (x, y) in the plot's units, x ascending; y is None where nothing was measured."""

    name: str
    points: tuple[tuple[float, float | None], ...]


@dataclass(frozen=True, slots=True)
class Limit:
    """A horizontal line of a plot: what was wanted, in the unit of y. `name`: its words, `p95 <= 500 ms`."""

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A vertical line of a plot: something happened at `x`. `name`: what, `aborted`."""

    name: str
    x: float


@dataclass(frozen=True, slots=True)
class Plot:
    """Values over x, usually seconds since the start.

    `x_unit`, `y_unit`: as in checks.units; `x_title`, `y_title`: words for the axes; `note`: a sentence below;
    `terminal`: a terminal shows it as sparklines.
    """

    title: str
    series: tuple[Series, ...]
    y_unit: str
    x_unit: str = "s"
    x_title: str = "time since the start"
    y_title: str = ""
    limits: tuple[Limit, ...] = ()
    marks: tuple[Mark, ...] = ()
    note: str = ""
    terminal: bool = False


#: Anything that a gate can show.
Exhibit: TypeAlias = Table | Plot


def bounded(exhibit: Exhibit) -> Exhibit:
    """The exhibit with at most `MOST_ROWS` rows, or points of each series: every n-th, first and last among them."""
    match exhibit:
        case Table(rows=rows) if len(rows) > MOST_ROWS:
            return replace(exhibit, rows=rows[:MOST_ROWS], left_out=exhibit.left_out + len(rows) - MOST_ROWS)
        case Plot(series=series) if any(len(line.points) > MOST_POINTS for line in series):
            note = f"{exhibit.note} Not every point is drawn.".strip()
            return replace(
                exhibit, series=tuple(Series(line.name, _thinned(line.points)) for line in series), note=note
            )
        case _:
            return exhibit


def _thinned(points: tuple[tuple[float, float | None], ...]) -> tuple[tuple[float, float | None], ...]:
    step = -(-len(points) // MOST_POINTS)
    return points if step <= 1 else (*points[:-1:step], points[-1])


def to_dict(exhibit: Exhibit) -> dict[str, Any]:
    """The exhibit as JSON values, `kind` first: `table` or `plot`."""
    return {"kind": type(exhibit).__name__.lower(), **{key: _plain(value) for key, value in asdict(exhibit).items()}}


def _plain(value: Any) -> Any:
    """Lists for tuples, as JSON has them."""
    match value:
        case tuple() | list():
            return [_plain(item) for item in value]
        case dict():
            return {key: _plain(item) for key, item in value.items()}
        case _:
            return value


def from_dict(data: object) -> Exhibit:
    """The inverse of `to_dict`. Raises ExhibitError for anything else."""
    if not isinstance(data, Mapping):
        raise ExhibitError(f"an exhibit is an object, not {type(data).__name__}")
    try:
        match data.get("kind"):
            case "table":
                return _table(data)
            case "plot":
                return _plot(data)
            case other:
                raise ExhibitError(f"{other!r} is no kind of exhibit: table, plot")
    except (KeyError, TypeError, AttributeError) as error:
        raise ExhibitError(f"not a whole exhibit: {type(error).__name__} {error}") from None


def _table(data: Mapping[str, Any]) -> Table:
    left_out = data["left_out"]
    if isinstance(left_out, bool) or not isinstance(left_out, int):
        raise ExhibitError("left_out is a number of rows")
    return Table(
        _text(data["title"]),
        tuple(Column(_text(column["title"]), _text(column["unit"])) for column in data["columns"]),
        tuple(tuple(_cell(cell) for cell in row) for row in data["rows"]),
        left_out,
        _text(data["note"]),
        _flag(data["terminal"]),
    )


def _plot(data: Mapping[str, Any]) -> Plot:
    return Plot(
        _text(data["title"]),
        tuple(Series(_text(s["name"]), tuple(_point(point) for point in s["points"])) for s in data["series"]),
        _text(data["y_unit"]),
        _text(data["x_unit"]),
        _text(data["x_title"]),
        _text(data["y_title"]),
        tuple(Limit(_text(limit["name"]), _number(limit["value"])) for limit in data["limits"]),
        tuple(Mark(_text(mark["name"]), _number(mark["x"])) for mark in data["marks"]),
        _text(data["note"]),
        _flag(data["terminal"]),
    )


def _point(point: Any) -> tuple[float, float | None]:
    x, y = point
    return _number(x), None if y is None else _number(y)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ExhibitError(f"a text is needed, not {type(value).__name__}")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ExhibitError(f"true or false is needed, not {value!r}")
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ExhibitError(f"a finite number is needed, not {value!r}")
    return value


def _cell(value: object) -> Cell:
    if value is None or isinstance(value, str | bool):
        return value
    return _number(value)
