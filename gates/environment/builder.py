"""Builds a tree from libyaml's events, so that nothing is expanded or resolved behind our back."""

import re
from typing import Any, NoReturn

from gates.environment.scalars import resolve
from gates.environment.tree import Entry, KeyPath, Leaf, Listing, Node, Origin, Table, Written, dotted
from gates.errors import ConfigurationError

#: Far more than a long environment needs, and little enough to be expanded and printed at once.
MAX_NODES = 20_000
MAX_DEPTH = 30
#: What YAML 1.2 section 5.1 calls not printable, without the line ends that only some editors know.
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")


class _Open:
    """A mapping or sequence whose end has not been read yet."""

    __slots__ = ("anchor", "entries", "height", "items", "key", "key_origin", "origin", "size")

    def __init__(self, origin: Origin, anchor: str | None, *, table: bool) -> None:
        self.origin = origin
        self.anchor = anchor
        self.entries: dict[str, Entry] | None = {} if table else None
        self.items: list[Node] = []
        self.key: str | None = None
        self.key_origin = origin
        self.size = 1
        self.height = 1


class Builder:
    """Takes the events of one file. `root`: the tree, once all are taken; None for an empty file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.root: Node | None = None
        self.open: list[_Open] = []
        self.documents = 0
        # An alias shares its node; its size and height are counted again, which bounds "billion laughs".
        self.anchors: dict[str, tuple[Node, int, int]] = {}

    def take(self, event: Any) -> None:
        """One event of `yaml.parse`."""
        origin = Origin(self.file, event.start_mark.line + 1, event.start_mark.column + 1)
        match type(event).__name__:
            case "ScalarEvent":
                self._scalar(event, origin)
            case "MappingStartEvent" | "SequenceStartEvent" as kind:
                self._refuse_tag(event, origin)
                if self._wants_key():
                    self._fail("a key has to be a plain text", origin)
                if len(self.open) >= MAX_DEPTH:
                    self._fail(f"is nested deeper than {MAX_DEPTH} levels", origin)
                self.open.append(_Open(origin, event.anchor, table=kind == "MappingStartEvent"))
            case "MappingEndEvent" | "SequenceEndEvent":
                done = self.open.pop()
                node: Node
                if done.entries is not None:
                    node = Table(done.entries, done.origin)
                else:
                    node = Listing(tuple(done.items), done.origin)
                self._add(node, done.anchor, done.size, done.height, done.origin)
            case "AliasEvent":
                if self._wants_key():
                    self._fail("a key can't be an alias", origin)
                if event.anchor not in self.anchors:
                    self._fail(f"the alias *{event.anchor} names an anchor that is not written before it", origin)
                node, size, height = self.anchors[event.anchor]
                self._add(node, None, size, height, origin)
            case "DocumentStartEvent":
                self.documents += 1
                if self.documents > 1:
                    self._fail("holds a second YAML document (`---`); an environment is one", origin)

    def _scalar(self, event: Any, origin: Origin) -> None:
        self._refuse_tag(event, origin)
        if bad := FORBIDDEN.search(event.value):
            self._fail(f"holds the control character {bad.group()!r}", origin)
        plain = event.implicit[0]
        if self._wants_key():
            self._key(event.value, origin, plain=plain)
            return
        value = Written.at(event.value, origin) if not plain else self._resolved(event.value, origin)
        self._add(Leaf(value, origin), event.anchor, 1, 0, origin)

    def _resolved(self, text: str, origin: Origin) -> bool | int | float | Written | None:
        try:
            value = resolve(text)
        except ValueError as error:
            self._fail(str(error), origin)
        return Written.at(value, origin) if isinstance(value, str) else value

    def _key(self, key: str, origin: Origin, *, plain: bool) -> None:
        top = self.open[-1]
        if top.entries is None:
            raise AssertionError("a key outside of a mapping")
        if key == "<<" and plain:
            self._fail("merge keys (`<<`) are not read", origin, hint="put what is shared into a file and `extends` it")
        if not key.strip():
            self._fail("a key is empty", origin)
        if "${" in key:
            self._fail("a variable can't stand in a key", origin)
        if key in top.entries:
            first = top.entries[key].key.line
            self._fail(f"the key {key!r} is written twice, in line {first} and here", origin, step=key)
        top.key, top.key_origin = key, origin

    def _add(self, node: Node, anchor: str | None, size: int, height: int, origin: Origin) -> None:
        if anchor is not None:
            self.anchors[anchor] = (node, size, height)
        if not self.open:
            self.root = node
            return
        top = self.open[-1]
        top.size += size
        top.height = max(top.height, height + 1)
        if top.size > MAX_NODES:
            self._fail(f"holds more than {MAX_NODES:,} values (with its aliases expanded)", origin)
        if len(self.open) + height > MAX_DEPTH:
            self._fail(f"is nested deeper than {MAX_DEPTH} levels (with its aliases expanded)", origin)
        if top.entries is None:
            top.items.append(node)
        elif top.key is not None:
            top.entries[top.key] = Entry(top.key_origin, node)
            top.key = None

    def _wants_key(self) -> bool:
        return bool(self.open) and self.open[-1].entries is not None and self.open[-1].key is None

    def _refuse_tag(self, event: Any, origin: Origin) -> None:
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._fail(f"the tag {tag} is not read", origin, hint="quotes make a text, no quotes a number")

    def _fail(self, message: str, origin: Origin, *, hint: str = "", step: str = "") -> NoReturn:
        path: KeyPath = tuple(
            frame.key if frame.key is not None else len(frame.items)
            for frame in self.open
            if frame.key is not None or frame.entries is None
        )
        if step:
            path = (*path, step)
        raise ConfigurationError(message, origin.file, origin.line, origin.column, dotted(path), hint)
