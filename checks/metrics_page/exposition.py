"""Reads `/metrics` pages strictly, and says in which line one is wrong.

Sources: prometheus.io/docs/instrumenting/exposition_formats (text format 0.0.4) and the OpenMetrics specification 1.0.
`prometheus_client` has a parser for both. It is not used: it takes a page that was cut off, the same sample twice and
unknown escapes for good, and does not say where a page is wrong.

ExpositionError    the page is none; the message names the line
"""

import math
import re
from dataclasses import dataclass, field
from typing import Final

from checks.metrics_page.samples import Key, Page, shown

_NAME: Final = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL: Final = re.compile(r'\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*')
_VALUE: Final = re.compile(
    r"[+-]?(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|inf(?:inity)?|nan)", re.IGNORECASE
)
_ESCAPES: Final = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}
_TEXT_TYPES: Final = frozenset(("counter", "gauge", "histogram", "summary", "untyped"))
#: OpenMetrics: type -> what its samples end in, after the name of the family.
_OPEN_TYPES: Final = {
    "counter": ("_total", "_created"),
    "gauge": ("",),
    "histogram": ("_bucket", "_count", "_sum", "_created"),
    "gaugehistogram": ("_bucket", "_gcount", "_gsum"),
    "stateset": ("",),
    "info": ("_info",),
    "summary": ("", "_count", "_sum", "_created"),
    "unknown": ("",),
}
#: More samples are no page that a service should have; reading them would take minutes.
_MOST: Final = 1_000_000


class ExpositionError(ValueError):
    """The page breaks the rules of its format. `line` from 1."""

    def __init__(self, line: int, words: str) -> None:
        super().__init__(f"line {line}: {words}")
        self.line = line


