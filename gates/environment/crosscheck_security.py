"""What has to fit together under `security:`: names, what is asked and how, and limits of what is measured there."""

from collections.abc import Iterator

from checks.request import parse_url
from checks.secrets import reveal
from gates.criteria import Criterion
from gates.environment.addresses import join
from gates.environment.findings import Finding, not_joined, unknown
from gates.environment.late import is_late
from gates.environment.model import Environment
from gates.environment.names import nearest
from gates.environment.security import (
    SECTIONS,
    BurstLook,
    ContainerLook,
    CorsLook,
    ExposureLook,
    Look,
    PageLook,
    RefusalLook,
    TlsLook,
)
from gates.environment.security_limits import check_security_limit, covers
from gates.environment.tree import KeyPath

#: The gate that judges the section.
GATE = "live-security"
#: Headers by which a request is a logged-in user's.
_CREDENTIALS = {"authorization", "cookie", "proxy-authorization", "x-api-key"}
_LONGEST_BURST = 60.0


def crosscheck(environment: Environment) -> Iterator[Finding]:
    """Everything that does not fit together."""
    taken: dict[str, str] = {}
    for section, name, look in environment.security.looks():
        path: KeyPath = ("security", section, name)
        if name in taken:
            yield path, f"the name {name!r} is taken: security.{taken[name]} has it too", ""
        taken.setdefault(name, section)
        yield from unknown((*path, "needs"), look.needs, environment.endpoints, "endpoint")
        for subject, criterion in look.limits.items():
            yield from _limit((*path, "limits", subject), subject, criterion, (section,))
        if isinstance(look, PageLook | CorsLook | ExposureLook | RefusalLook | BurstLook):
            yield from not_joined((*path, "http"), look.http, environment)
        if getattr(look, "body", None) is not None and "json_body" in look.model_fields_set:
            yield (*path, "json"), "body and json exclude one another", ""
        yield from _look(path, look, environment)
    for gate, settings in environment.gates_of(GATE).items():
        for subject, criterion in settings.limits.items():
            yield from _limit(("gates", gate, "limits", subject), subject, criterion, SECTIONS)


def limits_under(gate: str, subject: str, environment: Environment) -> Iterator[tuple[KeyPath, Criterion]]:
    """The limits that may take the place of a floor's limit of this subject, each under a name of its own."""
    for own, criterion in environment.gates[gate].limits.items():
        if own != subject and covers(subject, own):
            yield ("gates", gate, "limits", own), criterion
    for section, name, look in environment.security.looks():
        for own, criterion in look.limits.items():
            # A look's own limit comes before the gate's, even where it is the wider pattern.
            if covers(subject, own) or covers(own, subject):
                yield ("security", section, name, "limits", own), criterion


def _limit(path: KeyPath, subject: str, criterion: Criterion, sections: tuple[str, ...]) -> Iterator[Finding]:
    try:
        check_security_limit(subject, criterion, sections)
    except ValueError as error:
        message, _, hint = str(error).partition("; ")
        yield path, message, hint


def _look(path: KeyPath, look: Look, environment: Environment) -> Iterator[Finding]:
    match look:
        case CorsLook() if any(name.lower() == "origin" for name in look.headers):
            yield (*path, "headers"), "the header Origin is set by the check itself", "write `origin:`"
        case ExposureLook():
            yield from _exposure(path, look)
        case RefusalLook():
            yield from _refusal(path, look, environment)
        case BurstLook() if look.within > _LONGEST_BURST:
            yield (*path, "within"), "a burst lasts 60s at most", ""
        case ContainerLook():
            given = [key for key in ("project", "label", "container") if getattr(look, key) is not None]
            if len(given) != 1:
                got = f"it has {' and '.join(given)}" if given else "it has none"
                yield path, f"exactly one of project, label and container says which containers; {got}", ""
            if look.service is not None and look.project is None:
                yield (*path, "service"), "a service is found in a project", "write `project:`, too"
        case PageLook() | CorsLook() | TlsLook() | BurstLook():
            pass


def _exposure(path: KeyPath, look: ExposureLook) -> Iterator[Finding]:
    from checks.security.forbidden_paths import FORBIDDEN_PATHS, ForbiddenPath

    known = [entry.path for entry in FORBIDDEN_PATHS]
    for index, excepted in enumerate(look.except_paths):
        if excepted not in known:
            hint = nearest(excepted, known)
            yield (*path, "except", index), f"{excepted!r} is none of the paths that are asked for", hint
    seen = {name for name in known if name not in look.except_paths}
    for index, also in enumerate(look.also):
        here: KeyPath = (*path, "also", index)
        try:
            ForbiddenPath(also.path, also.signature or "")
        except ValueError as error:
            message, _, hint = str(error).partition("; ")
            yield here, message, hint
        if also.path in seen:
            yield here, f"the path {also.path!r} is asked for already", ""
        seen.add(also.path)
    for subject in look.limits:
        asked = subject.removeprefix("exposed.")
        if asked.startswith("/") and asked not in seen:
            yield (*path, "limits", subject), f"the path {asked!r} is not asked for", nearest(asked, seen)
    if not seen:
        yield (*path, "except"), "no path is left that must not answer", ""


def _refusal(path: KeyPath, look: RefusalLook, environment: Environment) -> Iterator[Finding]:
    given = [name for name in look.headers if name.lower() in _CREDENTIALS]
    if given:
        words = f"it has to be asked without credentials, but the header {given[0]} is sent"
        yield (*path, "headers", given[0]), words, "write them under `credentials:`"
    if look.marker is not None and not look.credentials:
        words = "a marker needs credentials: without an answer that has it, nobody knows whether it would be found"
        yield (*path, "marker"), words, ""
    try:
        whole = reveal(join(environment.base_url, look.http))
        if not is_late(whole) and parse_url(whole).login:
            yield (*path, "http"), "it has to be asked without credentials, but the URL has a login", ""
    except ValueError:
        return  # said where the URL itself is checked
