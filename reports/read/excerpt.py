"""A bounded piece of a text of any length: its beginning and its end, with a word on what is left out between."""


class Excerpt:
    """Takes text in pieces of any size and keeps at most `head` characters of its beginning and `tail` of its end."""

    __slots__ = ("_end", "_end_size", "_head", "_room", "_start", "_tail", "_total")

    def __init__(self, head: int, tail: int) -> None:
        self._head, self._tail = head, tail
        self._start: list[str] = []
        self._room = head
        self._end: list[str] = []
        self._end_size = 0
        self._total = 0

    def add(self, text: str) -> None:
        """Take the next piece."""
        self._total += len(text)
        if self._room:
            self._start.append(text[: self._room])
            text = text[self._room :]
            self._room -= len(self._start[-1])
        if text and self._tail:
            self._end.append(text)
            self._end_size += len(text)
            # Cutting only at four times the size makes it cheap for a text that comes in millions of lines.
            if self._end_size > 4 * self._tail or len(self._end) > self._tail:
                self._end = ["".join(self._end)[-self._tail :]]
                self._end_size = len(self._end[0])

    @property
    def empty(self) -> bool:
        """Whether nothing was added."""
        return not self._total

    def text(self) -> str:
        """The beginning and the end, or the whole where it is short enough."""
        start = "".join(self._start)
        end = "".join(self._end)[-self._tail :] if self._tail else ""
        left_out = self._total - len(start) - len(end)
        return f"{start}\n… {left_out:,} characters left out …\n{end}" if left_out else start + end
