"""A coverage report as `tidegate read` shows it: its totals and the files that miss the most."""

import heapq
from collections.abc import Mapping
from dataclasses import dataclass

from reports.coverage import Branches, Coverage, FileCoverage, Lines
from reports.read.problem import Problem
from reports.read.words import counted

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class CoverageReading:
    """One coverage report."""

    coverage: Coverage
    kind: str = "coverage"

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What makes the report not fully believable."""
        return self.coverage.problems

    def facts(self) -> Mapping[str, object]:
        """The totals, and what else a script may want to know."""
        coverage = self.coverage
        branches = coverage.branches
        return {
            "format": coverage.format,
            "lines": _counts(coverage.lines),
            "branches": None if branches is None else _counts(branches),
            "unit": coverage.unit,
            "files": len(coverage.files),
            "timestamp": coverage.timestamp.isoformat() if coverage.timestamp else None,
            "sha256": coverage.sha256,
        }

    def lines(self) -> list[str]:
        """Totals, then the files with the most lines that no test reached."""
        coverage = self.coverage
        branches = "not measured" if coverage.branches is None else coverage.branches
        totals = f"{coverage.unit} {coverage.lines} · branches {branches}"
        out = [f"coverage: {coverage.format} · {counted(len(coverage.files), 'file')} · {totals}"]
        missing = [file for file in coverage.files.values() if file.lines.missed]
        out += [f"  {file.path}: {file.lines}" for file in heapq.nlargest(_SHOWN, missing, key=_missed)]
        if len(missing) > _SHOWN:
            out.append(f"  and {counted(len(missing) - _SHOWN, 'file')} more with lines that no test reached")
        return out


def _missed(file: FileCoverage) -> int:
    return file.lines.missed


def _counts(share: Lines | Branches) -> dict[str, int]:
    return {"covered": share.covered, "total": share.total}
