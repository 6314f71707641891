"""Reads PromQL well enough to see how a query is built (prometheus.io/docs/prometheus/latest/querying/basics).

Prometheus alone says whether a query is valid. This reader is for advice: what it can't read it says so, and no more.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

_WITH_PARAMETER: Final = frozenset(("topk", "bottomk", "quantile", "count_values", "limitk", "limit_ratio"))
AGGREGATIONS: Final = _WITH_PARAMETER | {"sum", "avg", "min", "max", "count", "stddev", "stdvar", "group"}
_PRECEDENCE: Final = {
    **dict.fromkeys(("or",), 1),
    **dict.fromkeys(("and", "unless"), 2),
    **dict.fromkeys(("==", "!=", "<=", ">=", "<", ">"), 3),
    **dict.fromkeys(("+", "-"), 4),
    **dict.fromkeys(("*", "/", "%", "atan2"), 5),
    "^": 6,
}
_TOKEN: Final = re.compile(
    r"""\s*+(?:\#[^\n]*+\s*+)*+(?:
      (?P<duration>(?:\d+(?:ms|[smhdwy]))+(?![\w.]))
    | (?P<number>0[xX][0-9a-fA-F]+|(?:\d+(?:_\d+)*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?!\w)|(?:inf|nan)(?!\w))
    | (?P<word>[A-Za-z_:][\w:]*)
    | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)
    | (?P<sign>=~|!~|==|!=|<=|>=|[-+*/%^<>=(){}\[\],:@])
    )""",
    re.VERBOSE | re.IGNORECASE,
)
#: What stands in parentheses behind group_left; more of the query has to follow.
_LABEL_LIST: Final = re.compile(r"\(\s*(?:[A-Za-z_]\w*\s*(?:,\s*[A-Za-z_]\w*\s*)*)?\)\s*[\w({]")
#: In milliseconds.
_UNITS: Final = {
    "ms": 1,
    "s": 1000,
    "m": 60_000,
    "h": 3_600_000,
    "d": 86_400_000,
    "w": 604_800_000,
    "y": 31_536_000_000,
}
#: Deeper queries are nobody's; Python's own stack is not for us to use up.
_DEEPEST: Final = 60


class PromqlError(ValueError):
    """This reader does not understand the query."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A number or a text."""

    text: str


@dataclass(frozen=True, slots=True)
class Selector:
    """`name{label="value"}[5m]`: `text` is the part without the range; `window` in seconds, None for an instant."""

    name: str
    matchers: tuple[tuple[str, str, str], ...]
    text: str
    window: float | None = None


@dataclass(frozen=True, slots=True)
class Subquery:
    """`(...)[5m:1m]`."""

    of: "Node"
    window: float


@dataclass(frozen=True, slots=True)
class Call:
    """`rate(...)`."""

    function: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Aggregation:
    """`sum by (job) (...)`: `by` or `without`, or neither."""

    operator: str
    of: tuple["Node", ...]
    by: tuple[str, ...] | None = None
    without: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Binary:
    """`a / on (job) group_left b`. `keyword`: `on`, `ignoring` or nothing; `group`: `group_left`, `group_right`."""

    operator: str
    left: "Node"
    right: "Node"
    keyword: str = ""
    labels: tuple[str, ...] = ()
    group: str = ""


Node: TypeAlias = Literal | Selector | Subquery | Call | Aggregation | Binary


def parse(query: str) -> Node:
    """How the query is built. Raises PromqlError."""
    parser = _Parser(query)
    node = parser.binary(1, 0)
    if parser.kind != "end":
        raise PromqlError(f"`{parser.value[:40]}` was not expected")
    return node


def walk(node: Node) -> Iterator[Node]:
    """The node and everything in it."""
    yield node
    for inner in children(node):
        yield from walk(inner)


def children(node: Node) -> tuple[Node, ...]:
    """What a node is made of."""
    match node:
        case Subquery(of=of):
            return (of,)
        case Call(arguments=arguments):
            return arguments
        case Aggregation(of=parts):
            return parts
        case Binary(left=left, right=right):
            return (left, right)
        case _:
            return ()


