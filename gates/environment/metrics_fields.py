"""Values that only the `metrics:` section has: conditions on labels, pages, one limit, and servers that are asked."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from checks.prometheus.matcher import Matcher
from checks.request import Headers as SentHeaders
from gates.criteria import Criterion
from gates.environment.addresses import BaseUrl, read_url
from gates.environment.endpoints import TlsOptions
from gates.environment.fields import Body, Headers, Reader, Text, Timeout
from gates.environment.limits import CRITERION_SCHEMA, read_limit
from gates.environment.readers import MisplacedError, Sendable, kind_of, mapping, read_text, shorten
from gates.environment.section import Section

if TYPE_CHECKING:
    from checks.monitoring.server import Server
    from gates.environment.model import Environment

_SIGNS = (("!~", "!~"), ("!=", "!="), ("=~", "=~"), ("~", "=~"), ("=", "="))


def read_condition(value: object) -> tuple[str, str]:
    """`shop`, `~ 5..`, `!= test`, `!~ a|b`: the operator of PromQL and the value."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise ValueError(f"a text is needed, as in shop, '~ 5..', '!= test', not {kind_of(value)}")
    for sign, operator in _SIGNS:
        if value.startswith(sign):
            return operator, value.removeprefix(sign).strip()
    return "=", str(value)


def read_matchers(value: object) -> tuple[Matcher, ...]:
    """Conditions by label. Raises ValueError for what is no label and no pattern."""
    if not isinstance(value, dict):
        raise ValueError(f"labels are needed, as in {{service: shop, status: '~ 5..'}}, not {kind_of(value)}")
    found = []
    for label, condition in value.items():
        try:
            operator, text = read_condition(condition)
            found.append(Matcher(str(label), text, operator))
        except ValueError as error:
            raise MisplacedError((str(label),), str(error)) from None
    return tuple(found)


def _read_urls(value: object) -> tuple[Sendable, ...]:
    if not isinstance(value, tuple | list):
        return (read_url(value),)
    if not value:
        raise ValueError("is empty: no page would be read")
    found: list[Sendable] = []
    for index, one in enumerate(value):
        try:
            found.append(read_url(one))
        except ValueError as error:
            raise MisplacedError((index,), str(error)) from None
        if found[-1] in found[:-1]:
            raise MisplacedError((index,), f"{shorten(str(one))!r} is there twice, and would be counted twice")
    return tuple(found)


_CONDITIONS = {"type": "object", "additionalProperties": {"type": ["string", "integer"]}}
_URL = {"type": "string", "pattern": r"^(https?://|/|\$\{)"}
Matchers = Annotated[tuple[Matcher, ...], Reader(read_matchers, _CONDITIONS)]
Urls = Annotated[
    tuple[Sendable, ...], Reader(_read_urls, {"anyOf": [_URL, {"type": "array", "minItems": 1, "items": _URL}]})
]
Limit = Annotated[Criterion, Reader(read_limit, CRITERION_SCHEMA)]
Texts = Annotated[
    dict[str, str],
    Reader(mapping(read_text, read_text), {"type": "object", "additionalProperties": {"type": "string"}}),
]


class Login(Section):
    """Who asks, by HTTP's basic authentication."""

    user: Text = Field(description="the user's name")
    password: Body = Field(description="the password: a variable")


class Asked(Section):
    """How a server is asked."""

    headers: Headers = Field({}, description="headers that are sent: X-Scope-OrgID: shop")
    bearer: Body | None = Field(None, description="the token that is sent: a variable")
    basic: Login | None = Field(None, description="user and password that are sent")
    tls: TlsOptions | None = Field(None, description="how its certificate is checked, where the environment's differs")
    timeout: Timeout = Field(10.0, description="how long one answer may take; 10s by default")

    def server(self, name: str, url: Sendable, environment: "Environment") -> "Server":
        """The server at this URL, which is joined to `base_url`. Raises ValueError for a URL that is none."""
        from checks.monitoring.server import Server, basic, bearer
        from gates.probing import trust_of

        sent: SentHeaders = tuple(self.headers.items())
        if self.bearer is not None:
            sent = (*sent, bearer(self.bearer))
        if self.basic is not None:
            sent = (*sent, basic(self.basic.user, self.basic.password))
        trust = trust_of(self.tls or environment.tls_for())
        return Server(name, environment.url(url), sent, self.timeout, **trust)


class AskedAt(Asked):
    """A server with its URL."""

    url: BaseUrl = Field(description="where it is, with its path prefix if it has one")
