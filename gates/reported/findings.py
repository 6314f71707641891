"""Judges findings of scanners: how many of each severity and kind, less what is waived and what is old."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from checks.evidence import Gap, Reading
from gates.carrying import gap
from gates.criteria import AtMost, Criterion, Equals
from gates.reported.binding import Origin, bind
from gates.reported.files import judge_problems, read_all
from gates.reported.value import Reported
from gates.reported.waivers import Waivers, load_waivers
from reports.finding import Finding, FindingKind, Findings, Severity
from reports.gate_report import Release
from reports.judgement import Judgement
from reports.read.errors import ReportError
from reports.read.findings.read import read_findings

if TYPE_CHECKING:
    from gates.environment.policy import GateSettings, ReportSource

#: S4-09: nothing HIGH or CRITICAL, where the environment says nothing else.
DEFAULT_LIMITS: Mapping[str, Criterion] = {"critical": AtMost(0), "high": AtMost(0)}
#: So many findings that break a limit are judgements of their own; the others are counted.
_SHOWN = 100
_TRUE = Equals(value=True)


@dataclass(slots=True)
class _Tally:
    """What is left to count, and what was set aside."""

    waivers: Waivers
    counted: list[Finding] = field(default_factory=list)
    uncounted: int = 0
    judgements: list[Judgement] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)


def judge_gate(gate: str, settings: "GateSettings", release: Release, base: Path) -> Reported:
    """Judge all findings of a gate together by its limits; S4-09 where it has none."""
    waivers, troubles = load_waivers(settings.waivers)
    tally = _Tally(waivers, judgements=troubles)
    for source in settings.reports:
        if source.kind == "findings":
            _take(tally, source, settings, release, base)
    tally.notes.extend(waivers.unused())
    own = {subject: criterion for subject, criterion in settings.limits.items() if subject in _SUBJECTS}
    limits = own or DEFAULT_LIMITS
    judged = list(_judge_counts(gate, tally, limits)) if tally.sources else []
    return Reported((*judged, *tally.judgements), tuple(tally.notes))


def _take(tally: _Tally, source: "ReportSource", settings: "GateSettings", release: Release, base: Path) -> None:
    found = read_all(source.findings or "", base, partial(_read, tool=source.tool or ""))
    tally.judgements.extend(found.judgements)
    known, troubles = _baseline(source, base)
    tally.judgements.extend(troubles)
    for report in found.reports:
        content = report.content
        tally.sources.append(report.path)
        said, subject = content.subject, report.path
        origin = Origin(report.path, content.sha256, report.modified, said.commit, said.digests, content.created)
        bound = bind(origin, source.binding, source.max_age, release, base)
        problems, notes = judge_problems(subject, content.problems)
        tally.judgements.extend((*bound.judgements, *problems))
        tally.notes.extend((*bound.notes, *notes))
        tally.uncounted += content.more
        _count(tally, content, settings, known)


def _count(tally: _Tally, content: Findings, settings: "GateSettings", known: frozenset[str] | None) -> None:
    old = unfixable = 0
    for finding in content.findings:
        if finding.suppressed:
            tally.notes.append(f"{_named(finding)}: the scanner was told not to count it ({finding.suppressed})")
        elif known is not None and finding.fingerprint in known:
            old += 1
        elif settings.fixable_only and finding.kind is FindingKind.VULNERABILITY and not finding.fixed:
            unfixable += 1
        elif (waiver := tally.waivers.covering(finding)) is not None:
            tally.notes.append(f"{_named(finding)}: waived until {waiver.expires} by {waiver.owner} ({waiver.reason})")
        else:
            tally.counted.append(finding)
    if old:
        tally.notes.append(f"{content.path}: {old:,} findings were in the baseline already and are not counted")
    if unfixable:
        tally.notes.append(f"{content.path}: fixable_only leaves out {unfixable:,} vulnerabilities without a fix")


def _judge_counts(gate: str, tally: _Tally, limits: Mapping[str, Criterion]) -> Iterable[Judgement]:
    """One judgement for each limit, then the findings that broke one."""
    source = ", ".join(tally.sources)
    severities = Counter(finding.severity for finding in tally.counted)
    kinds = Counter(finding.kind for finding in tally.counted)
    broken: list[Finding] = []
    for subject, criterion in limits.items():
        if tally.uncounted:
            yield gap(Gap(f"{gate}.{subject}", f"{tally.uncounted:,} findings were too many to keep", source=source))
            continue
        number, those = _matching(subject, tally.counted, severities, kinds)
        judgement = criterion.judge(Reading(f"{gate}.{subject}", number, source=source))
        yield judgement
        if judgement.verdict.value == "FAIL":
            broken.extend(those)
    for finding in list(dict.fromkeys(broken))[:_SHOWN]:
        reading = Reading(_named(finding), value=False, unit="bool", source=finding.link, detail=_detail(finding))
        yield _TRUE.judge(reading, _remedy(finding))


def _matching(
    subject: str, counted: list[Finding], severities: Mapping[Severity, int], kinds: Mapping[FindingKind, int]
) -> tuple[int, list[Finding]]:
    """How many findings a limit counts: of exactly one kind, or of a severity, where an unknown one counts as each."""
    if subject in _KINDS:
        kind = FindingKind(subject)
        return kinds.get(kind, 0), [finding for finding in counted if finding.kind is kind]
    wanted = {Severity[subject.upper()], Severity.UNKNOWN}
    total = sum(severities.get(severity, 0) for severity in wanted)
    return total, [finding for finding in counted if finding.severity in wanted]


_KINDS = frozenset(kind.value for kind in FindingKind)
_SUBJECTS = _KINDS | {severity.value.lower() for severity in Severity}


def _read(path: Path, tool: str) -> Findings:
    try:
        return read_findings(path, tool)
    except ValueError as error:
        raise ReportError(str(path), 0, str(error)) from None


def _baseline(source: "ReportSource", base: Path) -> tuple[frozenset[str] | None, list[Judgement]]:
    """Fingerprints of what was there before; None where no baseline is named."""
    if source.baseline is None:
        return None, []
    found = read_all(source.baseline, base, partial(_read, tool=source.tool or ""))
    prints = {finding.fingerprint for report in found.reports for finding in report.content.findings}
    return frozenset(prints - {""}), list(found.judgements)


def _named(finding: Finding) -> str:
    package = f" in {finding.package}" if finding.package else ""
    return f"{finding.id or finding.title}{package}{f' at {finding.where}' if finding.where else ''}"


def _detail(finding: Finding) -> str:
    installed = f", {finding.installed} is installed" if finding.installed else ""
    fixed = f", fixed in {finding.fixed}" if finding.fixed else ""
    return f"{finding.severity.value} {finding.kind.value}: {finding.title}{installed}{fixed}"


def _remedy(finding: Finding) -> str:
    match finding.kind:
        case FindingKind.VULNERABILITY:
            return (
                f"update {finding.package} to {finding.fixed}"
                if finding.fixed
                else "no fix yet: replace it, or waive it"
            )
        case FindingKind.SECRET:
            return "revoke the credential first, then take it out of the history"
        case _:
            return finding.link or "mend it, or waive it with a reason, an owner and an expiry"
