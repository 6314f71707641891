"""A JUnit file as `tidegate read` shows it: its totals and its failing tests."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from checks.units import format_value
from reports.case import Case, Outcome
from reports.read.junit import read_junit
from reports.read.junit_file import JunitFile
from reports.read.problem import Problem
from reports.read.words import counted

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class JunitReading:
    """One JUnit file with its first failing and flaky cases."""

    file: JunitFile
    failed: tuple[Case, ...]
    flaky: tuple[Case, ...]
    kind: str = "junit"

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What makes the file not fully believable."""
        return self.file.problems

    def facts(self) -> Mapping[str, object]:
        """The totals, and what else a script may want to know."""
        file = self.file
        return {
            "tests": file.tests,
            "failures": file.failures,
            "errors": file.errors,
            "skipped": file.skipped,
            "flaky": file.flaky,
            "repeated": file.repeated,
            "suites": file.suites,
            "duration": round(file.duration, 6),
            "timestamp": file.newest.isoformat() if file.newest else None,
            "sha256": file.sha256,
        }

    def lines(self) -> list[str]:
        """Totals, then the failing tests, then the flaky ones."""
        file = self.file
        totals = (
            f"{counted(file.tests, 'test')} · {counted(file.failures, 'failure')} · {counted(file.errors, 'error')}"
        )
        totals += f" · {file.skipped:,} skipped"
        more = [f"{file.flaky:,} flaky"] if file.flaky else []
        more += [format_value(file.duration, "s")]
        more += [f"{file.newest:%Y-%m-%d %H:%M:%S}"] if file.newest else []
        out = [f"{self.kind}: {' · '.join([totals, *more])}"]
        out += _listed("failed", self.failed, file.failing)
        out += _listed("flaky", self.flaky, file.flaky)
        return out


def read_junit_reading(path: Path) -> JunitReading:
    """Read a JUnit file for display. Raises ReportError."""
    failed: list[Case] = []
    flaky: list[Case] = []

    def take(case: Case) -> None:
        kept = flaky if case.flaky else failed
        if len(kept) < _SHOWN and (case.flaky or case.outcome in (Outcome.FAILED, Outcome.ERROR)):
            kept.append(case)

    file = read_junit(path, take, only=frozenset())
    return JunitReading(file, tuple(failed), tuple(flaky))


def _listed(word: str, cases: tuple[Case, ...], count: int) -> list[str]:
    out = []
    for case in cases:
        said = f": {case.message}" if case.message else ""
        out.append(f"  {case.outcome.value if word == 'failed' else word}: line {case.line}: {case.identity}{said}")
    if count > len(cases):
        out.append(f"  and {count - len(cases):,} more {word}")
    return out
