"""A table, or a plot as sparklines, in lines for a terminal."""

from typing import Final, assert_never

from checks.units import format_value
from reports.exhibit import Exhibit, Plot, Table
from reports.render import cells
from reports.render.columns import columns, fit, wrap
from reports.render.plain import one_line
from reports.render.sparkline import lines

#: Rows of a table; the HTML report has them all.
ROWS: Final = 12
_INDENT: Final = " " * 6
_NARROWEST: Final = 6


def exhibited(exhibit: Exhibit, width: int) -> list[str]:
    """Lines of at most `width` columns."""
    match exhibit:
        case Table():
            shown = cells.texts(exhibit, ROWS)
            head = [one_line(column.title, 40) for column in exhibit.columns]
            right = [cells.is_number(column) for column in exhibit.columns]
            found = _grid([head, *shown], right, width)
            tail = [cells.remainder(exhibit, len(shown))]
        case Plot():
            spark = max(8, min(40, width // 2 - 10))
            found = _grid([[one_line(name, 40), line, span] for name, line, span in lines(exhibit, spark)], [], width)
            tail = [f"wanted {one_line(limit.name, 80)}" for limit in exhibit.limits]
            tail += [f"{one_line(mark.name, 80)} at {format_value(mark.x, exhibit.x_unit)}" for mark in exhibit.marks]
        case unreachable:
            assert_never(unreachable)
    said = [part for part in (*tail, one_line(exhibit.note, 400)) if part]
    return [
        *wrap(one_line(exhibit.title, 200), width, _INDENT, _INDENT),
        *found,
        *(line for part in said for line in wrap(part, width, f"{_INDENT}  ", f"{_INDENT}  ")),
    ]


def _grid(rows: list[list[str]], right: list[bool], width: int) -> list[str]:
    """Columns side by side; the widest texts are cut first where they don't fit."""
    widths = [max(columns(row[index]) for row in rows) for index in range(len(rows[0]))]
    room = width - len(_INDENT) - 2 - 2 * (len(widths) - 1)
    while sum(widths) > room and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
    sides = right or [False] * len(widths)
    made = ["  ".join(_cell(c, w, r) for c, w, r in zip(row, widths, sides, strict=True)) for row in rows]
    return [fit(f"{_INDENT}  {line}", width).rstrip() for line in made]


def _cell(text: str, width: int, to_the_right: bool) -> str:
    cut = fit(text, width)
    return " " * (width - columns(cut.rstrip())) + cut.rstrip() if to_the_right else cut
