"""Judges the data services that a release stands on: which criterion holds for which reading, and why."""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from checks.evidence import Evidence, Gap, Reading
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
#: What fails for the reason that the other has failed: a server of the wrong role takes writes, or takes none, and from
#: a primary without a connection nothing is heard. One fact is one failure.
_FOLLOWS: Final[Mapping[str, str]] = {"read_only": "role", "replication.heard": "replication.connected"}


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
    wanted = _Wanted(name, up.source, service, limits, parts)
    failed: set[str] = set()
    for part in dict.fromkeys(wanted.subjects()):
        criterion = wanted.criterion(part)
        if part in ("up", "rest") or criterion is None or (part not in parts and not is_up):
            continue
        if part not in service.limits and _follows(part, parts.get(part), failed):
            continue
        reason = rest.reason if isinstance(rest, Gap) else "was not measured in this run"
        remedy = rest.remedy if isinstance(rest, Gap) else service.remedy or wanted.where(part)
        evidence = parts.get(part) or Gap(f"{name}.{part}", reason, source=up.source, remedy=remedy)
        judged.append(criterion.judge(evidence, service.remedy or wanted.remedy(part)))
        if judged[-1].verdict is Verdict.FAIL:
            failed.add(part)
    return [*judged, *(wanted.unfound(judged) if is_up and not isinstance(rest, Gap) else ())]


def _follows(part: str, evidence: Evidence | None, failed: Container[str]) -> bool:
    """Whether what failed says this already: of a standby that is not connected, no lag is missed besides."""
    stem, _, last = part.rpartition(".")
    if last.startswith("lag") and isinstance(evidence, Reading) and evidence.absent:
        return f"{stem}.state" in failed
    return _FOLLOWS.get(part) in failed


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is wanted of one service. `source`: of the look, for what it did not find."""

    name: str
    source: str
    service: ServiceSection
    limits: Mapping[str, Criterion]
    parts: Mapping[str, Evidence]

    def subjects(self) -> Iterator[str]:
        """Everything that may have to be judged, seen or not."""
        yield from self.service.subjects(self.parts)
        yield from self.service.expected()
        # A limit of the service itself has to find what it names.
        yield from (subject for subject in self.service.limits if "*" not in subject)

    def unfound(self, judged: Sequence[Judgement]) -> Iterator[Judgement]:
        """The patterns among the service's own limits that are about nothing that was seen or is wanted.

        `judged`: where a queue is missing, its length need not be missed as well.
        """
        known = set(self.subjects()) | set(self.parts)
        wrong = [judgement.subject for judgement in judged if judgement.verdict is not Verdict.PASS]
        for pattern in self.service.limits:
            beginning = f"{self.name}.{pattern.partition('*')[0]}"
            said = any(covers(pattern, part) for part in known) or any(one.startswith(beginning) for one in wrong)
            if "*" in pattern and not said:
                reason = "nothing that this limit names was found"
                remedy = "declare what it is about, or remove the limit"
                yield gap(Gap(f"{self.name}.{pattern}", reason, source=self.source, remedy=remedy))

    def criterion(self, part: str) -> Criterion | None:
        """The service's own limit or key, else the gate's limit, else the default; None where it is not judged."""
        own = _limit_of(part, self.service.limits) or self.service.expected().get(part)
        return own or _limit_of(part, self.limits) or self._default(part)

    def remedy(self, part: str) -> str:
        """What to do where it fails."""
        pattern = pattern_of(part, self.service.SUBJECTS)
        return self.service.SUBJECTS[pattern].remedy if pattern else ""

    def where(self, part: str) -> str:
        """When it is measured at all: the next step for who limits what was not measured."""
        pattern = pattern_of(part, self.service.SUBJECTS)
        where = self.service.SUBJECTS[pattern].where if pattern else ""
        return f"it is measured {where}" if where else ""

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
