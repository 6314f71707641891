"""Opens the shell of a host, and says whose fault it is where none answers."""

import os
import re
import shutil
from collections.abc import Callable, Mapping
from typing import Final

from checks.failures import AttemptError, Down, Unmeasured, within
from checks.hosts.asking import OpenHost
from checks.hosts.command_line import command_line, source
from checks.hosts.probe import HostProbe
from checks.hosts.session import Ended, Hung, Session, SessionError

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
    ("unable to find user", False, "the container has no such user", "name another: docker://user@container"),
)
_SUDO: Final[tuple[str, ...]] = ("sudo: ", "sudo:not", "not in the sudoers")
#: As shells and Docker say it, in small letters; sudo's own `sudo: vi: command not found` is about something else.
_NO_SUDO: Final = re.compile(
    r'(exec: "sudo"|sudo: (command )?not found|sudo: inaccessible or not found|no such file.*sudo$)', re.M
)
_WITHOUT_SUDO: Final = "install sudo there, or log in as root and leave `sudo:` out"
_NOT_THERE: Final[tuple[str, ...]] = ("no such file or directory", "not found", "not available")

#: The system, the user's number, and whether an engine left its mark.
_ABOUT: Final = """\
uname -s; id -u; if [ -e /.dockerenv ] || [ -e /run/.containerenv ]; then echo container; else echo machine; fi"""


def open_host(probe: HostProbe, started: Callable[[Session], None] = lambda _: None) -> OpenHost:
    """A host whose shell answers. Raises AttemptError: Down where the host is at fault, Unmeasured where we are.

    `started`: takes the session before anything answers, for who may have to kill it. The caller closes it; where
    this raises it is closed.
    """
    argv = command_line(probe)
    if shutil.which(argv[0]) is None:
        raise Unmeasured(f"the program {argv[0]} is not installed here", _INSTALL.get(argv[0], ""))
    try:
        session = Session(argv, _environ(probe), probe.timeout, here=probe.address.backend == "local")
    except OSError as error:
        raise Unmeasured(f"{argv[0]} can't be started: {error.strerror or error}") from error
    try:
        started(session)
        return _learn(probe, session, session.greet(_ABOUT))
    except SessionError as error:
        session.close()
        raise _meaning(probe, error) from error
    except BaseException:
        session.close()
        raise


def _learn(probe: HostProbe, session: Session, said: str) -> OpenHost:
    """What kind of host answers. Raises Unmeasured where it is none that can be looked at."""
    words = said.split()[-3:]
    if len(words) != 3 or words[2] not in ("container", "machine"):
        raise Unmeasured(f"it does not say what it is: {said.strip()[-200:]!r}")
    system, user, kind = words
    if system != "Linux":
        raise Unmeasured(f"it is {system}, and only Linux is looked at")
    return OpenHost(probe, session, probe.address.backend == "docker" or kind == "container", user == "0")


_INSTALL: Final = {"ssh": "install openssh-client", "docker": "install Docker's command line client", "sudo": ""}


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
    if probe.sudo and _NO_SUDO.search(said):
        return Unmeasured(f"there is no sudo: {_line_with(error.stderr, 'sudo')}", _WITHOUT_SUDO)
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
