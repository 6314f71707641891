"""How a host's shell is reached: the program that holds the connection, and what its last words mean."""

import os
import shlex
import shutil
from collections.abc import Mapping
from typing import Final

from checks.failures import AttemptError, Down, Unmeasured, within
from checks.hosts.probe import HostProbe
from checks.hosts.session import Ended, Hung, Session, SessionError

_SHELL: Final = "/bin/sh"
_NO_SHELL: Final = "only hosts with a POSIX shell, /bin/sh, can be looked at"
_GRANT: Final = "let the user run it without a password: `USER ALL=(root) NOPASSWD: /bin/sh` in sudoers"
_KEYSCAN: Final = "get the host's key (ssh-keyscan), compare its fingerprint, and add it to known_hosts"
_ENGINE: Final = "start the engine, or give this user access to its socket"

#: What ssh says -> whether that is the host's fault, in which words, and what to do. The first that is found counts.
_SSH: Final[tuple[tuple[str, bool, str, str], ...]] = (
    ("unprotected private key file", False, "ssh refused the identity file", "chmod 600 it"),
    ("load key", False, "ssh can't read the identity file", "is it a private key without a passphrase?"),
    ("bad configuration option", False, "ssh's configuration is wrong", ""),
    ("bad owner or permissions", False, "ssh's configuration is refused", ""),
    ("can't open user config", False, "ssh's configuration can't be read", ""),
    ("temporary failure in name resolution", False, "the resolver did not answer", "check this machine's resolver"),
    ("could not resolve hostname", True, "its name does not resolve", ""),
    ("no route to host", False, "no route to the host", "check this machine's network and VPN"),
    ("network is unreachable", False, "no route to the network", "check this machine's network and VPN"),
    ("has changed", True, "its host key has changed: this may be another machine", "find out who answers there"),
    ("host key is known for", False, "its host key is not known here", _KEYSCAN),
    ("host key verification failed", True, "its host key is not the expected one", "find out who answers there"),
    ("permission denied (", True, "the log-in was refused", "is this the key that the host accepts for this user?"),
    ("too many authentication failures", True, "the log-in was refused", "name the right key: `identity_file:`"),
    ("connection refused", True, "connection refused", ""),
    ("timed out", True, "no answer in time", ""),
    ("connection reset", True, "the connection was reset", ""),
    ("connection closed", True, "the connection was closed", ""),
    ("kex_exchange_identification", True, "what answers there does not speak ssh", ""),
    ("banner", True, "what answers there does not speak ssh", ""),
)
_DOCKER: Final[tuple[tuple[str, bool, str, str], ...]] = (
    ("cannot connect to the docker daemon", False, "the Docker engine can't be asked", _ENGINE),
    ("permission denied while trying to connect", False, "the Docker engine can't be asked", _ENGINE),
    ("error during connect", False, "the Docker engine can't be asked", _ENGINE),
    ("no such container", True, "there is no such container", ""),
    ("is paused", True, "the container is paused", ""),
    ("is restarting", True, "the container is restarting", ""),
    ("is not running", True, "the container is not running", ""),
    ("unable to find user", False, "the container has no such user", ""),
)
_SUDO: Final[tuple[str, ...]] = ("sudo: ", "sudo:not", "not in the sudoers")
_NOT_THERE: Final[tuple[str, ...]] = ("no such file or directory", "not found", "not available")


def open_session(probe: HostProbe) -> Session:
    """A shell on the host that answers. Raises AttemptError: Down where the host is at fault, Unmeasured where we are.

    The caller closes it.
    """
    argv = command_line(probe)
    if shutil.which(argv[0]) is None:
        raise Unmeasured(f"the program {argv[0]} is not installed here", _INSTALL.get(argv[0], ""))
    try:
        session = Session(argv, _environ(probe), probe.timeout)
    except OSError as error:
        raise Unmeasured(f"{argv[0]} can't be started: {error.strerror or error}") from error
    try:
        session.greet()
    except SessionError as error:
        session.close()
        raise _meaning(probe, error) from error
    except BaseException:
        session.close()
        raise
    return session


_INSTALL: Final = {"ssh": "install openssh-client", "docker": "install Docker's command line client", "sudo": ""}


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
            port = ["-p", str(address.port)] if address.port else []
            return f"{shlex.join(['ssh', *port, login])} {shlex.quote(inner)}"


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


def _environ(probe: HostProbe) -> Mapping[str, str]:
    """What the program gets of our environment. A shell on this machine needs nothing of what CI keeps there."""
    if probe.address.backend == "local":
        return {name: os.environ[name] for name in ("PATH", "HOME", "USER", "LOGNAME") if name in os.environ}
    return {**os.environ, "LC_ALL": "C"}


def _meaning(probe: HostProbe, error: SessionError) -> AttemptError:
    """Whose fault it is that no shell answered."""
    address = probe.address
    if isinstance(error, Hung):
        words = f"no answer {within(probe.timeout)}"
        # A silent ssh is the host's; `docker exec` may hang because of the engine, and a local shell because of us.
        return Down(words) if address.backend == "ssh" else Unmeasured(f"{words} to: {source(probe, 'true')}")
    if not isinstance(error, Ended):
        return Unmeasured(str(error))
    said = error.stderr.lower()
    table = {"ssh": _SSH, "docker": _DOCKER, "local": ()}[address.backend]
    for sign, theirs, words, remedy in table:
        if sign in said:
            exact = _line_with(error.stderr, sign)
            full = words if exact.lower() == words else f"{words}: {exact}"
            return Down(full) if theirs else Unmeasured(full, remedy)
    if probe.sudo and any(sign in said for sign in _SUDO):
        return Unmeasured(f"sudo refused: {_line_with(error.stderr, 'sudo')}", _GRANT)
    if any(sign in said for sign in _NOT_THERE):
        return Unmeasured(f"there is no shell: {_line_with(error.stderr, *_NOT_THERE)}", _NO_SHELL)
    return Unmeasured(str(error))


def _line_with(text: str, *signs: str) -> str:
    """The first line with one of the signs, as it was said."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    found = (line for line in lines if any(sign in line.lower() for sign in signs))
    return next(found, lines[-1] if lines else "")[:300].rstrip(".")
