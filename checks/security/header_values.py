"""What the headers have in common: how several of one name become one value, and which words a value is made of."""

import re
from typing import Final

from checks.response import Response

#: RFC 9110, 5.6.2.
TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def all_of(response: Response, name: str) -> tuple[str, ...]:
    """Every header of that name (lower case), in order, as it came."""
    return tuple(value for known, value in response.headers if known == name)


def split_list(value: str, separator: str = ",") -> list[str]:
    """The parts between separators that are not inside a quoted string (RFC 9110, 5.6.1), without white space around
    them. Empty parts stay: what they mean is up to the header."""
    parts, start, quoted, escaped = [], 0, False, False
    for index, char in enumerate(value):
        if escaped:
            escaped = False
        elif quoted and char == "\\":
            escaped = True
        elif char == '"':
            quoted = not quoted
        elif char == separator and not quoted:
            parts.append(value[start:index].strip(" \t"))
            start = index + 1
    parts.append(value[start:].strip(" \t"))
    return parts


def unquoted(value: str) -> str:
    """The text of a quoted string (RFC 9110, 5.6.4), or the value itself where it is none."""
    if len(value) >= 2 and value[0] == value[-1] == '"':
        return re.sub(r"\\(.)", r"\1", value[1:-1])
    return value


def shown(text: str, most: int = 120) -> str:
    """A header's text for a detail: printable, and not longer than `most`."""
    clean = "".join(char if char.isprintable() else "?" for char in text)
    return clean if len(clean) <= most else clean[: most - 3] + "..."
