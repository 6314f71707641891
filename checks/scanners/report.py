"""Whether a scanner's report is there and whole, as far as that can be told without knowing its format."""

import json
from pathlib import Path
from typing import Final

#: Larger reports are not held in memory here: only their first and last characters are looked at. Their reader does
#: the rest as a stream.
_HELD: Final = 16 << 20
_EDGE: Final = 4096
_ENDS: Final = {b"{": b"}", b"[": b"]"}


class Unproven(Exception):  # noqa: N818 - it says what the scan is, not what went wrong in the program
    """The report proves nothing; the text says why."""


def document_of(path: Path) -> object | None:
    """The JSON that a scanner wrote; None where it is whole and too large to be held. Raises Unproven."""
    try:
        size = path.stat().st_size
        if not size:
            raise Unproven("its report is empty")
        if size > _HELD:
            _whole(path, size)
            return None
        return _parsed(path.read_bytes())
    except FileNotFoundError:
        raise Unproven("it wrote no report") from None
    except OSError as error:
        raise Unproven(f"its report can't be read: {error.strerror or error}") from None


def _parsed(content: bytes) -> object:
    if not content.strip():
        raise Unproven("its report is empty")
    try:
        document: object = json.loads(content)
    except (ValueError, RecursionError):
        raise Unproven("its report is no JSON, or was cut off") from None
    if not isinstance(document, dict | list):
        raise Unproven("its report is neither a JSON object nor a list")
    return document


def _whole(path: Path, size: int) -> None:
    with path.open("rb") as file:
        first = file.read(_EDGE).lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
        file.seek(size - _EDGE)
        last = file.read(_EDGE).rstrip()[-1:]
    if not first or _ENDS.get(first) != last:
        raise Unproven("its report is no JSON, or was cut off")
