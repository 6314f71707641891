"""Reads JUnit XML as a stream: any size in constant memory, nothing expanded or fetched, truncation always an error."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from pyexpat import XMLParserType
from typing import BinaryIO, Generic, TypeVar
from xml.parsers import expat

from reports.case import Case
from reports.read.errors import ReportError
from reports.read.expat_codes import CHUNK, LONGEST_TOKEN, MENDABLE, TRUNCATED
from reports.read.foreign import refuse_start
from reports.read.junit_file import JunitFile, SuiteCount
from reports.read.junit_handlers import JunitHandlers
from reports.read.mending import foreign_encoding, mended
from reports.read.opening import open_report
from reports.read.problem import Effect

T = TypeVar("T")


def read_junit(
    path: Path,
    on_case: Callable[[Case], None] | None = None,
    *,
    only: frozenset[str] | None = None,
    on_suite: Callable[[SuiteCount], None] | None = None,
) -> JunitFile:
    """Read one JUnit XML file.

    `on_case` gets every case as it streams by. With `only`, it gets just the notable ones: failed, flaky, with a
    property of Tidegate's (`tidegate.*`), or with a name that ends an identity in `only` (`classname::name` or `name`);
    that is much cheaper. `on_suite` gets the count of each suite that holds cases directly.

    Raises ReportError where the file can't be read as JUnit. What the callbacks got until then is to be thrown away.
    """
    with open_report(path) as file:
        return _read(_Request(file, str(path), on_case, only, on_suite))


class _NeedsMending(Exception):  # noqa: N818 - it is a turn in the road, not an error
    def __init__(self, line: int, reason: str) -> None:
        super().__init__(line, reason)
        self.line, self.reason = line, reason


class _Once(Generic[T]):
    """Hands over what a second reading of the same file repeats only once."""

    def __init__(self, callback: Callable[[T], None]) -> None:
        self._callback = callback
        self._seen = self._known = 0

    def __call__(self, item: T) -> None:
        self._seen += 1
        if self._seen > self._known:
            self._callback(item)

    def rewind(self) -> None:
        self._known, self._seen = max(self._seen, self._known), 0


@dataclass(frozen=True, slots=True)
class _Request:
    file: BinaryIO
    name: str
    on_case: Callable[[Case], None] | None
    only: frozenset[str] | None
    on_suite: Callable[[SuiteCount], None] | None


def _read(request: _Request) -> JunitFile:
    head = request.file.read(1 << 12)
    if not head:
        raise ReportError(request.name, 0, "the file is empty: the run that should have written it did not finish")
    if refusal := refuse_start(head):
        raise ReportError(request.name, 1, refusal)
    cases = _Once(request.on_case) if request.on_case else None
    suites = _Once(request.on_suite) if request.on_suite else None
    request = replace(request, on_case=cases, on_suite=suites)
    encoding = foreign_encoding(head)
    mending = _NeedsMending(1, f"the encoding {encoding!r} is not one of XML's usual ones") if encoding else None
    if mending is None:
        try:
            return _parse(request, _parser(None), lambda chunks: chunks, None)
        except _NeedsMending as stop:
            mending = stop
        for callback in (cases, suites):
            if callback:
                callback.rewind()
    return _parse(request, _parser("utf-8"), lambda chunks: mended(chunks, head), mending)


def _parser(encoding: str | None) -> XMLParserType:
    # With our own string as the name, comparing tags is comparing pointers.
    return expat.ParserCreate(encoding, None, {"testcase": "testcase"})


def _parse(
    request: _Request,
    parser: XMLParserType,
    mend: Callable[[Iterator[bytes]], Iterable[bytes]],
    mending: _NeedsMending | None,
) -> JunitFile:
    name = request.name
    digest = hashlib.sha256()
    handlers = JunitHandlers(parser, name, request.on_case, request.only, request.on_suite)
    parser.StartDoctypeDeclHandler = _refuse_doctype(parser, name)
    request.file.seek(0)
    try:
        fed = 0
        for chunk in mend(_chunks(request.file, digest.update)):
            parser.Parse(chunk, False)
            fed += len(chunk)
            if fed - parser.CurrentByteIndex > LONGEST_TOKEN:
                raise ReportError(
                    name, parser.CurrentLineNumber, f"a single tag or comment is longer than {LONGEST_TOKEN >> 20} MiB"
                )
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        if mending is None and error.code in MENDABLE:
            raise _NeedsMending(error.lineno, _expat_message(error)) from error
        raise ReportError(name, error.lineno, _expat_message(error)) from error
    finally:
        parser.StartElementHandler = parser.EndElementHandler = parser.CharacterDataHandler = None
    if mending is not None:
        handlers.problems.add(
            Effect.NOTE, f"{mending.reason}; what XML does not allow was replaced and the rest read", mending.line
        )
    totals, repeated = handlers.finish()
    suites = handlers.suites
    return JunitFile(
        path=name,
        sha256=digest.hexdigest(),
        tests=totals.tests,
        failures=totals.failures,
        errors=totals.errors,
        skipped=totals.skipped,
        flaky=totals.flaky,
        repeated=repeated,
        suites=suites.suites,
        duration=suites.seconds,
        newest=suites.newest,
        properties=tuple(suites.properties),
        run=suites.run,
        problems=handlers.problems.all(name),
    )


def _chunks(file: BinaryIO, update: Callable[[bytes], None]) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        update(chunk)
        yield chunk


def _refuse_doctype(parser: XMLParserType, name: str) -> Callable[[str, str | None, str | None, bool], None]:
    def refuse(root: str, system: str | None, public: str | None, has_subset: bool) -> None:
        if has_subset or ((system or public) and root.lower() != "html"):
            raise ReportError(
                name,
                parser.CurrentLineNumber,
                "the file has a DOCTYPE with declarations or a DTD of its own; entities are never expanded or fetched: "
                "have the report written without one",
            )

    return refuse


def _expat_message(error: expat.ExpatError) -> str:
    reason = expat.ErrorString(error.code) or "unknown error"
    if error.code in TRUNCATED:
        return f"the file ends in the middle ({reason}): the run that wrote it did not finish"
    return f"not well-formed XML ({reason}, column {error.offset + 1})"
