"""Which keys a JSON document has near its top: enough to tell who wrote it."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from reports.read.errors import ReportError
from reports.read.json_stream import JsonStream

_DEPTH = 3
_ITEMS = 50
_KEYS = 5_000


@dataclass(frozen=True, slots=True)
class Shape:
    """`kind`: of the document, in the words of JsonStream; `paths`: its keys to a depth of three, as `runs[].tool`.

    `empty`: whether it is an object or a list that holds nothing; `error`: why it could not be read to its end.
    """

    kind: str
    paths: frozenset[str] = frozenset()
    empty: bool = False
    error: str = ""

    def has(self, *paths: str) -> bool:
        """Whether all of these keys are there."""
        return self.paths.issuperset(paths)

    def any(self, *paths: str) -> bool:
        """Whether one of these keys is there."""
        return not self.paths.isdisjoint(paths)


def shape_of(source: BinaryIO | bytes) -> Shape:
    """The shape of a document, or of the beginning of one: what is cut off or damaged further on is just not in it."""
    stream = JsonStream(BytesIO(source) if isinstance(source, bytes) else source, "")
    paths: set[str] = set()
    kind, error = "nothing", ""
    try:
        kind = stream.kind
        for path in _walk(stream, "", _DEPTH):
            if len(paths) < _KEYS:
                paths.add(path)
        if kind not in ("an object", "a list"):
            stream.skip()
        stream.finish()
    except ReportError as reason:  # the reader that is chosen by what is known so far will come upon it
        error = reason.message
    empty = kind in ("an object", "a list") and not paths and not error
    return Shape(kind, frozenset(paths), empty, error)


def _walk(stream: JsonStream, path: str, depth: int) -> Iterator[str]:
    if not depth:
        return
    if stream.kind == "an object":
        for key in stream.members("it"):
            inner = f"{path}.{key}" if path else key
            yield inner
            yield from _walk(stream, inner, depth - 1)
    elif stream.kind == "a list":
        for number, _ in enumerate(stream.items("it")):
            if number < _ITEMS:
                yield f"{path}[]"
                yield from _walk(stream, f"{path}[]", depth)
