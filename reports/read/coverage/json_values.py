"""Opens a JSON report and takes counts and lists of line numbers from it, or says what stands there instead."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reports.read.errors import ReportError
from reports.read.json_stream import JsonStream
from reports.read.opening import open_report


@contextmanager
def json_report(path: Path) -> Iterator[JsonStream]:
    """A stream over the file, which is not empty. Raises ReportError."""
    with open_report(path) as file:
        stream = JsonStream(file, str(path))
        if stream.kind == "nothing":
            raise ReportError(str(path), 0, "the file is empty: the run that should have written it did not finish")
        yield stream


def record(stream: JsonStream, value: object, what: str) -> dict[str, object]:
    """An object."""
    if not isinstance(value, dict):
        stream.fail(f"{what} is {_kind(value)}, wanted an object")
    return value


def whole(stream: JsonStream, value: object, what: str) -> int:
    """A whole number, negative or not; `3.0` is one."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        stream.fail(f"{what} is {_kind(value)}, wanted a count")
    return value


def count(stream: JsonStream, value: object, what: str) -> int:
    """A whole number of at least 0."""
    number = whole(stream, value, what)
    if number < 0:
        stream.fail(f"{what} is {number}, wanted a count")
    return number


def lines(stream: JsonStream, value: object, what: str) -> list[int]:
    """A list of line numbers."""
    if not isinstance(value, list):
        stream.fail(f"{what} is {_kind(value)}, wanted a list of line numbers")
    return [count(stream, number, what) for number in value]


def _kind(value: object) -> str:
    match value:
        case None:
            return "missing"
        case dict():
            return "an object"
        case list():
            return "a list"
        case str():
            return repr(value[:100])
        case _:
            return str(value)[:100]
