"""Dotted paths into JSON documents: `database.status`, `items.0.price`, `labels."app.kubernetes.io/name"`."""

import json
import math
import re
from dataclasses import dataclass
from functools import cache
from typing import Final, TypeAlias

from checks.evidence import Value

_SEGMENT: Final = re.compile(r'"((?:[^"\\]|\\.)*)"|([^."]+)')
#: A number with more digits is no measurement; Python refuses to read it as an int from 4,300 digits on.
_DIGITS: Final = 300
#: Longer texts are not evidence but files: judging a part of one could pass what the rest would fail.
LONGEST_TEXT: Final = 10_000

Found: TypeAlias = "Leaf | Missing | Unreadable"


@dataclass(frozen=True, slots=True)
class Leaf:
    """The value at a path, with the unit that a Reading gives it, and words about it."""

    value: Value
    unit: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Missing:
    """Nothing is at the path; `why` says where it broke off."""

    why: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something is at the path that no value can stand for."""

    why: str


class _Doubled(dict[str, object]):
    """An object that names a key twice, so that no one can say which of the values holds."""

    doubled: frozenset[str] = frozenset()


class _LongNumber:
    """An integer that is too long to read."""


class NotJson(ValueError):  # noqa: N818 - the words of the reading
    """The document is not JSON."""


class TooDeep(ValueError):  # noqa: N818 - the same
    """The document is nested more deeply than can be read."""


@cache
def parse_path(path: str) -> tuple[str, ...]:
    """Split a path into its keys and indexes. Raises ValueError that says how a path is written."""
    keys, position = [], 0
    while match := _SEGMENT.match(path, position):
        quoted, plain = match.groups()
        keys.append(plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted))
        position = match.end()
        if position == len(path):
            return tuple(keys)
        if path[position] != ".":
            break
        position += 1
    wanted = 'write keys and indexes with dots between them, as in items.0.price or labels."a.b"'
    raise ValueError(f"{path!r} is not a JSON path; {wanted}")


def read_document(body: bytes) -> object:
    """Read a JSON document (UTF-8, -16 or -32). Raises NotJson or TooDeep."""
    try:
        return json.loads(body, object_pairs_hook=_object, parse_int=_integer)
    except RecursionError:
        raise TooDeep("it is nested too deeply to be read") from None
    except UnicodeDecodeError as error:
        raise NotJson(f"not JSON: it is not {error.encoding}") from None
    except json.JSONDecodeError as error:
        raise NotJson(f"not JSON: {error.msg} at line {error.lineno} column {error.colno}") from None


def find(document: object, path: str) -> Found:
    """What is at `path`. JSON null is the text `null`; an object or a list is its compact JSON text."""
    at = document
    walked = "the document"
    for key in parse_path(path):
        match at:
            case dict():
                if isinstance(at, _Doubled) and key in at.doubled:
                    return Unreadable(f"{walked} has the key {key!r} twice")
                if key not in at:
                    return Missing(f"{walked} has no key {key!r}")
                at = at[key]
            case list():
                if not (key.isascii() and key.isdigit() and len(key) < 10):
                    return Missing(f"{walked} is a list, and {key!r} is no index")
                if int(key) >= len(at):
                    return Missing(f"{walked} has {len(at)} entries, none with the index {key}")
                at = at[int(key)]
            case _:
                return Missing(f"{walked} is {_kind(at)}, which holds nothing")
        walked = key if walked == "the document" else f"{walked}.{key}"
    return _leaf(at)


def text_or_unreadable(text: str, detail: str = "") -> Leaf | Unreadable:
    """A text as evidence, unless it is too long to be judged as a whole."""
    if len(text) > LONGEST_TEXT:
        return Unreadable(f"the text has {len(text):,} characters; at most {LONGEST_TEXT:,} are judged")
    return Leaf(text, "text", detail)


def _leaf(value: object) -> Leaf | Unreadable:
    match value:
        case bool():
            return Leaf(value, "bool")
        case int():
            return Leaf(value, "1")
        case float():
            return Leaf(value, "1") if math.isfinite(value) else Unreadable(f"the number is {value}")
        case str():
            return text_or_unreadable(value)
        case None:
            return Leaf("null", "text", "JSON null")
        case dict() | list():
            try:
                return text_or_unreadable(json.dumps(value, separators=(",", ":"), ensure_ascii=False))
            except (TypeError, RecursionError):
                return Unreadable(f"{_kind(value)} that can't be written as text")
        case _:
            return Unreadable(f"the number has more than {_DIGITS} digits")


def _kind(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case None:
            return "null"
        case list():
            return "a list"
        case dict():
            return "an object"
        case _:
            return "a number that is too long"


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    plain = dict(pairs)
    if len(plain) == len(pairs):
        return plain
    doubled, seen = _Doubled(plain), set()
    doubled.doubled = frozenset(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]  # add returns None, which is what makes this one pass
    return doubled


def _integer(text: str) -> object:
    return int(text) if len(text) <= _DIGITS else _LongNumber()
