"""A plot as the shapes of an SVG: where its axes, lines and labels stand. The colours are the style sheet's."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from checks.units import format_value
from reports.exhibit import Plot, Series
from reports.render.plain import one_line

#: The drawing's size, and the room for labels around it, in SVG units.
WIDTH: Final = 720
HEIGHT: Final = 240
LEFT: Final = 72
RIGHT: Final = 16
TOP: Final = 16
BOTTOM: Final = 40
#: Series beyond these share colours, and differ in their dashes.
COLOURS: Final = 6
#: Steps between ticks, as people count: decimal, and for seconds those of a clock.
_STEPS: Final = (1.0, 2.0, 5.0, 10.0)
_CLOCK: Final = (1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0)


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis and its label."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Line:
    """A series: `path` is an SVG path, broken where nothing was measured; `dots` are points without a neighbour."""

    name: str
    style: int
    dashed: bool
    path: str
    dots: tuple[tuple[float, float], ...]
    range: str


@dataclass(frozen=True, slots=True)
class Level:
    """A limit, horizontal, or a mark, vertical."""

    name: str
    at: float


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything that an SVG of a plot holds, and the rows of the table behind it."""

    title: str
    note: str
    label: str
    x_title: str
    y_title: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    lines: tuple[Line, ...]
    limits: tuple[Level, ...]
    marks: tuple[Level, ...]
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def draw(plot: Plot) -> Drawing | None:
    """The shapes of a plot; None where it has no point at all."""
    xs = [x for series in plot.series for x, _ in series.points]
    if not xs:
        return None
    ys = [y for series in plot.series for _, y in series.points if y is not None]
    x_ticks, y_ticks = _ticks(min(xs), max(xs), plot.x_unit), _y_ticks(plot, ys)
    x_scale = _Scale(min(xs), max(xs), LEFT, WIDTH - RIGHT)
    y_scale = _Scale(y_ticks[0], y_ticks[-1], HEIGHT - BOTTOM, TOP)
    in_sight = [limit for limit in plot.limits if y_ticks[0] <= limit.value <= y_ticks[-1]]
    beyond = [limit for limit in plot.limits if limit not in in_sight]
    outside = f"Not in sight: {', '.join(limit.name for limit in beyond)}." if beyond else ""
    return Drawing(
        title=one_line(plot.title, 200),
        note=one_line(" ".join(filter(None, (plot.note, outside))), 2000),
        label=_spoken(plot, ys),
        x_title=one_line(plot.x_title, 80),
        y_title=one_line(plot.y_title, 80),
        x_ticks=tuple(Tick(x_scale(x), format_value(x, plot.x_unit)) for x in x_ticks),
        y_ticks=tuple(Tick(y_scale(y), format_value(y, plot.y_unit)) for y in y_ticks),
        lines=tuple(_line(number, series, plot, x_scale, y_scale) for number, series in enumerate(plot.series)),
        limits=tuple(Level(one_line(limit.name, 80), y_scale(limit.value)) for limit in in_sight),
        marks=tuple(
            Level(one_line(mark.name, 80), x_scale(mark.x)) for mark in plot.marks if min(xs) <= mark.x <= max(xs)
        ),
        head=(one_line(plot.x_title, 80), *(one_line(series.name, 80) for series in plot.series)),
        rows=_rows(plot),
    )


class _Scale:
    """From a value to its place."""

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        self._low, self._span = low, (high - low) or 1.0
        self._start, self._length = start, end - start

    def __call__(self, value: float) -> float:
        return round(self._start + (value - self._low) / self._span * self._length, 2)


def _line(number: int, series: Series, plot: Plot, x_scale: _Scale, y_scale: _Scale) -> Line:
    path, dots, run = [], [], 0
    for index, (x, y) in enumerate(series.points):
        if y is None:
            run = 0
            continue
        last = index + 1 == len(series.points) or series.points[index + 1][1] is None
        if run == 0 and last:
            dots.append((x_scale(x), y_scale(y)))
        path.append(f"{'L' if run else 'M'}{x_scale(x)} {y_scale(y)}")
        run += 1
    known = [y for _, y in series.points if y is not None]
    low_high = [format_value(value, plot.y_unit) for value in (min(known), max(known))] if known else []
    words = " to ".join(dict.fromkeys(low_high)) or "nothing measured"
    return Line(one_line(series.name, 80), number % COLOURS, number >= COLOURS, " ".join(path), tuple(dots), words)


def _y_ticks(plot: Plot, ys: Sequence[float]) -> list[float]:
    """From 0, so that a small change looks small; a limit is drawn where it does not press the lines flat."""
    top = max(ys, default=0.0)
    near = [limit.value for limit in plot.limits if limit.value <= max(4 * top, 1e-12)]
    return _ticks(min(0.0, *ys, 0.0), max(top, *near, 0.0) or 1.0, plot.y_unit, cover=True)


def _ticks(low: float, high: float, unit: str, *, cover: bool = False) -> list[float]:
    """About five round values in the range; with `cover`, from at or below `low` to at or above `high`."""
    step = _step((high - low) / 5, unit)
    first = math.floor(low / step) if cover else math.ceil(low / step - 1e-9)
    last = math.ceil(high / step - 1e-9) if cover else math.floor(high / step + 1e-9)
    return [round(number * step, 12) for number in range(first, max(last, first) + 1)]


def _step(rough: float, unit: str) -> float:
    if rough <= 0 or not math.isfinite(rough):
        return 1.0
    if unit == "s" and rough >= 1 and (fitting := [step for step in _CLOCK if step >= rough]):
        return fitting[0]
    magnitude = 10.0 ** math.floor(math.log10(rough))
    return next(step * magnitude for step in _STEPS if step * magnitude >= rough * (1 - 1e-9))


def _spoken(plot: Plot, ys: Sequence[float]) -> str:
    """What a screen reader says for the picture; the numbers are in the table behind it."""
    names = ", ".join(series.name for series in plot.series)
    told = f", from {format_value(min(ys), plot.y_unit)} to {format_value(max(ys), plot.y_unit)}" if ys else ""
    limits = "".join(f"; wanted {limit.name}" for limit in plot.limits)
    marks = "".join(f"; {mark.name} at {format_value(mark.x, plot.x_unit)}" for mark in plot.marks)
    return one_line(f"{plot.title}: {names}{told}{limits}{marks}. The numbers are in the table below.", 1000)


def _rows(plot: Plot) -> tuple[tuple[str, ...], ...]:
    columns = [dict(series.points) for series in plot.series]
    xs = sorted({x for column in columns for x in column})
    return tuple(
        (format_value(x, plot.x_unit), *(_number(column.get(x), plot.y_unit) for column in columns)) for x in xs
    )


def _number(value: float | None, unit: str) -> str:
    return "—" if value is None else format_value(value, unit)
