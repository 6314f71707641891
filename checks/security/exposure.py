"""Whether paths that must not answer do: judged by status and by content, against the page for unknown paths."""

import re
import secrets
from dataclasses import replace
from typing import Final
from urllib.parse import urljoin, urlsplit

from checks.attempt import Attempt
from checks.evidence import Evidence
from checks.failures import AttemptError, Down, Unmeasured
from checks.places import source_of
from checks.probes import HttpProbe
from checks.request import parse_url, without_secrets, wrapped
from checks.response import Response, decoded_body, shown_location
from checks.security.asking import Asker
from checks.security.forbidden_paths import ForbiddenPath
from checks.security.probes import ExposureProbe
from checks.security.soft_404 import Page, Soft404

#: Bytes that are asked for: enough to recognise anything, and no heap dump crosses the network.
_LOOKED_AT: Final = 1 << 16
_LOGIN: Final = re.compile(r"(?i)(?:log|sign)[-_]?(?:in|on)|/(?:auth|sso|oauth2?|saml|session)s?(?:/|$)")
_PASSWORD_FIELD: Final = re.compile(rb"(?i)<input\b[^>]*\btype\s*=\s*[\"']?password")
_MOVED: Final = {301, 302, 303, 307, 308}
_HOPS: Final = 3


async def look_at_exposure(probe: ExposureProbe, asker: Asker) -> list[Evidence]:
    """`NAME.up`, and `NAME.exposed.PATH` for each path: True where it shows what it must not. Raises AttemptError.

    A path that answers 2xx with what is neither its signature nor the page for unknown paths is a Gap: somebody has to
    look. So is one that is answered 429 or 5xx. The content itself never gets into the evidence.
    """
    unknown = [await _get(probe, _random_path(end), asker) for end in ("", "/.tidegate.txt")]
    home = await _get(probe, "/", asker)
    attempt = Attempt(probe.base.name, source_of(probe.base))
    found: list[Evidence] = [attempt.reading("up", True, "bool")]
    answers = [await _answer(probe, entry, asker) for entry in probe.paths]
    # Once more at the end: what changes with the time differs now.
    unknown.append(await _get(probe, _random_path(""), asker))
    if trouble := [page.status for page in unknown if _says_nothing(page.status)]:
        reason = f"a random path was answered {trouble[0]}, so the page for unknown paths is not known"
        return found + [attempt.gap(f"exposed.{entry.path}", reason) for entry in probe.paths]
    soft = Soft404.learn(unknown, home)
    for entry, page in zip(probe.paths, answers, strict=True):
        attempt = Attempt(probe.base.name, parse_url(urljoin(_root(probe.base), entry.path)).shown)
        part = f"exposed.{entry.path}"
        match page:
            case Page():
                found.append(_judged(attempt, entry, page, soft))
            case Unmeasured():
                found.append(attempt.gap(part, page.words, page.remedy))
            case error:
                found.append(attempt.gap(part, f"it was not answered: {error.words}"))
    return found


async def _answer(probe: ExposureProbe, entry: ForbiddenPath, asker: Asker) -> Page | AttemptError:
    try:
        return await _get(probe, entry.path, asker)
    except AttemptError as error:
        return error


def _judged(attempt: Attempt, entry: ForbiddenPath, page: Page, soft: Soft404) -> Evidence:
    part = f"exposed.{entry.path}"

    def reading(exposed: bool, words: str) -> Evidence:
        return attempt.reading(part, exposed, "bool", words)

    if page.location:
        return reading(False, f"answered {page.status}, redirects to {page.location}")
    if _says_nothing(page.status):
        return attempt.gap(part, f"answered {page.status}, which neither shows nor refuses it", "look again later")
    if not page.shown:
        return reading(False, f"answered {page.status}")
    if not page.body.strip():
        return reading(False, f"answered {page.status} with nothing in it")
    if page.pathless in soft.same:
        return reading(False, f"answered {page.status} with the same page as unknown paths")
    # Without the path, which is no content: an index page may well repeat it.
    if entry.shows(page.pathless):
        return reading(True, f"answered {page.status} with what it must not show")
    if soft.looks_like(page.pathless):
        return reading(False, f"answered {page.status} with the same page as unknown paths")
    if _PASSWORD_FIELD.search(page.body):
        return reading(False, f"answered {page.status} with a log-in form")
    if not entry.signature:
        return reading(True, f"answered {page.status} with a page of its own")
    reason = f"answered {page.status} with something else than unknown paths are, and than what is looked for"
    return attempt.gap(part, reason, f"look at {attempt.source} and have it refused")


async def _get(probe: ExposureProbe, path: str, asker: Asker) -> Page:
    """One path, through redirects on the same host. Raises AttemptError."""
    url = urljoin(_root(probe.base), path)
    for _ in range(_HOPS + 1):
        request = _request(probe.base, url)
        response = (await asker.ask(request)).response
        location = response.header("location") or ""
        if response.status not in _MOVED or not location:
            return Page(path, response.status, _body(response))
        there = urljoin(url, location)
        if _ends_here(url, there):
            return Page(path, response.status, b"", shown_location(location))
        url = there
    return Page(path, response.status, b"", f"{shown_location(location)}, and on and on")


def _ends_here(url: str, there: str) -> bool:
    """Whether a redirect leads to a log-in, to another host, or out of TLS: none of them shows what was asked for."""
    try:
        old, new = urlsplit(url), urlsplit(there)
        downgraded = old.scheme == "https" and new.scheme != "https"
        return downgraded or new.hostname != old.hostname or _LOGIN.search(new.path) is not None
    except ValueError:
        raise Down("it redirects to what is no URL") from None


def _request(base: HttpProbe, url: str) -> HttpProbe:
    try:
        headers = base.headers if parse_url(url).origin == base.target.origin else without_secrets(base.headers)
        others = tuple((name, value) for name, value in headers if name.lower() != "range")
        ranged = (*others, ("Range", f"bytes=0-{_LOOKED_AT - 1}"))
        return replace(base, url=wrapped(url, base.url), headers=ranged, follow_redirects=False)
    except ValueError:
        raise Down("it redirects to what is no URL") from None


def _body(response: Response) -> bytes:
    """The first bytes of the body. Raises Down and Unmeasured where it can't be unpacked."""
    if (response.header("content-encoding") or "identity").strip().lower() == "identity":
        return response.body[:_LOOKED_AT]
    body = decoded_body(response)
    if body.gap:
        raise Unmeasured(body.gap)
    return body.data[:_LOOKED_AT]


def _random_path(end: str) -> str:
    return f"/{secrets.token_hex(8)}{end}"


def _says_nothing(status: int) -> bool:
    return status == 429 or status >= 500


def _root(base: HttpProbe) -> str:
    target = base.target
    return f"{target.scheme}://{target.host_header}/"
