"""Whether the window asked for is the window judged: its samples reach back to its beginning and up to now.

rate() over 5 min gives a number for a target that has been scraped for 30 s, or not for the last 2 min. So the raw
samples of the fullest series are looked at, and for values of one moment the age of the oldest one.
"""

import itertools
import math
import statistics
from typing import Final

from checks.failures import Unmeasured
from checks.monitoring.server import Server
from checks.prometheus.api import Series, instant
from checks.prometheus.promql import duration, label_set
from checks.prometheus.query import MetricQuery
from checks.units import format_value

#: The part of a window that may lack samples at its ends, or in the middle (or two scrapes, where that is more).
_SLACK: Final = 0.1
_REMEDY: Final = "wait until the window is full, or ask for a shorter one"


class Lacking(Unmeasured):
    """There are no samples, or none from the beginning of the window on."""


def check_coverage(server: Server, query: MetricQuery, now: float, matcher: str = "") -> None:
    """Return where the samples behind a query cover its window. Raises Unmeasured, which says what is missing.

    `matcher`: only samples of series with this label (`service="shop"`) count.
    """
    window = query.window + (query.over.seconds if query.over else 0.0)
    lacking: list[Lacking] = []
    for written in query.selectors:
        selector = with_matcher(written, matcher) if matcher and not query.any_covers else written
        try:
            if window:
                _check_window(server, selector, window, now)
            else:
                _check_age(server, selector, query.max_age, now)
        except Lacking as error:
            lacking.append(error)
    if lacking and (not query.any_covers or len(lacking) == len(query.selectors)):
        raise lacking[0]


def _check_window(server: Server, selector: str, window: float, now: float) -> None:
    span = duration(window)
    fullest = instant(server, f"topk(1, count_over_time({selector}[{span}]))", now).series
    if not fullest:
        raise Lacking(f"{selector} has no samples in the last {span}", "is the name right, and is it scraped?")
    labels = dict(fullest[0].labels)
    name = labels.setdefault("__name__", _name_of(selector))
    raw = instant(server, f"{label_set(labels)}[{span}]" if name else f"{selector}[{span}]", now).series
    if not raw:
        raise Unmeasured(f"the samples of {selector} can't be looked at: they are gone again")
    times = [moment for moment, _ in max(raw, key=_count).points]
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    usual = statistics.median(gaps) if gaps else math.inf
    slack = max(_SLACK * window, min(2.1 * usual, window / 2))
    if times[0] - (now - window) > slack:
        since = format_value(round(now - times[0], 1), "s")
        words = f"the window asked for is {_shown(window)}, and the samples of {selector} begin {since} ago"
        raise Lacking(words, _REMEDY)
    if now - times[-1] > slack:
        since = format_value(round(now - times[-1], 1), "s")
        raise Unmeasured(f"the samples of {selector} end {since} ago", "is it still scraped?")
    hole = max(gaps, default=0.0)
    if hole > max(slack, 3.1 * usual):
        words = f"the samples of {selector} have a hole of {format_value(round(hole, 1), 's')}"
        raise Unmeasured(f"{words} in the window of {_shown(window)}", "was Prometheus or its target stopped?")


def _check_age(server: Server, selector: str, max_age: float, now: float) -> None:
    found = instant(server, f"min(timestamp({selector}))", now).series
    if not found:
        raise Lacking(f"{selector} has no fresh sample", "is the name right, and is it still scraped?")
    age = now - found[0].points[0][1]
    if age > max_age:
        words = f"the oldest sample of {selector} is {format_value(round(age, 1), 's')} old"
        raise Unmeasured(f"{words}, and {_shown(max_age)} is the most", "is it still scraped?")


def with_matcher(selector: str, matcher: str) -> str:
    """The selector with one matcher more."""
    if selector.endswith("}"):
        inner = selector[:-1].rstrip().rstrip(",")
        return f"{inner}{'' if inner.endswith('{') else ', '}{matcher}}}"
    return f"{selector}{{{matcher}}}"


def _count(series: Series) -> int:
    return len(series.points)


def _name_of(selector: str) -> str:
    return selector.partition("{")[0].strip()


def _shown(seconds: float) -> str:
    return format_value(seconds, "s")
