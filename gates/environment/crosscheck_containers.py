"""What has to fit together under `containers:`: how containers are found, and limits of what is measured."""

from collections.abc import Iterator

from gates.criteria import Criterion
from gates.environment.containers import SUBJECTS, ContainerService
from gates.environment.findings import Finding, unknown
from gates.environment.model import Environment
from gates.environment.services_section import check_service_limit, covers
from gates.environment.tree import KeyPath

#: The gate that judges the section.
GATE = "containers"


def crosscheck(environment: Environment) -> Iterator[Finding]:
    """Everything that does not fit together."""
    section = environment.containers
    for key, seconds in (("watch", section.watch), ("every", section.every)):
        if not 0.1 <= seconds <= 600:
            yield ("containers", key), "has to be from 100ms to 10min", ""
    for name, service in section.services.items():
        path: KeyPath = ("containers", "services", name)
        yield from unknown((*path, "needs"), service.needs, environment.endpoints, "endpoint")
        yield from _service(path, service)
    for gate, settings in environment.gates_of(GATE).items():
        for subject, criterion in settings.limits.items():
            yield from _limit(("gates", gate, "limits", subject), subject, criterion)


def limits_under(gate: str, subject: str, environment: Environment) -> Iterator[tuple[KeyPath, Criterion]]:
    """The limits that may take the place of a floor's limit of this subject."""
    for own, criterion in environment.gates[gate].limits.items():
        if own != subject and covers(subject, own):
            yield ("gates", gate, "limits", own), criterion
    for name, service in environment.containers.services.items():
        for own, criterion in service.limits.items():
            if covers(subject, own) or covers(own, subject):
                yield ("containers", "services", name, "limits", own), criterion
        for own, criterion in service.expected().items():
            if covers(subject, own) and own in ("replicas", "health", "restart_policy"):
                key = "healthy" if own == "health" else own
                yield ("containers", "services", name, key), criterion


def _service(path: KeyPath, service: ContainerService) -> Iterator[Finding]:
    given = [key for key in ("project", "label", "names") if getattr(service, key)]
    if len(given) != 1:
        got = f"it has {' and '.join(given)}" if given else "it has none"
        yield path, f"exactly one of project, label and names says which containers; {got}", ""
    if given and service.service is not None and service.project is None:
        yield (*path, "service"), "a service is found in a project", "write `project:`, too"
    if service.service is None and service.project is not None and service.image is not None:
        message = "one image is wanted of every service of the project"
        yield (*path, "image"), message, "name the `service:`"
    expected = service.expected()
    for subject, criterion in service.limits.items():
        yield from _limit((*path, "limits", subject), subject, criterion)
        if subject in expected:
            message = f"{subject!r} is wanted twice: by this limit and by a key of the service"
            yield (*path, "limits", subject), message, "remove one of them"
        for key, needed in (("ready", "ready_within"), ("log.matches", "log_free_of")):
            if subject == key and not getattr(service, needed):
                yield (*path, "limits", subject), f"is measured only where `{needed}:` is declared", ""


def _limit(path: KeyPath, subject: str, criterion: Criterion) -> Iterator[Finding]:
    try:
        check_service_limit(subject, criterion, [SUBJECTS])
    except ValueError as error:
        message, _, hint = str(error).partition("; ")
        yield path, message, hint
