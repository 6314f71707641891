"""A service declared as in a file, looked at for real, and judged as the services gate judges it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checks.evidence import Evidence
from checks.services.run import look_at_services
from gates.environment import examine
from gates.environment.services_section import ServiceSection
from gates.measured.services import judge_service
from reports.judgement import Judgement
from reports.verdict import Verdict

NAME = "it"


@dataclass(frozen=True)
class Judged:
    """What was seen, and what became of it, by the subject without the service's name."""

    parts: Mapping[str, Evidence]
    judgements: Mapping[str, Judgement]

    @property
    def unwell(self) -> dict[str, str]:
        """Everything that is no PASS: its reason, in front of which a Gap has a question mark."""
        return {
            part: ("? " if judgement.verdict is Verdict.INCONCLUSIVE else "") + judgement.reason
            for part, judgement in self.judgements.items()
            if judgement.verdict is not Verdict.PASS
        }

    def value(self, part: str) -> object:
        """The value of a reading."""
        return self.parts[part].value

    def said(self) -> str:
        """Every text that people get to see."""
        return repr(self.parts) + repr(self.judgements)


def declared(folder: Path, kind: str, section: Mapping[str, Any], variables: Mapping[str, str]) -> ServiceSection:
    """The section, read from a file; asserts that nothing is wrong with it."""
    file = folder / "env.yaml"
    document = {"service": "shop", "services": {kind: {NAME: section}}, "gates": {"services": {}}}
    # JSON is YAML, and needs no indentation.
    file.write_text(json.dumps(document))
    examined = examine(file, dict(variables))
    assert [str(problem) for problem in examined.problems] == []
    return next(service for _, _, service in examined.loaded.model.services.looks())


def problems(folder: Path, kind: str, section: Mapping[str, Any], variables: Mapping[str, str]) -> list[str]:
    """What a file is refused for, as `KEY: words`."""
    file = folder / "env.yaml"
    document = {"service": "shop", "services": {kind: {NAME: section}}, "gates": {"services": {}}}
    file.write_text(json.dumps(document))
    found = examine(file, dict(variables)).problems
    return [
        f"{problem.key.removeprefix(f'services.{kind}.{NAME}').lstrip('.')}: {problem.message}" for problem in found
    ]


def judged(folder: Path, kind: str, section: Mapping[str, Any], variables: Mapping[str, str]) -> Judged:
    """Look at it, and judge it by its own limits and the defaults."""
    service = declared(folder, kind, section, variables)
    found = look_at_services([service.probe(NAME)])[NAME]
    parts = {evidence.subject.removeprefix(f"{NAME}."): evidence for evidence in found}
    assert len(parts) == len(found), "a subject came twice"
    judgements = judge_service(NAME, service, parts, {})
    return Judged(parts, {judgement.subject.removeprefix(f"{NAME}."): judgement for judgement in judgements})
