"""What is asked of a host: where it is, how it is reached, and the facts beyond those that every host is asked for."""

import math
import re
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from checks.hosts.address import HostAddress, parse_address

Protocol: TypeAlias = Literal["tcp", "udp"]
HostKeys: TypeAlias = Literal["strict", "accept-new"]

#: Characters that would end a line of what is sent, or the text itself.
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class SshOptions:
    """`identity_file`, `known_hosts` and `config`: paths, empty for ssh's own; `host_keys`: `accept-new` trusts a host
    that was never seen before; `connect_timeout`: seconds."""

    identity_file: str = ""
    known_hosts: str = ""
    config: str = ""
    host_keys: HostKeys = "strict"
    connect_timeout: float = 10.0


@dataclass(frozen=True, slots=True)
class PortAsk:
    """A port, and whether somebody listens there."""

    number: int
    protocol: Protocol = "tcp"

    def __str__(self) -> str:
        return str(self.number) if self.protocol == "tcp" else f"{self.number}/udp"


@dataclass(frozen=True, slots=True)
class ProcessAsk:
    """Running processes: those whose program has this name, or, with a `pattern`, those in whose command line the
    regular expression is found."""

    name: str
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class UserAsk:
    """A user, and the groups in which it is looked for."""

    name: str
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileAsk:
    """A file or folder. `digest`: whether its SHA-256 is asked for; `patterns`: regular expressions that are looked for
    in the first MiB of its text, line by line; the text itself is no evidence."""

    path: str
    digest: bool = False
    patterns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HostProbe:
    """One host.

    `sudo`: everything is read as root, by `sudo -n`; `timeout`: seconds for all that is asked of it; `interval`:
    seconds over which CPU use is measured; `engine`: where the Docker engine listens, empty for the environment's.
    `disks`: paths whose file systems are looked at beside all that are mounted. `clock`, `reboot`: whether the clock's
    offset and a pending reboot are asked for. `address` is `connect` taken apart.

    Raises ValueError for what can't be asked.
    """

    name: str
    connect: str
    ssh: SshOptions = field(default_factory=SshOptions)
    sudo: bool = False
    engine: str = ""
    timeout: float = 30.0
    interval: float = 1.0
    disks: tuple[str, ...] = ()
    processes: tuple[ProcessAsk, ...] = ()
    ports: tuple[PortAsk, ...] = ()
    services: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    files: tuple[FileAsk, ...] = ()
    users: tuple[UserAsk, ...] = ()
    user_groups: tuple[str, ...] = ()
    sysctl: tuple[str, ...] = ()
    clock: bool = False
    reboot: bool = False
    address: HostAddress = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "address", parse_address(self.connect))
        if not (math.isfinite(self.timeout) and 1 <= self.timeout <= 600):
            raise ValueError(f"{self.name}: a timeout is 1 to 600 s, not {self.timeout:g}")
        if not (math.isfinite(self.interval) and 0.1 <= self.interval <= 60 and self.interval < self.timeout):
            raise ValueError(
                f"{self.name}: an interval is 0.1 to 60 s, and less than the timeout, not {self.interval:g}"
            )
        for path in (*self.disks, *(file.path for file in self.files)):
            check_path(path)
        named = [*(process.name for process in self.processes), *(user.name for user in self.users)]
        for word in (*named, *self.services, *self.packages, *self.user_groups, *self.sysctl):
            check_word(word)


def check_path(path: str) -> None:
    """Refuse what is no path on a host. Raises ValueError."""
    if not path.startswith("/") or _CONTROL.search(path):
        raise ValueError(f"{path!r} is no path on a host: it starts with `/` and has no control characters")


def check_word(word: str) -> None:
    """Refuse a name that programs on the host could take for an option, or for several words. Raises ValueError."""
    if not word or word.startswith("-") or _CONTROL.search(word) or word != word.strip():
        raise ValueError(f"{word!r} is no name: it is one line and does not start with `-` or a space")
