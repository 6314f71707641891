"""Feeds an XML report to handlers as a stream: nothing expanded or fetched, truncation always an error.

Coverage reports name a DTD (JaCoCo, Cobertura). It is never fetched; declarations inside of the file are refused.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from pyexpat import XMLParserType
from typing import BinaryIO, NamedTuple, Protocol, TypeVar
from xml.parsers import expat

from reports.coverage import Coverage
from reports.read.errors import ReportError
from reports.read.expat_codes import CHUNK, LONGEST_TOKEN, MENDABLE, TRUNCATED
from reports.read.foreign import refuse_start
from reports.read.mending import foreign_encoding, mended
from reports.read.opening import open_report
from reports.read.problem import Effect

#: Real reports nest about ten deep (JaCoCo's groups in groups).
DEEPEST = 100


class Place(NamedTuple):
    """Where the handlers are: the file as the user wrote it, and the line of its tag that is being read."""

    path: str
    line: Callable[[], int]


class Handlers(Protocol):
    """What a format does at each tag. Both methods may raise ReportError."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """A tag opens."""

    def end(self, tag: str) -> None:
        """A tag closes."""

    def problem(self, effect: Effect, message: str) -> None:
        """Remember a problem."""

    def finish(self, sha256: str) -> Coverage:
        """The file ended well."""


H = TypeVar("H", bound=Handlers)


def read_xml(path: Path, handlers: Callable[[Place], Handlers]) -> Coverage:
    """Read a report; `handlers` builds them for one reading. Raises ReportError.

    A file with characters or an encoding that expat refuses is mended and read a second time, with new handlers.
    """
    with open_report(path) as file:
        head = file.read(1 << 12)
        if not head:
            raise ReportError(str(path), 0, "the file is empty: the run that should have written it did not finish")
        if refusal := refuse_start(head):
            raise ReportError(str(path), 1, refusal)
        note = f"the encoding {name!r} is not one of XML's usual ones" if (name := foreign_encoding(head)) else ""
        if not note:
            try:
                return _parse(file, str(path), handlers, None, "")
            except _NeedsMending as stop:
                note = str(stop)
        return _parse(file, str(path), handlers, head, note)


class _NeedsMending(Exception):  # noqa: N818 - it is a turn in the road, not an error
    pass


def _parse(
    file: BinaryIO, name: str, build: Callable[[Place], Handlers], mend_from: bytes | None, note: str
) -> Coverage:
    parser = expat.ParserCreate(None if mend_from is None else "utf-8")
    parsed = False
    # What is found at the end is about the whole file, and has no line of its own.
    handlers = build(Place(name, lambda: 0 if parsed else parser.CurrentLineNumber))
    depth = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise ReportError(name, parser.CurrentLineNumber, f"elements are nested deeper than {DEEPEST}")
        handle_start(tag, attributes)

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        handle_end(tag)

    handle_start, handle_end = handlers.start, handlers.end
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.specified_attributes = True
    parser.StartDoctypeDeclHandler = _doctype(parser, name)
    parser.SkippedEntityHandler = _skipped(parser, name)
    digest = hashlib.sha256()
    file.seek(0)
    chunks: Iterable[bytes] = _chunks(file, digest.update)
    try:
        fed = 0
        for chunk in chunks if mend_from is None else mended(chunks, mend_from):
            parser.Parse(chunk, False)
            fed += len(chunk)
            if fed - parser.CurrentByteIndex > LONGEST_TOKEN:
                raise ReportError(
                    name, parser.CurrentLineNumber, f"a single tag or comment is longer than {LONGEST_TOKEN >> 20} MiB"
                )
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        if mend_from is None and error.code in MENDABLE:
            raise _NeedsMending(f"line {error.lineno}: {_message(error)}") from error
        raise ReportError(name, error.lineno, _message(error)) from error
    finally:
        parser.StartElementHandler = parser.EndElementHandler = None
    if note:
        handlers.problem(Effect.NOTE, f"{note}; what XML does not allow was replaced and the rest read")
    parsed = True
    return handlers.finish(digest.hexdigest())


def _chunks(file: BinaryIO, update: Callable[[bytes], None]) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        update(chunk)
        yield chunk


def _doctype(parser: XMLParserType, name: str) -> Callable[[str, str | None, str | None, bool], None]:
    def check(_root: str, _system: str | None, _public: str | None, has_subset: bool) -> None:
        if has_subset:
            raise ReportError(
                name,
                parser.CurrentLineNumber,
                "the file declares entities or elements in its DOCTYPE; they are never expanded: "
                "have the report written without them",
            )

    return check


def _skipped(parser: XMLParserType, name: str) -> Callable[[str, bool], None]:
    def refuse(entity: str, _parameter: bool) -> None:
        raise ReportError(name, parser.CurrentLineNumber, f"the entity &{entity[:100]}; is not known to XML")

    return refuse


def _message(error: expat.ExpatError) -> str:
    reason = expat.ErrorString(error.code) or "unknown error"
    if error.code in TRUNCATED:
        return f"the file ends in the middle ({reason}): the run that wrote it did not finish"
    return f"not well-formed XML ({reason}, column {error.offset + 1})"
