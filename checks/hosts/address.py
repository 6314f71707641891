"""Where a host is, spelled as testinfra spells it: `local://`, `docker://NAME`, `ssh://user@host:port`."""

import re
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias
from urllib.parse import unquote

Backend: TypeAlias = Literal["local", "docker", "ssh"]

FORMS: Final = "local://, docker://[user@]container, ssh://[user@]host[:port]"
# What Docker accepts as the name or id of a container.
_CONTAINER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
# A host, an alias of ssh's configuration, or an IPv6 address: nothing that ssh could take for an option.
_HOST: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_IPV6: Final = re.compile(r"\[([0-9A-Fa-f:.]+(?:%[A-Za-z0-9_.-]+)?)\]")
_USER: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@\\+-]*\$?")
_USER_OF_CONTAINER: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:-]*")


@dataclass(frozen=True, slots=True)
class HostAddress:
    """`name`: of the host or container, empty for this machine; `user` and `port`: empty and 0 where not given."""

    backend: Backend
    name: str = ""
    user: str = ""
    port: int = 0

    def __str__(self) -> str:
        user = f"{self.user}@" if self.user else ""
        name = f"[{self.name}]" if ":" in self.name else self.name
        return f"{self.backend}://{user}{name}{f':{self.port}' if self.port else ''}"


def parse_address(text: str) -> HostAddress:
    """Read an address. Raises ValueError, which says how one is written."""
    backend, colon, rest = text.partition("://")
    match backend if colon else "":
        case "local":
            if rest:
                raise ValueError(f"{text!r}: the machine that runs pytest has no name here; write local://")
            return HostAddress("local")
        case "docker":
            user, at, name = rest.rpartition("@")
            if not _CONTAINER.fullmatch(name):
                raise ValueError(f"{text!r} names no container; write docker://NAME or docker://user@NAME")
            if at and not _USER_OF_CONTAINER.fullmatch(user):
                raise ValueError(f"{text!r}: {user!r} is no user; write docker://user@NAME")
            return HostAddress("docker", name, user)
        case "ssh":
            return _parse_ssh(text, rest)
        case "":
            raise ValueError(f"{text!r} does not say how to get there; write one of {FORMS}")
        case other:
            raise ValueError(f"{text!r}: hosts are not reached by {other!r}; write one of {FORMS}")


def _parse_ssh(text: str, rest: str) -> HostAddress:
    user, at, place = rest.rstrip("/").rpartition("@")
    if ":" in user:
        raise ValueError(f"{text.replace(user, '***')!r} holds a password; ssh logs in with a key: `identity_file:`")
    user = unquote(user)
    if at and not _USER.fullmatch(user):
        raise ValueError(f"{text!r}: {user!r} is no user; write ssh://user@host")
    if six := _IPV6.match(place):
        name, after = six.group(1), place[six.end() :]
    else:
        name, colon, port = place.partition(":")
        after = colon + port
        if not _HOST.fullmatch(name):
            raise ValueError(f"{text!r} names no host; write ssh://user@host:port, and an IPv6 address in brackets")
    if not after:
        return HostAddress("ssh", name, user)
    port = after.removeprefix(":")
    if not (after.startswith(":") and port.isascii() and port.isdigit() and 1 <= int(port) <= 65535):
        raise ValueError(f"{text!r}: {after!r} is no port; a port is from 1 to 65535")
    return HostAddress("ssh", name, user, int(port))
