"""The part of an environment that says which hosts are looked at, how they are reached, and what they have to be."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field

from checks.hosts.address import parse_address
from checks.hosts.probe import FileAsk, HostProbe, ProcessAsk, SshOptions, UserAsk
from gates.criteria import Criterion
from gates.environment.fields import Flag, LookTimeout, Name, Reader, Text, Timeout, choice
from gates.environment.hosts_expectations import FIELDS, Expectation, port_of, reader_of
from gates.environment.hosts_limits import path_of
from gates.environment.limits import Limits
from gates.environment.names import nearest
from gates.environment.readers import duration, read_text
from gates.environment.section import Section

if TYPE_CHECKING:
    from gates.environment.model import Environment


def _read_connect(value: object) -> str:
    text = read_text(value)
    parse_address(text)
    return text


def _read_file(value: object) -> Path:
    """A file of this machine, relative to the file that names it; `~` is the home folder."""
    text = read_text(value)
    folder = getattr(value, "folder", Path())
    path = (folder / Path(text).expanduser()).absolute()
    if not path.is_file():
        beside = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        raise ValueError(f"there is no file {path}; {nearest(path.name, beside)}".removesuffix("; "))
    return path


def _expectations(name: str) -> Reader:
    return Reader(*reader_of(name))


_PATH_SCHEMA: dict[str, Any] = {"type": "string", "minLength": 1}
_FilePath = Annotated[Path, Reader(_read_file, _PATH_SCHEMA)]
_Interval = Annotated[float, Reader(duration("60s"), {"type": "string", "description": "a duration: 1s, 500ms"})]
_CONNECT_SCHEMA = {"type": "string", "pattern": r"^(local://|docker://.+|ssh://.+)$|\$\{"}


class Ssh(Section):
    """How ssh logs in. Without it, ssh's own configuration says so."""

    identity_file: _FilePath | None = Field(None, description="the private key, without a passphrase or in an agent")
    known_hosts: _FilePath | None = Field(None, description="the keys of the hosts, in place of ~/.ssh/known_hosts")
    config: _FilePath | None = Field(None, description="a configuration of ssh, in place of ~/.ssh/config")
    host_keys: Annotated[Literal["strict", "accept-new"], choice("strict", "accept-new")] = Field(
        "strict", description="strict: only hosts whose key is known; accept-new: also those never seen before"
    )
    connect_timeout: Timeout = Field(10.0, description="how long connecting may take; 10s by default")


class Expected(Section):
    """What a host has, and a group of hosts that share it."""

    ssh: Ssh | None = Field(None, description="how ssh logs in")
    sudo: Flag | None = Field(None, description="true: everything is read as root, by `sudo -n`")
    engine: Text | None = Field(None, description="where the Docker engine listens: unix:///var/run/docker.sock")
    timeout: LookTimeout | None = Field(
        None, description="how long the whole look may take; 30s by default, at most 10min"
    )
    interval: _Interval | None = Field(None, description="over how long CPU use is measured; 1s by default")
    limits: Limits = Field({}, description="criteria of this host; they override the gate's and the defaults")
    services: Annotated[dict[str, Expectation], _expectations("services")] = Field(
        {}, description="nginx: running, or {running: true, enabled: true}"
    )
    packages: Annotated[dict[str, Expectation], _expectations("packages")] = Field(
        {}, description="openssl: '>= 3.0.15', installed, absent"
    )
    ports: Annotated[dict[str, Expectation], _expectations("ports")] = Field(
        {}, description="443: listening, loopback, closed; 53/udp for UDP"
    )
    processes: Annotated[dict[str, Expectation], _expectations("processes")] = Field(
        {}, description="nginx: running, absent, '>= 4', or {command: pattern, count: '>= 4'}"
    )
    files: Annotated[dict[str, Expectation], _expectations("files")] = Field(
        {}, description="/etc/app.conf: present, absent, or {mode: '0640', owner: root, contains: pattern}"
    )
    users: Annotated[dict[str, Expectation], _expectations("users")] = Field(
        {}, description="deploy: present, absent, or {uid: 1000, shell: /bin/sh, groups: [docker]}"
    )
    user_groups: Annotated[dict[str, Expectation], _expectations("user_groups")] = Field(
        {}, description="docker: present, absent, or {gid: 999}"
    )
    sysctl: Annotated[dict[str, Expectation], _expectations("sysctl")] = Field(
        {}, description="net.core.somaxconn: '>= 1024'"
    )


