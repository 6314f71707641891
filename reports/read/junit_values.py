"""Numbers and times as JUnit writers really write them: `1,234.5`, `NaN`, `12 ms`, `2017-04-29 20:49:42Z`."""

import math
import re
from datetime import UTC, datetime

_DURATION = re.compile(r"([0-9][0-9,_']*(?:\.[0-9]+)?|\.[0-9]+)\s*(ms|msec|s|sec|seconds|m|min|h)?", re.IGNORECASE)
_CLOCK = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{1,2}(?:\.\d+)?)")
_SECONDS = {"ms": 1e-3, "msec": 1e-3, "m": 60.0, "min": 60.0, "h": 3600.0}


def duration(text: str) -> float | None:
    """Seconds, or None for what is no duration (NaN, a negative number, words).

    Besides plain seconds: thousands separated by commas (Surefire, `1,234.5`), a unit (`12 ms`), a clock (`0:01:02.5`).
    A comma counts as a decimal separator nowhere: `1,234` would differ by a factor of a thousand.
    """
    try:
        value = float(text)
    except ValueError:
        value = _written_duration(text.strip())
    return value if math.isfinite(value) and value >= 0 else None


def _written_duration(text: str) -> float:
    if match := _DURATION.fullmatch(text):
        number, unit = match.groups()
        return float(re.sub("[,_']", "", number)) * _SECONDS.get((unit or "").lower(), 1.0)
    if match := _CLOCK.fullmatch(text):
        hours, minutes, seconds = match.groups()
        return int(hours or 0) * 3600 + int(minutes) * 60 + float(seconds)
    return math.nan


def count(text: str) -> int | None:
    """A whole number of at least 0 (`59`, `1,234`, `3.0`), or None for anything else."""
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        return None
    return int(value) if math.isfinite(value) and value >= 0 and value == int(value) else None


def timestamp(text: str) -> datetime | None:
    """A point in time: ISO 8601, or seconds or milliseconds since 1970. Naive where the text names no zone.

    None for what is no time, and for Go's zero time (year 1), which says that nobody measured it.
    """
    text = text.strip()
    try:
        moment = datetime.fromisoformat(text)
        as_utc(moment)  # a zone can push the year 9999 over the edge
    except ValueError:
        return _epoch(text)
    except OverflowError:
        return None
    return moment if moment.year > 1970 else None


def _epoch(text: str) -> datetime | None:
    try:
        number = float(text)
        return datetime.fromtimestamp(number / 1000 if number > 1e11 else number, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def as_utc(moment: datetime) -> datetime:
    """The time with a zone. Without one it is UTC, as Ant, which made the format, writes it."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
