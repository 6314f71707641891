"""Reads one YAML file into a tree: line marks kept, doubles refused, sizes bounded, one message for what is wrong."""

import re
from pathlib import Path
from typing import Any, NoReturn

from gates.environment.scalars import resolve
from gates.environment.tree import Entry, Leaf, Listing, Node, Origin, Path_, Table, Written, dotted
from gates.errors import ConfigurationError

#: Far more than a long environment needs, and little enough to be read, expanded and printed at once.
MAX_BYTES = 1_000_000
MAX_NODES = 20_000
MAX_DEPTH = 30

# What YAML 1.2 section 5.1 calls not printable, without the line ends that only some editors know.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")


def parse_file(path: Path) -> Table:
    """Read a file. Raises ConfigurationError for whatever is wrong with it."""
    return parse_text(_text_of(path), str(path))


def parse_text(text: str, file: str) -> Table:
    """Read YAML. `file` is the name that errors and origins carry."""
    import yaml

    bad = _FORBIDDEN.search(text)
    if bad is not None:
        line, column = _position(text, bad.start())
        raise ConfigurationError(f"holds the control character {bad.group()!r}", file, line, column)
    # libyaml where PyYAML was built with it: about ten times as fast as the Python parser.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    builder = _Builder(file)
    try:
        for event in yaml.parse(text, Loader=loader):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        raise ConfigurationError(*_yaml_problem(error), file, line, column) from None
    except yaml.YAMLError as error:
        raise ConfigurationError(f"is not YAML: {error}", file) from None
    if not isinstance(builder.root, Table):
        if builder.root is None or (isinstance(builder.root, Leaf) and builder.root.value is None):
            raise ConfigurationError("is empty", file, 1, 1, hint="it starts with `service: NAME` or `extends: FILE`")
        raise ConfigurationError("is not a mapping: its outermost level has to be `key: value`", file, 1, 1)
    return builder.root


def _text_of(path: Path) -> str:
    file = str(path)
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except IsADirectoryError:
        raise ConfigurationError("is a folder, not a file", file) from None
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise ConfigurationError(f"can't be read: {reason}", file) from None
    if len(data) > MAX_BYTES:
        raise ConfigurationError(f"is larger than {MAX_BYTES:,} bytes", file)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ConfigurationError("is in UTF-16", file, 1, 1, hint="save it as UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        raise ConfigurationError("is not in UTF-8", file, line, column, hint="save it as UTF-8") from None


def _position(text: str, offset: int) -> tuple[int, int]:
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def _yaml_problem(error: Any) -> tuple[str]:
    problem = str(error.problem or error.context or "can't be read")
    if "\\t" in problem or "tab" in problem:
        return ("a tab can't indent; use spaces",)
    if "mapping values are not allowed" in problem:
        return ("a `:` stands where no key can be; quote the text, or check the indentation",)
    if "undefined alias" in problem:
        return ("an alias names an anchor that does not exist",)
    context = f" ({error.context})" if error.context and error.problem else ""
    return (f"is not YAML: {problem}{context}",)


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


class _Builder:
    """Builds the tree from libyaml's events, so that nothing is expanded or resolved behind our back."""

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
        if bad := _FORBIDDEN.search(event.value):
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
        path: Path_ = tuple(
            frame.key if frame.key is not None else len(frame.items)
            for frame in self.open
            if frame.key is not None or frame.entries is None
        )
        if step:
            path = (*path, step)
        raise ConfigurationError(message, origin.file, origin.line, origin.column, dotted(path), hint)
