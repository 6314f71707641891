"""Follows `extends` from file to file and merges them; collects the floors on the way.

Mappings are merged key by key; lists and single values replace what is inherited; `null` (or `~`, or nothing after the
colon) removes an inherited key.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from gates.environment.names import nearest
from gates.environment.parse import parse_file
from gates.environment.tree import Entry, Leaf, Listing, Node, Origin, Table, Written
from gates.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class FloorFile:
    """A floor that applies: its file, and where an environment names it."""

    path: Path
    named_at: Origin


@dataclass(frozen=True, slots=True)
class Chain:
    """`files`: the environment's file first, then what it extends; `tree`: everything merged, not interpolated."""

    files: tuple[Path, ...]
    tree: Table
    floors: tuple[FloorFile, ...]


def read_chain(path: Path) -> Chain:
    """Read a file and all that it extends. Raises ConfigurationError."""
    files: list[Path] = []
    tables: list[Table] = []
    floors: list[FloorFile] = []
    seen: dict[Path, Path] = {}
    following: Path | None = path
    while following is not None:
        table = parse_file(following)
        files.append(following)
        seen[following.resolve()] = following
        floor = _file_named_by(table, "floor")
        if floor is not None and all(floor.path.resolve() != known.path.resolve() for known in floors):
            floors.append(floor)
        base = _file_named_by(table, "extends")
        tables.append(table.without("extends", "floor"))
        if base is not None and base.path.resolve() in seen:
            _refuse_cycle(files, base)
        following = base.path if base is not None else None
    tree = tables[-1]
    for table in reversed(tables[:-1]):
        tree = merge(tree, table)
    return Chain(tuple(files), tree, tuple(floors))


def merge(base: Table, over: Table) -> Table:
    """`over` laid over `base`."""
    entries = dict(base.entries)
    for key, entry in over.entries.items():
        inherited = entries.get(key)
        if inherited is None:
            entries[key] = entry
        elif isinstance(entry.node, Leaf) and entry.node.value is None:
            del entries[key]
        elif isinstance(entry.node, Table) and isinstance(inherited.node, Table):
            entries[key] = replace(entry, node=merge(inherited.node, entry.node))
        else:
            entries[key] = entry
    return replace(over, entries=entries)


def _file_named_by(table: Table, key: str) -> FloorFile | None:
    entry = table.entries.get(key)
    if entry is None:
        return None
    node = entry.node
    if not isinstance(node, Leaf) or not isinstance(node.value, Written) or not node.value:
        what = "a list" if isinstance(node, Listing) else "nothing" if _is_null(node) else "something else"
        hint = "a floor can't be taken away by a file that extends another" if key == "floor" and _is_null(node) else ""
        raise _at(entry, key, f"has to name one file, and holds {what}", hint)
    if "${" in node.value:
        raise _at(entry, key, "a variable can't stand here", "the files of an environment are the same everywhere")
    path = node.value.folder / node.value
    if not path.exists():
        siblings = sorted(p.name for p in path.parent.glob("*.y*ml")) if path.parent.is_dir() else []
        hint = nearest(path.name, [name for name in siblings if name != Path(entry.key.file).name])
        raise _at(entry, key, f"there is no file {path}", hint)
    return FloorFile(path, node.origin)


def _refuse_cycle(files: list[Path], base: FloorFile) -> None:
    start = next(index for index, file in enumerate(files) if file.resolve() == base.path.resolve())
    names = " → ".join(file.name for file in [*files[start:], files[start]])
    origin = base.named_at
    message = f"the files extend one another in a circle: {names}"
    raise ConfigurationError(message, origin.file, origin.line, origin.column, "extends")


def _is_null(node: Node) -> bool:
    return isinstance(node, Leaf) and node.value is None


def _at(entry: Entry, key: str, message: str, hint: str = "") -> ConfigurationError:
    origin = entry.node.origin
    return ConfigurationError(message, origin.file, origin.line, origin.column, key, hint)
