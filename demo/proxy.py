"""The reverse proxy in front of the replicas: they take turns, and what one of them did wrong the client sees."""

import itertools
import uuid
from collections.abc import Sequence

from demo.faults import Faults
from demo.faulty_service import MARK, is_application
from demo.message import Head, Reply, Request, json_reply, request_id_of
from demo.spread import EvenSpread
from demo.upstream import Upstream, UpstreamError

_HOP_BY_HOP = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "upgrade", "transfer-encoding"}
_SET_HERE = {"x-forwarded-for", "x-forwarded-proto", "x-request-id", "content-length", "expect", MARK}
_NOT_FORWARDED = _HOP_BY_HOP | _SET_HERE  # RFC 9110, section 7.6.1

_HSTS = b"Strict-Transport-Security: max-age=31536000\r\n"


class Proxy:
    """Handles requests by handing each to the next replica, once."""

    def __init__(self, upstreams: Sequence[Upstream], faults: Faults) -> None:
        self._turns = itertools.cycle(upstreams)
        self._has_errors = faults.error_ratio > 0
        self._errors = EvenSpread(faults.error_ratio)

    async def plain(self, request: Request) -> Reply:
        """A request that came in over plain HTTP."""
        return await self._forward(request, "http")

    async def tls(self, request: Request) -> Reply:
        """A request that came in over TLS."""
        reply = await self._forward(request, "https")
        return Reply(reply.head + _HSTS, reply.body, reply.close)

    async def _forward(self, request: Request, scheme: str) -> Reply:
        head = request.head
        request_id = request_id_of(head) or uuid.uuid4().hex
        upstream = next(self._turns)
        is_error = self._has_errors and is_application(head.path) and self._errors.hit()
        try:
            answer = await upstream.exchange(
                _encode(request, scheme, request_id, is_error=is_error), head_only=head.method == "HEAD"
            )
        except UpstreamError as error:
            given = Head(head.method, head.target, {"x-request-id": request_id}, 0, head.keep_alive)
            return json_reply(given, error.status, {"error": "no answer from the service", "detail": str(error)})
        served_by = f"X-Served-By: {upstream.name}\r\n".encode("ascii")
        return Reply(answer.head + served_by, answer.body, close=not answer.complete)


def _encode(request: Request, scheme: str, request_id: str, *, is_error: bool) -> bytes:
    head = request.head
    dropped = {name.strip().lower() for name in head.headers.get("connection", "").split(",")} | _NOT_FORWARDED
    lines = [f"{head.method} {head.target} HTTP/1.1\r\n"]
    lines += [f"{name}: {value}\r\n" for name, value in head.headers.items() if name not in dropped]
    lines.append(f"X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: {scheme}\r\nX-Request-Id: {request_id}\r\n")
    if "host" not in head.headers:
        lines.append("Host: stock-quotes\r\n")  # HTTP/1.0 came in, HTTP/1.1 goes on
    if is_error:
        lines.append(f"{MARK}: 500\r\n")
    if request.body or head.method in ("POST", "PUT", "PATCH"):
        lines.append(f"Content-Length: {len(request.body)}\r\n")
    return "".join(lines).encode("latin-1") + b"\r\n" + request.body
