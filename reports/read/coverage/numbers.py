"""Counts as coverage tools write them: `12`, `18446744073709551615`, `1.2e+10`, `-1`, `NaN`."""

import math
import re

_WHOLE = re.compile(r"[+-]?[0-9]{1,40}\Z")


def whole(text: str | None) -> int | None:
    """A whole number, negative or not, or None for anything else (NaN, 1.5, nothing)."""
    if text is None:
        return None
    text = text.strip()
    if _WHOLE.match(text):
        return int(text)
    try:
        value = float(text)
    except ValueError:
        return None
    return int(value) if math.isfinite(value) and value.is_integer() else None


def count(text: str | None) -> int | None:
    """A whole number of at least 0, or None for anything else."""
    number = whole(text)
    return number if number is not None and number >= 0 else None


def rate(text: str | None) -> float | None:
    """A share 0..1, or None for anything else (`NaN`, an empty text, 69.4)."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if 0 <= value <= 1 else None
