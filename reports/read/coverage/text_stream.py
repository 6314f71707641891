"""The lines of a text report as a stream, in bounded memory, whatever its encoding and line ends."""

import codecs
import hashlib
from collections.abc import Iterator
from pathlib import Path

from reports.read.errors import ReportError
from reports.read.opening import open_report

_CHUNK = 1 << 16
_LONGEST_LINE = 1 << 20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class TextLines:
    """Iterates over a file's lines without their ends; then `sha256` and `whole` are known.

    `number`: of the present line, from 1; `whole`: whether the last line had an end. Bytes that are no text of the
    encoding become U+FFFD: they stand in names only.
    """

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        self.number = 0
        self.sha256 = ""
        self.whole = True
        self._from = path

    def error(self, message: str) -> ReportError:
        """An error at the present line."""
        return ReportError(self.path, self.number, message)

    def __iter__(self) -> Iterator[str]:
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
                    self.number += 1
                    yield line.removesuffix("\r")
                if len(rest) > _LONGEST_LINE:
                    self.number += 1
                    raise self.error("a line is longer than 1 MiB: this is no coverage report")
                chunk = file.read(_CHUNK)
        rest += decoder.decode(b"", True)
        self.sha256 = digest.hexdigest()
        if rest:
            self.number += 1
            self.whole = False
            yield rest.removesuffix("\r")


def _encoding(start: bytes) -> str:
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return encoding
    if start[1:2] == b"\0":
        return "utf-16-le"
    return "utf-16-be" if start[:1] == b"\0" else "utf-8"
