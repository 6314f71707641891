"""Secrets leave no report: every text of a report is masked before a renderer escapes it.

Masking comes before escaping, because `a&b` escaped for HTML is no longer the text that was remembered. Names that
a committed file gives (service, environment, stage, gates) stay as they are: a password `demo` must not rename the
environment `demo`, by which stored runs are found.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace

from checks.evidence import Artefact, Evidence, Gap, Reading
from checks.secrets import any_known, mask
from reports.case import Case
from reports.exhibit import from_dict, to_dict
from reports.gate_report import Decision, GateReport, GateResult, Release
from reports.judgement import Judgement

#: Words of our own format inside JSON properties: masking them would make the property unreadable.
_OWN_KEYS = frozenset({"kind", "unit", "x_unit", "y_unit", "service", "environment", "stage", "started"})


def masked(report: GateReport, decision: Decision) -> tuple[GateReport, Decision]:
    """Both with every known secret replaced by `***`."""
    if not any_known():
        return report, decision
    release = report.release
    clean = replace(
        report,
        release=Release(*(mask(text) for text in _release_texts(release))),
        gates=tuple(_gate(gate) for gate in report.gates),
        incomplete=_each(report.incomplete),
        notes=_each(report.notes),
    )
    because = tuple(_judgement(judgement) for judgement in decision.because)
    return clean, Decision(decision.kind, mask(decision.headline), because)


def masked_case(case: Case) -> Case:
    """A test case with every known secret replaced by `***`, inside JSON properties too."""
    if not any_known():
        return case
    return replace(
        case,
        name=mask(case.name),
        classname=mask(case.classname),
        suite=_each(case.suite),
        file=mask(case.file),
        message=mask(case.message),
        details=mask(case.details),
        properties=tuple((name, _property(name, value)) for name, value in case.properties),
    )


def masked_data(data: object) -> object:
    """A JSON value with every text masked, except those that are words of our own format."""
    match data:
        case str():
            return mask(data)
        case Mapping():
            return {
                mask(str(key)): value if key in _OWN_KEYS and isinstance(value, str) else masked_data(value)
                for key, value in data.items()
            }
        case list() | tuple():
            return [masked_data(item) for item in data]
        case _:
            return data


def _gate(gate: GateResult) -> GateResult:
    return replace(
        gate,
        judgements=tuple(_judgement(j) for j in gate.judgements),
        notes=_each(gate.notes),
        exhibits=tuple(from_dict(masked_data(to_dict(exhibit))) for exhibit in gate.exhibits),
    )


def _judgement(judgement: Judgement) -> Judgement:
    texts = (judgement.criterion, judgement.reason, judgement.remedy, judgement.test, judgement.details)
    evidence, clean = _evidence(judgement.evidence), tuple(mask(text) for text in texts)
    if evidence is judgement.evidence and clean == texts:
        return judgement
    criterion, reason, remedy, test, details = clean
    return Judgement(evidence, criterion, judgement.verdict, reason, remedy, test, details)


def _evidence(evidence: Evidence) -> Evidence:
    files = tuple(Artefact(mask(file.path), file.sha256) for file in evidence.artefacts)
    subject, source = mask(evidence.subject), mask(evidence.source)
    match evidence:
        case Reading(value=value, detail=detail):
            fresh_value = mask(value) if isinstance(value, str) else value
            clean: Evidence = replace(
                evidence, subject=subject, source=source, value=fresh_value, detail=mask(detail), artefacts=files
            )
        case Gap(reason=reason, remedy=remedy):
            clean = replace(
                evidence, subject=subject, source=source, reason=mask(reason), remedy=mask(remedy), artefacts=files
            )
    return evidence if clean == evidence else clean


def _property(name: str, value: str) -> str:
    if name == "tidegate.gate":
        return value
    if mask(value) == value:
        return value
    try:
        data = json.loads(value)
    except ValueError:
        return mask(value)
    return json.dumps(masked_data(data), ensure_ascii=False)


def _release_texts(release: Release) -> tuple[str, ...]:
    return release.id, release.version, release.commit, release.previous, release.source


def _each(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(mask(text) for text in texts)
