"""Addresses of data services: `scheme://user@host:port/path?option=value`, taken apart, the password kept apart."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from checks.secrets import Secret, reveal

_PORT: Final = re.compile(r"[0-9]{1,5}")


@dataclass(frozen=True, slots=True)
class ServiceUrl:
    """An address. `host` is a name, an IP address without brackets, or the path of a socket's folder that begins with
    `/`; `path` is without its first slash and may be empty, as `user` may; `options` is what stands behind `?`."""

    scheme: str
    host: str
    port: int
    user: str = ""
    password: Secret | None = None
    path: str = ""
    options: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """The address for people, without its password: it can be pasted."""
        user = f"{quote(self.user, safe='')}@" if self.user else ""
        host = f"[{self.host}]" if ":" in self.host else quote(self.host, safe="")
        options = "&".join(f"{key}={quote(value, safe='/')}" for key, value in self.options.items())
        path = f"/{quote(self.path, safe='/')}" if self.path else ""
        return f"{self.scheme}://{user}{host}:{self.port}{path}{'?' + options if options else ''}"


def parse_service_url(url: str | Secret, ports: Mapping[str, int], options: Collection[str] = ()) -> ServiceUrl:
    """Take an address apart. `ports`: the schemes that are known, each with its usual port; `options`: what may stand
    behind `?`.

    Raises ValueError, which shows no part of a secret: for an unknown scheme, several hosts, a port out of range,
    an unknown option, for a password that stands in a plain text, and for one that would end before its end.
    """
    text = reveal(url)
    shown = "the URL" if isinstance(url, Secret) else repr(text if "@" not in text else _without_password(text))
    example = f"write {next(iter(ports))}://user@host:{next(iter(ports.values()))}/..."
    if re.search(r"[\s\x00-\x1f\x7f]", text):
        raise ValueError(f"{shown} is not a URL: it holds a space or a control character")
    scheme, separator, _ = text.partition("://")
    if not separator or scheme.lower() not in ports:
        raise ValueError(f"{shown} is not an address of this service; {example} ({', '.join(ports)})")
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
        pairs = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError:
        raise ValueError(f"{shown} can't be read; {example}") from None
    login, at, place = parts.netloc.rpartition("@")
    user, colon, password = login.partition(":")
    if "," in place:
        raise ValueError(f"{shown} names several servers: each one is looked at by itself")
    if colon and not isinstance(url, Secret):
        raise ValueError(
            f"{shown} holds a password: write `password: ${{VAR}}` beside it, or the whole URL as ${{VAR}} with DSN, "
            "PASSWORD, SECRET or TOKEN in the variable's name"
        )
    if "@" in parts.path + parts.query:
        # A password with `/` would be taken for a port and a path, and shown to everybody.
        raise ValueError(
            f"{shown} holds an `@` behind its host: write %40; in a password write %2F for / and %3F for ?"
        )
    if parts.fragment:
        raise ValueError(f"{shown} holds a `#`: write %23")
    given = dict(pairs)
    if len(given) < len(pairs):
        raise ValueError(f"{shown} has an option twice")
    if unknown := [key for key in given if key not in options]:
        which = "an option" if isinstance(url, Secret) else f"the option {unknown[0]!r}"
        raise ValueError(f"{shown} has {which} that is not known; {_listed(options)}")
    return ServiceUrl(
        scheme.lower(),
        unquote(_host_as_written(place)) if place.startswith("%") else unquote(host),
        _port(place, ports[scheme.lower()], shown, secret=isinstance(url, Secret)),
        unquote(user) if at else "",
        _apart(url, unquote(password)) if colon and password else None,
        unquote(parts.path.removeprefix("/")),
        given,
    )


def _apart(url: str | Secret, password: str) -> Secret:
    """The password of a URL, as secret as that is."""
    return Secret(password, url.name, searched=url.searched) if isinstance(url, Secret) else Secret(password)


def _host_as_written(place: str) -> str:
    """`urlsplit` makes hosts small letters; the path of a socket has to keep its capitals."""
    return place.partition(":")[0]


def _port(place: str, usual: int, shown: str, *, secret: bool) -> int:
    _, colon, port = place.rpartition("]")[2].rpartition(":")
    if not colon or not port:
        return usual
    if not _PORT.fullmatch(port) or not 1 <= int(port) <= 65535:
        which = "a port that is none" if secret else f"the port {port!r}"
        raise ValueError(f"{shown} has {which}; ports are 1 to 65535")
    return int(port)


def _without_password(text: str) -> str:
    return re.sub(r"://([^:@/]*):.*@", r"://\1:***@", text)


def _listed(options: Collection[str]) -> str:
    return f"known are {', '.join(sorted(options))}" if options else "there are none"
