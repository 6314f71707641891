"""Judges the containers that a release runs in: which criterion holds for which reading, and why."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from checks.evidence import Evidence, Gap, Reading
from gates.carrying import gap
from gates.criteria import Criterion
from gates.environment.containers import OF_CONTAINER, OF_SERVICE, SUBJECTS, WHILE_RUNNING, ContainerService
from gates.environment.services_section import criterion_of
from gates.measured.container_image import judge_image
from gates.measured.seam import Finish, Looked, Looking, Seen
from reports.gate_report import Release
from reports.judgement import Judgement
from reports.verdict import Verdict

if TYPE_CHECKING:
    from checks.engine.glance import ServiceProbe
    from gates.environment.model import Environment

SECTION = "containers"
#: A container that does not run says why the target is not ready.
ALONE = True
_STOPPED = ("exited", "created", "dead", "removing")
_BOXED = re.compile(rf"(?P<box>.+?)\.(?P<part>{'|'.join(map(re.escape, OF_CONTAINER))}|image\.digest\.\d+)")


def names(environment: "Environment") -> Sequence[str]:
    """The services that are declared."""
    return list(environment.containers.services)


def needs(environment: "Environment", name: str) -> Sequence[str]:
    """The endpoints without which a service can't be judged."""
    return environment.containers.services[name].needs


def begin(looking: Looking) -> Finish:
    """Look after the sweep: first wait until services are ready, then watch them, then read their logs."""

    def finish() -> Looked:
        return Looked(_look(looking))

    return finish


def judge(seen: Seen) -> Sequence[Judgement]:
    """Every judgement of one service; never none."""
    service = seen.environment.containers.services[seen.name]
    return judge_service(seen.name, service, seen.evidence, seen.limits, seen.release)


def judge_service(
    name: str,
    service: ContainerService,
    seen: Sequence[Evidence],
    limits: Mapping[str, Criterion],
    release: Release,
) -> list[Judgement]:
    """Judge what the looks brought. `limits`: the gate's.

    A container that does not run is one FAIL, not twenty, and numbers of one in a crash loop are nobody's.
    """
    parts = {evidence.subject.removeprefix(f"{name}."): evidence for evidence in seen}
    boxes = _boxes(parts)
    wanted = _Wanted(name, service, limits)
    if isinstance(parts.get("replicas"), Gap) or "replicas" not in parts:
        unseen = [gap(evidence) for evidence in seen if isinstance(evidence, Gap)]
        return unseen or [gap(Gap(f"{name}.replicas", "was not measured in this run"))]
    judged = list(wanted.judge(OF_SERVICE, parts, asked=_asked(service, parts)))
    for box, own in boxes.items():
        state = own.get("state")
        if service.ignore_stopped and isinstance(state, Reading) and state.value in _STOPPED:
            continue
        judged += _of_box(wanted, box, own, release)
    return judged


def _of_box(wanted: "_Wanted", box: str, parts: Mapping[str, Evidence], release: Release) -> Iterator[Judgement]:
    service, of = wanted.service, f"{wanted.name}.{box}"
    first = list(wanted.judge({"state": OF_CONTAINER["state"]}, parts, of))
    yield from first
    if any(judgement.verdict is not Verdict.PASS for judgement in first):
        killed = parts.get("oom_killed")
        if isinstance(killed, Reading) and killed.value is True:
            yield from wanted.judge({"oom_killed": OF_CONTAINER["oom_killed"]}, parts, of)
        return
    running = isinstance(state := parts.get("state"), Reading) and state.value == "running"
    stable = parts.get("stable")
    loops = isinstance(stable, Reading) and stable.value is False
    unasked = {"state"}
    unasked |= WHILE_RUNNING if not running else {"exit_code"}
    if loops:
        unasked |= WHILE_RUNNING - {"stable", "restart_policy"}
    asked = [part for part in OF_CONTAINER if part not in unasked or (part in service.limits and not loops)]
    yield from wanted.judge({part: OF_CONTAINER[part] for part in asked if part != "state"}, parts, of)
    if service.image is not None:
        yield judge_image(of, service.image, parts, release, service.remedy or OF_CONTAINER["image.id"].remedy)


def _asked(service: ContainerService, parts: Mapping[str, Evidence]) -> set[str]:
    """What may be judged of the service as a whole: nothing is published where nothing runs."""
    asked = {"replicas"}
    asked |= {"ready"} if service.ready_within is not None else set()
    asked |= {"log.matches"} if service.log_free_of else set()
    return asked | ({"ports"} if "ports" in parts else set())


