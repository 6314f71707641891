"""Time zones by their names, or by hours and minutes."""

from datetime import UTC, datetime, timedelta, timezone, tzinfo


def zone_of(text: str) -> tzinfo:
    """`UTC`, `Asia/Seoul`, `+09:00`. Raises ValueError for what is no zone."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    if text == "UTC":
        return UTC  # also where the machine has no list of zones
    try:
        return ZoneInfo(text) if text[:1] not in ("+", "-") else _offset(text)
    except (ZoneInfoNotFoundError, OSError, ValueError):
        raise ValueError(f"{text!r} is no time zone: write UTC, Asia/Seoul or +09:00") from None


def _offset(text: str) -> tzinfo:
    moment = datetime.strptime(text.replace(":", ""), "%z")
    return timezone(moment.utcoffset() or timedelta())
