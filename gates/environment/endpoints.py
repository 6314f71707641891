"""The part of an environment that says what is looked at: endpoints, external services, groups."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Discriminator, Field, Tag

from checks.probes import RECORDS
from gates.criteria import Equals
from gates.environment.addresses import Address, Host, IpAddress, NameServer, Url
from gates.environment.fields import (
    Attempts,
    Body,
    Count,
    ExistingPath,
    Flag,
    Headers,
    JsonBody,
    JsonPath,
    Method,
    Name,
    Pause,
    Text,
    Timeout,
    choice,
)
from gates.environment.limits import Limits, Status, WantedHeaders, WantedText, WantedValues
from gates.environment.readers import Sendable
from gates.environment.section import Section

EndpointKind: TypeAlias = Literal["http", "tcp", "dns", "tls"]


class TlsOptions(Section):
    """How a certificate is checked."""

    verify: Flag = Field(True, description="check the certificate against the trusted authorities")
    ca_file: ExistingPath | None = Field(
        None, description="a PEM file of the authorities to trust in place of the system's, relative to this file"
    )
    server_name: Host | None = Field(None, description="the name that is asked for and has to be on the certificate")


class Expectations(Section):
    """What an answer has to look like."""

    status: Status = Field(Equals(200), description="an HTTP status, a list of them, or a criterion; 200 by default")
    json_values: WantedValues = Field({}, alias="json", description="values in the JSON body by dotted path")
    headers: WantedHeaders = Field({}, description="headers of the answer")
    body: WantedText | None = Field(None, description="the body's text; '~ pattern' looks for a pattern in it")
    version: JsonPath | None = Field(None, description="JSON path whose value has to equal the release's version")
    release: JsonPath | None = Field(None, description="JSON path whose value has to equal the release's id")
    commit: JsonPath | None = Field(None, description="JSON path whose value has to equal the release's commit")


def _tls_kind(value: object) -> str:
    return TLS_OPTIONS_TAG if isinstance(value, dict | TlsOptions) else TLS_ADDRESS_TAG


#: Tags of the union below. They stand in pydantic's error locations, where no key of a file can look like them.
TLS_OPTIONS_TAG, TLS_ADDRESS_TAG = "<tls options>", "<tls address>"
_Tls: TypeAlias = Annotated[
    Annotated[TlsOptions, Tag(TLS_OPTIONS_TAG)] | Annotated[Address, Tag(TLS_ADDRESS_TAG)], Discriminator(_tls_kind)
]


class Endpoint(Section):
    """One thing that is looked at. Exactly one of `http`, `tcp`, `dns` and (as an address) `tls` says what."""

    http: Url | None = Field(None, description="a URL, or a path that is joined to base_url")
    tcp: Address | None = Field(None, description="host:port that has to accept a connection")
    dns: Host | None = Field(None, description="a name that has to resolve")
    tls: _Tls | None = Field(None, description="host:port whose certificate is looked at; with http: TLS options")
    method: Method = Field("GET", description="the HTTP method")
    headers: Headers = Field({}, description="headers that are sent; secrets are welcome here")
    body: Body | None = Field(None, description="the text that is sent")
    json_body: JsonBody = Field(None, alias="json", description="the JSON document that is sent")
    timeout: Timeout = Field(10.0, description="how long one attempt may take; 10s by default")
    attempts: Attempts = Field(1, description="how often it is tried before it counts as down")
    pause: Pause = Field(0.5, description="the wait before a retry; it grows, with jitter")
    follow_redirects: Flag = Field(False, description="follow redirects; off by default, as a log-in page is no health")
    options: TlsOptions | None = Field(None, description="TLS options of a `tls` endpoint")
    record: Annotated[str, choice(*RECORDS)] = Field("A", description="the DNS record that is asked for")
    addresses: tuple[IpAddress, ...] = Field((), description="the addresses that the name has to resolve to")
    nameserver: NameServer | None = Field(None, description="IP address[:port] to ask; the system's by default")
    expect: Expectations = Field(Expectations.model_construct(), description="what the answer has to look like")
    limits: Limits = Field({}, description="limits of this endpoint; they override the gate's")
    needs: tuple[Name, ...] = Field((), description="endpoints without which this one can't be judged")
    remedy: Text | None = Field(None, description="the next step for people when this fails")

    @property
    def kind(self) -> EndpointKind:
        """Which of the four it is."""
        if self.http is not None:
            return "http"
        if self.tcp is not None:
            return "tcp"
        return "dns" if self.dns is not None else "tls"

    @property
    def target(self) -> Sendable:
        """The URL, path, address or name as it is written."""
        for value in (self.http, self.tcp, self.dns):
            if value is not None:
                return value
        return self.tls if isinstance(self.tls, str) else ""

    @property
    def tls_options(self) -> TlsOptions | None:
        """Its own TLS options, whichever key they stand under; None where the environment's `tls:` applies."""
        return self.tls if isinstance(self.tls, TlsOptions) else self.options


class ExternalService(Section):
    """A service of somebody else that the release depends on."""

    url: Url = Field(description="a whole URL")
    status: Status = Field(Equals(200), description="an HTTP status, a list of them, or a criterion; 200 by default")
    timeout: Timeout = Field(10.0, description="how long one attempt may take; 10s by default")
    headers: Headers = Field({}, description="headers that are sent")
    tls: TlsOptions | None = Field(
        None, description="how its certificate is checked; the environment's `tls` is not its"
    )


class Group(Section):
    """Endpoints that are judged together: at least N of them have to be up."""

    members: tuple[Name, ...] = Field(description="names of endpoints, which are then judged in this group only")
    at_least: Count = Field(description="how many of them have to be up")
