"""What is sent: a URL taken apart and the bytes of an HTTP/1.1 request, with nothing smuggled into either."""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from checks.secrets import Secret, reveal

Text = str | Secret
Headers = tuple[tuple[str, Text], ...]

_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_URL_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f]")
_PORTS: Final = {"http": 80, "https": 443}
_OWN: Final = {"content-length", "transfer-encoding", "connection", "upgrade", "expect", "te", "trailer"}
_DEFAULTS: Final = (("User-Agent", "tidegate"), ("Accept", "*/*"), ("Accept-Encoding", "identity"))


@dataclass(frozen=True, slots=True)
class Target:
    """A URL taken apart. `host` is without brackets, `path` is quoted and has the query, `shown` has no secret."""

    scheme: str
    host: str
    port: int
    path: str
    shown: str
    login: Secret | None = None

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port: what headers with secrets are sent to, and nobody else."""
        return self.scheme, self.host, self.port

    @property
    def host_header(self) -> str:
        """The value of `Host` (RFC 9110, 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def parse_url(url: Text) -> Target:
    """Take a URL apart. Raises ValueError that never repeats a secret."""
    text = reveal(url).strip()
    hidden = isinstance(url, Secret) and url.searched
    shown = "the URL" if hidden else repr(_without_login(text))
    if _URL_CONTROLS.search(text):
        raise ValueError(f"{shown} has a control character (a line break or a tab, perhaps) in it")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"{shown} is not a URL: {'its port or host' if hidden else error}") from None
    scheme = parts.scheme.lower()
    if scheme not in _PORTS:
        raise ValueError(f"{shown} is not a URL that starts with http:// or https://")
    host = _host(parts.hostname or "", shown)
    if port == 0:
        raise ValueError(f"{shown} has the port 0, which nothing listens on")
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~")
    if parts.query:
        path += "?" + quote(parts.query, safe="/%:@!$&'()*+,;=~?")
    login = None
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        if parts.password:
            Secret(unquote(parts.password))
        login = Secret("Basic " + base64.b64encode(pair.encode()).decode())
    origin = f"{scheme}://{f'[{host}]' if ':' in host else host}{f':{port}' if port else ''}"
    known = f"{origin}/***" if hidden else _without_login(text)
    return Target(scheme, host, port or _PORTS[scheme], path, known, login)


def wrapped(text: str, *parts: object) -> Text:
    """`text` as a Secret where a part that it was put together from is one."""
    secrets = [part for part in parts if isinstance(part, Secret)]
    return Secret(text, searched=any(part.searched for part in secrets)) if secrets else text


def check_headers(headers: Headers) -> None:
    """Raise ValueError for a header that can't be sent, without repeating its value."""
    for name, value in headers:
        if not _TOKEN.fullmatch(name):
            raise ValueError(f"{name!r} is not the name of a header")
        if name.lower() in _OWN:
            raise ValueError(f"the header {name!r} is set by the client itself")
        if _CONTROLS.search(reveal(value)):
            raise ValueError(f"the value of the header {name!r} has a control character (a line break, perhaps) in it")


def check_method(method: str) -> None:
    """Raise ValueError for what is not a method in capital letters, or is one that a check can't use."""
    if not re.fullmatch(r"[A-Z][A-Z0-9-]*", method) or method == "CONNECT":
        raise ValueError(f"{method!r} is not a method that can be used; write GET, HEAD, POST, PUT, PATCH, DELETE, ...")


def request_bytes(method: str, target: Target, headers: Headers, body: bytes | None) -> bytes:
    """The request as it goes over the wire. The headers have been through `check_headers`."""
    given = {name.lower() for name, _ in headers}
    lines = [f"{method} {target.path} HTTP/1.1"]
    if "host" not in given:
        lines.append(f"Host: {target.host_header}")
    lines += [f"{name}: {value}" for name, value in _DEFAULTS if name.lower() not in given]
    if target.login and "authorization" not in given:
        lines.append(f"Authorization: {target.login.reveal()}")
    lines += [f"{name}: {reveal(value).strip()}" for name, value in headers]
    if body is not None or method in ("POST", "PUT", "PATCH"):
        lines.append(f"Content-Length: {len(body or b'')}")
    # Obsolete but harmless bytes: RFC 9110, 5.5 lets a recipient read values as opaque octets, so UTF-8 goes through.
    return "\r\n".join([*lines, "", ""]).encode() + (body or b"")


def without_secrets(headers: Sequence[tuple[str, Text]]) -> Headers:
    """The headers that may follow a redirect to another origin."""
    private = {"authorization", "cookie", "proxy-authorization", "host"}
    return tuple((n, v) for n, v in headers if n.lower() not in private and not isinstance(v, Secret))


def _host(host: str, shown: str) -> str:
    if not host:
        raise ValueError(f"{shown} names no host")
    if not host.isascii():
        try:
            host = host.encode("idna").decode()
        except UnicodeError:
            raise ValueError(f"{shown} has a host name that can't be written in ASCII") from None
    if not re.fullmatch(r"[a-z0-9._-]+|[0-9a-f:.]+(?:%[\w.-]+)?", host):
        raise ValueError(f"{shown} has a host name with characters that no host name has")
    return host


def _without_login(url: str) -> str:
    return re.sub(r"^([A-Za-z][A-Za-z0-9+.-]*://)[^/?#]*@", r"\1", url)
