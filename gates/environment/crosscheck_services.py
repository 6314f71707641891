"""What has to fit together under `services:`: names, what each kind says of itself, and limits of what is measured."""

from collections.abc import Iterable, Iterator, Mapping

from gates.criteria import Criterion
from gates.environment.findings import Finding, unknown
from gates.environment.late import is_late
from gates.environment.model import Environment
from gates.environment.services import KINDS
from gates.environment.services_section import ServiceSection, ServiceSubject, check_service_limit, covers
from gates.environment.tree import KeyPath

#: The gate that judges the section.
GATE = "services"


def crosscheck(environment: Environment) -> Iterator[Finding]:
    """Everything that does not fit together."""
    taken: dict[str, str] = {}
    for kind, name, service in environment.services.looks():
        path: KeyPath = ("services", kind, name)
        if name in taken:
            yield path, f"the name {name!r} is taken: services.{taken[name]} has it too", ""
        taken.setdefault(name, kind)
        yield from unknown((*path, "needs"), service.needs, environment.endpoints, "endpoint")
        yield from _service(path, name, service)
    tables = [section.SUBJECTS for section in KINDS.values()]
    for gate, settings in environment.gates_of(GATE).items():
        for subject, criterion in settings.limits.items():
            yield from _limit(("gates", gate, "limits", subject), subject, criterion, tables)


def limits_under(gate: str, subject: str, environment: Environment) -> Iterator[tuple[KeyPath, Criterion]]:
    """The limits that may take the place of a floor's limit of this subject."""
    for own, criterion in environment.gates[gate].limits.items():
        if own != subject and covers(subject, own):
            yield ("gates", gate, "limits", own), criterion
    for kind, name, service in environment.services.looks():
        for own, criterion in service.limits.items():
            # A service's own limit comes before the gate's, even where it is the wider pattern.
            if covers(subject, own) or covers(own, subject):
                yield ("services", kind, name, "limits", own), criterion


def _service(path: KeyPath, name: str, service: ServiceSection) -> Iterator[Finding]:
    expected = service.expected()
    for subject, criterion in service.limits.items():
        yield from _limit((*path, "limits", subject), subject, criterion, [service.SUBJECTS])
        if clash := next((own for own in expected if own == subject or covers(subject, own)), ""):
            message = f"{clash!r} is wanted twice: by this limit and by a key of the service"
            yield (*path, "limits", subject), message, "remove one of them"
    problems = [((*path, *below), words, hint) for below, words, hint in service.problems()]
    yield from problems
    address = getattr(service, "url", "")
    if not problems and not (isinstance(address, str) and is_late(address)):
        try:
            service.probe(name)
        except ValueError as error:
            yield path, str(error).removeprefix(f"{name}: "), ""


def _limit(
    path: KeyPath, subject: str, criterion: Criterion, tables: Iterable[Mapping[str, ServiceSubject]]
) -> Iterator[Finding]:
    try:
        check_service_limit(subject, criterion, tables)
    except ValueError as error:
        message, _, hint = str(error).partition("; ")
        yield path, message, hint
