"""HTTP/1.1 as lean as it gets: one user's connections, one request at a time on each, and nothing tried again."""

import re
import socket as constants
import ssl
import time
from dataclasses import dataclass
from typing import Any, Final

import gevent
import gevent.socket
import httptools
from gevent import monkey

from checks.failures import Down, from_os_error, within
from checks.http_connection import BODY_KEPT, HEAD_LIMIT
from checks.request import Target

#: Seconds that an address is remembered for.
_REMEMBERED: Final = 30.0
_CHUNK: Final = 65536
_LENGTH: Final = re.compile(rb"\r\ncontent-length:", re.IGNORECASE)
_CHUNKED: Final = re.compile(rb"\r\ntransfer-encoding:[^\r]*chunked", re.IGNORECASE)
# The real one: it is asked with a timeout of 0, which never blocks, and the patched one goes through the loop.
_poll: Final[Any] = monkey.get_original("select", "poll")
#: What libev calls readable.
_READ: Final = 1
_LATE: Final = TimeoutError()
now: Final = time.perf_counter


@dataclass(slots=True)
class Answer:
    """A whole answer. `headers` (names in lower case) and `body` (the first BODY_KEPT bytes of `size`) are kept where
    they were asked for."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    size: int


class _Reader:
    """What the parser calls back, for the answers of one connection; only the status is kept."""

    __slots__ = ("complete", "extra", "head", "in_body", "keep", "parser", "status")

    def __init__(self) -> None:
        self.head = True
        self.begin(head=False)

    def begin(self, *, head: bool) -> None:
        """The next answer is to come; to HEAD it has no body, whatever its headers say."""
        if self.head:
            # The parser of an answer to HEAD still waits for the body that the headers spoke of.
            self.parser: Any = httptools.HttpResponseParser(self)
        self.head = head
        self.complete = self.in_body = self.keep = self.extra = False
        self.status = 0

    def on_headers_complete(self) -> None:
        if self.complete:
            self.extra = True  # a second answer, to no question
            return
        status = self.parser.get_status_code()
        if status >= 200 or status == 101:
            self.in_body = True
            self.status = status
            if self.head:
                self.complete = True
                self.keep = self.parser.should_keep_alive()

    def on_message_complete(self) -> None:
        if self.in_body and not self.complete:
            self.complete = True
            self.keep = self.parser.should_keep_alive()

    def answer(self) -> Answer:
        return Answer(self.status, [], b"", 0)


class _Keeper(_Reader):
    """The same, with headers and body."""

    __slots__ = ("body", "headers", "size")

    def begin(self, *, head: bool) -> None:
        super().begin(head=head)
        self.headers: list[tuple[str, str]] = []
        self.body = bytearray()
        self.size = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.complete:
            self.headers.append((name.decode("latin-1").lower(), value.decode("latin-1").strip()))

    def on_body(self, data: bytes) -> None:
        if not self.complete:
            self.size += len(data)
            if len(self.body) < BODY_KEPT:
                self.body += data[: BODY_KEPT - len(self.body)]

    def on_message_complete(self) -> None:
        super().on_message_complete()
        if not self.in_body:
            self.headers.clear()  # those of an interim answer (1xx)

    def answer(self) -> Answer:
        return Answer(self.status, self.headers, bytes(self.body), self.size)


class Client:
    """The connections of one user, one to each origin. `context`: for https.

    `exchange` raises Down for what the target got wrong and Unmeasured for what our own side could not do.
    """

    def __init__(self, context: ssl.SSLContext | None, *, keeps: bool) -> None:
        self._context = context
        self._keeps = keeps
        self._open: dict[tuple[str, str, int], _Connection] = {}

    def exchange(self, target: Target, request: bytes, timeout: float, *, head: bool) -> Answer:
        """Send a request and wait for its whole answer, in `timeout` seconds, a connection included."""
        deadline = now() + timeout
        connection = self._open.get(target.origin)
        if connection is None or not connection.usable():
            if connection is not None:
                connection.close()
            # Without its entry, an attempt that fails leaves nothing that the next could take for a connection.
            self._open.pop(target.origin, None)
            connection = _Connection(target, self._context, timeout, deadline, keeps=self._keeps)
            self._open[target.origin] = connection
        try:
            return connection.exchange(request, timeout, deadline, head=head)
        except BaseException:
            connection.close()
            self._open.pop(target.origin, None)
            raise
        finally:
            if connection.spent:
                connection.close()
                self._open.pop(target.origin, None)

    def close(self) -> None:
        """Close all connections."""
        for connection in self._open.values():
            connection.close()
        self._open.clear()


class _Connection:
    """One connection. `spent`: it carries no further request."""

    __slots__ = ("_poll", "_reader", "_socket", "_tls", "_watcher", "spent")

    def __init__(
        self, target: Target, context: ssl.SSLContext | None, timeout: float, deadline: float, *, keeps: bool
    ) -> None:
        self._socket: Any = _connected(target, context, timeout, deadline)
        self._reader = _Keeper() if keeps else _Reader()
        self._poll = _poll()
        self._poll.register(self._socket.fileno())
        self._watcher = gevent.get_hub().loop.io(self._socket.fileno(), _READ)
        self._tls = target.scheme == "https"
        self.spent = False

    def usable(self) -> bool:
        """Whether the server has not closed it, or sent what nobody asked for, while it was idle."""
        for _, events in self._poll.poll(0):
            if events & _READABLE:
                return self._only_tls_records()
        return True

    def exchange(self, request: bytes, timeout: float, deadline: float, *, head: bool) -> Answer:
        """Send and receive."""
        sock, reader = self._socket, self._reader
        reader.begin(head=head)
        seen = b""
        try:
            sock.settimeout(max(0.001, deadline - now()))
            sock.sendall(request)
            while not reader.complete:
                # Waiting first, though an answer may be there already: on a fast network one user would otherwise
                # never let go of the loop, and all others would seem to be slow.
                if not self._tls or not sock.pending():
                    gevent.socket.wait(self._watcher, max(0.001, deadline - now()), _LATE)
                data = sock.recv(_CHUNK)
                if not reader.in_body:
                    seen += data
                    _check_head(seen)
                if not data:
                    self._ended(seen)
                    break
                reader.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            reader.keep = False
        except httptools.HttpParserError as error:
            raise Down(f"the answer is not HTTP/1.1: {str(error)[:60].lower()}") from None
        except TimeoutError:
            raise Down(f"no answer {within(timeout)}") from None
        except OSError as error:
            raise from_os_error(error) from None
        self.spent = not reader.keep or reader.extra
        return reader.answer()

    def close(self) -> None:
        """Close it at once."""
        self.spent = True
        self._watcher.close()
        self._socket.close()

    def _ended(self, seen: bytes) -> None:
        """The other side has closed: the end of a body without a length, or of hope. Raises Down for the latter."""
        reader = self._reader
        if not reader.in_body:
            raise Down("closed in the middle of the headers" if seen else "closed without an answer")
        head = seen.partition(b"\r\n\r\n")[0] + b"\r\n"
        if _LENGTH.search(head) or _CHUNKED.search(head):
            raise Down("the body ended too early")
        reader.keep = False

    def _only_tls_records(self) -> bool:
        """Whether what came on an idle connection is none of HTTP's business (session tickets of TLS 1.3)."""
        self._socket.settimeout(0.0)
        try:
            self._socket.recv(1)
        except ssl.SSLWantReadError:
            return True
        except OSError:
            return False
        return False


# POLLIN, POLLHUP and POLLERR: there is something to read, or the other side has gone.
_READABLE: Final = 0x001 | 0x008 | 0x010


def _check_head(seen: bytes) -> None:
    if not seen.startswith(b"HTTP/"[: len(seen)]):
        raise Down("the answer is not HTTP/1.1: it does not start with HTTP/")
    if len(seen) > HEAD_LIMIT and b"\r\n\r\n" not in seen:
        raise Down(f"the headers had not ended after {HEAD_LIMIT:,} bytes")


_addresses: Final[dict[tuple[str, int], tuple[float, list[Any]]]] = {}


def _resolved(host: str, port: int) -> list[Any]:
    """The addresses of a host. Raises OSError. What was found is remembered for a while, as browsers do."""
    known = _addresses.get((host, port))
    if known is not None and known[0] > now():
        return known[1]
    found: list[Any] = gevent.socket.getaddrinfo(host, port, type=constants.SOCK_STREAM)
    _addresses[host, port] = (now() + _REMEMBERED, found)
    return found


def _connected(target: Target, context: ssl.SSLContext | None, timeout: float, deadline: float) -> Any:
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