def _boxes(parts: Mapping[str, Evidence]) -> Mapping[str, Mapping[str, Evidence]]:
    found: dict[str, dict[str, Evidence]] = {}
    for subject, evidence in parts.items():
        if subject in OF_SERVICE:
            continue
        match = _BOXED.fullmatch(subject)
        if match is not None:
            found.setdefault(match["box"], {})[match["part"]] = evidence
    return found


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is wanted of one service."""

    name: str
    service: ContainerService
    limits: Mapping[str, Criterion]

    def judge(
        self, table: Mapping[str, object], parts: Mapping[str, Evidence], of: str = "", asked: set[str] | None = None
    ) -> Iterator[Judgement]:
        """Everything of a table that has a criterion; what should have been seen and was not is a Gap."""
        for part in table:
            criterion = self.criterion(part)
            if criterion is None or (asked is not None and part not in asked):
                continue
            evidence = parts.get(part) or Gap(f"{of or self.name}.{part}", "was not measured in this run")
            yield criterion.judge(evidence, self.service.remedy or SUBJECTS[part].remedy)

    def criterion(self, part: str) -> Criterion | None:
        """The service's own limit or key, else the gate's limit, else the default; None where it is not judged."""
        own = self.service.limits.get(part) or self.service.expected().get(part)
        return own or self.limits.get(part) or criterion_of(SUBJECTS[part].default)


def _look(looking: Looking) -> Mapping[str, tuple[Evidence, ...]]:
    from checks.engine.look import look_at_services
    from checks.engine.waiting import wait_for_services

    section = looking.environment.containers
    services = {name: section.services[name] for name in looking.names}
    engine = section.engine or ""
    probes = {name: probe_of(name, service) for name, service in services.items()}
    waited = {probes[name]: service.ready_within for name, service in services.items() if service.ready_within}
    ready: Mapping[str, Evidence] = {}
    if waited:

        def why_not(name: str, seen: Sequence[Evidence]) -> str:
            return not_ready(name, services[name], seen)

        ready = wait_for_services(waited, engine, why_not, every=section.every, say=looking.say)
    found = look_at_services(list(probes.values()), engine, watch=section.watch, say=looking.say)
    logs = _logs(services, engine, looking)
    return {
        name: (*([ready[name]] if name in ready else []), *found[name], *([logs[name]] if name in logs else []))
        for name in services
    }


def probe_of(name: str, service: ContainerService) -> "ServiceProbe":
    """Which containers the engine is asked for. Raises ValueError for what only the check refuses."""
    from checks.engine.choosing import Choice
    from checks.engine.glance import ServiceProbe

    choice = Choice(service.project or "", service.service or "", service.label or "", service.names)
    return ServiceProbe(name, choice, service.timeout)


def not_ready(name: str, service: ContainerService, seen: Sequence[Evidence]) -> str:
    """Why a service is not ready yet: too few run, or one that runs is not healthy. Nothing where it is."""
    parts = {evidence.subject.removeprefix(f"{name}."): evidence for evidence in seen}
    wanted = _Wanted(name, service, {})
    judged = list(wanted.judge({"replicas": None}, parts))
    for box, own in _boxes(parts).items():
        state = own.get("state")
        if service.ignore_stopped and isinstance(state, Reading) and state.value in _STOPPED:
            continue
        judged += wanted.judge({part: None for part in ("state", "health") if part in own}, own, f"{name}.{box}")
    return next((one.reason for one in judged if one.verdict is not Verdict.PASS), "")


def _logs(services: Mapping[str, ContainerService], engine: str, looking: Looking) -> Mapping[str, Evidence]:
    """`NAME.log.matches` of every service that declares patterns: what the process that reads logs counts as fatal."""
    from checks.logs.look import look_at_logs
    from checks.logs.probes import Containers, LogProbe, Window

    probes = [
        LogProbe(
            name, Containers(probe_of(name, service).choice, engine), Window(start=True), fatal=service.log_free_of
        )
        for name, service in services.items()
        if service.log_free_of
    ]
    found: dict[str, Evidence] = {}
    for name, seen in look_at_logs(probes, say=looking.say).items():
        counted = {evidence.subject: evidence for evidence in seen}
        evidence = counted.get(f"{name}.fatal") or next(iter(seen))
        found[name] = replace(evidence, subject=f"{name}.log.matches")
    return found
