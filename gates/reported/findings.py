"""Judges findings of scanners: how many of each severity and kind, less what is waived and what is old."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from checks.evidence import Gap, Reading
from gates.carrying import gap
from gates.criteria import AtMost, Criterion, Equals
from gates.reported.binding import Origin, bind, loose_note
from gates.reported.files import judge_problems, read_all
from gates.reported.finding_words import detail, named, remedy
from gates.reported.findings_baseline import Baseline, load_baseline
from gates.reported.findings_table import OVER, WITHIN, Rows, Since, tables
from gates.reported.made import Place
from gates.reported.value import Reported
from gates.reported.waivers import Waivers, load_waivers
from reports.finding import Finding, FindingKind, Findings, Severity
from reports.gate_report import Release
from reports.judgement import Judgement
from reports.read.errors import ReportError
from reports.read.findings.read import read_findings
from reports.read.findings.trivy import NOTHING_LOOKED_AT
from reports.verdict import Verdict

if TYPE_CHECKING:
    from gates.environment.policy import GateSettings, ReportSource

#: S4-09: nothing HIGH or CRITICAL, where the environment limits no severity.
DEFAULT_LIMITS: Mapping[str, Criterion] = {"critical": AtMost(0), "high": AtMost(0)}
#: So many findings that break a limit are judgements of their own, and so many suppressed ones are named.
_SHOWN = 100
#: The formats that say of each vulnerability which version mends it. In others (SARIF), silence says nothing.
_STATES_FIXES = frozenset(("trivy", "grype", "pip-audit", "npm-audit"))
_KINDS: Mapping[str, FindingKind] = {kind.value: kind for kind in FindingKind}
_SEVERITIES: Mapping[str, Severity] = {
    severity.value.lower(): severity for severity in Severity if severity is not Severity.UNKNOWN
}
_WORST_FIRST = {severity: number for number, severity in enumerate(reversed(Severity))}
_TRUE = Equals(value=True)


@dataclass(slots=True)
class _Tally:
    """What is left to count, and what was set aside.

    `broken`: what broke a limit; `sources`: the reports that were counted; `whole`: all were.
    """

    waivers: Waivers
    counted: list[Finding] = field(default_factory=list)
    broken: list[Finding] = field(default_factory=list)
    uncounted: int = 0
    judgements: list[Judgement] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    loose: list[str] = field(default_factory=list)
    whole: bool = True
    waived: list[str] = field(default_factory=list)
    suppressed: list[str] = field(default_factory=list)
    rows: Rows = field(default_factory=Rows)
    notes: list[str] = field(default_factory=list)

    def all_notes(self, place: Place) -> tuple[str, ...]:
        """What a reader has to know first comes first."""
        # Where a report is missing, nobody knows whether a waiver is still needed.
        remarks = self.waivers.remarks() if self.whole and self.sources else list(self.waivers.notes)
        more = len(self.suppressed) - _SHOWN
        counted = [f"and {more:,} more that scanners were told not to count"] if more > 0 else []
        suppressed = [*self.suppressed[:_SHOWN], *counted]
        return (*loose_note(self.loose, place), *self.waived, *remarks, *suppressed, *self.notes)


def judge_gate(gate: str, settings: "GateSettings", release: Release, place: Place) -> Reported:
    """Judge all findings of a gate together by its limits; S4-09 where it limits no severity."""
    waivers, troubles = load_waivers(settings.waivers)
    tally = _Tally(waivers, judgements=troubles)
    for source in settings.reports:
        if source.kind == "findings":
            _take(tally, source, settings, release, place)
    limits = {subject: limit for subject, limit in settings.limits.items() if subject in {**_KINDS, **_SEVERITIES}}
    if not limits.keys() & _SEVERITIES.keys():
        limits = {**DEFAULT_LIMITS, **limits}
    judged = list(_judge_counts(gate, tally, limits)) if tally.sources else []
    over = {id(finding) for finding in tally.broken}
    tally.rows.counted = [
        (finding, f"{new}{OVER if id(finding) in over else WITHIN}") for finding, new in tally.rows.counted
    ]
    shown = tables(tally.rows, tally.uncounted)
    return Reported((*judged, *tally.judgements), tally.all_notes(place), exhibits=shown)


def _take(tally: _Tally, source: "ReportSource", settings: "GateSettings", release: Release, place: Place) -> None:
    read = partial(_read, tool=source.tool or "")
    found = read_all(source.findings or "", place, read)
    tally.judgements.extend(found.judgements)
    made = place.of(source.findings or "")
    unproven = made is not None and any(isinstance(one, Gap) for one in made.evidence)
    tally.whole = tally.whole and not found.judgements and not unproven
    baseline, troubles = load_baseline(source.baseline, [Path(report.path) for report in found.reports], place, read)
    tally.judgements.extend(troubles)
    for report in found.reports:
        content = report.content
        said = content.subject
        origin = Origin(report.path, content.sha256, report.modified, said.commit, said.digests, content.created)
        bound = bind(origin, source.binding, source.max_age, release, place)
        # Of a scan that was run here it is known what it looked at: an empty report of it is a clean one.
        doubts = [one for one in content.problems if made is None or one.message != NOTHING_LOOKED_AT]
        problems, notes = judge_problems(report.path, doubts)
        tally.judgements.extend((*bound.judgements, *problems, *baseline.missing(content)))
        tally.notes.extend(notes)
        if not bound.usable:
            tally.whole = False
            tally.notes.append(f"{report.path}: its findings are not judged: {_totals(content)}")
            continue
        tally.sources.append(made.command if made is not None else report.path)
        tally.loose.extend([report.path] if bound.loose else [])
        tally.uncounted += content.more
        _count(tally, content, settings, baseline)
    if baseline.path:
        tally.rows.since.append(_since(baseline, [report.content for report in found.reports]))


def _since(baseline: Baseline, reports: Sequence[Findings]) -> Since:
    """What is new, known and gone in the reports of one pattern. What a scanner was told not to count is neither."""
    there = {one.fingerprint: one for report in reports for one in report.findings if not one.suppressed}
    known = sum(baseline.has(finding) for finding in there.values())
    gone = sum(mark not in there for mark in baseline.known)
    return Since(", ".join(report.path for report in reports), baseline.path, len(there) - known, known, gone)


def _count(tally: _Tally, content: Findings, settings: "GateSettings", baseline: Baseline) -> None:
    unfixable = 0
    old: set[str] = set()
    rows, new = tally.rows, "new, " if baseline.path else ""
    states_fixes = content.format in _STATES_FIXES
    for finding in content.findings:
        if finding.suppressed:
            tally.suppressed.append(f"{named(finding)}: the scanner was told not to count it ({finding.suppressed})")
            rows.set_aside.append((finding, f"the scanner was told not to count it: {finding.suppressed}"))
        elif baseline.has(finding):
            old.add(finding.fingerprint)
            rows.set_aside.append((finding, "in the baseline"))
        elif (waiver := tally.waivers.covering(finding)) is not None:
            said = f"waived until {waiver.expires} by {waiver.owner} ({waiver.reason})"
            tally.waived.append(f"{finding.severity.value} {named(finding)}: {said}")
            rows.waived.append((finding, said))
        elif settings.fixable_only and states_fixes and finding.kind is FindingKind.VULNERABILITY and not finding.fixed:
            unfixable += 1
            rows.set_aside.append((finding, "there is no fix"))
        else:
            tally.counted.append(finding)
            rows.counted.append((finding, new))
    if old:
        tally.notes.append(f"{content.path}: {len(old):,} findings were in the baseline already and are not counted")
    if unfixable:
        tally.notes.append(f"{content.path}: fixable_only leaves out {unfixable:,} vulnerabilities without a fix")
    if settings.fixable_only and not states_fixes and FindingKind.VULNERABILITY in content.by_kind:
        tally.notes.append(f"{content.path}: {content.format} does not say what can be fixed, so everything counts")


def _judge_counts(gate: str, tally: _Tally, limits: Mapping[str, Criterion]) -> Iterable[Judgement]:
    """One judgement for each limit, then the findings that broke one."""
    source = ", ".join(dict.fromkeys(tally.sources))
    for subject, criterion in limits.items():
        those = _matching(subject, tally.counted, limits)
        judgement = criterion.judge(Reading(f"{gate}.{subject}", len(those), source=source))
        if judgement.verdict is Verdict.FAIL:
            tally.broken.extend(those)
        elif tally.uncounted:
            # More of them are there than were kept, and of what severity or kind those are is not known.
            reason = f"{tally.uncounted:,} findings were too many to keep, {len(those):,} of the others count"
            judgement = gap(Gap(f"{gate}.{subject}", reason, source=source), str(criterion))
        yield judgement
    worst_first = sorted(dict.fromkeys(tally.broken), key=lambda finding: _WORST_FIRST[finding.severity])
    for finding in worst_first[:_SHOWN]:
        reading = Reading(named(finding), value=False, unit="bool", source=finding.link, detail=detail(finding))
        yield _TRUE.judge(reading, remedy(finding))


def _matching(subject: str, counted: list[Finding], limits: Mapping[str, Criterion]) -> list[Finding]:
    """The findings that a limit counts.

    A limit on a kind counts that kind. One on a severity counts it, unknown ones, and those worse than it for which
    there is no limit of their own: who allows no MEDIUM allows no CRITICAL.
    """
    if subject in _KINDS:
        return [finding for finding in counted if finding.kind is _KINDS[subject]]
    wanted = {_SEVERITIES[subject], Severity.UNKNOWN}
    milder_first = list(_SEVERITIES)
    for worse in milder_first[milder_first.index(subject) + 1 :]:
        if worse in limits:
            break
        wanted.add(_SEVERITIES[worse])
    return [finding for finding in counted if finding.severity in wanted]


def _totals(content: Findings) -> str:
    return ", ".join(f"{number:,} {severity.value}" for severity, number in content.by_severity.items()) or "none"


def _read(path: Path, tool: str) -> Findings:
    try:
        return read_findings(path, tool)
    except ValueError as error:
        raise ReportError(str(path), 0, str(error)) from None
