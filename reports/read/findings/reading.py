"""A report of findings as `tidegate read` shows it: its totals, and its worst findings."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from reports.finding import Finding, Findings, Severity
from reports.read.findings.formats import recognised
from reports.read.findings.read import read_findings
from reports.read.problem import Problem
from reports.read.sniff import Head
from reports.read.words import counted

_SHOWN = 20
_WORST_FIRST = {severity: number for number, severity in enumerate(reversed(Severity))}


@dataclass(frozen=True, slots=True)
class FindingsReading:
    """One report of findings."""

    findings: Findings
    kind: str = "findings"

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What makes the file not fully believable."""
        return self.findings.problems

    def facts(self) -> Mapping[str, object]:
        """The totals, and what else a script may want to know."""
        found = self.findings
        return {
            "tool": found.tool,
            "format": found.format,
            "count": found.count,
            "by_severity": {severity.value: number for severity, number in found.by_severity.items()},
            "by_kind": {kind.value: number for kind, number in found.by_kind.items()},
            "suppressed": found.suppressed,
            "stated": dict(found.stated),
            "tool_version": found.tool_version or None,
            "created": found.created.isoformat() if found.created else None,
            "artifact": found.subject.artifact or None,
            "digests": list(found.subject.digests),
            "commit": found.subject.commit or None,
            "sha256": found.sha256,
        }

    def lines(self) -> list[str]:
        """Totals, then the worst findings."""
        found = self.findings
        totals = [counted(found.count, "finding")]
        totals += [f"{number:,} {severity.value.lower()}" for severity, number in found.by_severity.items()]
        totals += [f"{found.suppressed:,} suppressed"] if found.suppressed else []
        totals += [f"{found.created:%Y-%m-%d %H:%M:%S}"] if found.created else []
        out = [f"{self.kind}: {found.tool or found.format}: {' · '.join(totals)}"]
        counting = sorted(
            (finding for finding in found.findings if not finding.suppressed), key=lambda f: _WORST_FIRST[f.severity]
        )
        out += [f"  {_line(finding)}" for finding in counting[:_SHOWN]]
        if found.count > _SHOWN:
            out.append(f"  and {found.count - _SHOWN:,} more")
        return out


def holds_findings(head: Head) -> bool:
    """Whether a file is a report of findings, by its keys."""
    return head.json is not None and recognised(head.json) is not None


def read_findings_reading(path: Path) -> FindingsReading:
    """Read a report of findings for display. Raises ReportError."""
    return FindingsReading(read_findings(path))


def _line(finding: Finding) -> str:
    package = " ".join(filter(None, (finding.package, finding.installed)))
    fixed = f"fixed in {finding.fixed}" if finding.fixed else ""
    place = ", ".join(filter(None, (finding.where, package, fixed)))
    return f"{finding.severity.value.lower()}: {finding.id or 'no id'}: {finding.title} ({place})"
