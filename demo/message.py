"""HTTP/1.1 requests and replies as values, and how bytes become a request (RFC 9112)."""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus

MAX_HEAD = 16 * 1024
MAX_BODY = 64 * 1024

_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)|(?<!\r)\n")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_TARGET = re.compile(rb"(/|\*)[!-~]*")
_STATUS_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n" for status in HTTPStatus}


class BadRequestError(Exception):
    """The bytes are no request that is served here; `status` is the answer, after which the connection is closed."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True, slots=True)
class Head:
    """Request line and headers; header names are lower case. `length`: bytes of the body that follows."""

    method: str
    target: str
    headers: Mapping[str, str]
    length: int
    keep_alive: bool

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]


@dataclass(frozen=True, slots=True)
class Request:
    """A whole request."""

    head: Head
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back. `head`: status line and headers, each ended, without the blank line; `close`: then hang up."""

    head: bytes
    body: bytes
    close: bool = False


def parse_head(raw: bytes) -> Head:
    """Read what stands before the blank line. Raises BadRequestError."""
    if _CONTROLS.search(raw):  # a lone line feed in a value would become a header of our own answer
        raise BadRequestError(400, "a header has a control character")
    first, *lines = raw.split(b"\r\n")
    method, target, is_1_1 = _request_line(first)
    headers = _headers(lines)
    if is_1_1 and "host" not in headers:
        raise BadRequestError(400, "the header Host is missing")
    keep_alive = is_1_1 and "close" not in headers.get("connection", "").lower()
    return Head(method, target, headers, _length(headers), keep_alive)


def _request_line(line: bytes) -> tuple[str, str, bool]:
    """Method, target, and whether it is HTTP/1.1."""
    words = line.split(b" ")
    if len(words) != 3 or not _TOKEN.fullmatch(words[0]) or not _TARGET.fullmatch(words[1]):
        raise BadRequestError(400, "the request line is malformed")
    if words[2] not in (b"HTTP/1.1", b"HTTP/1.0"):
        raise BadRequestError(505, "HTTP/1.1 is spoken here")
    return words[0].decode("ascii"), words[1].decode("ascii"), words[2] == b"HTTP/1.1"


def _headers(lines: list[bytes]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon or not _TOKEN.fullmatch(name):
            raise BadRequestError(400, "a header line is malformed")
        key, text = name.decode("ascii").lower(), value.strip(b" \t").decode("latin-1")
        if key in ("host", "content-length") and headers.get(key, text) != text:
            raise BadRequestError(400, f"{key} is given twice")  # two readers could understand it differently
        headers[key] = text
    return headers


def _length(headers: Mapping[str, str]) -> int:
    if "transfer-encoding" in headers:
        raise BadRequestError(411, "send the body with Content-Length")
    text = headers.get("content-length", "0")
    if not (text.isascii() and text.isdigit()):
        raise BadRequestError(400, "Content-Length is not a number")
    if len(text) > 18 or int(text) > MAX_BODY:
        raise BadRequestError(413, f"a body has {MAX_BODY} bytes at the most")
    return int(text)


def json_reply(request: Head | None, status: int, content: object, *headers: tuple[str, str]) -> Reply:
    """A reply with a JSON document; see `reply`."""
    return reply(request, status, json.dumps(content, separators=(",", ":")).encode(), "application/json", *headers)


def reply(
    request: Head | None,
    status: int,
    body: bytes,
    content_type: str,
    *headers: tuple[str, str],
    declared: int | None = None,
) -> Reply:
    """A reply to `request` (None: to something that was no request), its body left out for HEAD.

    `declared`: what Content-Length says where it is not the truth.
    """
    lines = [_STATUS_LINES[status], "Date: ", _date(), "\r\n", _SECURITY]
    if status != 204:
        length = len(body) if declared is None else declared
        lines.append(f"Content-Type: {content_type}\r\nContent-Length: {length}\r\n")
    lines += [f"{name}: {value}\r\n" for name, value in headers]
    if request is not None and (request_id := request_id_of(request)):
        lines.append(f"X-Request-Id: {request_id}\r\n")
    without_body = status == 204 or (request is not None and request.method == "HEAD")
    return Reply("".join(lines).encode("latin-1"), b"" if without_body else body)


def request_id_of(request: Head) -> str | None:
    """The caller's X-Request-Id, or None where there is none or none that is safe to repeat."""
    text = request.headers.get("x-request-id", "")
    return text if _REQUEST_ID.fullmatch(text) else None


_SECURITY = (
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n"
    "Content-Security-Policy: default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Permissions-Policy: camera=(), geolocation=(), microphone=()\r\n"
    "Cache-Control: no-store\r\n"
)

_last_date = (0, "")


def _date() -> str:
    """The time as RFC 9110 wants it, made once a second."""
    global _last_date  # noqa: PLW0603 - a cache of one entry; the process has one thread
    now = int(time.time())
    if _last_date[0] != now:
        _last_date = (now, formatdate(now, usegmt=True))
    return _last_date[1]
