"""Reads the values of an environment file: one function for each kind, with words for people where a value is wrong.

Every reader takes what the tree holds (None, bool, int, float, a `Written` text, a `Secret`, a dict, a tuple) and
returns the value or raises ValueError with words for people. A text that came out of a `${VAR}` is accepted where a
number or a truth value belongs, because a variable can hold nothing else; a quoted text in the file is not.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from checks.json_path import parse_path
from checks.request import check_headers
from checks.secrets import Secret, reveal
from checks.units import parse_in
from gates.environment.late import is_late
from gates.environment.names import nearest
from gates.environment.tree import KeyPath, Written

#: A text that is sent, and may therefore be a secret.
Sendable: TypeAlias = str | Secret


SECRET_REFUSED = "a secret can't stand here; secrets belong into headers, params, bodies and URLs"


class MisplacedError(ValueError):
    """A value deeper inside of what a reader was given is wrong. `path`: the steps down to it."""

    def __init__(self, path: KeyPath, message: str) -> None:
        super().__init__(message)
        self.path = path


def kind_of(value: object) -> str:
    """What a value is, for messages; never the value of a secret."""
    match value:
        case None:
            return "nothing"
        case bool():
            return f"the truth value `{str(value).lower()}`"
        case int() | float():
            return f"the number {value}"
        case str():
            return f"the text {shorten(value)!r}"
        case Secret():
            return "a secret"
        case dict():
            return "a mapping"
        case _:
            return "a list"


def shorten(text: str, most: int = 60) -> str:
    """A text that fits into a message."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def read_text(value: object) -> str:
    """A non-empty text."""
    if not isinstance(value, str):
        quote = "; quote it if it is meant as one" if isinstance(value, bool | int | float) else ""
        raise ValueError(f"a text is needed, not {kind_of(value)}{quote}")
    if not value.strip():
        raise ValueError("is empty")
    return str(value)


def read_flag(value: object) -> bool:
    """`true` or `false`."""
    if isinstance(value, bool):
        return value
    if isinstance(value, Written) and value.from_variable and value in ("true", "false"):
        return value == "true"
    words = " (`yes`, `no`, `on` and `off` are texts)" if isinstance(value, str) else ""
    raise ValueError(f"true or false is needed, not {kind_of(value)}{words}")


def whole(least: int, most: int) -> Callable[[object], int]:
    """A whole number within bounds."""

    def read(value: object) -> int:
        if isinstance(value, Written) and value.from_variable and re.fullmatch(r"[0-9]{1,18}", value):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            quoted = " (without quotes)" if isinstance(value, str) and value.isdigit() else ""
            raise ValueError(f"a whole number is needed{quoted}, not {kind_of(value)}")
        if not least <= value <= most:
            raise ValueError(f"{value} is out of range: it has to be from {least:,} to {most:,}")
        return value

    return read


def duration(most: str = "3650d", *, zero: bool = False) -> Callable[[object], float]:
    """Seconds out of `500ms`, `10s`, `5min`; at most `most`."""
    longest = parse_in(most, "s")

    def read(value: object) -> float:
        if isinstance(value, int | float) and not isinstance(value, bool):
            raise ValueError(f"{value} has no unit: write {value}s or {value}ms")
        if not isinstance(value, str):
            raise ValueError(f"a duration is needed, as in 500ms, 10s, 5min, not {kind_of(value)}")
        seconds = parse_in(value, "s")
        if seconds < 0 or (seconds == 0 and not zero):
            raise ValueError(
                f"{shorten(value)!r} is out of range: it has to be {'0 or more' if zero else 'more than 0'}"
            )
        if seconds > longest:
            raise ValueError(f"{shorten(value)!r} is out of range: it has to be at most {most}")
        return seconds

    return read


def read_name(value: object) -> str:
    """A name as subjects are built of: letters, digits, `.`, `_` and `-`, at the start a letter or digit."""
    if not isinstance(value, str) or not NAME.fullmatch(value):
        shown = repr(shorten(value)) if isinstance(value, str) else kind_of(value)
        raise ValueError(f"{shown} is not a name: use letters, digits, `.`, `_`, `-`, and start with a letter or digit")
    return str(value)


NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def read_header_name(value: object) -> str:
    """The name of an HTTP header."""
    name = read_text(value)
    check_headers(((name, ""),))
    return name


def read_sendable(value: object) -> Sendable:
    """A text or a secret; a whole number is written out."""
    if isinstance(value, Secret):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        quote = "; quote it if it is meant as one" if isinstance(value, bool | float) else ""
        raise ValueError(f"a text is needed, not {kind_of(value)}{quote}")
    return str(value)


def read_header_value(value: object) -> Sendable:
    """The value of an HTTP header: one line (a line end in it would write further headers)."""
    sendable = read_sendable(value)
    if any(character < " " and character != "\t" for character in reveal(sendable)):
        raise ValueError("the value of a header is one line, without control characters")
    return sendable


def read_json_body(value: object) -> Any:
    """Any JSON document; its texts may be secrets."""
    match value:
        case dict():
            return {str(key): read_json_body(item) for key, item in value.items()}
        case tuple() | list():
            return [read_json_body(item) for item in value]
        case str():
            return str(value)
        case _:
            return value


def read_json_path(value: object) -> str:
    """`database.status`, `items.0.price`, `labels."a.b"`."""
    text = read_text(value)
    parse_path(text)
    return text


def read_path(value: object) -> Path:
    """A file or folder that exists, relative to the file that names it."""
    text = read_text(value)
    if is_late(text):
        return Path(text)
    folder = value.folder if isinstance(value, Written) else Path()
    path = (folder / text).absolute()
    if not path.exists():
        beside = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        raise ValueError(f"there is no {path}; {nearest(path.name, beside)}".removesuffix("; "))
    return path


def mapping(read_key: Callable[[object], str], read_value: Callable[[Any], object]) -> Callable[[object], object]:
    """A mapping whose keys differ in more than capitals; errors name the entry."""

    def read(value: object) -> Mapping[str, object]:
        if not isinstance(value, dict):
            raise ValueError(f"a mapping is needed, not {kind_of(value)}")
        out: dict[str, object] = {}
        seen: dict[str, str] = {}
        for key, item in value.items():
            try:
                name = read_key(key)
                out[name] = read_value(item)
            except ValueError as error:
                deeper = error.path if isinstance(error, MisplacedError) else ()
                refused = isinstance(item, Secret) and not deeper
                raise MisplacedError((key, *deeper), SECRET_REFUSED if refused else str(error)) from None
            if read_key is read_header_name and name.lower() in seen:
                raise MisplacedError((key,), f"the header is there twice: {seen[name.lower()]!r} and {name!r}")
            seen[name.lower()] = name
        return out

    return read
