"""Lines out of pieces of bytes, in bounded memory: what is longer than a line may be is cut, and said to be."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

#: Bytes of a line that are kept.
LONGEST: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its end.

    `where`: the file, container or index; `number`: from 1, where that is counted; `time`: by whoever carried it,
    seconds since the epoch; `cut`: it was longer than LONGEST; `fields`: where it came as a document already.
    """

    where: str
    number: int
    data: bytes
    time: float | None = None
    cut: bool = False
    fields: Mapping[str, Any] | None = None

    @property
    def place(self) -> str:
        """For people: `app.log:17`."""
        return f"{self.where}:{self.number}"


class Splitter:
    """Takes pieces, gives lines: `(bytes, whether they were cut)`. Ends of lines are `\\n` and `\\r\\n`."""

    def __init__(self, longest: int = LONGEST) -> None:
        self._longest = longest
        self._rest = b""
        self._cut = False

    def feed(self, piece: bytes) -> list[tuple[bytes, bool]]:
        """The lines that this piece brings to an end."""
        first, *others = piece.split(b"\n")
        self._append(first)
        if not others:
            return []
        done = [self._take()]
        *whole, last = others
        done += [self._bounded(line) for line in whole]
        self._append(last)
        return done

    def end(self) -> list[tuple[bytes, bool]]:
        """The last line, where nothing ended it."""
        return [self._take()] if self._rest or self._cut else []

    def _append(self, piece: bytes) -> None:
        room = self._longest - len(self._rest)
        self._cut = self._cut or len(piece) > room
        if room > 0 and piece:
            self._rest += piece[:room]

    def _take(self) -> tuple[bytes, bool]:
        line = _without_end(self._rest), self._cut
        self._rest, self._cut = b"", False
        return line

    def _bounded(self, line: bytes) -> tuple[bytes, bool]:
        return _without_end(line[: self._longest]), len(line) > self._longest


def _without_end(line: bytes) -> bytes:
    return line[:-1] if line.endswith(b"\r") else line
