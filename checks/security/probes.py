"""What is looked at: one frozen value for each kind of look. A wrong one raises ValueError when it is made."""

import math
from dataclasses import dataclass
from typing import Final, TypeAlias

from checks.probes import HttpProbe, TlsProbe
from checks.request import Headers, check_headers
from checks.secrets import Secret
from checks.security.forbidden_paths import FORBIDDEN_PATHS, ForbiddenPath

#: A burst never has more requests than this and never lasts longer, whatever is configured: it measures a limit, it
#: is no load test.
MAX_BURST: Final = 500
MAX_BURST_SECONDS: Final = 60.0
_MAX_BURST_CONCURRENCY: Final = 16
_CREDENTIALS: Final = {"authorization", "cookie", "proxy-authorization", "x-api-key"}


@dataclass(frozen=True, slots=True)
class PageProbe:
    """The security headers and the cookies of one answer.

    `authenticated`: the request is that of a logged-in user, so what caches may do with the answer is read too.
    """

    request: HttpProbe
    authenticated: bool = False


@dataclass(frozen=True, slots=True)
class CorsProbe:
    """Which foreign origins may read the answer to `request`.

    `origin` is an origin that the service can't know; `preflight_method` is what the preflight asks leave for.
    """

    request: HttpProbe
    origin: str = "https://tidegate-cors-check.invalid"
    preflight_method: str = "PUT"

    def __post_init__(self) -> None:
        if any(name.lower() == "origin" for name, _ in self.request.headers):
            raise ValueError(f"{self.request.name}: the header Origin is set by the check itself")


@dataclass(frozen=True, slots=True)
class TlsVersionsProbe:
    """Which versions of TLS are accepted at a place, and how strong cipher and certificate are."""

    where: TlsProbe


@dataclass(frozen=True, slots=True)
class ExposureProbe:
    """Paths that must not answer. `base`: a request to the root of the service; its path is replaced."""

    base: HttpProbe
    paths: tuple[ForbiddenPath, ...] = FORBIDDEN_PATHS

    def __post_init__(self) -> None:
        name = self.base.name
        if not self.paths:
            raise ValueError(f"{name}: no path is named that must not answer")
        if self.base.method != "GET" or self.base.body is not None:
            raise ValueError(f"{name}: paths that must not answer are asked for with GET and no body")
        seen = [entry.path for entry in self.paths]
        if doubled := [path for path in seen if seen.count(path) > 1]:
            raise ValueError(f"{name}: the path {doubled[0]!r} is named twice")


@dataclass(frozen=True, slots=True)
class RefusalProbe:
    """An endpoint that must refuse who has no credentials.

    `request` has none; `marker` is a text that only the protected data holds; `credentials` are headers with which the
    endpoint does answer, so that a marker which no answer holds is found out.
    """

    request: HttpProbe
    marker: str | Secret = ""
    credentials: Headers = ()

    def __post_init__(self) -> None:
        name = self.request.name
        given = [header for header, _ in self.request.headers if header.lower() in _CREDENTIALS]
        if given or self.request.target.login:
            what = f"the header {given[0]}" if given else "a login in its URL"
            raise ValueError(f"{name}: it has to be asked without credentials, but the request has {what}")
        check_headers(self.credentials)


@dataclass(frozen=True, slots=True)
class BurstProbe:
    """A bounded burst that should meet a rate limit: at most `requests` requests in at most `within` seconds, at most
    `concurrency` of them at the same time. It stops at the first refusal."""

    request: HttpProbe
    requests: int = 50
    within: float = 10.0
    concurrency: int = 4

    def __post_init__(self) -> None:
        name = self.request.name
        if not 1 <= self.requests <= MAX_BURST:
            raise ValueError(f"{name}: a burst has 1 to {MAX_BURST} requests, not {self.requests}")
        if not (math.isfinite(self.within) and 0 < self.within <= MAX_BURST_SECONDS):
            raise ValueError(
                f"{name}: a burst lasts more than 0 and at most {MAX_BURST_SECONDS:g} s, not {self.within}"
            )
        if not 1 <= self.concurrency <= _MAX_BURST_CONCURRENCY:
            most = _MAX_BURST_CONCURRENCY
            raise ValueError(f"{name}: a burst has 1 to {most} requests at the same time, not {self.concurrency}")


SecurityProbe: TypeAlias = PageProbe | CorsProbe | TlsVersionsProbe | ExposureProbe | RefusalProbe | BurstProbe


def request_of(probe: SecurityProbe) -> HttpProbe | TlsProbe:
    """What a look asks for: it names the look, and its timeout holds for each single question."""
    match probe:
        case TlsVersionsProbe(where=where):
            return where
        case ExposureProbe(base=base):
            return base
        case _:
            return probe.request
