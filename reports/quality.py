"""What tools say about the quality of sources and of a build: values, as evidence for gates and as lines for people."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from checks.evidence import Evidence, Gap, Reading
from checks.sonarqube_gate import QualityGate
from checks.units import format_value
from reports.read.problem import Problem
from reports.read.words import counted

#: So many functions and clones of a report are kept and shown; the others are counted.
KEPT = 20


@dataclass(frozen=True, slots=True)
class Block:
    """A function or method with its cyclomatic complexity (McCabe 1976). `where`: `file:line`."""

    name: str
    where: str
    complexity: int


@dataclass(frozen=True, slots=True)
class Complexity:
    """How complex `count` functions in `files` files are. `blocks`: the worst first, at most KEPT; `mean`: of all."""

    blocks: tuple[Block, ...]
    count: int
    mean: float
    files: int
    sha256: str
    problems: tuple[Problem, ...]
    kind: str = "complexity"

    @property
    def maximum(self) -> int | None:
        """The worst function's complexity; None where there is no function."""
        return self.blocks[0].complexity if self.blocks else None

    def evidence(self, source: str) -> Evidence:
        """`complexity`: of the worst function. A Gap where there is none."""
        if self.maximum is None:
            return Gap("complexity", "no function was measured", source=source)
        worst = self.blocks[0]
        return Reading(
            "complexity", self.maximum, samples=self.count, source=source, detail=f"{worst.name} in {worst.where}"
        )

    def facts(self) -> Mapping[str, object]:
        """The totals and the worst functions."""
        return {
            "functions": self.count,
            "files": self.files,
            "maximum": self.maximum,
            "mean": round(self.mean, 3) if self.count else None,
            "worst": [{"name": one.name, "where": one.where, "complexity": one.complexity} for one in self.blocks],
            "sha256": self.sha256,
        }

    def lines(self) -> list[str]:
        """The totals, then the worst functions."""
        totals = [counted(self.count, "function"), counted(self.files, "file")]
        if self.blocks:
            totals += [f"at most {self.maximum}", f"{self.mean:.1f} on average"]
        return [
            f"{self.kind}: {' · '.join(totals)}",
            *(f"  {one.complexity}: {one.name} in {one.where}" for one in self.blocks),
        ]


@dataclass(frozen=True, slots=True)
class Clone:
    """Two places that hold the same lines. `first`, `second`: `file:line`."""

    first: str
    second: str
    lines: int


@dataclass(frozen=True, slots=True)
class Duplication:
    """`duplicated` of `total` lines in `files` files are copies. `clones`: the longest of `count`, at most KEPT."""

    total: int
    duplicated: int
    files: int
    clones: tuple[Clone, ...]
    count: int
    created: datetime | None
    sha256: str
    problems: tuple[Problem, ...]
    kind: str = "duplication"

    @property
    def ratio(self) -> float | None:
        """0..1, and more where lines are in several clones; None where nothing was analysed."""
        return self.duplicated / self.total if self.total else None

    def evidence(self, source: str) -> Evidence:
        """`duplication`: the ratio. A Gap where nothing was analysed."""
        if self.ratio is None:
            return Gap("duplication", "no line was analysed", source=source)
        detail = f"{self.duplicated:,} of {self.total:,} lines"
        return Reading("duplication", self.ratio, "ratio", samples=self.total, source=source, detail=detail)

    def facts(self) -> Mapping[str, object]:
        """The totals."""
        return {
            "ratio": self.ratio,
            "duplicated": self.duplicated,
            "lines": self.total,
            "files": self.files,
            "clones": self.count,
            "timestamp": self.created.isoformat() if self.created else None,
            "sha256": self.sha256,
        }

    def lines(self) -> list[str]:
        """The totals, then the longest clones."""
        share = "nothing analysed" if self.ratio is None else format_value(self.ratio, "ratio")
        totals = f"{share} · {self.duplicated:,} of {counted(self.total, 'line')} · {counted(self.files, 'file')}"
        return [
            f"{self.kind}: {totals}",
            *(f"  {counted(one.lines, 'line')}: {one.first} is {one.second}" for one in self.clones),
        ]


@dataclass(frozen=True, slots=True)
class QualityGateFile:
    """SonarQube's answer as a file."""

    gate: QualityGate
    sha256: str
    problems: tuple[Problem, ...]
    kind: str = "quality-gate"

    def facts(self) -> Mapping[str, object]:
        """The status and its conditions."""
        conditions = [
            {"metric": one.metric, "status": one.status.value, "actual": one.actual, "limit": one.limit}
            for one in self.gate.conditions
        ]
        return {"status": self.gate.status.value, "conditions": conditions, "sha256": self.sha256}

    def lines(self) -> list[str]:
        """The status, then the conditions that are not met."""
        number = counted(len(self.gate.conditions), "condition")
        return [f"{self.kind}: {self.gate.status.value} · {number}", *(f"  {text}" for text in self.gate.failed)]


@dataclass(frozen=True, slots=True)
class Durations:
    """How long the steps of a build took, in seconds, as CI wrote it down. `commit`: empty where it doesn't say."""

    seconds: Mapping[str, float]
    commit: str
    created: datetime | None
    sha256: str
    problems: tuple[Problem, ...]
    kind: str = "durations"

    def evidence(self, step: str, source: str) -> Evidence:
        """`duration.STEP`. A Gap where the file doesn't have the step."""
        if step not in self.seconds:
            known = ", ".join(self.seconds) or "none"
            return Gap(
                f"duration.{step}", f"the file does not say how long {step!r} took; it has {known}", source=source
            )
        return Reading(f"duration.{step}", self.seconds[step], "s", source=source)

    def facts(self) -> Mapping[str, object]:
        """All of it."""
        return {
            "seconds": dict(self.seconds),
            "commit": self.commit or None,
            "timestamp": self.created.isoformat() if self.created else None,
            "sha256": self.sha256,
        }

    def lines(self) -> list[str]:
        """One line."""
        steps = [f"{name} {format_value(seconds, 's')}" for name, seconds in self.seconds.items()]
        return [f"{self.kind}: {' · '.join(steps) or 'none'}"]
