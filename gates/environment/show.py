"""An environment as it was understood: merged, masked, each value with the place where it is written."""

import json
import re
from typing import Any

from checks.secrets import MASK, Secret, mask
from gates.environment.loading import LoadedEnvironment
from gates.environment.scalars import resolve
from gates.environment.tree import Leaf, Listing, Node, Origin, Table, dotted, leaves

#: Texts that YAML reads back as they are, without quotes.
_BARE = re.compile(r"[A-Za-z0-9_/.](?:[A-Za-z0-9_/.%+-]|:(?=[A-Za-z0-9/])| (?=[A-Za-z0-9]))*")
_COMMENT_COLUMN = 56


def as_text(environment: LoadedEnvironment) -> str:
    """YAML with the origin of each value as a comment: `http: /health  # environments/base.yaml:33`."""
    files = " ← ".join(str(file) for file in environment.files)
    lines = [f"# {environment.name}: {files}", *_table(environment.tree, "")]
    return mask("\n".join(lines) + "\n")


def as_json(environment: LoadedEnvironment) -> str:
    """One JSON object: `name`, `files`, `merged` (nested), `values` (a list of `key`, `value`, `from`)."""
    document = {
        "name": environment.name,
        "files": [str(file) for file in environment.files],
        "merged": _value(environment.tree),
        "values": [
            {"key": dotted(path), "value": _value(leaf), "from": leaf.origin.place}
            for path, leaf in leaves(environment.tree)
        ],
    }
    return mask(json.dumps(document, ensure_ascii=False, indent=2)) + "\n"


def _table(table: Table, indent: str) -> list[str]:
    lines = []
    for key, entry in table.entries.items():
        head = f"{indent}{_word(key)}:"
        lines += _entry(head, entry.node, entry.key, f"{indent}  ")
    return lines


def _entry(head: str, node: Node, origin: Origin, indent: str) -> list[str]:
    match node:
        case Table(entries=entries) if entries:
            return [head, *_table(node, indent)]
        case Listing(items=items) if items and not all(isinstance(item, Leaf) for item in items):
            lines = [head]
            for item in items:
                lines += _item(item, indent)
            return lines
        case _:
            return [f"{f'{head} {_inline(node)}':<{_COMMENT_COLUMN}}  # {origin.place}"]


def _item(item: Node, indent: str) -> list[str]:
    """A list's item: the first line of a mapping stands behind the dash."""
    if isinstance(item, Table) and item.entries:
        lines = _table(item, f"{indent}  ")
        return [f"{indent}- {lines[0][len(indent) + 2 :]}", *lines[1:]]
    if isinstance(item, Listing) and item.items:
        return _entry(f"{indent}-", item, item.origin, f"{indent}  ")
    return [f"{f'{indent}- {_inline(item)}':<{_COMMENT_COLUMN}}  # {item.origin.place}"]


def _inline(node: Node) -> str:
    match node:
        case Leaf(value=str() as text):
            return _word(text)
        case Leaf(value=Secret()):
            return json.dumps(MASK)
        case Leaf(value=value):
            return json.dumps(value)
        case Listing(items=items):
            return f"[{', '.join(_inline(item) for item in items)}]"
        case Table():
            return "{}"


def _word(text: str) -> str:
    # Masked before it is quoted: stars in the wrong place would be an alias.
    text = mask(text)
    if _reads_back(text):
        return text
    # JSON writes what lies beyond 16 bits as two escapes, which YAML does not read.
    return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in json.dumps(text, ensure_ascii=False))


def _reads_back(text: str) -> bool:
    try:
        return _BARE.fullmatch(text) is not None and isinstance(resolve(text), str)
    except ValueError:  # a number with too many digits has to be quoted
        return False


def _value(node: Node) -> Any:
    match node:
        case Leaf(value=Secret()):
            return MASK
        case Leaf(value=value):
            return value
        case Listing(items=items):
            return [_value(item) for item in items]
        case Table(entries=entries):
            return {key: _value(entry.node) for key, entry in entries.items()}
