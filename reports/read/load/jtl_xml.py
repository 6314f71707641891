"""Reads JMeter's results as XML, as a stream: a sample counts once, and not its redirects and embedded files again.

Format: https://jmeter.apache.org/usermanual/listeners.html#xmlformat2.1
"""

import hashlib
from pathlib import Path
from typing import Final
from xml.parsers import expat

from reports.load_summary import LoadSummary
from reports.read.errors import ReportError
from reports.read.expat_codes import CHUNK, TRUNCATED
from reports.read.load.samples import TRANSACTION, Samples
from reports.read.opening import open_report
from reports.read.sniff import Head

_SAMPLES: Final = frozenset({"httpSample", "sample"})
#: Samples in samples, and what is in them; real files nest about five deep.
_DEEPEST: Final = 100
#: expat holds a tag whole. Answers stand between tags and are handed over in pieces.
_LONGEST: Final = 4 << 20


def is_jtl_xml(head: Head) -> bool:
    """Whether a file's root is `testResults`."""
    return head.root == "testresults"


def read_jtl_xml(path: Path) -> LoadSummary:
    """Read JMeter's XML. Raises ReportError."""
    digest = hashlib.sha256()
    with open_report(path) as file:
        reader = _Reader(str(path))
        fed = 0
        try:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
                fed += len(chunk)
                reader.parser.Parse(chunk, False)
                if fed - reader.parser.CurrentByteIndex > _LONGEST:
                    reader.fail(f"a single tag or comment is longer than {_LONGEST >> 20} MiB")
            reader.parser.Parse(b"", True)
        except expat.ExpatError as error:
            reason = expat.ErrorString(error.code) or "unknown error"
            cut = "the file ends in the middle ({}): the run that should have written it did not finish"
            words = cut if error.code in TRUNCATED else "not well-formed XML ({})"
            raise ReportError(str(path), error.lineno, words.format(reason)) from None
        finally:
            reader.release()
    return reader.found.summary("jmeter-xml", digest.hexdigest(), str(path))


class _Reader:
    """Counts samples where they are no parts of another one; those of a transaction count, and it does not."""

    def __init__(self, name: str) -> None:
        self.found = Samples()
        self._name = name
        self._inside: list[bool] = []  # for each open element: whether samples in it are parts of a sample
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.SkippedEntityHandler = self._skipped

    def release(self) -> None:
        """Let go of the parser: its handlers point back here."""
        self.parser.StartElementHandler = self.parser.EndElementHandler = None
        self.parser.StartDoctypeDeclHandler = self.parser.SkippedEntityHandler = None

    def fail(self, message: str) -> None:
        """Raise ReportError for the line that is being read."""
        raise ReportError(self._name, self.parser.CurrentLineNumber, message)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self._inside) >= _DEEPEST:
            self.fail(f"elements are nested deeper than {_DEEPEST}")
        part = bool(self._inside) and self._inside[-1]
        if tag in _SAMPLES and not part:
            self._sample(tag, attributes)
            part = not attributes.get("rm", "").startswith(TRANSACTION)
        elif not self._inside and tag != "testResults":
            self.fail(f"the root element is <{tag[:100]}>, wanted <testResults>")
        self._inside.append(part)

    def _end(self, _tag: str) -> None:
        self._inside.pop()

    def _sample(self, tag: str, attributes: dict[str, str]) -> None:
        elapsed, success, begun = (attributes.get(name, "") for name in ("t", "s", "ts"))
        if not (elapsed.isascii() and elapsed.isdigit() and len(elapsed) <= 12):
            self.fail(f"`t` of a <{tag}> is {elapsed[:50]!r}, wanted whole milliseconds")
        if success not in ("true", "false"):
            self.fail(f"`s` of a <{tag}> is {success[:50]!r}, wanted true or false: whether it failed is not known")
        moment = int(begun) if begun.isascii() and begun.isdigit() and len(begun) <= 15 else None
        self.found.add(attributes.get("lb", ""), int(elapsed), success == "true", moment, attributes.get("rm", ""))

    def _doctype(self, _root: str, _system: str | None, _public: str | None, has_subset: bool) -> None:
        if has_subset:
            self.fail("the file declares entities or elements in its DOCTYPE; they are never expanded")

    def _skipped(self, entity: str, _parameter: bool) -> None:
        self.fail(f"the entity &{entity[:100]}; is not known to XML")
