"""Who else may read an answer: what a browser makes of the CORS headers for foreign origins (Fetch, 4.9 to 4.11)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from checks.attempt import Attempt
from checks.evidence import Evidence
from checks.probes import HttpProbe
from checks.response import Response
from checks.security.asking import Asker
from checks.security.header_values import all_of, shown, split_list
from checks.security.probes import CorsProbe

#: Statuses of something that stands in the way and does not know the service's rules.
_SAYS_NOTHING: Final = (429, *range(500, 600))


async def look_at_cors(probe: CorsProbe, asker: Asker) -> list[Evidence]:
    """`NAME.up`, `.status`, and `NAME.cors.KIND.access` for each KIND of origin. Raises AttemptError.

    `foreign`: an origin that the service can't know; `null`: that of a sandboxed frame; `lookalike`: a foreign name
    that begins with the service's own; `preflight`: the foreign origin asks leave for a request with credentials.
    """
    target = probe.request.target
    host = "localhost" if ":" in target.host else target.host
    origins = {"foreign": probe.origin, "null": "null", "lookalike": f"{target.scheme}://{host}.tidegate.invalid"}
    found: list[Evidence] = []
    for kind, origin in origins.items():
        heard = await asker.ask(_from_origin(probe.request, origin))
        if not found:
            found.append(heard.attempt.reading("up", True, "bool"))
            found.append(heard.attempt.reading("status", heard.response.status))
        found.append(_access(heard.attempt, kind, origin, heard.response))
    asked = (
        ("Access-Control-Request-Method", probe.preflight_method),
        ("Access-Control-Request-Headers", "authorization"),
    )
    preflight = replace(_without_secrets(probe.request), method="OPTIONS", body=None, follow_redirects=False)
    preflight = _from_origin(preflight, probe.origin)
    heard = await asker.ask(replace(preflight, headers=(*preflight.headers, *asked)))
    found.append(_access(heard.attempt, "preflight", probe.origin, heard.response))
    return [*found, _methods(heard.attempt, probe.origin, heard.response)]


def access(response: Response, origin: str) -> tuple[str, str]:
    """What a page of `origin` gets, and the headers that say so.

    `none`; `public`: it reads what anybody gets; `wildcard with credentials`: `*` beside credentials, which browsers
    refuse, but which shows that everything was meant to be open; `credentials`: it reads what its visitor may read.
    """
    allowed = ", ".join(all_of(response, "access-control-allow-origin"))
    credentials = ", ".join(all_of(response, "access-control-allow-credentials"))
    words = f"Access-Control-Allow-Origin: {shown(allowed)}" if allowed else "no Access-Control-Allow-Origin"
    if credentials:
        words += f", Access-Control-Allow-Credentials: {shown(credentials)}"
    # The comparison is byte by byte, and `true` is not `True` (Fetch, 4.10). Two headers are a list, which is neither.
    if allowed == "*":
        return ("wildcard with credentials" if credentials == "true" else "public"), words
    if allowed == origin:
        return ("credentials" if credentials == "true" else "public"), words
    return "none", words


def _access(attempt: Attempt, kind: str, origin: str, response: Response) -> Evidence:
    part = f"cors.{kind}.access"
    if response.status in _SAYS_NOTHING:
        reason = f"the answer was {response.status}, which says nothing about who may read the real one"
        return attempt.gap(part, reason, "look again when the service answers")
    granted, words = access(response, origin)
    if kind == "preflight" and not 200 <= response.status < 300:
        granted, words = "none", f"the preflight was answered {response.status}"
    return attempt.reading(part, granted, "text", f"for Origin: {origin}: {words}")


def _methods(attempt: Attempt, origin: str, response: Response) -> Evidence:
    part = "cors.preflight.methods"
    if response.status in _SAYS_NOTHING:
        return attempt.gap(part, f"the preflight was answered {response.status}")
    methods = [m for value in all_of(response, "access-control-allow-methods") for m in split_list(value) if m]
    if access(response, origin)[0] == "none" or not 200 <= response.status < 300 or not methods:
        return attempt.absent(part, "the preflight permits no method to that origin")
    return attempt.reading(part, shown(", ".join(sorted(set(methods))), 400), "text")


def _from_origin(request: HttpProbe, origin: str) -> HttpProbe:
    return replace(request, headers=(*request.headers, ("Origin", origin)))


def _without_secrets(request: HttpProbe) -> HttpProbe:
    """A preflight carries no credentials (Fetch, 4.9)."""
    private: Sequence[str] = ("authorization", "cookie", "content-type")
    return replace(
        request, headers=tuple((name, value) for name, value in request.headers if name.lower() not in private)
    )
