"""From a URL to a socket that is connected: names, addresses and TLS."""

import socket as constants
import ssl
import time
from typing import Any, Final

import gevent.socket

from checks.failures import Down, from_os_error, within
from checks.request import Target

#: Seconds that an address is remembered for.
_REMEMBERED: Final = 30.0
now: Final = time.perf_counter

_addresses: Final[dict[tuple[str, int], tuple[float, list[Any]]]] = {}


def _resolved(host: str, port: int) -> list[Any]:
    """The addresses of a host. Raises OSError. What was found is remembered for a while, as browsers do."""
    known = _addresses.get((host, port))
    if known is not None and known[0] > now():
        return known[1]
    found: list[Any] = gevent.socket.getaddrinfo(host, port, type=constants.SOCK_STREAM)
    _addresses[host, port] = (now() + _REMEMBERED, found)
    return found


def connected(target: Target, context: ssl.SSLContext | None, timeout: float, deadline: float) -> Any:
    """A socket that is connected, with TLS where the scheme is https. Raises Down or Unmeasured."""
    try:
        sock = _dialled(target.host, target.port, deadline)
    except TimeoutError:
        raise Down(f"not connected {within(timeout)}") from None
    except OSError as error:
        raise from_os_error(error) from None
    if target.scheme != "https" or context is None:
        return sock
    try:
        sock.settimeout(max(0.001, deadline - now()))
        return context.wrap_socket(sock, server_hostname=target.host)
    except TimeoutError:
        raise Down(f"no TLS handshake {within(timeout)}") from None
    except OSError as error:
        raise from_os_error(error) from None
    finally:
        # Where wrapping succeeded, this object no longer owns the descriptor, and closing it does nothing.
        sock.close()


def _dialled(host: str, port: int, deadline: float) -> Any:
    error: OSError = TimeoutError()
    for family, kind, protocol, _, address in _resolved(host, port):
        sock = gevent.socket.socket(family, kind, protocol)
        try:
            sock.setsockopt(constants.IPPROTO_TCP, constants.TCP_NODELAY, 1)
            sock.settimeout(max(0.001, deadline - now()))
            sock.connect(address)
        except OSError as failure:
            sock.close()
            error = failure
        except BaseException:
            sock.close()
            raise
        else:
            return sock
    raise error
