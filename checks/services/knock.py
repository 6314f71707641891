"""Connects a socket, and sorts what the operating system says into the service's fault and ours.

Clients that say in words alone why there is no connection are asked once more here, after the failure only: a service
that is well sees no further connections.
"""

import errno
import socket
from contextlib import suppress
from typing import Final

from checks.failures import AttemptError, Down, from_os_error
from checks.services.seam import Visit

#: Bytes of what a server says by itself that are read: a refusal is a line.
_LINE: Final = 500
#: Seconds that it has to say it.
_PATIENCE: Final = 0.5


def knock(visit: Visit, host: str, port: int) -> AttemptError | str:
    """Connect once to `host` and `port`, or to the socket at the path `host`.

    What went wrong, sorted into the service's fault and ours; or, where the connection is accepted, what the server
    says without being asked (most say nothing).
    """
    try:
        with open_socket(visit, host, port) as sock:
            sock.settimeout(min(_PATIENCE, visit.left()))
            with suppress(OSError):
                return sock.recv(_LINE).decode("utf-8", "replace").strip()
            return ""
    except AttemptError as error:
        return error


def open_socket(visit: Visit, host: str, port: int) -> socket.socket:
    """A connection, for clients that take one. Raises Down, Unmeasured."""
    if host.startswith("/"):
        with visit.asking("the connection"):
            try:
                return _at_path(host, visit.left())
            except TimeoutError:
                raise visit.timed_out() from None
            except OSError as error:
                raise from_socket_error(error, host) from None
    # The first address that answers; where none does, the last one speaks for all.
    why: AttemptError = Down("its name has no address")
    for address in look_up(visit, host):
        with visit.asking("the connection"):
            try:
                return socket.create_connection((address, port), timeout=visit.left())
            except TimeoutError:
                raise visit.timed_out() from None
            except OSError as error:
                why = from_os_error(error)
    raise why


def look_up(visit: Visit, host: str) -> list[str]:
    """The addresses of a name. Raises Down for one that does not exist, Unmeasured where the resolver can't say.

    For clients that look names up by themselves, too: their wait for a resolver would look like the service's silence.
    """
    try:
        with visit.resolving():
            found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise from_os_error(error) from None
    except UnicodeError:
        raise Down("its name can't be looked up") from None
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def from_socket_error(error: OSError, path: str) -> AttemptError:
    """The same for a Unix socket, where a path that is not there means that no server has made it."""
    match error.errno:
        case errno.ENOENT | errno.ENOTDIR:
            return Down(f"no server has opened the socket {path}")
        case errno.ECONNREFUSED:
            return Down(f"nobody listens at the socket {path}")
        case errno.EAGAIN:
            return Down(f"the socket {path} takes no more connections")
        case _:
            return from_os_error(error)


def _at_path(path: str, timeout: float) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.settimeout(timeout)
        sock.connect(path)
    except BaseException:
        sock.close()
        raise
    return sock