def read_page(body: bytes, content_type: str = "") -> Page:
    """Read a page by what its Content-Type says it is; without one it is taken for the text format.

    Raises ExpositionError for what is not whole, not in the format, or says two things.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in ("", "text/plain", "application/openmetrics-text"):
        raise ExpositionError(1, f"this is {kind}, and no page of metrics")
    text = _decoded(body)
    if not text:
        raise ExpositionError(1, "the page is empty")
    if not text.endswith("\n"):
        raise ExpositionError(text.count("\n") + 1, "the page ends in the middle of a line: it was cut off")
    lines = text.split("\n")[:-1]
    reader = _OpenMetrics() if kind == "application/openmetrics-text" else _Text()
    for number, line in enumerate(lines, 1):
        reader.read(number, line)
    reader.end(len(lines))
    return Page(reader.samples, reader.types)


def _decoded(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise ExpositionError(body.count(b"\n", 0, error.start) + 1, "the text is not UTF-8") from None


@dataclass(slots=True)
class _Text:
    """The text format 0.0.4."""

    samples: dict[Key, float] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    _described: set[str] = field(default_factory=set)
    _names: set[str] = field(default_factory=set)

    def read(self, number: int, line: str) -> None:
        """Take one line, without its end."""
        line = line.strip(" \t\r")
        if line.startswith("#"):
            self._comment(number, line)
        elif line:
            key, rest = _sample(number, line)
            fields = rest.split()
            if not 1 <= len(fields) <= 2:
                words = "a value, and perhaps a time, has to follow the name"
                raise ExpositionError(number, f"{words}: {line[:80]!r}")
            if len(fields) == 2 and not re.fullmatch(r"-?[0-9]{1,18}", fields[1]):
                raise ExpositionError(number, f"{fields[1][:40]!r} is no time in milliseconds")
            self._add(number, key, _value(number, fields[0]))

    def end(self, lines: int) -> None:
        """After the last line."""
        if not self.samples:
            raise ExpositionError(lines, "the page has no sample")

    def _comment(self, number: int, line: str) -> None:
        word, _, rest = line[1:].lstrip(" \t").partition(" ")
        if word not in ("HELP", "TYPE"):
            return
        name, _, words = rest.strip(" \t").partition(" ")
        if not _NAME.fullmatch(name):
            raise ExpositionError(number, f"# {word} of {name[:40]!r}, which is no name of a metric")
        if word == "HELP":
            if name in self._described:
                raise ExpositionError(number, f"a second # HELP of {name}")
            self._described.add(name)
            return
        kind = words.strip().lower()
        if kind not in _TEXT_TYPES:
            raise ExpositionError(number, f"{kind[:40]!r} is no type; they are {', '.join(sorted(_TEXT_TYPES))}")
        if name in self.types:
            raise ExpositionError(number, f"a second # TYPE of {name}")
        if name in self._names:
            raise ExpositionError(number, f"# TYPE of {name} comes after a sample of it")
        self.types[name] = kind

    def _add(self, number: int, key: Key, value: float) -> None:
        if key in self.samples:
            raise ExpositionError(number, f"{shown(key)[:120]} is there a second time: which one holds?")
        if len(self.samples) >= _MOST:
            raise ExpositionError(number, f"the page has more than {_MOST:,} samples")
        self.samples[key] = value
        self._names.add(key[0])


@dataclass(slots=True)
class _OpenMetrics(_Text):
    """OpenMetrics 1.0."""

    _ended: bool = False
    _family: str = ""
    _families: set[str] = field(default_factory=set)

    def read(self, number: int, line: str) -> None:
        """Take one line, without its end."""
        if self._ended:
            raise ExpositionError(number, "something follows # EOF")
        if line == "# EOF":
            self._ended = True
        elif line.startswith("# "):
            self._describe(number, line)
        else:
            key, rest = _sample(number, line)
            # An exemplar (`# {trace_id="x"} 0.5`) is no part of the sample.
            fields = rest.partition(" # ")[0].split()
            if not 1 <= len(fields) <= 2:
                raise ExpositionError(number, f"a value, and perhaps a time, has to follow the name: {line[:80]!r}")
            if len(fields) == 2 and not math.isfinite(_value(number, fields[1])):
                raise ExpositionError(number, f"{fields[1][:40]!r} is no time in seconds")
            value = _value(number, fields[0])
            self._check_family(number, key[0], value)
            self._add(number, key, value)

    def end(self, lines: int) -> None:
        """After the last line."""
        if not self._ended:
            raise ExpositionError(lines, "the last line is not # EOF: the page was cut off")
        _Text.end(self, lines)

    def _describe(self, number: int, line: str) -> None:
        match = re.fullmatch(r"# (HELP|TYPE|UNIT) (\S+)(?: (.*))?", line)
        if match is None or not _NAME.fullmatch(match[2]):
            raise ExpositionError(number, f"{line[:60]!r} is neither HELP, TYPE, UNIT nor EOF of a metric")
        word, name, words = match[1], match[2], match[3] or ""
        self._enter(number, name)
        if word == "TYPE":
            if words not in _OPEN_TYPES:
                raise ExpositionError(number, f"{words[:40]!r} is no type; they are {', '.join(sorted(_OPEN_TYPES))}")
            if name in self.types:
                raise ExpositionError(number, f"a second # TYPE of {name}")
            self.types[name] = words

    def _check_family(self, number: int, name: str, value: float) -> None:
        kind = self.types.get(self._family, "")
        suffix = name.removeprefix(self._family) if self._family and name.startswith(self._family) else None
        if suffix is None or (kind and suffix not in _OPEN_TYPES[kind]):
            known = [family for family in self.types if name == family or name.startswith(f"{family}_")]
            if known:
                raise ExpositionError(number, f"{name} is no sample of the {self.types[known[-1]]} {known[-1]}")
            self._enter(number, name)
        counting = (kind == "counter" and suffix == "_total") or (
            kind == "histogram" and suffix in ("_bucket", "_count")
        )
        if counting and not value >= 0:
            raise ExpositionError(number, f"{name} is a counter, and {value} is no count")

    def _enter(self, number: int, family: str) -> None:
        if family == self._family:
            return
        if family in self._families:
            raise ExpositionError(number, f"{family} goes on after another metric began")
        self._families.add(family)
        self._family = family


def _sample(number: int, line: str) -> tuple[Key, str]:
    """Name and labels of a line, and what follows them."""
    match = _NAME.match(line)
    if match is None:
        what = "a page of HTML" if line.lstrip().startswith("<") else f"{line[:40]!r}"
        raise ExpositionError(number, f"a sample begins with a name, and this is {what}")
    name, rest = match[0], line[match.end() :].lstrip(" \t")
    if not rest.startswith("{"):
        if rest == line[match.end() :]:
            raise ExpositionError(number, f"{line[:60]!r} is no name of a metric with a value behind it")
        return (name, ()), rest
    labels: dict[str, str] = {}
    position = 1
    while not rest.startswith("}", position):
        found = _LABEL.match(rest, position)
        if found is None:
            if re.match(r"\s*}", rest[position:]):
                position = rest.index("}", position)
                break
            raise ExpositionError(number, f'the labels can\'t be read at {rest[position:][:40]!r}: write name="value"')
        label = found[1]
        if label in labels:
            raise ExpositionError(number, f"the label {label!r} is there twice")
        labels[label] = _unescaped(number, found[2])
        position = found.end()
        if rest.startswith(",", position):
            position += 1
        elif not rest.startswith("}", position):
            raise ExpositionError(number, f"a comma or a brace is missing at {rest[position:][:40]!r}")
    return (name, tuple(sorted(labels.items()))), rest[position + 1 :]


def _unescaped(number: int, text: str) -> str:
    def one(match: re.Match[str]) -> str:
        if match[0] not in _ESCAPES:
            raise ExpositionError(number, f'{match[0]!r} is no escape; there are \\\\, \\" and \\n')
        return _ESCAPES[match[0]]

    return re.sub(r"\\.", one, text) if "\\" in text else text


def _value(number: int, text: str) -> float:
    if not _VALUE.fullmatch(text):
        raise ExpositionError(number, f"{text[:40]!r} is no value")
    return float(text)
