"""An environment file as a tree in which every value remembers where it was written."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from checks.secrets import Secret


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """Where something is written: the file as it was named, line and column from 1."""

    file: str
    line: int
    column: int

    @property
    def place(self) -> str:
        """`environments/base.yaml:12`."""
        return f"{self.file}:{self.line}"


class Written(str):
    """A text of a file. `folder`: relative paths start there; `from_variable`: a part of it came from `${...}`."""

    __slots__ = ("folder", "from_variable")

    folder: Path
    from_variable: bool

    @classmethod
    def at(cls, text: str, origin: Origin, *, from_variable: bool = False) -> "Written":
        """The text as it was written at `origin`."""
        written = cls(text)
        written.folder = Path(origin.file).parent
        written.from_variable = from_variable
        return written


Scalar: TypeAlias = bool | int | float | Written | Secret | None
#: Keys of tables and positions in lists, from the root.
KeyPath: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value."""

    value: Scalar
    origin: Origin


@dataclass(frozen=True, slots=True)
class Listing:
    """A YAML sequence."""

    items: "tuple[Node, ...]"
    origin: Origin


@dataclass(frozen=True, slots=True)
class Entry:
    """A key's place and its value."""

    key: Origin
    node: "Node"


@dataclass(frozen=True, slots=True)
class Table:
    """A YAML mapping; its keys are always texts."""

    entries: Mapping[str, Entry]
    origin: Origin

    def with_entry(self, key: str, entry: Entry) -> "Table":
        """The same table with one entry set."""
        return replace(self, entries={**self.entries, key: entry})

    def without(self, *keys: str) -> "Table":
        """The same table with some keys left out."""
        return replace(self, entries={key: entry for key, entry in self.entries.items() if key not in keys})


Node: TypeAlias = Leaf | Listing | Table


def child(node: Node | None, step: str | int) -> Node | None:
    """What lies one step below a node; None where there is nothing."""
    match node, step:
        case Table(entries=entries), str() if step in entries:
            return entries[step].node
        case Listing(items=items), int() if 0 <= step < len(items):
            return items[step]
        case _:
            return None


def origin_of(root: Node, path: KeyPath) -> Origin:
    """Where the key at `path` is written, or the nearest thing above it that exists."""
    node, origin = root, root.origin
    for step in path:
        if isinstance(node, Table) and isinstance(step, str) and step in node.entries:
            origin = node.entries[step].key
        found = child(node, step)
        if found is None:
            break
        if isinstance(node, Listing):
            origin = found.origin
        node = found
    return origin


def leaves(root: Node, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Leaf]]:
    """Every value with its path, in the order of the tree."""
    match root:
        case Leaf():
            yield path, root
        case Listing(items=items):
            for index, item in enumerate(items):
                yield from leaves(item, (*path, index))
        case Table(entries=entries):
            for key, entry in entries.items():
                yield from leaves(entry.node, (*path, key))


def dotted(path: KeyPath) -> str:
    """`journeys.watchlist.steps.0.expect` for people."""
    return ".".join(str(step) for step in path)
