"""Single fields of a report, each of the type that it has to have, or an error that names it."""

from datetime import datetime

from reports.read.json_stream import JsonStream
from reports.read.junit_values import timestamp

_LONGEST = 300


def number(stream: JsonStream, value: object, what: str) -> float:
    """A finite number of at least 0. Raises ReportError."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e15:
        stream.fail(f"{what} is {shown(value)}, wanted a number of at least 0")
    return float(value)


def count(stream: JsonStream, value: object, what: str) -> int:
    """A whole number of at least 0. Raises ReportError."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 50:
        stream.fail(f"{what} is {shown(value)}, wanted a whole number of at least 0")
    return value


def text(value: object) -> str:
    """A short text that every file and terminal takes; empty where it is none."""
    return value.strip()[:_LONGEST].encode(errors="replace").decode() if isinstance(value, str) else ""


def when(value: object) -> datetime | None:
    """A point in time, or None."""
    return timestamp(value) if isinstance(value, str) else None


def mapping(value: object) -> dict[str, object]:
    """An object; an empty one in place of anything else."""
    return value if isinstance(value, dict) else {}


def sequence(value: object) -> list[object]:
    """A list; an empty one in place of anything else."""
    return value if isinstance(value, list) else []


def shown(value: object) -> str:
    """What stands in place of what was wanted, for a message."""
    match value:
        case None:
            return "missing"
        case dict():
            return "an object"
        case list():
            return "a list"
        case str():
            return repr(text(value)[:50])
        case _:
            # Python refuses to write whole numbers of more than 4,300 digits.
            return "a gigantic number" if isinstance(value, int) and abs(value) > 1 << 63 else str(value)
