"""What an unquoted YAML text means here: a small, safe part of YAML 1.2's core schema.

`true` and `false` are the only truth values, `null`, `~` and nothing at all the only absences, and numbers are decimal.
What YAML 1.1 takes for something else (`no`, `on`, `1_000`, `12:30`, `0777`, `0x1F`, `2024-01-01`) is plain text.
"""

import math
import re

_TRUTH = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_ABSENT = frozenset({"", "~", "null", "Null", "NULL"})
_WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FRACTION = re.compile(r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_LONGEST = 18


def resolve(text: str) -> bool | int | float | str | None:
    """The value of an unquoted text. Raises ValueError for numbers that can't be kept exactly."""
    if text in _ABSENT:
        return None
    if text in _TRUTH:
        return _TRUTH[text]
    if text[0] not in "+-.0123456789":
        return text
    if _WHOLE.fullmatch(text):
        if len(text) > _LONGEST:
            raise ValueError(f"the number has more than {_LONGEST} digits; quote it if it is a text")
        return int(text)
    if _NOT_FINITE.fullmatch(text):
        raise ValueError(f"{text} is not a finite number; quote it if it is a text")
    if _FRACTION.fullmatch(text):
        value = float(text)
        if not math.isfinite(value):
            raise ValueError(f"{text} is not a finite number; quote it if it is a text")
        return value
    return text
