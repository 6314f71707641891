"""Which reader a file needs, told from what it holds and never from its name.

The seam for new report kinds: write a reader with a `Recognised` result and add one entry to `KINDS`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from reports.read.coverage.formats import holds_coverage, read_coverage_reading
from reports.read.coverage.recognition import foreign
from reports.read.errors import ReportError
from reports.read.findings.reading import holds_findings, read_findings_reading
from reports.read.junit_reading import read_junit_reading
from reports.read.load.formats import foreign_load, holds_load, read_load
from reports.read.problem import Problem
from reports.read.quality.formats import QUALITY_FORMATS
from reports.read.sniff import Head, head_of


class Recognised(Protocol):
    """What every reader returns to `tidegate read`."""

    @property
    def kind(self) -> str:
        """The report kind: `junit`, `findings`, `coverage`, `complexity`, ..."""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What makes the file not fully believable."""

    def facts(self) -> Mapping[str, object]:
        """The totals and what else belongs into the JSON object, as JSON values."""

    def lines(self) -> list[str]:
        """The same for people: a line each, without the problems."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of report: whether a file is of it, and how it is read."""

    name: str
    recognises: Callable[[Head], bool]
    read: Callable[[Path], Recognised]


_JUNIT_ROOTS = frozenset({"testsuites", "testsuite", "testcase"})
KINDS = (
    Kind("junit", lambda head: head.root in _JUNIT_ROOTS, read_junit_reading),
    Kind("findings", holds_findings, read_findings_reading),
    Kind("coverage", holds_coverage, read_coverage_reading),
    *(Kind(form.kind, form.holds, form.read) for form in QUALITY_FORMATS),
    Kind("load", holds_load, read_load),
)


def read_any(path: Path) -> Recognised:
    """Read a report of any known kind. Raises ReportError where the kind is unknown or the file can't be read."""
    head = head_of(path)
    for kind in KINDS:
        if kind.recognises(head):
            return kind.read(path)
    if head.json:
        head = head_of(path, whole=True)
        for kind in KINDS:
            if kind.recognises(head):
                return kind.read(path)
    raise ReportError(str(path), 0, foreign(head) or foreign_load(head) or head.refusal)
