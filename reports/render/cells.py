"""The cells of a table as people read them."""

from checks.units import NUMERIC_UNITS, format_value
from reports.exhibit import Cell, Column, Table
from reports.render.plain import one_line

#: Characters of one cell.
CELL = 400


def text_of(cell: Cell, column: Column) -> str:
    """One line: numbers in the column's unit, `—` where nothing was measured."""
    match cell:
        case None:
            return "—"
        case bool():
            return "yes" if cell else "no"
        case str():
            return one_line(cell, CELL)
        case _:
            return format_value(cell, column.unit if column.unit in NUMERIC_UNITS else "1")


def is_number(column: Column) -> bool:
    """Whether its cells stand to the right."""
    return column.unit in NUMERIC_UNITS


def texts(table: Table, most: int | None = None) -> list[list[str]]:
    """The first `most` rows as texts."""
    return [[text_of(c, column) for c, column in zip(row, table.columns, strict=True)] for row in table.rows[:most]]


def remainder(table: Table, shown: int) -> str:
    """How many rows are not shown, or nothing."""
    left = table.left_out + len(table.rows) - shown
    return "" if left <= 0 else f"and {left:,} more {'row' if left == 1 else 'rows'}"
