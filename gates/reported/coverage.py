"""Judges coverage reports: each component against its limits, the changed lines, and what the baseline had."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from checks.evidence import Evidence, Gap, Reading
from gates.carrying import gap
from gates.criteria import Criterion
from gates.reported.binding import Origin, bind
from gates.reported.files import judge_problems, read_all
from gates.reported.value import Reported, together
from reports.coverage import Branches, Coverage, FileCoverage, Lines, merge
from reports.gate_report import Release
from reports.judgement import Judgement
from reports.read.coverage.formats import read_coverage

if TYPE_CHECKING:
    from gates.environment.policy import GateSettings, ReportSource

#: So many files with uncovered lines are named.
_NAMED = 10


@dataclass(frozen=True, slots=True)
class _Component:
    """The reports of one component: what they measure together, and what is wanted of it."""

    name: str
    sources: "tuple[ReportSource, ...]"
    limits: Mapping[str, Criterion]


def judge_gate(gate: str, settings: "GateSettings", release: Release, base: Path) -> Reported:
    """Judge every component of a gate by its own limits, or by the gate's where it has none."""
    return together(_judge(gate, part, settings, release, base) for part in _components(gate, settings))


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


def _judge(gate: str, part: _Component, settings: "GateSettings", release: Release, base: Path) -> Reported:
    judgements: list[Judgement] = []
    notes: list[str] = []
    parts: list[Coverage] = []
    for source in part.sources:
        found = read_all(source.coverage or "", base, read_coverage)
        judgements.extend(found.judgements)
        for report in found.reports:
            parts.append(report.content)
            origin = Origin(report.path, report.content.sha256, report.modified, created=report.content.timestamp)
            bound = bind(origin, source.binding, source.max_age, release, base)
            judgements.extend(bound.judgements)
            notes.extend(bound.notes)
    if not parts:
        return Reported(tuple(judgements), tuple(notes))
    whole = merge(parts)
    problems, said = judge_problems(gate, whole.problems)
    judgements.extend(problems)
    notes.extend(said)
    measures: Mapping[str, Callable[[], Evidence | str]] = {
        "lines": partial(_share, f"{part.name}.lines", whole.lines, whole),
        "branches": partial(_share, f"{part.name}.branches", whole.branches, whole),
        "patch": partial(_patch, f"{part.name}.patch", whole, settings.patch_base, base),
        "drop": partial(_drop, f"{part.name}.drop", whole, _baselines(part), base),
    }
    judged: list[Judgement] = []
    for subject, criterion in part.limits.items():
        measured = measures[subject]()
        if isinstance(measured, str):
            notes.append(measured)
        else:
            judged.append(criterion.judge(measured, _REMEDIES[subject]))
    if not part.limits:
        remedy = 'write `limits: {lines: ">= 80 %"}`'
        judged = [gap(Gap(f"{part.name}.lines", f"no limit says what is enough: {whole.lines}", remedy=remedy))]
    notes.extend(_uncovered(part.name, whole))
    return Reported((*judged, *judgements), tuple(notes))


_REMEDIES = {
    "lines": "write tests for the files that are named below",
    "branches": "write tests for the decisions that only go one way",
    "patch": "write tests for the lines that this change adds",
    "drop": "write tests for what this change adds, or make a new baseline on purpose",
}


def _share(subject: str, share: Lines | Branches | None, whole: Coverage) -> Evidence:
    if share is None:
        return Gap(subject, f"{whole.path} measures no branches", source=whole.path)
    if share.ratio is None:
        return Gap(subject, "nothing to cover: 0 of 0", source=whole.path)
    detail = f"{share.covered:,} of {share.total:,}"
    return Reading(subject, share.ratio, "ratio", samples=share.total, source=whole.path, detail=detail)


def _patch(subject: str, whole: Coverage, patch_base: str | None, base: Path) -> Evidence | str:
    """Coverage of the lines that were changed since a git base; a text where no changed line can be covered."""
    if patch_base is None:
        return Gap(subject, "no `patch_base:` says since when", remedy="write `patch_base: origin/main`")
    from gates.reported.changes import ChangesError, changed_lines

    try:
        changed = changed_lines(patch_base, base)
    except ChangesError as error:
        return Gap(subject, str(error), source=f"git diff {patch_base}...HEAD")
    source = f"git diff {patch_base}...HEAD, {whole.path}"
    known = {path: file for path in changed if (file := _file_of(whole, path)) is not None}
    if changed and not known:
        reason = f"none of the {len(changed)} changed files is in the report ({next(iter(changed))})"
        return Gap(subject, reason, source=source, remedy="compare the paths in `tidegate read` with those of git")
    lines = [(file, line) for path, file in known.items() for line in changed[path]]
    total = sum(file.found >> line & 1 for file, line in lines)
    covered = sum(file.found >> line & file.hit >> line & 1 for file, line in lines)
    if not total:
        return f"{subject}: no line that was changed since {patch_base} can be executed"
    ratio = Lines(covered, total).ratio
    detail = f"{covered:,} of {total:,} changed lines"
    return Reading(subject, 0.0 if ratio is None else ratio, "ratio", samples=total, source=source, detail=detail)


def _file_of(whole: Coverage, path: str) -> FileCoverage | None:
    """The file of a report that git knows by this path: the same, or the only one whose end is the same."""
    if path in whole.files:
        return whole.files[path]
    alike = [
        file
        for name, file in whole.files.items()
        if path.endswith(f"/{name}") or name.replace("\\", "/").endswith(f"/{path}")
    ]
    return alike[0] if len(alike) == 1 else None


def _baselines(part: _Component) -> list[str]:
    return [source.baseline for source in part.sources if source.baseline]


def _drop(subject: str, whole: Coverage, baselines: list[str], base: Path) -> Evidence:
    """How much less is covered than the baseline covered, as a ratio; 0 where it is not less."""
    if not baselines:
        return Gap(subject, "no `baseline:` names the report to compare with")
    before: list[Coverage] = []
    for pattern in baselines:
        found = read_all(pattern, base, read_coverage)
        if found.judgements:
            return Gap(subject, f"the baseline: {found.judgements[0].reason}", source=pattern)
        before.extend(report.content for report in found.reports)
    old, new = merge(before).lines, whole.lines
    if old.ratio is None or new.ratio is None:
        return Gap(subject, "nothing to cover: 0 of 0 cannot be compared", source=", ".join(baselines))
    detail = f"{new.percent} now, {old.percent} in the baseline"
    return Reading(subject, max(0.0, old.ratio - new.ratio), "ratio", source=", ".join(baselines), detail=detail)


def _uncovered(name: str, whole: Coverage) -> list[str]:
    missing = sorted((file for file in whole.files.values() if file.lines.missed), key=lambda f: -f.lines.missed)
    named = [f"{name}: {file.path} {file.lines}" for file in missing[:_NAMED]]
    if len(missing) > _NAMED:
        named.append(f"{name}: and {len(missing) - _NAMED:,} more files with lines that no test reached")
    return named
