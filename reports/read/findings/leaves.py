"""Single values out of a report as texts for people: of any type, bounded, without the values of secrets."""

import re
from datetime import datetime

from checks.secrets import MASK
from reports.read.junit_values import timestamp

_LONGEST = 500
_TITLE = 200
#: `Possible hardcoded password: 'hunter2'`, as Bandit says it; also `token = abc`.
_TOLD = re.compile(
    r"(?i)\b((?:password|passwd|passphrase|secret|token|credential|(?:api|access|private)[ _-]?key)s?\b"
    r"[^:='\"`]{0,30})([:=]\s*)(\S.*)"
)
_QUOTED = re.compile(r"(?i)(hard-?coded[^'\"`]{0,60})(['\"`]).*")


def word(value: object) -> str:
    """A short text: an id, a version, a path. Numbers are written out; whatever else is no text is empty."""
    if isinstance(value, str):
        text = value.strip()[:_LONGEST]
        return text if text.isascii() else clean(text)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return ""


def said(value: object) -> str:
    """The first line of what a tool says, shortened where it is long."""
    lines = value.strip().splitlines() if isinstance(value, str) else []
    text = clean(lines[0].strip()) if lines else ""
    return text if len(text) <= _TITLE else text[: _TITLE - 1] + "…"


def hidden(text: str, *, only_quoted: bool = False) -> str:
    """`text` without the value of a secret that it may tell.

    `only_quoted`: just what follows "hardcoded" in quotes is masked, so that other titles stay as they are.
    """
    if only_quoted and "coded" not in text.lower():
        return text
    text = _QUOTED.sub(rf"\1\2{MASK}\2", text)
    return text if only_quoted else _TOLD.sub(rf"\1\2{MASK}", text)


def clean(text: str) -> str:
    """Without halves of characters, which no file and no terminal takes."""
    return text if text.isascii() else text.encode(errors="replace").decode()


def line_of(value: object) -> int:
    """A line from 1, or 0 for whatever is none. Gigantic numbers are none."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and isinstance(value, int) and 0 < value < 1 << 40 else 0


def when(value: object) -> datetime | None:
    """A point in time, or None."""
    return timestamp(value) if isinstance(value, str) else None


def table(value: object) -> dict[str, object]:
    """The object, or an empty one: for what a report may leave out."""
    return value if isinstance(value, dict) else {}


def row(value: object) -> list[object]:
    """The list, or an empty one: for what a report may leave out."""
    return value if isinstance(value, list) else []


def number(value: object) -> int | None:
    """A count that a report states, or None."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and isinstance(value, int) and 0 <= value < 1 << 53 else None
