"""Judges reports of load generators by the metrics of load objectives."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final, assert_never

from checks.evidence import Evidence, Gap, Reading
from gates.criteria import AtMost, Criterion
from gates.environment.limits import REPORT_SUBJECTS
from gates.objectives.metric import Kind
from gates.objectives.objective import Subject
from gates.objectives.text import parse_subject
from gates.reported.binding import Origin, bind, loose_note
from gates.reported.files import judge_problems, read_all
from gates.reported.made import Place
from gates.reported.value import Reported
from reports.exhibit import Column, Table
from reports.gate_report import Release
from reports.judgement import Judgement
from reports.load_summary import LoadSummary, RequestSummary
from reports.read.load.formats import read_load

if TYPE_CHECKING:
    from gates.environment.policy import GateSettings

#: Judged even if nobody writes it: a target that only fails is quick.
DEFAULTS: Final[Mapping[str, Criterion]] = {"error_ratio": AtMost(0.01, "ratio")}
_REMEDY: Final = "look at the load generator's own report for the request that is slow or fails"
_COLUMNS: Final = (
    Column("request"),
    Column("requests", "1"),
    Column("failed", "1"),
    *(Column(name, "s") for name in ("p50", "p95", "p99")),
)
_MOST_ROWS: Final = 100


def judge_gate(gate: str, settings: "GateSettings", release: Release, place: Place) -> Reported:
    """Judge the reports of load generators of a gate, each file by itself."""
    judgements: list[Judgement] = []
    notes: list[str] = []
    loose: list[str] = []
    shown: list[Table] = []
    shared = {key: limit for key, limit in settings.limits.items() if key in REPORT_SUBJECTS["load"]}
    for source in settings.reports:
        if source.load is None:
            continue
        found = read_all(source.load, place, read_load)
        judgements.extend(found.judgements)
        for report in found.reports:
            summary = report.content
            origin = Origin(report.path, summary.sha256, report.modified, created=summary.created)
            bound = bind(origin, source.binding, source.max_age, release, place)
            problems, said = judge_problems(report.path, summary.problems)
            judgements.extend((*bound.judgements, *problems))
            notes.extend(said)
            loose.extend([report.path] if bound.loose else [])
            if bound.usable:
                made = place.of(report.path)
                name = made.command if made is not None else report.path
                limits = {**DEFAULTS, **_named(shared), **_named(source.limits)}
                judgements.extend(judge_summary(gate, summary, name, limits))
                shown.append(_table(summary))
            else:
                notes.append(f"{report.path}: what it says is not judged")
    return Reported(tuple(judgements), (*loose_note(loose, place), *dict.fromkeys(notes)), exhibits=tuple(shown))


def judge_summary(gate: str, summary: LoadSummary, source: str, limits: Mapping[str, Criterion]) -> Iterator[Judgement]:
    """Judge one report. `limits`: by subjects of load objectives; each needs as many samples as an objective would."""
    for text, limit in limits.items():
        subject = parse_subject(text)
        evidence = _evidence(f"{gate}.{text}", subject, summary, source)
        fewest = limit.min_samples if limit.min_samples > 1 else subject.metric.fewest(limit)
        certain = isinstance(evidence, Reading) and _certain(subject, evidence, limit, fewest)
        remedy = _REMEDY if isinstance(evidence, Reading) else ""
        yield dataclasses.replace(limit, min_samples=1 if certain else fewest).judge(evidence, remedy)


def _named(limits: Mapping[str, Criterion]) -> dict[str, Criterion]:
    """The limits under the names that their subjects have, however they were written."""
    return {str(parse_subject(text)): limit for text, limit in limits.items()}


def _certain(subject: Subject, reading: Reading, limit: Criterion, fewest: int) -> bool:
    """Whether a ratio of errors is missed even if all samples that are missing had been successes."""
    if subject.metric.kind is not Kind.ERROR_RATIO or reading.samples >= fewest:
        return False
    spread = dataclasses.replace(reading, value=float(reading.value) * reading.samples / fewest)
    return not limit.met(spread)[0]


def _evidence(name: str, subject: Subject, summary: LoadSummary, source: str) -> Evidence:
    of = subject.selector
    match subject.metric.kind:
        case Kind.PERCENTILE:
            return summary.percentile(name, subject.metric.share, source, of)
        case Kind.MEAN:
            return summary.mean(name, source, of)
        case Kind.ERROR_RATIO:
            return summary.error_ratio(name, source, of)
        case Kind.FAILURES:
            return summary.failures(name, source, of)
        case Kind.REQUESTS:
            return summary.count(name, source, of)
        case Kind.RATE:
            return summary.rate(name, source, of)
        case Kind.ACHIEVED | Kind.DROPPED | Kind.LATE:
            return Gap(name, f"a report does not tell {subject.metric.name}", source=source)
        case unreachable:
            assert_never(unreachable)


def _table(summary: LoadSummary) -> Table:
    listed = [*summary.requests[:_MOST_ROWS], summary.total] if len(summary.requests) != 1 else summary.requests
    note = "" if summary.total.successes_only else "Response times are those of failures, too."
    return Table(
        f"What {summary.tool} measured",
        _COLUMNS,
        tuple(_row(one) for one in listed),
        max(0, len(summary.requests) - _MOST_ROWS),
        note=note,
    )


def _row(one: RequestSummary) -> tuple[str | int | float | None, ...]:
    times = [one.times.percentile(share) if one.successes else None for share in (0.5, 0.95, 0.99)]
    return (one.name or "all", one.count, one.failures, *times)
