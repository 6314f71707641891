"""The rows of a CSV report as a stream: in bounded memory, of any usual encoding and delimiter, with their lines."""

import codecs
import csv
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from reports.read.errors import ReportError
from reports.read.opening import open_report

_CHUNK: Final = 1 << 16
#: Characters of one line. JMeter writes whole answers into a field, if it is told to.
_LONGEST: Final = 4 << 20
_DELIMITERS: Final = (",", ";", "\t", "|")
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def delimiter_of(header: str) -> str:
    """The character between the names of a header: the one that is there most often."""
    return max(_DELIMITERS, key=lambda char: len(re.findall(re.escape(char), header)))


class CsvRows:
    """Iterates over the rows behind the header, each a list of texts; then `sha256` and `whole` are known.

    `header`: the names of the columns, known once iteration began; `line`: of the row's last line, from 1; `whole`:
    whether the last line had an end. A row of another length than the header, a quote that is never closed and a line
    beyond 4 MiB raise ReportError. Bytes that are no text of the encoding become U+FFFD.
    """

    def __init__(self, path: Path) -> None:
        self._from, self.path = path, str(path)
        self.header: list[str] = []
        self.line = 0
        self.sha256 = ""
        self.whole = True

    def error(self, message: str) -> ReportError:
        """An error at the present line."""
        return ReportError(self.path, self.line, message)

    def start(self) -> Iterator[list[str]]:
        """Read the header; returns the rows behind it."""
        rows = self._rows()
        self.header = [name.strip().strip('"') for name in next(rows, [])]
        return rows

    def _rows(self) -> Iterator[list[str]]:
        lines = self._lines()
        first = next(lines, "")
        delimiter = delimiter_of(first)

        def again() -> Iterator[str]:
            yield first
            yield from lines

        reader = csv.reader(again(), delimiter=delimiter, strict=True)
        width = 0
        # Python's own limit of 128 KiB is for all of the process; JMeter writes more into a field.
        csv.field_size_limit(max(_LONGEST, csv.field_size_limit()))
        try:
            for row in reader:
                if not row:
                    continue
                width = width or len(row)
                if len(row) != width:
                    cut = "; the file may be cut off in the middle" if len(row) < width else ""
                    raise self.error(f"a row has {len(row)} fields, wanted {width} as in the header{cut}")
                yield row
        except csv.Error as error:
            words = "the file ends in the middle: the run that should have written it did not finish"
            raise self.error(words if "unexpected end" in str(error) else f"this is no CSV: {error}") from None

    def _lines(self) -> Iterator[str]:
        digest = hashlib.sha256()
        rest = ""
        with open_report(self._from) as file:
            chunk = file.read(_CHUNK)
            if not chunk:
                raise self.error("the file is empty: the run that should have written it did not finish")
            decoder = codecs.getincrementaldecoder(_encoding(chunk))("replace")
            while chunk:
                digest.update(chunk)
                *lines, rest = (rest + decoder.decode(chunk)).split("\n")
                for line in lines:
                    self.line += 1
                    yield line + "\n"
                if len(rest) > _LONGEST:
                    self.line += 1
                    raise self.error(f"a line is longer than {_LONGEST >> 20} MiB")
                chunk = file.read(_CHUNK)
        rest += decoder.decode(b"", True)
        self.sha256 = digest.hexdigest()
        if rest:
            self.line += 1
            self.whole = False
            yield rest


def _encoding(start: bytes) -> str:
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return encoding
    if start[1:2] == b"\0":
        return "utf-16-le"
    return "utf-16-be" if start[:1] == b"\0" else "utf-8"
