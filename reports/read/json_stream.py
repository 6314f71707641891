"""Reads JSON as a stream: any size, one value at a time in memory, truncation and doubled keys always an error."""

import codecs
import hashlib
import json
import re
from collections.abc import Iterator
from typing import BinaryIO, NoReturn

from reports.read.errors import ReportError

#: A single value (one finding, one rule) of more characters is refused: it would have to be held as a whole.
LONGEST_VALUE = 64 << 20

_CHUNK = 1 << 20
#: Stepping in takes Python's stack; real reports nest about ten deep.
_DEEPEST = 100
_DIGITS = "-0123456789"
_BLANK = re.compile(r"[ \t\n\r]*")
_KINDS = {
    "{": "an object",
    "[": "a list",
    '"': "a text",
    "t": "a boolean",
    "f": "a boolean",
    "n": "null",
    "": "nothing",
}


_TOO_DEEP = "the JSON is nested too deeply: no report is, so it is something else or damaged"


class _Refused(ValueError):  # noqa: N818 - it never leaves this module
    """Syntax that `json` takes and that is not to be believed."""


class JsonStream:
    """A cursor in a JSON document of any size.

    `members()` and `items()` step into the object or list at the cursor; `value()` takes the value there as a whole.
    What a loop over them does not take is skipped. `finish()` makes sure that nothing follows, and has to be called.

    Everything raises ReportError where the document is cut off, is no JSON (NaN, doubled keys and a depth that
    Python's own parser refuses included), or holds something else than was asked for. Only doubled keys within what is
    skipped are not looked for: they change nothing. `kind` of a value is told in words: "an object", "a list",
    "a text", "a number", "a boolean", "null".
    """

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file, self._name = file, name
        self._digest = hashlib.sha256()
        self._decoder: codecs.IncrementalDecoder | None = None
        self._json = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)
        self._text, self._pos, self._lines = "", 0, 0
        self._ended = False
        self._taken = self._depth = 0

    @property
    def sha256(self) -> str:
        """Of the bytes that were read, hexadecimal: of the whole file once `finish()` was called."""
        return self._digest.hexdigest()

    @property
    def line(self) -> int:
        """Where the cursor stands, from 1."""
        return 1 + self._lines + self._text.count("\n", 0, self._pos)

    @property
    def kind(self) -> str:
        """What the value at the cursor is, in words; "nothing" at the end of the file."""
        char = self._char()
        return _KINDS.get(char) or ("a number" if char in _DIGITS else "no value of JSON")

    def fail(self, message: str) -> NoReturn:
        """Raise ReportError for the place of the cursor."""
        raise ReportError(self._name, self.line, message)

    def value(self) -> object:
        """The value at the cursor as `json.loads` would return it."""
        if not self._char():
            self._truncated()
        self._taken += 1
        while True:
            try:
                value, end = self._json.raw_decode(self._text, self._pos)
            except _Refused as error:
                self.fail(f"this is no JSON to be believed: {error}")
            except RecursionError:
                self.fail(_TOO_DEEP)
            except ValueError as error:
                if self._grow():
                    continue
                self._refuse(error)
            # A number at the end of what was read so far may go on: 0 of 0.5, 1 of 1e-5.
            if len(self._text) - end <= 2 and self._text[self._pos] in _DIGITS and self._grow():
                continue
            self._pos = end
            return value

    def skip(self) -> None:
        """Step over the value at the cursor, in bounded memory."""
        kind = self.kind
        if kind in ("an object", "a list"):
            try:
                _, self._pos = _SKIPPING.raw_decode(self._text, self._pos)
                self._taken += 1
            except (ValueError, RecursionError):  # it goes on behind what was read so far, or it is wrong: look closer
                for _ in self.members("it") if kind == "an object" else self.items("it"):
                    pass
        else:
            self.value()

    def members(self, what: str) -> Iterator[str]:
        """Step through the object at the cursor: its keys, each with the cursor at its value. `what`: for messages."""
        self._open("{", what)
        seen: set[str] = set()
        if self._char() == "}":
            self._closed("}")
            return
        while True:
            if self._char() != '"':
                self._wrong("a key in double quotes")
            key = str(self.value())
            if key in seen:
                self.fail(f"{what} holds the key {key[:100]!r} twice: which one counts is anybody's guess")
            seen.add(key)
            if self._char() != ":":
                self._wrong("a colon")
            self._pos += 1
            taken = self._taken
            yield key
            if self._taken == taken:
                self.skip()
            if self._closed("}"):
                return

    def items(self, what: str) -> Iterator[None]:
        """Step through the list at the cursor: once per item, with the cursor at it. `what`: for messages."""
        self._open("[", what)
        if self._char() == "]":
            self._closed("]")
            return
        while True:
            taken = self._taken
            yield None
            if self._taken == taken:
                self.skip()
            if self._closed("]"):
                return

    def records(self, what: str) -> Iterator[dict[str, object]]:
        """The objects of the list at the cursor; none where null stands instead of a list."""
        if self.kind == "null":
            self.value()
            return
        for _ in self.items(what):
            if self.kind != "an object":
                self.fail(f"{what} holds {self.kind}, wanted objects only")
            yield _as_object(self.value())

    def record(self, what: str) -> dict[str, object]:
        """The object at the cursor as a whole; an empty one where null stands instead."""
        if self.kind not in ("an object", "null"):
            self.fail(f"{what} is {self.kind}, wanted an object")
        return _as_object(self.value() or {})

    def finish(self) -> None:
        """Make sure that the document ends here, and read the file to its end."""
        if self._char():
            self.fail("more follows after the end of the JSON document: one report per file, without log lines")

    def _open(self, bracket: str, what: str) -> None:
        char = self._char()
        if not char:
            self._truncated()
        if char != bracket:
            self.fail(f"{what} is {self.kind}, wanted {_KINDS[bracket]}")
        self._pos += 1
        self._taken += 1
        self._depth += 1
        if self._depth > _DEEPEST:
            self.fail(_TOO_DEEP)

    def _closed(self, bracket: str) -> bool:
        char = self._char()
        if char not in (",", bracket):
            self._wrong(f"a comma or {bracket}")
        self._pos += 1
        self._depth -= char == bracket
        return char == bracket

    def _char(self) -> str:
        """The next character that is not blank; empty at the end."""
        while True:
            match = _BLANK.match(self._text, self._pos)
            self._pos = match.end() if match else self._pos
            if self._pos < len(self._text):
                return self._text[self._pos]
            if not self._grow():
                return ""

    def _grow(self) -> bool:
        """Read on, and forget what lies before the cursor; False, and nothing changed, at the end of the file."""
        rest = len(self._text) - self._pos
        if rest > LONGEST_VALUE:
            self.fail(f"a single value goes on for more than {LONGEST_VALUE >> 20} MiB, or is broken near its begin")
        more: list[str] = []
        # As much again as there is: a value that needs many rounds is scanned in linear time all the same.
        wanted = max(_CHUNK, rest)
        while (wanted > 0 or not any(more)) and not self._ended:  # a piece may end within a character
            chunk = self._file.read(_CHUNK)
            self._ended = not chunk
            self._digest.update(chunk)
            wanted -= len(chunk)
            more.append(self._decoded(chunk))
        if not any(more):
            return False
        self._lines += self._text.count("\n", 0, self._pos)
        self._text, self._pos = self._text[self._pos :] + "".join(more), 0
        return True

    def _decoded(self, chunk: bytes) -> str:
        if self._decoder is None:
            self._decoder = codecs.getincrementaldecoder(_encoding(chunk))("strict")
        try:
            return self._decoder.decode(chunk, final=self._ended)
        except UnicodeDecodeError as error:
            if self._ended:
                self._truncated()
            raise ReportError(
                self._name, 0, f"the text is not {error.encoding.upper()} ({error.reason}): write the report as UTF-8"
            ) from None

    def _truncated(self) -> NoReturn:
        raise ReportError(
            self._name, self.line, "the file ends in the middle: the run that should have written it did not finish"
        )

    def _refuse(self, error: ValueError) -> NoReturn:
        if not isinstance(error, json.JSONDecodeError):
            self.fail(f"this is no JSON to be believed: {error}")
        rest = self._text[error.pos :].rstrip()
        unfinished = any(literal.startswith(rest) for literal in ("true", "false", "null", "-"))
        if unfinished or error.msg.startswith("Unterminated string"):
            self._pos = len(self._text)
            self._truncated()
        self._pos = error.pos
        self.fail(f"this is no JSON: {error.msg}")

    def _wrong(self, wanted: str) -> NoReturn:
        char = self._char()
        if not char:
            self._truncated()
        self.fail(f"this is no JSON: {char!r} stands where {wanted} should be")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _Refused(f"an object holds the key {twice[:100]!r} twice")
    return found


def _constant(name: str) -> NoReturn:
    raise _Refused(f"{name} is no number")


def _as_object(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _encoding(head: bytes) -> str:
    """RFC 8259 wants UTF-8; what PowerShell's `>` writes is UTF-16, with a mark or without."""
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if head[1:2] == b"\0" != head[:1]:
        return "utf-16-le"
    if head[:1] == b"\0" != head[1:2]:
        return "utf-16-be"
    return "utf-8-sig"


#: Without a look at each object, for what is skipped.
_SKIPPING = json.JSONDecoder(parse_constant=_constant)
