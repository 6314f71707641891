"""HTTP/1.1 as lean as it gets: one user's connections, one request at a time on each, and nothing tried again."""

import re
import ssl
import time
from typing import Any, Final

import gevent
import gevent.socket
import httptools
from gevent import monkey

from checks.failures import Down, from_os_error, within
from checks.request import Target
from load.generator.answer import Answer, Keeper, Reader, check_head
from load.generator.dial import connected

_CHUNK: Final = 65536
_LENGTH: Final = re.compile(rb"\r\ncontent-length:", re.IGNORECASE)
_CHUNKED: Final = re.compile(rb"\r\ntransfer-encoding:[^\r]*chunked", re.IGNORECASE)
# The real one: it is asked with a timeout of 0, which never blocks, and the patched one goes through the loop.
_poll: Final[Any] = monkey.get_original("select", "poll")
#: What libev calls readable.
_READ: Final = 1
_LATE: Final = TimeoutError()
now: Final = time.perf_counter


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
        self._socket: Any = connected(target, context, timeout, deadline)
        self._reader = Keeper() if keeps else Reader()
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
                    check_head(seen)
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
