"""Which coverage format a file has, told from what it holds. A new format is one entry in `FORMATS`."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from reports.coverage import Coverage
from reports.read.coverage.clover import read_clover
from reports.read.coverage.cobertura import read_cobertura
from reports.read.coverage.coveragepy import read_coveragepy
from reports.read.coverage.go import read_go
from reports.read.coverage.istanbul import read_istanbul, read_istanbul_summary
from reports.read.coverage.jacoco import read_jacoco
from reports.read.coverage.lcov import read_lcov
from reports.read.coverage.reading import CoverageReading
from reports.read.coverage.recognition import (
    foreign,
    is_clover,
    is_cobertura,
    is_coveragepy,
    is_go,
    is_istanbul,
    is_istanbul_summary,
    is_jacoco,
    is_lcov,
)
from reports.read.errors import ReportError
from reports.read.sniff import Head, head_of


@dataclass(frozen=True, slots=True)
class Format:
    """A coverage format: whether a file is of it, and how it is read."""

    name: str
    recognises: Callable[[Head], bool]
    read: Callable[[Path], Coverage]


FORMATS = (
    Format("cobertura", is_cobertura, read_cobertura),
    Format("clover", is_clover, read_clover),
    Format("jacoco", is_jacoco, read_jacoco),
    Format("lcov", is_lcov, read_lcov),
    Format("go", is_go, read_go),
    Format("coverage.py", is_coveragepy, read_coveragepy),
    Format("istanbul-summary", is_istanbul_summary, read_istanbul_summary),
    Format("istanbul", is_istanbul, read_istanbul),
)


def holds_coverage(head: Head) -> bool:
    """Whether a file is a coverage report of a format that is read."""
    return _format(head) is not None


def read_coverage(path: Path) -> Coverage:
    """Read a coverage report of any format that is known. Raises ReportError."""
    head = head_of(path)
    known = _format(head)
    if known is None and head.json:  # its telling keys may come late
        head = head_of(path, whole=True)
        known = _format(head)
    if known is not None:
        return known.read(path)
    names = ", ".join(known.name for known in FORMATS)
    raise ReportError(str(path), 0, foreign(head) or f"this is no coverage report of a format that is read: {names}")


def read_coverage_reading(path: Path) -> CoverageReading:
    """Read a coverage report for display. Raises ReportError."""
    return CoverageReading(read_coverage(path))


def _format(head: Head) -> Format | None:
    return next((known for known in FORMATS if known.recognises(head)), None)
