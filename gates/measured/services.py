"""Judges the data services that a release stands on: which criterion holds for which reading, and why."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checks.evidence import Evidence, Gap
from gates.carrying import gap
from gates.criteria import Criterion, Equals
from gates.environment.services_section import ServiceSection, covers, criterion_of, pattern_of
from gates.measured.seam import Finish, Looked, Looking, Seen
from reports.judgement import Judgement
from reports.verdict import Verdict

if TYPE_CHECKING:
    from gates.environment.model import Environment

SECTION = "services"
#: A database that is down says why the target is not ready.
ALONE = True
_UP = Equals(value=True)


def names(environment: "Environment") -> Sequence[str]:
    """The services that are declared."""
    return [name for _, name, _ in environment.services.looks()]


def needs(environment: "Environment", name: str) -> Sequence[str]:
    """The endpoints without which a service can't be judged."""
    return _service_of(environment, name).needs


def begin(looking: Looking) -> Finish:
    """Look after the sweep: what is asked of a database must not slow down what the sweep measures."""

    def finish() -> Looked:
        from checks.services.run import look_at_services

        services = ((name, service) for _, name, service in looking.environment.services.looks())
        return Looked(look_at_services([service.probe(name) for name, service in services if name in looking.names]))

    return finish


def judge(seen: Seen) -> Sequence[Judgement]:
    """Every judgement of one service; never none."""
    service = _service_of(seen.environment, seen.name)
    parts = {evidence.subject.removeprefix(f"{seen.name}."): evidence for evidence in seen.evidence}
    return judge_service(seen.name, service, parts, seen.limits)


def judge_service(
    name: str, service: ServiceSection, parts: Mapping[str, Evidence], limits: Mapping[str, Criterion]
) -> list[Judgement]:
    """Judge what a look brought. `parts`: by the subject without the service's name; `limits`: the gate's.

    What should have been seen and was not is a Gap. A service that is down is one FAIL, not twenty: what was read of
    it before it failed is judged all the same.
    """
    up = parts.get("up")
    if up is None:
        unseen = [gap(evidence) for evidence in parts.values() if isinstance(evidence, Gap)]
        return unseen or [gap(Gap(f"{name}.up", "was not measured in this run"))]
    judged = [_UP.judge(up, service.remedy or service.SUBJECTS["up"].remedy)]
    is_up = judged[0].verdict is Verdict.PASS
    rest = parts.get("rest")
    wanted = _Wanted(service, limits, parts)
    for part in dict.fromkeys(wanted.subjects()):
        criterion = wanted.criterion(part)
        if part in ("up", "rest") or criterion is None or (part not in parts and not is_up):
            continue
        reason = rest.reason if isinstance(rest, Gap) else "was not measured in this run"
        remedy = rest.remedy if isinstance(rest, Gap) else ""
        evidence = parts.get(part) or Gap(f"{name}.{part}", reason, source=up.source, remedy=remedy)
        judged.append(criterion.judge(evidence, service.remedy or wanted.remedy(part)))
    return judged


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is wanted of one service."""

    service: ServiceSection
    limits: Mapping[str, Criterion]
    parts: Mapping[str, Evidence]

    def subjects(self) -> Iterator[str]:
        """Everything that may have to be judged, seen or not."""
        yield from self.service.subjects(self.parts)
        yield from self.service.expected()
        # A limit of the service itself has to find what it names.
        yield from (subject for subject in self.service.limits if "*" not in subject)

    def criterion(self, part: str) -> Criterion | None:
        """The service's own limit or key, else the gate's limit, else the default; None where it is not judged."""
        own = _limit_of(part, self.service.limits) or self.service.expected().get(part)
        return own or _limit_of(part, self.limits) or self._default(part)

    def remedy(self, part: str) -> str:
        """What to do where it fails."""
        pattern = pattern_of(part, self.service.SUBJECTS)
        return self.service.SUBJECTS[pattern].remedy if pattern else ""

    def _default(self, part: str) -> Criterion | None:
        pattern = pattern_of(part, self.service.SUBJECTS)
        return criterion_of(self.service.SUBJECTS[pattern].default) if pattern else None


def _service_of(environment: "Environment", name: str) -> ServiceSection:
    return next(service for _, known, service in environment.services.looks() if known == name)


def _limit_of(part: str, limits: Mapping[str, Criterion]) -> Criterion | None:
    """The limit of this very subject, else that of the longest pattern that covers it."""
    found = limits.get(part)
    if found is not None:
        return found
    patterns = [pattern for pattern in limits if "*" in pattern and covers(pattern, part)]
    return limits[max(patterns, key=len)] if patterns else None
