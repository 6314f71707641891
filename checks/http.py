"""HTTP probes: connections that are kept and used again, requests, redirects, and the evidence of an answer."""

import asyncio
import ssl
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import urljoin

from checks.attempt import Attempt, Phase
from checks.certificate import Trust, certificate_evidence, from_ssl
from checks.connect import Names, connect
from checks.evidence import Evidence
from checks.failures import Down
from checks.http_connection import Answer, Connection
from checks.probes import HttpProbe
from checks.request import parse_url, request_bytes, without_secrets, wrapped
from checks.response import Response, response_evidence, shown_location
from checks.secrets import Secret
from checks.trust import client_context

_REDIRECTS: Final = 5
_MOVED: Final = {301, 302, 303, 307, 308}
#: Sending one of these twice may do something twice, so they never go over a connection that may have died meanwhile.
_ONCE_ONLY: Final = {"POST", "PATCH"}
#: Seconds between the beginnings of two TLS handshakes. One costs our loop about a millisecond of computing; dozens at
#: once would make each other, and everything else that is being timed, look slow.
_HANDSHAKE_EVERY: Final = 0.0015
NOT_VERIFIED: Final = Trust(None, "not looked at: verification is switched off (verify: false)")

Key = tuple[str, str, int, bool, str, str]


@dataclass(slots=True)
class Pool:
    """The open connections of one sweep. `expected` counts the probes that are still to come for each kind, so that
    a connection nobody will use again is closed at once."""

    names: Names
    expected: Counter[Key] = field(default_factory=Counter)
    _idle: dict[Key, list[Connection]] = field(default_factory=lambda: defaultdict(list))
    _all: set[Connection] = field(default_factory=set)
    _next_handshake: float = 0.0

    async def turn(self) -> None:
        """Wait for the turn to begin a TLS handshake."""
        now = asyncio.get_running_loop().time()
        at, self._next_handshake = self._next_handshake, max(now, self._next_handshake) + _HANDSHAKE_EVERY
        if at > now:
            await asyncio.sleep(at - now)

    def kept(self, key: Key) -> Connection | None:
        """A connection that is open and unused, if there is one."""
        idle = self._idle[key]
        while idle:
            connection = idle.pop()
            if not connection.closed:
                return connection
            self._all.discard(connection)
        return None

    async def fresh(self, key: Key, attempt: Attempt) -> tuple[Connection, float]:
        """A new connection, and when connecting began. Raises OSError, Down, Unmeasured."""
        scheme, host, port, verify, ca_file, server_name = key
        context = client_context(ca_file, verify=verify) if scheme == "https" else None
        sock, began = await connect(self.names, host, port, attempt)
        name = (server_name or host) if context else None
        if context:
            attempt.phase = Phase.HANDSHAKE
        # From here on the transport owns the socket, and closes it where the handshake fails or is cancelled.
        transport, connection = await asyncio.get_running_loop().create_connection(
            Connection, sock=sock, ssl=context, server_hostname=name
        )
        self._all.add(connection)
        tls = transport.get_extra_info("ssl_object")
        if isinstance(tls, ssl.SSLObject):
            connection.certificate, connection.tls_version = from_ssl(tls), tls.version() or ""
        return connection, began

    def give_back(self, key: Key, connection: Connection) -> None:
        """Keep a connection for the next probe of its kind, or close it where none will come."""
        if not connection.closed and len(self._idle[key]) < self.expected[key]:
            self._idle[key].append(connection)
        else:
            connection.close()
            self._all.discard(connection)

    async def close(self) -> None:
        """Close everything and wait until the loop has let go of it."""
        for connection in self._all:
            connection.close()
        await asyncio.gather(*(connection.wait_closed() for connection in self._all))


