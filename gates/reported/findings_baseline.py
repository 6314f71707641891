"""What an older report of findings held, so that only new findings count."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from checks.evidence import Gap
from gates.carrying import gap
from gates.reported.files import files_of, read_all, same_file
from gates.reported.made import Place
from reports.finding import Finding, Findings, Severity
from reports.judgement import Judgement
from reports.read.problem import Effect


@dataclass(frozen=True, slots=True)
class Baseline:
    """Fingerprint -> how bad the finding was then. `path`: empty where no baseline is named."""

    path: str = ""
    known: Mapping[str, Severity] = field(default_factory=dict)
    tools: frozenset[str] = frozenset()

    def has(self, finding: Finding) -> bool:
        """Whether the finding was there, and as bad. What has become worse since then is new."""
        before = self.known.get(finding.fingerprint)
        return before is not None and before.at_least(finding.severity)

    def missing(self, report: Findings) -> Iterator[Judgement]:
        """A Gap where no report of the same tool is in the baseline: nothing can be compared."""
        if self.tools and _tool(report) not in self.tools:
            reason = f"it is of {', '.join(sorted(self.tools))}, and {report.path} of {_tool(report)}"
            yield _gap(self.path, f"{reason}: every finding counts as new")


def load_baseline(
    pattern: str | None, reports: Sequence[Path], place: Place, read: Callable[[Path], Findings]
) -> tuple[Baseline, list[Judgement]]:
    """Read a baseline; a report that is compared with itself has no new findings, and is therefore refused."""
    if pattern is None:
        return Baseline(), []
    if any(same_file(path, reports) for path in files_of(pattern, place.base)):
        return Baseline(), [_gap(pattern, "the report is its own baseline: name an older one")]
    found = read_all(pattern, place, read)
    judgements = [_gap(pattern, f"{judgement.subject}: {judgement.reason}") for judgement in found.judgements]
    known: dict[str, Severity] = {}
    for report in found.reports:
        doubts = (problem for problem in report.content.problems if problem.effect is not Effect.NOTE)
        judgements.extend(_gap(pattern, f"{report.path}: {problem.message}") for problem in doubts)
        for finding in report.content.findings:
            # What a tool was told not to count was never accepted here.
            if finding.fingerprint and not finding.suppressed:
                known[finding.fingerprint] = finding.severity
    return Baseline(pattern, known, frozenset(_tool(report.content) for report in found.reports)), judgements


def _tool(report: Findings) -> str:
    return report.tool or report.format


def _gap(pattern: str, reason: str) -> Judgement:
    return gap(Gap(f"baseline {pattern}", reason, source=pattern))
