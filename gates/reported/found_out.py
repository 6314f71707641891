"""Judges what an engine or a server was asked for: the size of an image, SonarQube's quality gate."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from checks.evidence import Reading
from gates.carrying import gap
from gates.criteria import AtMost, Criterion, Equals
from gates.reported.binding import Origin, bind
from gates.reported.made import Made, Place, keys_of
from gates.reported.value import Reported
from reports.gate_report import Release
from reports.judgement import Judgement

if TYPE_CHECKING:
    from gates.environment.policy import GateSettings, ReportSource

#: S4-10, where the environment limits no size.
IMAGE_LIMIT: Criterion = AtMost(500e6, "B")
_REMEDIES: Mapping[str, str] = {
    "image": "look at its layers: docker history",
    "sonarqube": "mend what the quality gate names",
}


def judge_gate(gate: str, settings: "GateSettings", release: Release, place: Place, kind: str) -> Reported:
    """Judge what was asked for, each image and each project by itself."""
    judgements: list[Judgement] = []
    notes: list[str] = []
    for key, source in zip(keys_of(gate, settings), settings.reports, strict=True):
        if source.kind != kind:
            continue
        made = place.get(key)
        judgements.extend(gap(one) for one in made.failed)
        if made.some:
            origin = _origin(key, made, place)
            bound = bind(origin, source.binding, source.max_age, release, place)
            name = _name(source)
            judgements.extend(_renamed(one, origin.path, f"{gate}.{name}") for one in bound.judgements)
            if bound.loose:
                notes.append(f"made here, bound to no release (binding: none): {name}")
            if bound.usable:
                judgements.extend(_judge(gate, source, made, _wanted(source, settings)))
            else:
                notes.append(f"{name}: what it says is not judged")
    return Reported(tuple(judgements), tuple(notes))


def _origin(key: str, made: Made, place: Place) -> Origin:
    """There is no file, and so no sidecar: what is known of it is what was found out with it."""
    created = made.created if made.created is not None else datetime.now(UTC).timestamp()
    path = Path(place.folder or place.base, key, "asked")
    return Origin(str(path), "", created, created=datetime.fromtimestamp(created, UTC))


def _judge(gate: str, source: "ReportSource", made: Made, wanted: Criterion) -> Iterable[Judgement]:
    subject = f"{gate}.{'image' if source.kind == 'image' else 'quality_gate'}"
    for evidence in made.evidence:
        named = replace(evidence, subject=subject)
        if isinstance(named, Reading) and not named.detail:
            named = replace(named, detail=_name(source))
        yield wanted.judge(named, _REMEDIES[source.kind])


def _renamed(judgement: Judgement, path: str, name: str) -> Judgement:
    """A judgement on identity by the name of what was asked for, in place of a file's."""
    evidence = judgement.evidence
    source = "" if evidence.source == path else evidence.source
    return replace(judgement, evidence=replace(evidence, subject=evidence.subject.replace(path, name), source=source))


def _name(source: "ReportSource") -> str:
    return source.image or (source.sonarqube.project if source.sonarqube is not None else "")


def _wanted(source: "ReportSource", settings: "GateSettings") -> Criterion:
    if source.kind == "sonarqube":
        return Equals("OK")
    return source.limits.get("image") or settings.limits.get("image") or IMAGE_LIMIT
