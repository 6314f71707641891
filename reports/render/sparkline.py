"""A plot's series in one line of text each: blocks of eight heights, and the numbers that the blocks can't say."""

from collections.abc import Sequence
from typing import Final

from checks.units import format_value
from reports.exhibit import Plot, Series

_BLOCKS: Final = "▁▂▃▄▅▆▇█"
#: Where nothing was measured.
_NOTHING: Final = "·"


def sparkline(values: Sequence[float | None], width: int) -> str:
    """At most `width` characters. Several values share one as their largest: a peak is what must not be lost."""
    if not values:
        return ""
    per = -(-len(values) // width)
    groups = [values[start : start + per] for start in range(0, len(values), per)]
    tops = [max((value for value in group if value is not None), default=None) for group in groups]
    known = [top for top in tops if top is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    return "".join(_NOTHING if top is None else _BLOCKS[_height(top, low, high)] for top in tops)


def lines(plot: Plot, width: int) -> list[tuple[str, str, str]]:
    """A row for each series: its name, its sparkline, and from where to where it goes."""
    return [
        (series.name, sparkline([y for _, y in series.points], width), _range(series, plot)) for series in plot.series
    ]


def _range(series: Series, plot: Plot) -> str:
    known = [y for _, y in series.points if y is not None]
    if not known:
        return "nothing measured"
    low, high = (format_value(value, plot.y_unit) for value in (min(known), max(known)))
    return low if low == high else f"{low} to {high}"


def _height(value: float, low: float, high: float) -> int:
    return 0 if high <= low else min(len(_BLOCKS) - 1, int((value - low) / (high - low) * len(_BLOCKS)))
