"""Judges coverage reports: each component against its limits, the changed lines, and what the baseline had."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

from checks.evidence import Evidence, Gap, Reading
from gates.carrying import gap
from gates.criteria import Criterion, Equals
from gates.reported.binding import Origin, bind, loose_note
from gates.reported.coverage_patch import covered_patch
from gates.reported.coverage_table import ComponentRow, tables
from gates.reported.files import files_of, judge_problems, read_all, same_file
from gates.reported.made import Place
from gates.reported.value import Reported, together
from reports.coverage import Branches, Coverage, Lines, merge
from reports.gate_report import Release
from reports.judgement import Judgement
from reports.read.coverage.formats import read_coverage
from reports.read.problem import Effect
from reports.verdict import Verdict

if TYPE_CHECKING:
    from gates.environment.policy import GateSettings, ReportSource

#: So many files with uncovered lines are named.
_NAMED = 10
_NOTHING = Equals(0)
_REMEDIES = {
    "lines": "write tests for the files that are named below",
    "branches": "write tests for the decisions that only go one way",
    "patch": "write tests for the lines that this change adds",
    "drop": "write tests for what this change adds, or make a new baseline on purpose",
}


@dataclass(frozen=True, slots=True)
class _Component:
    """The reports of one component: what they measure together, and what is wanted of it."""

    name: str
    sources: "tuple[ReportSource, ...]"
    limits: Mapping[str, Criterion]

    @property
    def baselines(self) -> list[str]:
        """Patterns of the reports to compare with."""
        return [source.baseline for source in self.sources if source.baseline]


@dataclass(slots=True)
class _Parts:
    """The reports of a component as they were found. `usable`: every one is there, readable, and of the release."""

    reports: list[Coverage] = field(default_factory=list)
    judgements: list[Judgement] = field(default_factory=list)
    loose: list[str] = field(default_factory=list)
    usable: bool = True


def judge_gate(gate: str, settings: "GateSettings", release: Release, place: Place) -> Reported:
    """Judge every component of a gate by its own limits, or by the gate's where it has none."""
    rows: list[ComponentRow] = []
    loose: list[str] = []
    components = list(_components(gate, settings))
    judged = together([_judge(part, settings, release, place, rows=rows, loose=loose) for part in components])
    return replace(judged, notes=(*loose_note(loose, place), *judged.notes), exhibits=tables(rows))


def _components(gate: str, settings: "GateSettings") -> Iterable[_Component]:
    by_name: dict[str, list[ReportSource]] = {}
    for source in settings.reports:
        if source.kind == "coverage":
            by_name.setdefault(source.component or gate, []).append(source)
    for name, sources in by_name.items():
        own: dict[str, Criterion] = {}
        for source in sources:
            own.update(source.limits)
        shared = {subject: criterion for subject, criterion in settings.limits.items() if subject in _REMEDIES}
        yield _Component(name, tuple(sources), {**shared, **own})


def _judge(
    part: _Component,
    settings: "GateSettings",
    release: Release,
    place: Place,
    *,
    rows: list[ComponentRow],
    loose: list[str],
) -> Reported:
    """One component; adds its row to `rows`, and its reports that are bound to nothing to `loose`."""
    parts = _read(part, release, place)
    loose.extend(parts.loose)
    notes: list[str] = []
    wanted = ", ".join(f"{subject} {limit.wanted}" for subject, limit in part.limits.items())
    if not parts.reports:
        rows.append(ComponentRow(part.name, None, judged=False, wanted=wanted))
        return Reported(tuple(parts.judgements), tuple(notes))
    whole = merge(parts.reports)
    problems, said = judge_problems(part.name, whole.problems)
    judged: list[Judgement] = []
    before = _baseline(part.name, whole, part, place) if part.baselines else None
    if parts.usable:
        judged = list(_judge_limits(part, whole, settings, release, place))
    else:
        # What is missing may cover what these don't, and what is of another commit says nothing: neither good nor bad.
        notes.append(f"{part.name}: {whole.lines} in what could be read, and not judged: a report is missing")
    patch = next((one.evidence for one in judged if one.subject.startswith(f"{part.name}.patch")), None)
    lines = before if isinstance(before, Lines) else None
    rows.append(ComponentRow(part.name, whole, parts.usable, lines, patch, wanted))
    judgements = (*judged, *parts.judgements, *problems)
    if any(judgement.verdict is not Verdict.PASS for judgement in judgements):
        notes.extend(_uncovered(part.name, whole))
    return Reported(judgements, (*notes, *said))


