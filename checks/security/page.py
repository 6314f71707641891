"""The security headers of one answer, as evidence of what a browser would make of them."""

import re
from collections.abc import Sequence
from typing import Final

from checks.attempt import Attempt
from checks.evidence import Evidence
from checks.response import Response
from checks.secrets import reveal
from checks.security.asking import Asker, Heard
from checks.security.caching import stored
from checks.security.cookies import cookie_evidence
from checks.security.csp import Policy, parse_policies, source_lists
from checks.security.framing import framing
from checks.security.header_values import all_of, shown, split_list
from checks.security.hsts import Hsts, parse_hsts
from checks.security.permissions_policy import parse_permissions
from checks.security.probes import PageProbe

#: Referrer Policy, 3. An empty value is known too, but says nothing.
_REFERRER: Final = frozenset(
    {
        "no-referrer",
        "no-referrer-when-downgrade",
        "same-origin",
        "origin",
        "strict-origin",
        "origin-when-cross-origin",
        "strict-origin-when-cross-origin",
        "unsafe-url",
    }
)
#: Headers that name what serves, and those that exist only to give its version.
_PRODUCTS: Final = ("server", "x-powered-by", "x-generator", "via", "x-runtime-version")
_VERSIONS: Final = ("x-aspnet-version", "x-aspnetmvc-version")
_VERSION: Final = re.compile(r"\d+\.\d+|[/ ]v?\d+\b")


async def look_at_page(probe: PageProbe, asker: Asker) -> list[Evidence]:
    """`NAME.up`, `.status`, and the readings that `docs/live-security.md` lists. Raises AttemptError."""
    heard = await asker.ask(probe.request)
    attempt, response = heard.attempt, heard.response
    policies = parse_policies(all_of(response, "content-security-policy"))
    frames, why = framing(policies, all_of(response, "x-frame-options"))
    found: list[Evidence] = [
        attempt.reading("up", True, "bool"),
        attempt.reading("status", response.status),
        attempt.reading("https", heard.fetched.last.target.scheme == "https", "bool"),
        *_hsts(heard),
        *_csp(attempt, policies, all_of(response, "content-security-policy-report-only")),
        attempt.reading("framing", frames, "text", why),
        *_small_ones(attempt, response),
        _leaks(attempt, response),
    ]
    if probe.authenticated:
        with_header = any(name.lower() == "authorization" and reveal(v) for name, v in probe.request.headers)
        by_authorization = with_header or probe.request.target.login is not None
        where, why = stored(all_of(response, "cache-control"), by_authorization=by_authorization)
        found.append(attempt.reading("cache.stored", where, "text", why))
    cookies = [value for hop in heard.fetched.hops for value in all_of(hop, "set-cookie")]
    return found + cookie_evidence(attempt, cookies)


def _hsts(heard: Heard) -> list[Evidence]:
    attempt = heard.attempt
    policy = parse_hsts(all_of(heard.response, "strict-transport-security"))
    if heard.fetched.last.target.scheme != "https":
        policy = "it came over http, where browsers ignore Strict-Transport-Security"
    match policy:
        case Hsts():
            return [
                attempt.reading("hsts.max_age", policy.max_age, "s"),
                attempt.reading("hsts.include_subdomains", policy.include_subdomains, "bool"),
                attempt.reading("hsts.preload", policy.preload, "bool"),
            ]
        case why:
            flags = (attempt.reading(f"hsts.{flag}", False, "bool", why) for flag in ("include_subdomains", "preload"))
            return [attempt.absent("hsts.max_age", why), *flags]


def _csp(attempt: Attempt, policies: Sequence[Policy], report_only: Sequence[str]) -> list[Evidence]:
    missing = "no Content-Security-Policy" + (", only one that reports" if report_only else "")
    why = "" if policies else missing
    # Every policy has to allow a thing before a browser does it; with none of them everything is allowed.
    bools = {
        "present": bool(policies),
        "allows_inline_script": all(policy.allows_inline_script() for policy in policies),
        "allows_eval": all(policy.allows_eval() for policy in policies),
        "allows_any_script_host": all(policy.allows_any_script_host() for policy in policies),
        "allows_any_object": all(policy.allows_any_object() for policy in policies),
        "allows_any_base": all(policy.allows_any_base() for policy in policies),
    }
    found: list[Evidence] = [attempt.reading(f"csp.{part}", value, "bool", why) for part, value in bools.items()]
    for part, names in {
        "script_src": ("script-src", "default-src"),
        "object_src": ("object-src", "default-src"),
        "base_uri": ("base-uri",),
        "frame_ancestors": ("frame-ancestors",),
    }.items():
        sources = source_lists(policies, *names)
        if sources is None:
            found.append(attempt.absent(f"csp.{part}", why or f"no {' and no '.join(names)}"))
        else:
            found.append(attempt.reading(f"csp.{part}", shown(sources, 1000), "text"))
    return found


def _small_ones(attempt: Attempt, response: Response) -> list[Evidence]:
    options = [part for value in all_of(response, "x-content-type-options") for part in split_list(value)]
    # Only the first one counts (Fetch, "determine nosniff").
    nosniff = bool(options) and options[0].lower() == "nosniff"
    found: list[Evidence] = [attempt.reading("nosniff", nosniff, "bool", _as_sent("X-Content-Type-Options", options))]
    referrer = [part.lower() for value in all_of(response, "referrer-policy") for part in split_list(value)]
    # The last one that is known counts, so that new ones can be added behind old ones (Referrer Policy, 8.1).
    known = [part for part in referrer if part in _REFERRER]
    if known:
        found.append(attempt.reading("referrer_policy", known[-1], "text"))
    else:
        found.append(attempt.absent("referrer_policy", _as_sent("Referrer-Policy", referrer)))
    permissions = parse_permissions(all_of(response, "permissions-policy"))
    if isinstance(permissions, str):
        found.append(attempt.absent("permissions_policy", permissions))
    else:
        text = ", ".join(f"{feature}={allowed}" for feature, allowed in sorted(permissions.items()))
        found.append(attempt.reading("permissions_policy", shown(text, 1000), "text"))
    return found


def _leaks(attempt: Attempt, response: Response) -> Evidence:
    leaks = [
        f"{name}: {shown(value)}"
        for name, value in response.headers
        if (name in _PRODUCTS and _VERSION.search(_without_protocol(name, value))) or (name in _VERSIONS and value)
    ]
    return attempt.reading("version_leaks", len(leaks), "1", "; ".join(leaks))


def _without_protocol(name: str, value: str) -> str:
    """A Via header begins with the version of HTTP, which is no secret (RFC 9110, 7.6.3)."""
    if name != "via":
        return value
    return ",".join(re.sub(r"^\s*(?:[A-Za-z]+/)?\d(?:\.\d)?\s", "", part) for part in value.split(","))


def _as_sent(name: str, parts: Sequence[str]) -> str:
    return f"{name}: {shown(', '.join(parts))}" if parts else f"no {name}"
