"""Users' patterns: tried one after the other, with the line that is being looked at known to who watches the time."""

import re
from collections.abc import Sequence

from checks.logs.lines import Line


class SlowPatternError(Exception):
    """A pattern took too long on one line. The message names both."""


class Patterns:
    """Regular expressions. Raises re.error for what is none."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._patterns = [(text, re.compile(text)) for text in texts]

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def first_in(self, text: str, line: Line) -> str:
        """The first pattern that is found in the text, or nothing."""
        for written, pattern in self._patterns:
            current.at = (written, line)
            if pattern.search(text) is not None:
                current.at = None
                return written
        current.at = None
        return ""


class Current:
    """What is being tried just now; None between two tries."""

    def __init__(self) -> None:
        self.at: tuple[str, Line] | None = None


#: One for the process: the watch (a signal's handler) and the work are of one thread.
current = Current()
