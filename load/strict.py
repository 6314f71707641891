"""Reading JSON that has to be exactly what was written: every deviation is a ValueError that names the place."""

import json
import sys
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

_T = TypeVar("_T")
_SHOWN: Final = 60
#: Counts that a float still holds exactly: every sum and share of them can be computed.
_MOST: Final = 2**53
_LARGEST: Final = sys.float_info.max


class Misplaced(ValueError):  # noqa: N818 - a ValueError whose words name the place already
    """What a document has wrong, and where."""


class Place:
    """A value in a document, and the path to it."""

    __slots__ = ("path", "value")

    def __init__(self, value: object, path: str) -> None:
        self.value, self.path = value, path

    def wrong(self, wanted: str) -> Misplaced:
        """The error to raise: the place, what is wanted there and what stands there."""
        shown = json.dumps(self.value, default=repr)
        return Misplaced(f"{self.path}: wanted {wanted}, found {shown[:_SHOWN]}{'…' if len(shown) > _SHOWN else ''}")

    def fields(self, *names: str) -> "tuple[Place, ...]":
        """The fields of an object that has these keys and no others."""
        if not isinstance(self.value, dict):
            raise self.wrong("an object")
        for name in names:
            if name not in self.value:
                raise Misplaced(f"{self.path}: the key {name!r} is missing")
        for name in self.value:
            if name not in names:
                raise Misplaced(f"{self.path}: unknown key {name!r}; known are {', '.join(names)}")
        return tuple(Place(self.value[name], f"{self.path}.{name}") for name in names)

    def kind(self) -> str:
        """The text under the key `kind`, which says how the rest of an object is read."""
        if not isinstance(self.value, dict) or not isinstance(self.value.get("kind"), str):
            raise self.wrong("an object with the text `kind`")
        return str(self.value["kind"])

    def items(self) -> "Iterator[tuple[str, Place]]":
        """Keys and values of an object with any keys."""
        if not isinstance(self.value, dict):
            raise self.wrong("an object")
        for name, value in self.value.items():
            yield name, Place(value, f"{self.path}.{name}")

    def each(self) -> "Iterator[Place]":
        """The entries of a list."""
        if not isinstance(self.value, list):
            raise self.wrong("a list")
        for number, value in enumerate(self.value):
            yield Place(value, f"{self.path}.{number}")

    def text(self) -> str:
        """A text."""
        if not isinstance(self.value, str):
            raise self.wrong("a text")
        return self.value

    def flag(self) -> bool:
        """True or false."""
        if not isinstance(self.value, bool):
            raise self.wrong("true or false")
        return self.value

    def count(self) -> int:
        """A whole number of at least 0."""
        if isinstance(self.value, bool) or not isinstance(self.value, int) or not 0 <= self.value <= _MOST:
            raise self.wrong("a whole number of at least 0")
        return self.value

    def number(self) -> float:
        """A finite number."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float) or not abs(self.value) <= _LARGEST:
            raise self.wrong("a finite number")
        return float(self.value)

    def amount(self) -> float:
        """A finite number of at least 0."""
        number = self.number()
        if number < 0:
            raise self.wrong("a number of at least 0")
        return number

    def maybe(self, read: "Callable[[Place], _T]") -> _T | None:
        """What `read` makes of it, or None for null."""
        return None if self.value is None else read(self)

    def built(self, make: Callable[[], _T]) -> _T:
        """What `make` returns, with the place before the words of its ValueError."""
        try:
            return make()
        except Misplaced:
            raise
        except ValueError as error:
            raise Misplaced(f"{self.path}: {error}") from None


def parse(text: str | bytes, what: str) -> Place:
    """Read a JSON text. Raises ValueError for what is not JSON, and for keys that stand twice."""
    try:
        return Place(json.loads(text, object_pairs_hook=_once, parse_constant=_refused), what)
    except RecursionError:
        raise ValueError(f"{what}: it is nested too deeply to be read") from None
    except UnicodeDecodeError:
        raise ValueError(f"{what}: it is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"{what}: not JSON: {error.msg} at line {error.lineno} column {error.colno}") from None
    except ValueError as error:
        raise ValueError(f"{what}: {error}") from None


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key!r} stands twice in one object")
        found[key] = value
    return found


def _refused(name: str) -> object:
    raise ValueError(f"{name} is not a number that JSON knows")
