"""The programs that hold the connection to a host, and the command lines by which a person looks at the same."""

import shlex
from typing import Final

from checks.hosts.probe import HostProbe

_SHELL: Final = "/bin/sh"


def command_line(probe: HostProbe) -> list[str]:
    """The program that holds the connection, with its arguments."""
    shell = ["sudo", "-n", _SHELL] if probe.sudo else [_SHELL]
    address = probe.address
    match address.backend:
        case "local":
            return shell
        case "docker":
            user = ["--user", address.user] if address.user else []
            return [*docker(probe), "exec", "--interactive", *user, address.name, *shell]
        case "ssh":
            # The log-in shell may be any; `exec` is known to all of them.
            return [*_ssh(probe), "--", address.name, f"exec {' '.join(shell)}"]


def docker(probe: HostProbe) -> list[str]:
    """The client of the engine."""
    return ["docker", *(["--host", probe.engine] if probe.engine else [])]


def source(probe: HostProbe, command: str) -> str:
    """A command line that a person can paste to look at the same."""
    address = probe.address
    inner = f"sudo -n {command}" if probe.sudo else command
    match address.backend:
        case "local":
            return inner
        case "docker":
            as_user = ["--user", address.user] if address.user else []
            if any(sign in inner for sign in "|;<>&*$"):
                inner = f"sh -c {shlex.quote(inner)}"
            return shlex.join([*docker(probe), "exec", *as_user, address.name]) + f" {inner}"
        case "ssh":
            login = f"{address.user}@{address.name}" if address.user else address.name
            config = ["-F", probe.ssh.config] if probe.ssh.config else []
            key = ["-i", probe.ssh.identity_file] if probe.ssh.identity_file else []
            port = ["-p", str(address.port)] if address.port else []
            return f"{shlex.join(['ssh', *config, *key, *port, login])} {shlex.quote(inner)}"


def _ssh(probe: HostProbe) -> list[str]:
    ssh, address = probe.ssh, probe.address
    options = {
        # Nobody is there to answer a question.
        "BatchMode": "yes",
        "StrictHostKeyChecking": "yes" if ssh.host_keys == "strict" else "accept-new",
        "ConnectTimeout": str(max(1, round(min(ssh.connect_timeout, probe.timeout)))),
        "ConnectionAttempts": "1",
        "ServerAliveInterval": "5",
        "ServerAliveCountMax": "3",
        # Looking at a host changes nothing, here or there, and opens no way back.
        "UpdateHostKeys": "no",
        "ClearAllForwardings": "yes",
        "ForwardAgent": "no",
        "ForwardX11": "no",
        "PermitLocalCommand": "no",
        "ControlMaster": "no",
        "ControlPath": "none",
        "LogLevel": "ERROR",
    }
    if ssh.known_hosts:
        options |= {"UserKnownHostsFile": _quoted(ssh.known_hosts), "GlobalKnownHostsFile": "/dev/null"}
    if ssh.identity_file:
        options |= {"IdentitiesOnly": "yes", "IdentityFile": _quoted(ssh.identity_file)}
    line = ["ssh", "-T", "-e", "none", *(["-F", ssh.config] if ssh.config else [])]
    for name, value in options.items():
        line += ["-o", f"{name}={value}"]
    line += ["-l", address.user] if address.user else []
    return [*line, *(["-p", str(address.port)] if address.port else [])]


def _quoted(path: str) -> str:
    """A path as ssh's configuration wants it: spaces separate files there, and `%` begins a token."""
    escaped = path.replace("%", "%%").replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