class HostGroup(Expected):
    """What several hosts share; a host's own keys come before it."""


class Host(Expected):
    """One host."""

    connect: Annotated[str, Reader(_read_connect, _CONNECT_SCHEMA)] = Field(
        description="local://, docker://[user@]container, or ssh://[user@]host[:port]"
    )
    groups: tuple[Name, ...] = Field((), description="the groups under `host_groups:` that it belongs to")
    needs: tuple[Name, ...] = Field((), description="endpoints without which this can't be judged")
    remedy: Text | None = Field(None, description="the next step for people when this fails")


#: What is set once, and not key by key.
SINGLE: Final = ("ssh", "sudo", "engine", "timeout", "interval")
#: What is merged key by key.
MERGED: Final = ("limits", *FIELDS)


@dataclass(frozen=True, slots=True)
class WholeHost:
    """A host with what its groups give it."""

    name: str
    host: Host
    groups: tuple[HostGroup, ...]

    def single(self, key: str) -> Any:
        """The host's own value, else that of the first group that has one, else None."""
        return next((value for one in (self.host, *self.groups) if (value := getattr(one, key)) is not None), None)

    def merged(self, key: str) -> dict[str, Any]:
        """The entries of the groups, and over them those of the host itself."""
        entries: dict[str, Any] = {}
        for one in (*reversed(self.groups), self.host):
            entries |= getattr(one, key)
        return entries

    @property
    def limits(self) -> Mapping[str, Criterion]:
        """The limits of the host and of its groups."""
        return self.merged("limits")

    def things(self) -> Iterator[tuple[str, Expectation]]:
        """Everything that is expected, by its subject: `services.nginx`, `files./etc/app.conf`."""
        for key in FIELDS:
            for name, expectation in self.merged(key).items():
                yield f"{key}.{name}", expectation

    def probe(self, gate_limits: Mapping[str, Criterion]) -> HostProbe:
        """What is asked of it. `gate_limits`: of the gates that judge it. Raises ValueError for what can't be asked."""
        ssh = self.single("ssh") or Ssh.model_construct()
        limits = {**gate_limits, **self.limits}
        files = self.merged("files")
        return HostProbe(
            self.name,
            self.host.connect,
            ssh=SshOptions(
                str(ssh.identity_file or ""),
                str(ssh.known_hosts or ""),
                str(ssh.config or ""),
                ssh.host_keys,
                ssh.connect_timeout,
            ),
            sudo=bool(self.single("sudo")),
            engine=self.single("engine") or "",
            timeout=self.single("timeout") or 30.0,
            interval=self.single("interval") or 1.0,
            disks=tuple(dict.fromkeys(path for name in limits if (path := path_of(name)))),
            processes=tuple(ProcessAsk(name, one.pattern) for name, one in self.merged("processes").items()),
            ports=tuple(port_of(name) for name in self.merged("ports")),
            services=tuple(self.merged("services")),
            packages=tuple(self.merged("packages")),
            files=tuple(FileAsk(path, "sha256" in one.wanted, one.patterns) for path, one in files.items()),
            users=tuple(UserAsk(name, one.groups) for name, one in self.merged("users").items()),
            user_groups=tuple(self.merged("user_groups")),
            sysctl=tuple(self.merged("sysctl")),
            clock="clock.offset" in limits and self.host.connect != "local://",
            reboot="pending_reboot" in limits,
        )


def whole_host(environment: "Environment", name: str) -> WholeHost:
    """A host of the environment, with its groups."""
    host = environment.hosts[name]
    known = environment.host_groups
    return WholeHost(name, host, tuple(known[group] for group in host.groups if group in known))
