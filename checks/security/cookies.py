"""Cookies as evidence: the flags of each one that an answer sets. Their values never get here."""

import time as clock
from collections import Counter
from collections.abc import Sequence

from checks.attempt import Attempt
from checks.evidence import Evidence
from checks.security.cookie_syntax import Cookie, parse_set_cookie
from checks.security.header_values import shown
from checks.units import format_value


def cookie_evidence(attempt: Attempt, values: Sequence[str]) -> list[Evidence]:
    """`NAME.cookies` (how many are set) and `NAME.cookie.COOKIE.*`.

    The second cookie of one name is `COOKIE#2`: it may hold for another path, and each of them is judged. A cookie
    that is deleted (it expires in the past) sets nothing and is only counted in the detail.
    """
    now = clock.time()
    parsed = [parse_set_cookie(value) for value in values]
    cookies = [cookie for cookie in parsed if cookie is not None]
    kept = [cookie for cookie in cookies if (life := cookie.lifetime(now)) is None or life > 0]
    words = [_named(cookie) for cookie in kept]
    if deleted := [_named(cookie) for cookie in cookies if cookie not in kept]:
        words.append(f"deleted: {', '.join(deleted)}")
    if ignored := len(parsed) - len(cookies):
        words.append(f"{ignored} that browsers ignore, because of control characters, length or a missing name")
    found: list[Evidence] = [attempt.reading("cookies", len(kept), "1", shown(", ".join(words), 400))]
    seen: Counter[str] = Counter()
    for cookie in kept:
        name = _named(cookie)
        seen[name] += 1
        number = f"#{seen[name]}" if seen[name] > 1 else ""
        found += _one(attempt, f"cookie.{name}{number}", cookie, now)
    return found


def _one(attempt: Attempt, part: str, cookie: Cookie, now: float) -> list[Evidence]:
    refusal = cookie.refusal()
    words = f"browsers refuse it: {refusal}" if refusal else ""
    lifetime = cookie.lifetime(now)
    life = (
        "a session cookie: it ends with the browser" if lifetime is None else f"it lives {format_value(lifetime, 's')}"
    )
    if cookie.same_site:
        same_site: Evidence = attempt.reading(f"{part}.same_site", cookie.same_site, "text")
    else:
        same_site = attempt.absent(f"{part}.same_site", "no SameSite that browsers know; some take Lax, some None")
    return [
        attempt.reading(f"{part}.secure", cookie.secure, "bool"),
        attempt.reading(f"{part}.http_only", cookie.http_only, "bool"),
        same_site,
        attempt.reading(f"{part}.accepted", not refusal, "bool", words),
        attempt.reading(
            f"{part}.host_only", not cookie.domain, "bool", f"Domain={shown(cookie.domain)}" * bool(cookie.domain)
        ),
        attempt.reading(f"{part}.lifetime", round(lifetime or 0.0, 3), "s", life),
    ]


def _named(cookie: Cookie) -> str:
    return shown(cookie.name, 64) or "(nameless)"
