"""From an answer to evidence: the one step that the sweep and the journeys share."""

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import urlsplit

from checks.attempt import Attempt
from checks.evidence import Evidence
from checks.failures import Down
from checks.http_connection import BODY_KEPT
from checks.json_path import Found, Leaf, Missing, NotJson, TooDeep, Unreadable, find, read_document, text_or_unreadable

_DECODED: Final = ("identity", "gzip", "x-gzip", "deflate")


class Wanted(Protocol):
    """What is to be read from an answer beside its status and its time. HttpProbe and StepRequest have these."""

    @property
    def json_paths(self) -> tuple[str, ...]: ...
    @property
    def header_names(self) -> tuple[str, ...]: ...
    @property
    def want_body(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer. `headers` in lower case; `body` holds the first bytes of `size`; `began`, `ended`: monotonic;
    `redirects`: how many were followed before it."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes
    size: int
    began: float
    ended: float
    redirects: int = 0

    def header(self, name: str) -> str | None:
        """The values of a header, joined as RFC 9110 (5.3) joins them, or None."""
        values = [value for known, value in self.headers if known == name]
        return ", ".join(values) if values else None


@dataclass(frozen=True, slots=True)
class Body:
    """The decoded body, or why there is none to judge."""

    data: bytes
    gap: str = ""


def response_evidence(attempt: Attempt, response: Response, wanted: Wanted) -> list[Evidence]:
    """`NAME.up`, `.status`, `.response_time` and what `wanted` names. Raises Down for a body that can't be unpacked."""
    body = decoded_body(response) if wanted.json_paths or wanted.want_body else Body(b"")
    found: list[Evidence] = [
        attempt.reading("up", True, "bool"),
        attempt.reading("status", response.status, "1", _status_detail(response)),
        attempt.elapsed(response.began, response.ended),
    ]
    for name in dict.fromkeys(name.lower() for name in wanted.header_names):
        value = response.header(name)
        leaf: Found = Missing("the answer has no such header") if value is None else text_or_unreadable(value)
        found.append(_as_evidence(attempt, f"header.{name}", leaf))
    if wanted.json_paths:
        found += _json_evidence(attempt, body, wanted.json_paths)
    if wanted.want_body:
        if body.gap:
            found.append(attempt.gap("body", body.gap))
        else:
            found.append(attempt.reading("body", body_text(response, body), "text"))
    return found


def decoded_body(response: Response) -> Body:
    """The body without its content encoding, at most BODY_KEPT bytes of it. Raises Down where it is broken."""
    if response.size > len(response.body):
        return Body(b"", f"the body has {response.size:,} bytes; at most {BODY_KEPT:,} are judged")
    encodings = [part.strip().lower() for part in (response.header("content-encoding") or "").split(",")]
    data = response.body
    for encoding in reversed([part for part in encodings if part and part != "identity"]):
        if encoding not in _DECODED:
            return Body(b"", f"the body is encoded as {encoding!r}, which nobody asked for and can't be read here")
        if data:
            data = _unpack(data, encoding)
        if len(data) > BODY_KEPT:
            return Body(b"", f"the unpacked body has more than {BODY_KEPT:,} bytes, which is the most that is judged")
    return Body(data)


def body_text(response: Response, body: Body) -> str:
    """The body as text, in the charset that the answer names (UTF-8 without one); what does not fit becomes U+FFFD."""
    match = re.search(r"charset=[\"']?([\w.:-]+)", response.header("content-type") or "", re.IGNORECASE)
    try:
        return body.data.decode(match[1] if match else "utf-8", "replace")
    except (LookupError, ValueError):
        return body.data.decode("utf-8", "replace")


def shown_location(location: str) -> str:
    """Where a redirect leads, without login and query: they may hold tokens."""
    try:
        parts = urlsplit(location)
    except ValueError:
        return "a URL that can't be read"
    place = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts.netloc else ""
    return f"{place}{parts.path}"[:200] + ("?..." if parts.query else "")


def _status_detail(response: Response) -> str:
    words = []
    if response.redirects:
        words.append(f"after {response.redirects} redirect{'s' if response.redirects > 1 else ''}")
    location = response.header("location")
    if 300 <= response.status < 400 and location is not None:
        words.append(f"redirects to {shown_location(location)}")
    return ", ".join(words)


def _json_evidence(attempt: Attempt, body: Body, paths: tuple[str, ...]) -> list[Evidence]:
    paths = tuple(dict.fromkeys(paths))
    if body.gap:
        return [attempt.gap(part, body.gap) for part in ("json", *(f"json.{path}" for path in paths))]
    try:
        document = read_document(body.data)
    except NotJson as error:
        words = str(error) if body.data else "not JSON: the body is empty"
        absent = [attempt.absent(f"json.{path}", words) for path in paths]
        return [attempt.reading("json", False, "bool", words), *absent]
    except TooDeep as error:
        return [attempt.gap(part, str(error)) for part in ("json", *(f"json.{path}" for path in paths))]
    found = (_as_evidence(attempt, f"json.{path}", find(document, path)) for path in paths)
    return [attempt.reading("json", True, "bool"), *found]


def _as_evidence(attempt: Attempt, part: str, leaf: Found) -> Evidence:
    match leaf:
        case Leaf(value=value, unit=unit, detail=detail):
            return attempt.reading(part, value, unit, detail)
        case Missing(why=why):
            return attempt.absent(part, why)
        case Unreadable(why=why):
            return attempt.gap(part, why)


def _unpack(data: bytes, encoding: str) -> bytes:
    """Unpack gzip or deflate (with or without its zlib header), up to one byte more than is kept."""
    wbits = 31 if "gzip" in encoding else 15 if data[0] & 0x0F == 8 else -15
    out = b""
    try:
        while data and len(out) <= BODY_KEPT:
            unpacker = zlib.decompressobj(wbits)
            out += unpacker.decompress(data, BODY_KEPT + 1 - len(out))
            if not unpacker.eof and len(out) <= BODY_KEPT:
                raise Down(f"the body is {encoding} that ends too early")
            data = unpacker.unused_data
    except zlib.error:
        raise Down(f"the body is not the {encoding} that its header says") from None
    return out
