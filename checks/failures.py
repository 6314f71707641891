"""Why an attempt ended without an answer: the service's fault, which is a reading, or ours, which is a gap.

AttemptError
├── Down          the service refused, hung up, was silent or answered nonsense: `NAME.up` is False
└── Unmeasured    our own side could not look (no resolver, no route, no free socket): a Gap
"""

import errno
import socket
import ssl
from typing import Final

from checks.units import format_value


class AttemptError(Exception):
    """The attempt is over; its text says why."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class Down(AttemptError):  # noqa: N818 - it is what the reading says, not a mistake in the program
    """What the service got wrong."""


class Unmeasured(AttemptError):  # noqa: N818 - the same: the name of what it becomes is Gap
    """What our own side could not do. `remedy`: what to do about it. `again`: another attempt may do better."""

    def __init__(self, words: str, remedy: str = "", *, again: bool = False) -> None:
        super().__init__(words)
        self.remedy = remedy
        self.again = again


_REMOTE: Final = {
    errno.ECONNREFUSED: "connection refused",
    errno.ECONNRESET: "connection reset",
    errno.ECONNABORTED: "connection aborted",
    errno.EPIPE: "connection closed while the request was being sent",
    errno.ETIMEDOUT: "the connection timed out",
}
_LOCAL: Final = {
    errno.ENETUNREACH: ("no route to the network", "check this machine's network and VPN"),
    errno.EHOSTUNREACH: ("no route to the host", "check this machine's network and VPN"),
    errno.ENETDOWN: ("this machine's network is down", "check this machine's network and VPN"),
    errno.EMFILE: ("this process has no free file descriptors", "raise `ulimit -n` or lower the concurrency"),
    errno.ENFILE: ("this machine has no free file descriptors", "lower the concurrency"),
    errno.EADDRNOTAVAIL: ("this machine has no free local port or address for it", "lower the concurrency"),
    errno.EACCES: ("this machine does not permit the connection", "check its firewall"),
    errno.EPERM: ("this machine does not permit the connection", "check its firewall"),
    errno.EAFNOSUPPORT: ("this machine lacks the address family (IPv4 or IPv6)", ""),
}
#: Names that do not exist. Every other failure of the resolver is its own, not the name's.
_NO_SUCH_NAME: Final = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


def from_os_error(error: OSError) -> AttemptError:
    """Sort an error of sockets, TLS or the resolver into the service's fault and ours."""
    match error:
        case ssl.SSLCertVerificationError():
            return Down(f"the certificate was refused: {certificate_words(error)}")
        case ssl.SSLError():
            return Down(f"TLS failed: {_tls_words(error)}")
        case socket.gaierror() if error.errno in _NO_SUCH_NAME:
            return Down("its name does not resolve")
        case socket.gaierror():
            words = f"the resolver did not answer: {error.strerror or error}"
            return Unmeasured(words, "check this machine's resolver", again=True)
    if error.errno in _REMOTE:
        return Down(_REMOTE[error.errno])
    if error.errno in _LOCAL:
        return Unmeasured(*_LOCAL[error.errno])
    if isinstance(error, TimeoutError):
        return Down(_REMOTE[errno.ETIMEDOUT])
    if isinstance(error, ConnectionError):
        return Down("connection reset")
    return Unmeasured(f"the operating system said: {error.strerror or error}")


def certificate_words(error: ssl.SSLCertVerificationError) -> str:
    """OpenSSL's reason for distrusting a certificate (`certificate has expired`)."""
    return (getattr(error, "verify_message", "") or str(error)).rstrip(".")


def within(seconds: float) -> str:
    """A time limit for people: `within 10 s`."""
    return f"within {format_value(seconds, 's')}"


def _tls_words(error: ssl.SSLError) -> str:
    match error:
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError():
            return "the connection was closed during the handshake"
    reason = (error.reason or "").replace("_", " ").lower()
    if reason in ("wrong version number", "http request", "packet length too long", "record layer failure"):
        return f"what answers there does not speak TLS ({reason})"
    return reason or str(error)
