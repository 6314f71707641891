"""The part of an environment that says what the live-security gate looks at: one section for each kind of look."""

from collections.abc import Iterator, Mapping
from typing import Annotated, TypeAlias

from pydantic import Field

from gates.environment.addresses import Address, Url
from gates.environment.endpoints import TlsOptions
from gates.environment.fields import Body, Flag, Headers, JsonBody, Method, Name, Reader, Seconds, Text, Timeout
from gates.environment.limits import Limits
from gates.environment.readers import whole
from gates.environment.section import Section


def _bounded(most: int) -> Reader:
    return Reader(whole(1, most), {"type": "integer", "minimum": 1, "maximum": most})


class _Look(Section):
    """What all looks share."""

    timeout: Timeout = Field(10.0, description="how long one attempt may take; 10s by default")
    limits: Limits = Field({}, description="criteria of this look; they override the gate's and the defaults")
    needs: tuple[Name, ...] = Field((), description="endpoints without which this one can't be judged")
    remedy: Text | None = Field(None, description="the next step for people when this fails")


class _HttpLook(_Look):
    """What looks over HTTP share."""

    http: Url = Field(description="a URL, or a path that is joined to base_url")
    headers: Headers = Field({}, description="headers that are sent; secrets are welcome here")
    tls: TlsOptions | None = Field(None, description="how its certificate is checked, where the environment's differs")


class _RequestLook(_HttpLook):
    """What looks share that may send anything."""

    method: Method = Field("GET", description="the HTTP method")
    body: Body | None = Field(None, description="the text that is sent")
    json_body: JsonBody = Field(None, alias="json", description="the JSON document that is sent")


class PageLook(_RequestLook):
    """The security headers and the cookies of one answer."""

    follow_redirects: Flag = Field(False, description="follow redirects; the last answer's headers are judged")
    authenticated: Flag = Field(False, description="the request is a logged-in user's: no cache may share the answer")


class CorsLook(_RequestLook):
    """Which foreign origins may read an answer."""

    origin: Text | None = Field(None, description="an origin that the service can't know; an invalid one by default")
    preflight_method: Method = Field("PUT", description="the method that the preflight asks leave for; PUT by default")


class TlsLook(_Look):
    """Which versions of TLS are accepted, and how strong the certificate is."""

    tls: Address = Field(description="host:port that is asked")
    options: TlsOptions | None = Field(None, description="`server_name` is the name that is asked for")


class ExposedPath(Section):
    """A path that must not answer."""

    path: Text = Field(description="from the root: /export.csv")
    signature: Text | None = Field(
        None, description="a pattern that the real thing matches; without it every page of its own counts"
    )


class ExposureLook(_HttpLook):
    """Paths that must not answer."""

    also: tuple[ExposedPath, ...] = Field((), description="paths beside the known ones")
    except_paths: tuple[Text, ...] = Field((), alias="except", description="known paths that are not asked for")


class RefusalLook(_RequestLook):
    """An endpoint that must refuse who has no credentials."""

    marker: Body | None = Field(None, description="a text that only the protected data has; it needs credentials")
    credentials: Headers = Field({}, description="headers with which the endpoint does answer")


class BurstLook(_RequestLook):
    """A bounded burst of requests that has to meet a rate limit."""

    requests: Annotated[int, _bounded(500)] = Field(50, description="how many requests at most; 50 by default")
    within: Seconds = Field(10.0, description="how long the burst lasts at most; 10s by default, never above 60s")
    concurrency: Annotated[int, _bounded(16)] = Field(4, description="requests in flight; 4 by default")


class ContainerLook(_Look):
    """Running containers. Exactly one of `project`, `label` and `container` says which."""

    project: Text | None = Field(None, description="a compose project")
    service: Text | None = Field(None, description="one service of the project")
    label: Text | None = Field(None, description="a label: `key` or `key=value`")
    container: Text | None = Field(None, description="the name of one container")


class Security(Section):
    """What the live-security gate looks at."""

    pages: dict[Name, PageLook] = Field({}, description="answers whose security headers and cookies are judged")
    cors: dict[Name, CorsLook] = Field({}, description="answers that foreign origins must not read")
    tls: dict[Name, TlsLook] = Field({}, description="places whose TLS versions and certificate keys are judged")
    exposed: dict[Name, ExposureLook] = Field({}, description="services that must not show what is known to leak")
    refused: dict[Name, RefusalLook] = Field({}, description="endpoints that must refuse without credentials")
    bursts: dict[Name, BurstLook] = Field({}, description="endpoints that must have a rate limit")
    containers: dict[Name, ContainerLook] = Field({}, description="containers whose confinement is judged")
    engine: Text | None = Field(None, description="where the Docker engine listens: unix:///var/run/docker.sock")

    def looks(self) -> Iterator[tuple[str, str, "Look"]]:
        """Section, name and what is declared of every look, in the order of the sections."""
        for section in SECTIONS:
            declared: Mapping[str, Look] = getattr(self, section)
            for name, look in declared.items():
                yield section, name, look


#: Any look.
Look: TypeAlias = PageLook | CorsLook | TlsLook | ExposureLook | RefusalLook | BurstLook | ContainerLook
#: The keys that hold looks.
SECTIONS = ("pages", "cors", "tls", "exposed", "refused", "bursts", "containers")
