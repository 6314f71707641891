"""Turns a tree into the plain values that the models read, and refuses the nothings that nothing explains."""

from collections.abc import Iterator
from typing import Any

from gates.environment.tree import KeyPath, Leaf, Listing, Node, Table

#: Sections that may be empty (`endpoints:` with nothing after it): nothing is looked at, and the gate will say so.
MAY_BE_EMPTY = frozenset({"endpoints", "external_services", "groups", "journeys", "demo"})


def plain(root: Table) -> dict[str, Any]:
    """Dictionaries, tuples and scalars."""
    out: dict[str, Any] = _plain(root)
    for key in MAY_BE_EMPTY & out.keys():
        if out[key] is None:
            out[key] = {}
    return out


def nothings(root: Table) -> Iterator[KeyPath]:
    """The paths of keys without a value, outside of JSON bodies, where null is a value like others."""
    yield from _nothings(root, ())


def in_json_body(path: KeyPath) -> bool:
    """Whether a path leads into a JSON document that is sent."""
    match path:
        case ("endpoints", _, "json", *_) | ("security", _, _, "json", *_):
            return True
        case ("journeys", _, "steps", _, "request", "json", *_):
            return True
        case _:
            return False


def _plain(node: Node) -> Any:
    match node:
        case Leaf(value=value):
            return value
        case Listing(items=items):
            return tuple(_plain(item) for item in items)
        case Table(entries=entries):
            return {key: _plain(entry.node) for key, entry in entries.items()}


def _nothings(node: Node, path: KeyPath) -> Iterator[KeyPath]:
    match node:
        case Leaf(value=None):
            if not in_json_body(path) and not (len(path) == 1 and path[0] in MAY_BE_EMPTY):
                yield path
        case Leaf():
            pass
        case Listing(items=items):
            for index, item in enumerate(items):
                yield from _nothings(item, (*path, index))
        case Table(entries=entries):
            for key, entry in entries.items():
                yield from _nothings(entry.node, (*path, key))
