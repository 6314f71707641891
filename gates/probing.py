"""From what an environment declares to what checks look at, and to what is wanted of each."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TypedDict

from checks.probes import DnsProbe, HttpProbe, Probe, TcpProbe, TlsProbe
from checks.request import Text
from checks.secrets import Secret, reveal
from gates.criteria import Criterion, Equals
from gates.judging import Wanted

if TYPE_CHECKING:
    from gates.environment.endpoints import Endpoint, Expectations, ExternalService, TlsOptions
    from gates.environment.model import Environment


class Trust(TypedDict):
    """How a certificate is checked, as probes and journeys take it."""

    verify: bool
    ca_file: str
    server_name: str


#: The probe that asks the target which release it is.
RELEASE_PROBE = "target.release"
#: The probe that is asked until the target is ready.
READY_PROBE = "target.ready"


def probes(environment: "Environment", names: Iterable[str]) -> list[Probe]:
    """The probes of the endpoints and external services of these names, and of the release's source."""
    wanted = set(names)
    found: list[Probe] = [
        endpoint_probe(environment, name, endpoint)
        for name, endpoint in environment.endpoints.items()
        if name in wanted
    ]
    found.extend(
        external_probe(environment, name, service)
        for name, service in environment.external_services.items()
        if name in wanted
    )
    source = environment.release
    if source is not None:
        paths = tuple(path for path in (source.id, source.version, source.commit) if path)
        trust = trust_of(environment.tls_for())
        found.append(HttpProbe(name=RELEASE_PROBE, url=environment.url(source.url), json_paths=paths, **trust))
    return found


def endpoint_probe(environment: "Environment", name: str, endpoint: "Endpoint") -> Probe:
    """The probe of one endpoint."""
    timing = {"timeout": endpoint.timeout, "pause": endpoint.pause}
    tls = environment.tls_for(endpoint)
    trust = trust_of(tls)
    from gates.environment.addresses import split_address

    match endpoint.kind:
        case "http":
            expect = endpoint.expect
            return HttpProbe(
                name=name,
                url=environment.url(endpoint.http or ""),
                method=endpoint.method,
                headers=tuple(headers_of(endpoint.headers, endpoint.json_body).items()),
                body=body_of(endpoint.body, endpoint.json_body),
                follow_redirects=endpoint.follow_redirects,
                **trust,
                json_paths=(*expect.json_values, *identity_of(expect)),
                header_names=tuple(expect.headers),
                want_body=expect.body is not None,
                attempts=endpoint.attempts,
                **timing,
            )
        case "tcp":
            host, port = split_address(str(endpoint.target))
            return TcpProbe(name=name, host=host, port=port, attempts=endpoint.attempts, **timing)
        case "dns":
            return DnsProbe(
                name=name,
                host=str(endpoint.target),
                record=endpoint.record,
                nameserver=endpoint.nameserver or "",
                attempts=endpoint.attempts,
                **timing,
            )
        case "tls":
            host, port = split_address(str(endpoint.target))
            return TlsProbe(
                name=name,
                host=host,
                port=port,
                **trust,
                attempts=endpoint.attempts,
                **timing,
            )


def external_probe(environment: "Environment", name: str, service: "ExternalService") -> HttpProbe:
    """The probe of an external service."""
    return HttpProbe(
        name=name,
        url=environment.url(service.url),
        headers=tuple(service.headers.items()),
        timeout=service.timeout,
        **trust_of(service.tls),
    )


def trust_of(tls: "TlsOptions | None") -> Trust:
    """TLS options as the checks take them; None is the system's trust."""
    if tls is None:
        return {"verify": True, "ca_file": "", "server_name": ""}
    return {"verify": tls.verify, "ca_file": str(tls.ca_file or ""), "server_name": tls.server_name or ""}


def wanted_of(environment: "Environment", name: str) -> Wanted:
    """What is wanted of an endpoint or external service of the health gate."""
    gate = environment.gates.get("health")
    shared: Mapping[str, Criterion] = gate.limits if gate is not None else {}
    service = environment.external_services.get(name)
    if service is not None:
        return Wanted(
            {"status": service.status}, _fitting(shared, "http", secure=_is_https(environment, service.url)), {}
        )
    endpoint = environment.endpoints[name]
    secure = endpoint.kind == "tls" or (endpoint.kind == "http" and _is_https(environment, endpoint.http or ""))
    limits = {**_fitting(shared, endpoint.kind, secure=secure), **endpoint.limits}
    criteria = _criteria(environment, endpoint)
    identity = identity_of(endpoint.expect) if endpoint.kind == "http" else {}
    main = "resolves" if endpoint.kind == "dns" else "up"
    return Wanted(criteria, limits, identity, endpoint.remedy or "", main)


def expectations_of(expect: "Expectations") -> dict[str, Criterion]:
    """Subject without the probe's name -> criterion, for an HTTP answer."""
    criteria: dict[str, Criterion] = {"status": expect.status}
    criteria.update((f"json.{path}", criterion) for path, criterion in expect.json_values.items())
    criteria.update((f"header.{name}", criterion) for name, criterion in expect.headers.items())
    if expect.body is not None:
        criteria["body"] = expect.body
    return criteria


def identity_of(expect: "Expectations") -> dict[str, str]:
    """JSON path -> the field of the release that has to stand there."""
    pairs = ((expect.version, "version"), (expect.release, "id"), (expect.commit, "commit"))
    return {path: field for path, field in pairs if path}


def _criteria(environment: "Environment", endpoint: "Endpoint") -> dict[str, Criterion]:
    match endpoint.kind:
        case "http":
            return expectations_of(endpoint.expect)
        case "tcp":
            return {}
        case "dns":
            listed = ", ".join(sorted(endpoint.addresses))
            return {"addresses": Equals(listed)} if listed else {}
        case "tls":
            trusted = {"certificate.trusted": Equals(value=True), "certificate.covers_name": Equals(value=True)}
            return dict(trusted) if environment.tls_for(endpoint).verify else {}


def _fitting(limits: Mapping[str, Criterion], kind: str, *, secure: bool) -> dict[str, Criterion]:
    """The limits of the gate that apply to this kind: a certificate's only where there is one."""
    return {
        subject: criterion
        for subject, criterion in limits.items()
        if (secure if subject.startswith("certificate.") else kind == "http")
    }


def _is_https(environment: "Environment", url: Text) -> bool:
    whole = reveal(environment.url(url))
    return whole.startswith("https:")


def headers_of(declared: Mapping[str, Text], document: object) -> dict[str, Text]:
    """The headers of a request; a JSON document brings its Content-Type along."""
    headers = dict(declared)
    if document is not None and not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = "application/json"
    return headers


def body_of(text: Text | None, document: object) -> bytes | Secret | None:
    """The body of a request, from a text or a JSON document."""
    if document is not None:
        import json

        written = json.dumps(document, default=reveal)
        # A document that holds a secret is one: its text could be quoted in an error.
        return Secret(written) if written != json.dumps(document, default=str) else written.encode()
    if isinstance(text, Secret):
        return text
    return None if text is None else text.encode()
