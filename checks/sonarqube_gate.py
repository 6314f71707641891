"""SonarQube's quality gate as a value: its status, its conditions, and what an answer of the web API says of them.

Web API: `api/qualitygates/project_status` (SonarQube 7.9 and later, SonarQube Cloud).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from checks.evidence import Evidence, Gap, Reading


class GateStatus(Enum):
    """What SonarQube says of a project or a condition."""

    OK = "OK"
    WARN = "WARN"
    """Only versions before 7.6 say it."""
    ERROR = "ERROR"
    NONE = "NONE"
    """There is no quality gate, or no analysis to compute it for."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of the gate. `actual`, `limit`: as SonarQube writes them, empty where it doesn't."""

    metric: str
    status: GateStatus
    actual: str
    limit: str
    comparator: str


@dataclass(frozen=True, slots=True)
class QualityGate:
    """The gate's status for one analysis. `revision`: the commit that was analysed, empty where nobody says it;
    `analysed`: when, None where nobody says it; `source`: the URL that was asked."""

    status: GateStatus
    conditions: tuple[Condition, ...]
    revision: str = ""
    analysed: datetime | None = None
    source: str = ""

    @property
    def failed(self) -> tuple[str, ...]:
        """The conditions that are not met, in words: `new_coverage is 71.2, limit LT 80`."""
        return tuple(
            f"{one.metric} is {one.actual or 'unknown'}, limit {one.comparator} {one.limit}".rstrip()
            for one in self.conditions
            if one.status in (GateStatus.ERROR, GateStatus.WARN)
        )

    def evidence(self, name: str) -> Evidence:
        """`NAME.status`: `OK`, `WARN` or `ERROR`; a Gap for NONE, and for OK without a single condition."""
        subject = f"{name}.status"
        if self.status is GateStatus.NONE:
            reason = "SonarQube has no quality gate or no analysis of the project"
            return Gap(
                subject, reason, source=self.source, remedy="analyse the project, and assign a quality gate to it"
            )
        if self.status is GateStatus.OK and all(one.status is GateStatus.NONE for one in self.conditions):
            reason = "SonarQube's quality gate is OK without a condition that could have failed"
            return Gap(subject, reason, source=self.source, remedy="give the quality gate its conditions")
        return Reading(subject, self.status.value, "text", source=self.source, detail="; ".join(self.failed))


def parse_status(document: object) -> QualityGate:
    """What `api/qualitygates/project_status` says. Raises ValueError where it is no such answer."""
    told = document.get("projectStatus") if isinstance(document, dict) else None
    if not isinstance(told, dict):
        raise ValueError(
            _error_words(document) or "the answer has no `projectStatus`: this is no quality gate's status"
        )
    conditions = told.get("conditions", [])
    if not isinstance(conditions, list) or not all(isinstance(one, dict) for one in conditions):
        raise ValueError("`projectStatus.conditions` is no list of conditions")
    gate = QualityGate(_status(told.get("status"), "projectStatus.status"), tuple(map(_condition, conditions)))
    if gate.status is GateStatus.OK and gate.failed:
        raise ValueError(f"the quality gate is OK although {gate.failed[0]}: the answer contradicts itself")
    return gate


def _condition(told: Mapping[str, object]) -> Condition:
    return Condition(
        metric=_text(told.get("metricKey")) or "a condition",
        status=_status(told.get("status"), "a condition's status"),
        actual=_text(told.get("actualValue")),
        limit=_text(told.get("errorThreshold")) or _text(told.get("warningThreshold")),
        comparator=_text(told.get("comparator")),
    )


def _status(told: object, what: str) -> GateStatus:
    try:
        return GateStatus(told)
    except ValueError:
        known = ", ".join(status.value for status in GateStatus)
        raise ValueError(f"{what} is {str(told)[:50]!r}; known are {known}") from None


def _error_words(document: object) -> str:
    errors = document.get("errors") if isinstance(document, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    words = first.get("msg") if isinstance(first, dict) else None
    return f"SonarQube says: {words[:200]}" if isinstance(words, str) else ""


def _text(value: object) -> str:
    return value[:200] if isinstance(value, str) else ""
