"""When a line was written: ISO 8601, the common log format, syslog, numbers since the epoch.

Sources: ISO 8601 and RFC 3339; Apache's mod_log_config `%t`; RFC 3164 section 4.1.2 (which has no year).
"""

import re
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

#: How far into a line a time may stand.
_HEAD: Final = 80
_ISO: Final = re.compile(
    r"(?<![\d])(\d{4})[-/](\d\d)[-/](\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(?: ?(Z|[+-]\d\d:?\d\d)(?![\d:]))?"
)
_COMMON: Final = re.compile(r"\[(\d\d)/([A-Z][a-z]{2})/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-]\d{4})\]")
_SYSLOG: Final = re.compile(r"(?:<\d{1,3}>)?([A-Z][a-z]{2}) ([ \d]\d) (\d\d):(\d\d):(\d\d) ")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAY: Final = 86400.0
#: Numbers since the epoch, by their size: seconds, milliseconds, microseconds, nanoseconds, all between 2001 and 2286.
_SCALES: Final = ((1e9, 1e10, 1.0), (1e12, 1e13, 1e3), (1e15, 1e16, 1e6), (1e18, 1e19, 1e9))


def time_in(text: str, zone: tzinfo, now: float) -> float | None:
    """Seconds since the epoch of the time that a line of text begins with; None where it has none.

    `zone`: of times that name none; `now`: by which the year of a time without one is found.
    """
    head = text[:_HEAD]
    if match := _ISO.search(head):
        return _iso(match, zone)
    if match := _COMMON.search(text[:300]):
        day, month, year, hour, minute, second, offset = match.groups()
        shown = f"{year}-{_month(month):02}-{day}T{hour}:{minute}:{second}{offset[:3]}:{offset[3:]}"
        return _seconds(shown, zone)
    if match := _SYSLOG.match(head):
        return _syslog(match, zone, now)
    return None


def time_of(value: Any, zone: tzinfo) -> float | None:
    """Seconds since the epoch of a field: a text in ISO 8601, or a number (also as text); None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _epoch(float(value)) if abs(value) < 1e20 else None
    if not isinstance(value, str) or len(value) > 64:
        return None
    if match := _ISO.match(value):
        return _iso(match, zone)
    try:
        return _epoch(float(value))
    except ValueError:
        return None


def is_iso(value: Any) -> bool:
    """Whether a field is a text in ISO 8601 that names its zone: only then everybody reads the same moment."""
    match = _ISO.fullmatch(value) if isinstance(value, str) and len(value) <= 64 else None
    return match is not None and match[8] is not None and _iso(match, UTC) is not None


def _iso(match: re.Match[str], zone: tzinfo) -> float | None:
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    # A leap second is the one after it, as POSIX counts.
    extra, second = (1, "59") if second == "60" else (0, second)
    named = "" if offset is None else "+00:00" if offset == "Z" else f"{offset[:3]}:{offset[-2:]}"
    found = _seconds(f"{year}-{month}-{day}T{hour}:{minute}:{second}.{(fraction or '0')[:6]:0<6}{named}", zone)
    return None if found is None else found + extra


def _seconds(text: str, zone: tzinfo) -> float | None:
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)).timestamp()
    except (ValueError, OverflowError):
        return None


def _syslog(match: re.Match[str], zone: tzinfo, now: float) -> float | None:
    month, day, hour, minute, second = match.groups()
    year = datetime.fromtimestamp(now, zone).year
    shown = f"-{_month(month):02}-{int(day):02}T{hour}:{minute}:{second}"
    found = _seconds(f"{year}{shown}", zone)
    # A line of December that is read in January is not from the future.
    return _seconds(f"{year - 1}{shown}", zone) if found is not None and found > now + _DAY else found


def _month(name: str) -> int:
    return _MONTHS.index(name) + 1 if name in _MONTHS else 0


def _epoch(number: float) -> float | None:
    return next((number / scale for low, high, scale in _SCALES if low <= number < high), None)
