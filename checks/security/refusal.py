"""Whether an endpoint refuses who has no credentials: none, an invalid token, an empty one, an unsigned one."""

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import replace

from checks.attempt import Attempt
from checks.evidence import Evidence
from checks.failures import Down
from checks.request import Headers
from checks.response import Response, decoded_body, shown_location
from checks.secrets import reveal
from checks.security.asking import Asker
from checks.security.probes import RefusalProbe


async def look_at_refusal(probe: RefusalProbe, asker: Asker) -> list[Evidence]:
    """`NAME.up`, and for each kind of request `NAME.KIND.status`, and `NAME.KIND.shows_data` where a marker is known.

    The kinds are `without_token`, `invalid_token`, `empty_token`, `unsigned_token` (a JWT with `alg: none`, RFC 8725,
    3.1), and `with_token` where credentials are known. Raises AttemptError.
    """
    found: list[Evidence] = []
    for kind, headers in _kinds(probe).items():
        request = probe.request
        heard = await asker.ask(replace(request, headers=(*request.headers, *headers), follow_redirects=False))
        attempt, response = heard.attempt, heard.response
        if not found:
            found.append(attempt.reading("up", True, "bool"))
        location = response.header("location")
        words = f"redirects to {shown_location(location)}" if location and 300 <= response.status < 400 else ""
        found.append(attempt.reading(f"{kind}.status", response.status, "1", words))
        if probe.marker:
            found.append(_shows_data(attempt, f"{kind}.shows_data", response, reveal(probe.marker)))
    return found


def _kinds(probe: RefusalProbe) -> Mapping[str, Headers]:
    kinds: dict[str, Headers] = {
        "without_token": (),
        "invalid_token": (("Authorization", f"Bearer {secrets.token_urlsafe(32)}"),),
        "empty_token": (("Authorization", "Bearer "),),
        "unsigned_token": (("Authorization", f"Bearer {unsigned_token()}"),),
    }
    if probe.credentials:
        kinds["with_token"] = probe.credentials
    return kinds


def unsigned_token() -> str:
    """A JSON Web Token that claims to be an administrator's and has no signature (RFC 7519, 6)."""
    claims = {"sub": "admin", "role": "admin", "scope": "admin", "exp": 4_102_444_800}
    parts = (json.dumps(part).encode() for part in ({"alg": "none", "typ": "JWT"}, claims))
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + "."


def _shows_data(attempt: Attempt, part: str, response: Response, marker: str) -> Evidence:
    """Whether the marker is in the answer, in its headers too. An answer that can't be read may hold it: a Gap."""
    if any(marker in value for _, value in response.headers):
        return attempt.reading(part, True, "bool", "in a header")
    try:
        body = decoded_body(response)
    except Down as error:
        return attempt.gap(part, error.words)
    if body.gap:
        return attempt.gap(part, body.gap)
    # JSON may write the same text with escapes.
    forms = (marker, json.dumps(marker)[1:-1], json.dumps(marker, ensure_ascii=False)[1:-1])
    return attempt.reading(part, any(form.encode() in body.data for form in forms), "bool")