def _read(part: _Component, release: Release, place: Place) -> _Parts:
    parts = _Parts()
    for source in part.sources:
        found = read_all(source.coverage or "", place, read_coverage)
        parts.judgements.extend(found.judgements)
        parts.usable = parts.usable and not found.judgements
        for report in found.reports:
            parts.reports.append(report.content)
            origin = Origin(report.path, report.content.sha256, report.modified, created=report.content.timestamp)
            bound = bind(origin, source.binding, source.max_age, release, place)
            parts.judgements.extend(bound.judgements)
            parts.usable = parts.usable and bound.usable
            parts.loose.extend([report.path] if bound.loose else [])
    return parts


def _judge_limits(
    part: _Component, whole: Coverage, settings: "GateSettings", release: Release, place: Place
) -> Iterable[Judgement]:
    name = part.name
    measures: Mapping[str, Callable[[], Evidence]] = {
        "lines": partial(_share, f"{name}.lines", whole.lines, whole),
        "branches": partial(_share, f"{name}.branches", whole.branches, whole),
        "patch": partial(covered_patch, f"{name}.patch", whole, settings.patch_base, release, place.base),
        "drop": partial(_drop, f"{name}.drop", whole, part, place),
    }
    for subject, criterion in part.limits.items():
        measured = measures[subject]()
        # Of a change that nobody can execute, no line is uncovered: that is a number of lines, and no share of them.
        wanted = criterion if measured.subject == f"{name}.{subject}" else _NOTHING
        yield wanted.judge(measured, _REMEDIES[subject])
    if not part.limits:
        remedy = 'write `limits: {lines: ">= 80 %"}`'
        yield gap(Gap(f"{name}.lines", f"no limit says what is enough: {whole.lines}", remedy=remedy))


def _share(subject: str, share: Lines | Branches | None, whole: Coverage) -> Evidence:
    if share is None:
        return Gap(subject, f"{whole.path} measures no branches", source=whole.path)
    if share.ratio is None:
        return Gap(subject, "nothing to cover: 0 of 0", source=whole.path)
    detail = f"{share.covered:,} of {share.total:,}"
    return Reading(subject, share.ratio, "ratio", samples=share.total, source=whole.path, detail=detail)


def _drop(subject: str, whole: Coverage, part: _Component, place: Place) -> Evidence:
    """How much less is covered than the baseline covered, as a ratio; 0 where it is not less."""
    old = _baseline(subject, whole, part, place)
    if isinstance(old, Gap):
        return old
    new = whole.lines
    detail = f"{new.percent} now, {old.percent} in the baseline"
    # Exact: in floating point, 80 % less 79 % is more than 1 %.
    drop = Fraction(old.covered, old.total) - Fraction(new.covered, new.total)
    source = ", ".join(part.baselines)
    return Reading(subject, float(max(drop, Fraction(0))), "ratio", source=source, detail=detail)


def _baseline(subject: str, whole: Coverage, part: _Component, place: Place) -> Lines | Gap:
    """The lines of the baseline, where they can be compared."""
    source = ", ".join(part.baselines)
    if not part.baselines:
        return Gap(subject, "no `baseline:` names the report to compare with")
    reports = [path for each in part.sources for path in files_of(each.coverage or "", place.base)]
    before: list[Coverage] = []
    for pattern in part.baselines:
        if any(same_file(path, reports) for path in files_of(pattern, place.base)):
            return Gap(subject, "the report is its own baseline: name an older one", source=pattern)
        found = read_all(pattern, place, read_coverage)
        if found.judgements:
            return Gap(subject, f"the baseline: {found.judgements[0].reason}", source=pattern)
        before.extend(report.content for report in found.reports)
    was = merge(before)
    doubtful = [problem for problem in was.problems if problem.effect is not Effect.NOTE]
    if doubtful:
        return Gap(subject, f"the baseline: {doubtful[0].message}", source=source)
    if was.formats != whole.formats:
        reason = f"the baseline is {was.format} and the report {whole.format}: they count differently"
        return Gap(subject, reason, source=source)
    old, new = was.lines, whole.lines
    if not old.total or not new.total:
        return Gap(subject, "nothing to cover: 0 of 0 cannot be compared", source=source)
    return old


def _uncovered(name: str, whole: Coverage) -> list[str]:
    missing = sorted((file for file in whole.files.values() if file.lines.missed), key=lambda f: -f.lines.missed)
    named = [f"{name}: {file.path} {file.lines}" for file in missing[:_NAMED]]
    if len(missing) > _NAMED:
        named.append(f"{name}: and {len(missing) - _NAMED:,} more files with lines that no test reached")
    return named
