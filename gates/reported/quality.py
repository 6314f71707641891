"""Judges reports that come down to a few values: complexity, duplication, quality gates, pages, durations."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from checks.evidence import Evidence
from gates.criteria import AtLeast, AtMost, Criterion, Equals
from gates.environment.limits import REPORT_SUBJECTS
from gates.reported.binding import Origin, bind, loose_note
from gates.reported.files import judge_problems, read_all
from gates.reported.made import Place
from gates.reported.value import Reported
from reports.exhibit import Column, Table
from reports.gate_report import Release
from reports.judgement import Judgement
from reports.page_quality import Accessibility, Impact, Lighthouse
from reports.quality import Complexity, Duplication, Durations, QualityGateFile
from reports.read.quality.axe import read_axe
from reports.read.quality.durations import read_durations
from reports.read.quality.formats import Quality
from reports.read.quality.jscpd import read_jscpd
from reports.read.quality.lighthouse import read_lighthouse
from reports.read.quality.radon import read_radon
from reports.read.quality.sonarqube import read_quality_gate

if TYPE_CHECKING:
    from gates.environment.policy import GateSettings, ReportSource


@dataclass(frozen=True, slots=True)
class Measure:
    """A kind of report: how it is read, what is judged where the environment limits nothing, and what to do then.

    `defaults`: S4-10 to S4-12; `always`: what is wanted whatever the limits are.
    """

    read: Callable[[Path], Quality]
    defaults: Mapping[str, Criterion]
    remedy: str
    always: Mapping[str, Criterion]


#: The key of a report -> its kind. `violations` of pages are all, of whatever impact.
MEASURES: Mapping[str, Measure] = {
    "complexity": Measure(read_radon, {"complexity": AtMost(10)}, "split the function that is named", {}),
    "duplication": Measure(read_jscpd, {"duplication": AtMost(0.03, "ratio")}, "let one place do what several do", {}),
    "quality_gate": Measure(read_quality_gate, {}, "mend what the quality gate names", {"quality_gate": Equals("OK")}),
    "lighthouse": Measure(
        read_lighthouse,
        {
            "performance": AtLeast(0.9, "ratio", exclusive=True),
            "accessibility": AtLeast(0.9, "ratio", exclusive=True),
        },
        "open the page in Lighthouse: it names what costs most",
        {},
    ),
    "axe": Measure(read_axe, {"violations": AtMost(0)}, "mend the elements that axe names", {}),
    "durations": Measure(
        read_durations,
        {"build": AtMost(600, "s"), "tests": AtMost(900, "s")},
        "look at which step has become slow",
        {},
    ),
}
_IMPACTS = {"violations": Impact.MINOR, **{impact.value: impact for impact in Impact if impact is not Impact.UNKNOWN}}


def judge_gate(gate: str, settings: "GateSettings", release: Release, place: Place, kind: str) -> Reported:
    """Judge the reports of one kind of a gate, each file by itself."""
    judgements: list[Judgement] = []
    notes: list[str] = []
    loose: list[str] = []
    shown: list[Table] = []
    measure = MEASURES[kind]
    for source in settings.reports:
        if source.kind != kind:
            continue
        found = read_all(getattr(source, kind), place, measure.read)
        judgements.extend(found.judgements)
        for report in found.reports:
            origin = _origin(report.path, report.modified, report.content)
            bound = bind(origin, source.binding, source.max_age, release, place)
            problems, said = judge_problems(report.path, report.content.problems)
            judgements.extend((*bound.judgements, *problems))
            notes.extend(said)
            loose.extend([report.path] if bound.loose else [])
            if bound.usable:
                made = place.of(report.path)
                name = made.command if made is not None else report.path
                judgements.extend(_judge(gate, report.content, name, limits_of(kind, source, settings), measure))
                shown.extend(_tables(report.content))
            else:
                notes.append(f"{report.path}: what it says is not judged")
    return Reported(tuple(judgements), (*loose_note(loose, place), *dict.fromkeys(notes)), exhibits=tuple(shown))


def _tables(content: Quality) -> Iterable[Table]:
    """The places that are the worst, where a report names any."""
    match content:
        case Complexity(blocks=blocks) if blocks:
            columns = (Column("function"), Column("where"), Column("complexity", "1"))
            rows = tuple((block.name, block.where, block.complexity) for block in blocks)
            yield Table("The most complex functions", columns, rows, max(0, content.count - len(blocks)))
        case Duplication(clones=clones) if clones:
            columns = (Column("here"), Column("and here"), Column("lines", "1"))
            rows = tuple((clone.first, clone.second, clone.lines) for clone in clones)
            yield Table("The longest copies", columns, rows, max(0, content.count - len(clones)))
        case _:
            pass


def limits_of(kind: str, source: "ReportSource", settings: "GateSettings") -> Mapping[str, Criterion]:
    """The report's own limits over the gate's; S4-10 to S4-12 where neither limits this kind."""
    shared = {key: limit for key, limit in settings.limits.items() if key in REPORT_SUBJECTS[kind]}
    return {**shared, **source.limits} or MEASURES[kind].defaults


def _judge(
    gate: str, content: Quality, path: str, limits: Mapping[str, Criterion], measure: Measure
) -> Iterable[Judgement]:
    for subject, criterion in {**measure.always, **limits}.items():
        named = replace(_evidence(content, subject, path), subject=f"{gate}.{subject}")
        yield criterion.judge(named, measure.remedy)


def _evidence(content: Quality, subject: str, path: str) -> Evidence:
    match content:
        case Complexity() | Duplication():
            return content.evidence(path)
        case QualityGateFile():
            return content.gate.evidence("quality_gate")
        case Accessibility():
            return content.evidence(_IMPACTS[subject], path)
        case Lighthouse() | Durations():
            return content.evidence(subject, path)
        case unreachable:
            assert_never(unreachable)


def _origin(path: str, modified: float, content: Quality) -> Origin:
    commit = content.commit if isinstance(content, Durations) else ""
    created: datetime | None = getattr(content, "created", None)
    return Origin(path, content.sha256, modified, commit, created=created)
