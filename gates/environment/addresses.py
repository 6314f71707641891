"""Where things are: URLs, `host:port`, and how a path is joined to the base URL."""

import ipaddress
import re
from typing import Annotated

from checks.probes import split_nameserver
from checks.request import parse_url
from checks.secrets import Secret, reveal
from gates.environment.fields import Reader
from gates.environment.late import is_late
from gates.environment.readers import Sendable, read_text, shorten

#: What journeys fill in (`checks.template`).
MARK = re.compile(r"\{\{\s*(.*?)\s*\}\}")
# RFC 1123 with the underscores that real names hold.
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST = re.compile(rf"(?=.{{1,253}}\.?$){_LABEL}(?:\.{_LABEL})*\.?")


def read_url(value: object) -> Sendable:
    """`https://host/path`, or a path (`/health`) that is joined to `base_url`; it may hold a secret."""
    url = value if isinstance(value, Secret) else read_text(value)
    text = reveal(url)
    shown = "the URL" if isinstance(url, Secret) else repr(shorten(text))
    plain = MARK.sub("x", text)
    if re.search(r"[\s\x00-\x1f\x7f]", plain):
        raise ValueError(f"{shown} is not a URL: it holds a space or a control character")
    if plain.startswith("/"):
        if plain.startswith("//"):
            raise ValueError(f"{shown} is not a path: it starts with two slashes")
    elif not _begins_with_mark(text) and not plain.startswith(("http://", "https://")):
        raise ValueError(f"{shown} is not a URL: write https://host/path, or /path to join it to base_url")
    elif not _begins_with_mark(text) and not is_late(plain):
        parse_url(Secret(plain, url.name, searched=url.searched) if isinstance(url, Secret) else plain)
    return url


def _begins_with_mark(text: str) -> bool:
    """Whether the URL's beginning is known only later: the demo target's, or what a step captured."""
    return text.startswith(("${demo.", "{{"))


def read_base_url(value: object) -> Sendable:
    """A whole URL without a query, to which paths are joined."""
    url = read_url(value)
    text = reveal(url)
    if text.startswith("/"):
        raise ValueError("a whole URL is needed, as in https://stocks.example.com")
    if "?" in text or "#" in text:
        raise ValueError("a base URL holds no query and no fragment")
    return url


def join(base: Sendable | None, url: Sendable) -> Sendable:
    """The whole URL of a path or URL. Raises ValueError for a path without a base."""
    text = reveal(url)
    if not text.startswith("/"):
        return url
    if base is None:
        raise ValueError(f"{shorten(str(url))!r} is a path, and the environment has no base_url")
    whole = reveal(base).rstrip("/") + text
    parts = [part for part in (base, url) if isinstance(part, Secret)]
    if not parts:
        return whole
    return Secret(whole, ", ".join(part.name for part in parts), searched=any(part.searched for part in parts))


def read_address(value: object) -> str:
    """`host:port`, `[::1]:443`."""
    text = read_text(value)
    if is_late(text):
        return text
    split_address(text)
    return text


def split_address(text: str) -> tuple[str, int]:
    """Host and port of `host:port`. Raises ValueError."""
    match = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([^:\[\]/\s]+)):([0-9]{1,5})", text)
    if match is None or not 1 <= int(match.group(3)) <= 65535:
        raise ValueError(f"{shorten(text)!r} is not an address: write host:port, as in db.internal:5432")
    host = match.group(1) or match.group(2)
    _check_host(host, repr(shorten(text)))
    return host, int(match.group(3))


def read_host(value: object) -> str:
    """A host name."""
    text = read_text(value)
    if not is_late(text):
        _check_host(text, repr(shorten(text)))
    return text


def read_ip(value: object) -> str:
    """An IP address in its usual form."""
    text = read_text(value)
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise ValueError(f"{shorten(text)!r} is not an IP address") from None


def read_nameserver(value: object) -> str:
    """The IP address of a name server, with its port where that is not 53."""
    text = read_text(value)
    if not is_late(text):
        split_nameserver(text)
    return text


def _check_host(host: str, shown: str) -> None:
    if not _is_ip(host.partition("%")[0]) and not _is_name(host):
        raise ValueError(f"{shown}: {shorten(host)!r} is not a host name")


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_name(text: str) -> bool:
    try:
        ascii_name = text.encode("idna").decode() if not text.isascii() else text
    except UnicodeError:
        return False
    return _HOST.fullmatch(ascii_name) is not None and re.fullmatch(r"[0-9.]+", ascii_name) is None


Url = Annotated[Sendable, Reader(read_url, {"type": "string", "pattern": r"^(https?://|/|\$\{|\{\{)"})]
BaseUrl = Annotated[Sendable, Reader(read_base_url, {"type": "string", "pattern": r"^(https?://|\$\{)"})]
Address = Annotated[str, Reader(read_address, {"type": "string", "pattern": r":[0-9]+$|\$\{"})]
Host = Annotated[str, Reader(read_host, {"type": "string", "minLength": 1})]
NameServer = Annotated[str, Reader(read_nameserver, {"type": "string", "minLength": 2})]
IpAddress = Annotated[str, Reader(read_ip, {"type": "string", "minLength": 2})]
