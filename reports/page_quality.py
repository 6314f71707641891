"""What browsers' tools say about pages, Lighthouse and axe: values, as evidence for gates and as lines for people."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from checks.evidence import Evidence, Gap, Reading
from checks.units import format_value
from reports.read.problem import Problem
from reports.read.words import counted

#: So many violations of a report are kept and shown; the others are counted.
KEPT = 50


@dataclass(frozen=True, slots=True)
class Lighthouse:
    """One run of Lighthouse. `scores`: 0..1 per category, None where Lighthouse itself could not tell."""

    version: str
    requested: str
    final: str
    scores: Mapping[str, float | None]
    created: datetime | None
    sha256: str
    problems: tuple[Problem, ...]
    kind: str = "lighthouse"

    def evidence(self, category: str, source: str) -> Evidence:
        """`lighthouse.CATEGORY`: its score, a ratio. A Gap where it has no score, or is not there at all."""
        subject = f"lighthouse.{category}"
        if category not in self.scores:
            known = ", ".join(self.scores) or "none"
            return Gap(subject, f"the report has no category {category!r}; it has {known}", source=source)
        score = self.scores[category]
        if score is None:
            return Gap(subject, f"Lighthouse could not tell a score of {category!r}", source=source)
        return Reading(subject, score, "ratio", source=source, detail=self.final or self.requested)

    def facts(self) -> Mapping[str, object]:
        """Everything but the audits."""
        return {
            "version": self.version,
            "requested_url": self.requested or None,
            "final_url": self.final or None,
            "scores": dict(self.scores),
            "timestamp": self.created.isoformat() if self.created else None,
            "sha256": self.sha256,
        }

    def lines(self) -> list[str]:
        """One line."""
        scores = [
            f"{name} {'no score' if score is None else format_value(score, 'ratio')}"
            for name, score in self.scores.items()
        ]
        return [f"{self.kind}: {' · '.join([self.final or self.requested or 'no URL', *scores])}"]


class Impact(Enum):
    """How much a violation hinders people, in axe's words, from little to much."""

    MINOR = "minor"
    MODERATE = "moderate"
    SERIOUS = "serious"
    CRITICAL = "critical"
    UNKNOWN = "unknown"
    """axe did not say: it counts against each limit."""

    def at_least(self, limit: "Impact") -> bool:
        """Whether a violation of this impact counts against a limit on `limit`."""
        return _ORDER[self] >= _ORDER[limit]


_ORDER = {impact: number for number, impact in enumerate(Impact)}


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that a page breaks, in `nodes` of its elements. `tags`: what the rule belongs to, as `wcag2aa`."""

    rule: str
    impact: Impact
    title: str
    page: str
    nodes: int
    tags: frozenset[str]
    link: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page as axe saw it, in numbers of rules. `tags`: the groups of rules that the run was limited to, None where
    it was not."""

    url: str
    violations: int
    passes: int
    inapplicable: int
    incomplete: int
    created: datetime | None
    tags: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Accessibility:
    """What axe found on one page or several. `by_impact`: rules broken, counted per page; `violations`: the worst
    first, at most KEPT; `version`: of axe."""

    version: str
    pages: tuple[Page, ...]
    by_impact: Mapping[Impact, int]
    violations: tuple[Violation, ...]
    sha256: str
    problems: tuple[Problem, ...]
    kind: str = "accessibility"

    @property
    def count(self) -> int:
        """Violations on all pages."""
        return sum(self.by_impact.values())

    @property
    def executed(self) -> int:
        """Rules that axe came to a result for, on all pages."""
        return sum(page.violations + page.passes for page in self.pages)

    def evidence(self, at_least: Impact, source: str) -> Evidence:
        """`accessibility.IMPACT`: violations that hinder as much or more. A Gap where no rule came to a result."""
        subject = f"accessibility.{at_least.value}"
        if not self.executed:
            return Gap(subject, "axe came to a result for no rule", source=source)
        number = sum(number for impact, number in self.by_impact.items() if impact.at_least(at_least))
        return Reading(subject, number, samples=self.executed, source=source)

    def facts(self) -> Mapping[str, object]:
        """The totals, and each page's."""
        return {
            "version": self.version or None,
            "count": self.count,
            "by_impact": {impact.value: number for impact, number in self.by_impact.items()},
            "passes": sum(page.passes for page in self.pages),
            "incomplete": sum(page.incomplete for page in self.pages),
            "pages": [
                {"url": page.url, "violations": page.violations, "timestamp": page.created and page.created.isoformat()}
                for page in self.pages
            ],
            "sha256": self.sha256,
        }

    def lines(self) -> list[str]:
        """The totals, then the worst violations."""
        totals = [counted(len(self.pages), "page"), counted(self.count, "violation")]
        totals += [f"{number:,} {impact.value}" for impact, number in reversed(list(self.by_impact.items()))]
        totals += [f"{counted(sum(page.passes for page in self.pages), 'rule')} kept"]
        shown = [
            f"  {one.impact.value}: {one.rule}: {one.title} ({counted(one.nodes, 'element')}, {one.page or 'no URL'})"
            for one in self.violations
        ]
        more = [f"  and {self.count - len(shown):,} more"] if self.count > len(shown) else []
        return [f"{self.kind}: {' · '.join(totals)}", *shown, *more]
