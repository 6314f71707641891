"""From what an environment declares under `security:` to what is looked at, and the looks themselves."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from checks.evidence import Evidence
from checks.probes import HttpProbe, TlsProbe
from gates.environment.security import (
    BurstLook,
    ContainerLook,
    CorsLook,
    ExposedPath,
    ExposureLook,
    PageLook,
    RefusalLook,
    TlsLook,
)
from gates.probing import body_of, headers_of, trust_of

if TYPE_CHECKING:
    from checks.engine.confined import ContainerProbe
    from checks.security.forbidden_paths import ForbiddenPath
    from checks.security.probes import SecurityProbe
    from gates.environment.model import Environment


def take_looks(environment: "Environment", names: Collection[str]) -> Mapping[str, tuple[Evidence, ...]]:
    """Look at what has these names: the evidence by name. Nothing is asked where no name is given."""
    chosen = {name: look for _, name, look in environment.security.looks() if name in names}
    boxes = [container_probe(name, look) for name, look in chosen.items() if isinstance(look, ContainerLook)]
    others = [
        security_probe(environment, name, look) for name, look in chosen.items() if not isinstance(look, ContainerLook)
    ]
    found: dict[str, tuple[Evidence, ...]] = {}
    if others:
        from checks.security.look import look_at_security

        found.update(look_at_security(others))
    if boxes:
        from checks.engine.confined import look_at_containers

        found.update(look_at_containers(boxes, environment.security.engine or ""))
    return found


def security_probe(
    environment: "Environment",
    name: str,
    look: PageLook | CorsLook | TlsLook | ExposureLook | RefusalLook | BurstLook,
) -> "SecurityProbe":
    """What a look asks. Raises ValueError for what the checks refuse and the environment's reader lets pass."""
    from checks.security import probes

    match look:
        case PageLook():
            return probes.PageProbe(_request(environment, name, look), look.authenticated)
        case CorsLook():
            probe = probes.CorsProbe(_request(environment, name, look), preflight_method=look.preflight_method)
            return probe if look.origin is None else replace(probe, origin=look.origin)
        case TlsLook():
            return probes.TlsVersionsProbe(_place(environment, name, look))
        case ExposureLook():
            return probes.ExposureProbe(_request(environment, name, look), paths_of(look))
        case RefusalLook():
            request = _request(environment, name, look)
            return probes.RefusalProbe(request, look.marker or "", tuple(look.credentials.items()))
        case BurstLook():
            request = _request(environment, name, look)
            return probes.BurstProbe(request, look.requests, look.within, look.concurrency)
        case unreachable:
            assert_never(unreachable)


def container_probe(name: str, look: ContainerLook) -> "ContainerProbe":
    """Which containers the engine is asked for."""
    from checks.engine.confined import ContainerProbe

    return ContainerProbe(
        name, look.project or "", look.service or "", look.label or "", look.container or "", timeout=look.timeout
    )


def paths_of(look: ExposureLook) -> "tuple[ForbiddenPath, ...]":
    """The known paths without those that are excepted, and the look's own."""
    from checks.security.forbidden_paths import FORBIDDEN_PATHS, ForbiddenPath

    def own(declared: ExposedPath) -> ForbiddenPath:
        return ForbiddenPath(declared.path, declared.signature or "")

    known = (entry for entry in FORBIDDEN_PATHS if entry.path not in look.except_paths)
    return (*known, *map(own, look.also))


def _request(
    environment: "Environment", name: str, look: PageLook | CorsLook | ExposureLook | RefusalLook | BurstLook
) -> HttpProbe:
    url, trust = environment.url(look.http), trust_of(look.tls or environment.tls_for())
    if isinstance(look, ExposureLook):
        return HttpProbe(name, url, headers=tuple(look.headers.items()), timeout=look.timeout, **trust)
    follow = isinstance(look, PageLook) and look.follow_redirects
    return HttpProbe(
        name,
        url,
        method=look.method,
        headers=tuple(headers_of(look.headers, look.json_body).items()),
        body=body_of(look.body, look.json_body),
        follow_redirects=follow,
        timeout=look.timeout,
        **trust,
    )


def _place(environment: "Environment", name: str, look: TlsLook) -> TlsProbe:
    from gates.environment.addresses import split_address

    host, port = split_address(look.tls)
    return TlsProbe(name, host, port, timeout=look.timeout, **trust_of(look.options or environment.tls_for()))
