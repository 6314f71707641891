"""What was read of a source, and what could not be: without the second, a count of nothing would look like a pass."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that could not be read. `remedy`: what to do about it."""

    words: str
    remedy: str = ""


@dataclass(slots=True)
class Account:
    """Kept by whoever reads.

    `read`: bytes, after unpacking; `size`: bytes of the files that are read, as they lie there; `parts`: files or
    containers that were read; `older`: those that were not opened, because nothing in them can be new; `missing`: what
    could not be read, or not to its end.
    """

    read: int = 0
    size: int = 0
    parts: int = 0
    older: int = 0
    missing: list[Missing] = field(default_factory=list)

    def lacks(self, words: str, remedy: str = "") -> None:
        """Note what could not be read; the same thing once."""
        found = Missing(words, remedy)
        if found not in self.missing:
            self.missing.append(found)
