"""Services that are asked over HTTP: the API that a section declares, and what its address must not hold."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from checks.request import parse_url
from checks.secrets import Secret, reveal
from gates.environment.late import is_late
from gates.environment.readers import Sendable
from gates.environment.services_login import ServiceTls

if TYPE_CHECKING:
    from checks.services.json_api import JsonApi
    from gates.environment.findings import Finding


def json_api(
    url: Sendable, user: str, password: Secret | None, tls: ServiceTls | None, key: Secret | None = None
) -> "JsonApi":
    """What the checks are given. `key`: of the API, in place of user and password."""
    from checks.services.json_api import JsonApi

    tls = tls or ServiceTls.model_construct()
    return JsonApi(
        reveal(url).rstrip("/"), user, password or "", key or "", verify=tls.verify, ca_file=str(tls.ca_file or "")
    )


def login_in(path: tuple[str, ...], url: Sendable, instead: str) -> "Iterator[Finding]":
    """A log-in inside an address: it would stand in what people are shown to paste."""
    if not is_late(reveal(url)) and parse_url(url).login is not None:
        yield path, "the address holds a log-in", instead
