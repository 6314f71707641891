"""Wrapping by terminal columns: wide characters count as two, and no line is ever longer than it may be."""

import unicodedata


def columns(text: str) -> int:
    """How many columns a terminal needs for `text` (UAX #11: wide and fullwidth are two, combining marks none)."""
    return len(text) if text.isascii() else sum(_width(character) for character in text)


def wrap(text: str, width: int, first: str = "", rest: str = "") -> list[str]:
    """`text` broken at spaces into lines of at most `width` columns; words that are longer are broken anywhere.

    `first` starts the first line and `rest` every other one. At least one line is returned.
    """
    lines, line, fresh = [], first, True
    for word in text.split():
        piece = word if fresh else f" {word}"
        if columns(line) + columns(piece) <= width:
            line, fresh = line + piece, False
            continue
        if not fresh:
            lines.append(line)
            line = rest
        while columns(line) + columns(word) > width:
            head = _head(word, max(2, width - columns(line)))
            lines.append(line + head)
            line, word = rest, word[len(head) :]  # noqa: PLW2901 - what is left of the word that is being broken
        line, fresh = line + word, False
    return [*lines, line]


def fit(text: str, width: int) -> str:
    """`text` in exactly `width` columns: padded, or cut with an ellipsis."""
    if columns(text) > width:
        text = _head(text, width - 1, least=0) + "…"
    return text + " " * (width - columns(text))


def _head(text: str, width: int, least: int = 1) -> str:
    used = 0
    for index, character in enumerate(text):
        used += _width(character)
        if used > width:
            return text[: max(index, least)]
    return text


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