def pool_key(probe: HttpProbe) -> Key:
    """What connections have to have in common to be used for one another."""
    target = probe.target
    https = target.scheme == "https"
    return (*target.origin, probe.verify or not https, probe.ca_file if https else "", probe.server_name)


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer and how it was reached. `hops`: every answer, the last one last; `last`: the request that it answers;
    `first`: the connection of the first request."""

    hops: tuple[Response, ...]
    last: HttpProbe
    first: Connection

    @property
    def response(self) -> Response:
        """The answer that no redirect was followed from."""
        return self.hops[-1]


async def measure_http(probe: HttpProbe, attempt: Attempt, pool: Pool) -> list[Evidence]:
    """One attempt. Raises OSError, Down, Unmeasured; its caller keeps the time limit."""
    fetched = await fetch(probe, attempt, pool)
    found = response_evidence(attempt, fetched.response, probe)
    if probe.target.scheme == "https":
        trust = Trust(True) if probe.verify else NOT_VERIFIED
        name = probe.server_name or probe.target.host
        found += certificate_evidence(attempt, fetched.first.certificate, trust, name)
        found.append(attempt.reading("tls.version", fetched.first.tls_version, "text"))
    return found


async def fetch(probe: HttpProbe, attempt: Attempt, pool: Pool) -> Fetched:
    """The answer itself, for checks that read more of it than `measure_http`. Raises OSError, Down, Unmeasured."""
    request, began, location = probe, 0.0, ""
    hops: list[Response] = []
    first: Connection | None = None
    for redirects in range(_REDIRECTS + 1):
        answer, sent, connection = await _exchange(request, attempt, pool)
        began, first = began or sent, first or connection
        response = Response(answer.status, answer.headers, answer.body, answer.size, began, answer.ended, redirects)
        hops.append(response)
        location = response.header("location") or ""
        if not probe.follow_redirects or answer.status not in _MOVED or not location:
            return Fetched(tuple(hops), request, first)
        request = followed(request, answer.status, location)
    raise Down(f"more than {_REDIRECTS} redirects, the last one to {shown_location(location)}")


async def _exchange(probe: HttpProbe, attempt: Attempt, pool: Pool) -> tuple[Answer, float, Connection]:
    body = probe.body.reveal().encode() if isinstance(probe.body, Secret) else probe.body
    request = request_bytes(probe.method, probe.target, probe.headers, body)
    key, head = pool_key(probe), probe.method == "HEAD"
    reusing = probe.method not in _ONCE_ONLY
    connection = pool.kept(key) if reusing else None
    if connection is None and probe.target.scheme == "https":
        await pool.turn()
        connection = pool.kept(key) if reusing else None
    if connection is not None:
        began = asyncio.get_running_loop().time()
        try:
            return await _send(connection, request, attempt, pool, key, head=head), began, connection
        except Down:
            # It died unused: *we* kept it too long. Once an answer has begun, it is the service's doing.
            if connection.answered:
                raise
    connection, began = await pool.fresh(key, attempt)
    return await _send(connection, request, attempt, pool, key, head=head), began, connection


async def _send(c: Connection, request: bytes, attempt: Attempt, pool: Pool, key: Key, *, head: bool) -> Answer:
    try:
        return await c.send(request, attempt, head=head)
    finally:
        pool.give_back(key, c)


def followed(probe: HttpProbe, status: int, location: str) -> HttpProbe:
    """The request that a redirect asks for (RFC 9110, 15.4). Secrets don't go to another origin. Raises Down."""
    target = probe.target
    try:
        url = urljoin(f"{target.scheme}://{target.host_header}{target.path}", location)
        there = parse_url(url)
    except ValueError as error:
        raise Down(f"it redirects to what is no URL: {error}") from None
    if target.scheme == "https" and there.scheme == "http":
        raise Down(f"it redirects from https to http: {shown_location(location)}")
    method, body, headers = probe.method, probe.body, probe.headers
    if (status == 303 and method != "HEAD") or (status in (301, 302) and method == "POST"):
        method, body = "GET", None
        headers = tuple((n, v) for n, v in headers if n.lower() != "content-type")
    server_name = probe.server_name
    if there.origin != target.origin:
        if body is not None:
            raise Down(f"it redirects a {method} with its body to another origin: {shown_location(location)}")
        headers = without_secrets(headers)
        server_name = ""
    elif target.login and not there.login:
        headers = (*headers, ("Authorization", target.login))
    changed = replace(probe, method=method, body=body, headers=headers, server_name=server_name)
    return replace(changed, url=wrapped(url, probe.url))