def seconds(text: str) -> float:
    """A duration as PromQL writes it: `5m`, `1h30m`. Raises PromqlError."""
    parts = re.findall(r"(\d+)(ms|[smhdwy])", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise PromqlError(f"`{text[:40]}` is no duration")
    return sum(int(number[:12]) * _UNITS[unit] for number, unit in parts) / 1000


def duration(seconds: float) -> str:
    """Seconds as PromQL writes them: `5m`, `90s`, `1500ms`."""
    milliseconds = round(seconds * 1000)
    for unit, factor in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)):
        if milliseconds and milliseconds % factor == 0:
            return f"{milliseconds // factor}{unit}"
    return f"{milliseconds}ms"


def label_set(labels: Mapping[str, str]) -> str:
    """`{instance="a", job="b"}` as PromQL writes it, with the name in front where there is one."""
    pairs = ", ".join(f"{name}={quoted(value)}" for name, value in sorted(labels.items()) if name != "__name__")
    return f"{labels.get('__name__', '')}{{{pairs}}}"


def quoted(text: str) -> str:
    """A text as PromQL writes it in double quotes (the escapes of Go)."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


class _Parser:
    """Recursive descent, one token ahead."""

    def __init__(self, query: str) -> None:
        self._query = query
        self._end = self._begin = 0
        self.kind = self.value = ""
        self._next()

    def _next(self) -> str:
        """Take the token; the one behind it becomes the current one."""
        taken = self.value
        self._last = self._end
        match = _TOKEN.match(self._query, self._end)
        if match is None:
            rest = re.sub(r"#[^\n]*", "", self._query[self._end :]).strip()
            if rest:
                raise PromqlError(f"`{rest[:40]}` can't be read")
            self.kind, self.value = "end", ""
            self._begin = len(self._query)
        else:
            self.kind = str(match.lastgroup)
            self.value = match[self.kind]
            self._begin = match.start(self.kind)
            self._end = match.end()
        return taken

    def _take(self, sign: str) -> None:
        if self.value != sign:
            raise PromqlError(f"`{sign}` is missing before `{self._query[self._begin :][:40]}`")
        self._next()

    def _is_word(self, *words: str) -> bool:
        return self.kind == "word" and self.value.lower() in words

    def binary(self, least: int, depth: int) -> Node:
        if depth > _DEEPEST:
            raise PromqlError("it is nested too deeply")
        left = self._unary(depth)
        while (rank := self._rank()) >= least:
            operator = self._next().lower()
            if self._is_word("bool"):
                self._next()
            keyword, group = "", ""
            labels: tuple[str, ...] = ()
            if self._is_word("on", "ignoring"):
                keyword, labels = self._next().lower(), self._labels()
                if self._is_word("group_left", "group_right"):
                    group = self._next().lower()
                    if self.value == "(" and self._lists_labels():
                        self._labels()
            right = self.binary(rank if operator == "^" else rank + 1, depth + 1)
            left = Binary(operator, left, right, keyword, labels, group)
        return left

    def _rank(self) -> int:
        known = self.kind == "sign" or self._is_word("or", "and", "unless", "atan2")
        return _PRECEDENCE.get(self.value.lower(), 0) if known else 0

    def _lists_labels(self) -> bool:
        """Whether the parenthesis after group_left holds its labels, and not the right operand."""
        return _LABEL_LIST.match(self._query, self._begin) is not None

    def _unary(self, depth: int) -> Node:
        signs = 0
        while self.value in ("+", "-") and self.kind == "sign":
            self._next()
            signs += 1
        node = self._postfix(self._primary(depth), depth)
        # -a is 0 - a for our purposes: it keeps the labels of a.
        return Binary("*", Literal("-1"), node) if signs else node

    def _primary(self, depth: int) -> Node:
        begin = self._begin
        match self.kind, self.value:
            case (("number" | "text"), _):
                return Literal(self._next())
            case "duration", _:
                return Literal(self._next())
            case "sign", "(":
                self._next()
                node = self.binary(1, depth + 1)
                self._take(")")
                return node
            case "sign", "{":
                return self._selector("", begin)
            case "word", _:
                name = self._next()
                if name.lower() in AGGREGATIONS and (self.value == "(" or self._is_word("by", "without")):
                    return self._aggregation(name.lower(), depth)
                if self.value == "(":
                    return Call(name.lower(), self._arguments(depth))
                return self._selector(name, begin)
            case _:
                raise PromqlError(f"`{self._query[begin:][:40]}` was not expected")

    def _aggregation(self, operator: str, depth: int) -> Node:
        grouping = self._grouping()
        arguments = self._arguments(depth)
        grouping = grouping or self._grouping()
        if operator in _WITH_PARAMETER:
            arguments = arguments[1:]
        match grouping:
            case ("by", labels):
                return Aggregation(operator, arguments, by=labels)
            case ("without", labels):
                return Aggregation(operator, arguments, without=labels)
            case _:
                return Aggregation(operator, arguments)

    def _grouping(self) -> tuple[str, tuple[str, ...]] | None:
        if not self._is_word("by", "without"):
            return None
        keyword = self._next().lower()
        return keyword, self._labels()

    def _labels(self) -> tuple[str, ...]:
        self._take("(")
        labels = []
        while self.value != ")":
            if self.kind not in ("word", "text"):
                raise PromqlError(f"`{self._query[self._begin :][:40]}` is no label")
            labels.append(self._next().strip("\"'`"))
            if self.value != ")":
                self._take(",")
        self._next()
        return tuple(labels)

    def _arguments(self, depth: int) -> tuple[Node, ...]:
        self._take("(")
        found = []
        while self.value != ")":
            found.append(self.binary(1, depth + 1))
            if self.value != ")":
                self._take(",")
        self._next()
        return tuple(found)

    def _selector(self, name: str, begin: int) -> Node:
        matchers = []
        if self.value == "{":
            self._next()
            while self.value != "}":
                label = self._next().strip("\"'`")
                if self.value in (",", "}"):  # {"a.name"}: a name in quotes
                    name = label
                else:
                    operator = self._next()
                    if operator not in ("=", "!=", "=~", "!~") or self.kind != "text":
                        raise PromqlError(f"`{self._query[self._begin :][:40]}` was not expected in a selector")
                    matchers.append((label, operator, self._next()[1:-1]))
                if self.value != "}":
                    self._take(",")
            self._next()
        if not name and not matchers:
            raise PromqlError("a selector without a name and without labels")
        return Selector(name, tuple(matchers), self._query[begin : self._last].strip())

    def _postfix(self, node: Node, depth: int) -> Node:
        while True:
            if self.value == "[" and self.kind == "sign":
                node = self._window(node)
            elif self._is_word("offset"):
                self._next()
                if self.value == "-":
                    self._next()
                if self.kind not in ("duration", "number"):
                    raise PromqlError("`offset` is followed by a duration")
                self._next()
            elif self.value == "@" and self.kind == "sign":
                self._next()
                self._unary(depth + 1)
            else:
                return node

    def _window(self, node: Node) -> Node:
        self._take("[")
        if self.kind not in ("duration", "number"):
            raise PromqlError(f"`{self._query[self._begin :][:40]}` is no duration")
        window = seconds(self.value) if self.kind == "duration" else float(self.value)
        self._next()
        if self.value.startswith(":"):
            # `:1m` reads like a name that begins with a colon.
            while self.value not in ("]", ""):
                self._next()
            self._take("]")
            return Subquery(node, window)
        self._take("]")
        if not isinstance(node, Selector) or node.window is not None:
            raise PromqlError("a range stands behind a selector; behind anything else it needs a colon: [5m:]")
        return Selector(node.name, node.matchers, node.text, window)
