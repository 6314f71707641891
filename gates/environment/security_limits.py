"""What the live-security gate judges: each subject with its unit, its default criterion and its remedy.

A subject is named without the look's name. `*` stands for a cookie, a path or a container.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from checks.evidence import Value
from gates.criteria import Criterion, Equals, Matches, OneOf, parse
from gates.criteria.choice import natural_unit
from gates.environment.names import nearest


@dataclass(frozen=True, slots=True)
class SecuritySubject:
    """`default`: a criterion's text, empty where only a limit judges it; `remedy`: what to do where it fails."""

    unit: str
    default: str = ""
    remedy: str = ""


_S = SecuritySubject
_STATUS: Final = _S("1", "= 200")
_CSP: Final = "send a Content-Security-Policy such as `default-src 'self'; object-src 'none'; base-uri 'none'`"
_INLINE: Final = "take inline scripts out of the policy, or allow each one by a nonce"
_ORIGINS: Final = "answer Access-Control-Allow-Origin only for origins on a list, compared as a whole"
_REFUSE: Final = "check the credentials on the server for every request, and answer 401"
_SHOWN: Final = "protected data left the service without credentials: close the endpoint before anything else"
_OLD_TLS: Final = "switch TLS 1.0 and 1.1 off where TLS is terminated"
_LIMITED: Final = "put a rate limit in front of it, and answer 429 with Retry-After"
_USER: Final = "start the container as a user of its own (`USER`, `user:`)"
_CONFINE: Final = "start the container without it"
_BOUND: Final = "give the container this limit"

_REFUSALS: Final[dict[str, SecuritySubject]] = {
    f"{kind}_token.{part}": subject
    for kind in ("without", "invalid", "empty", "unsigned")
    for part, subject in {
        "status": _S("1", "one of 401, 403", _REFUSE),
        "shows_data": _S("bool", "= false", _SHOWN),
    }.items()
}

#: Key of `security:` -> what is judged there.
SECURITY_SUBJECTS: Final[Mapping[str, Mapping[str, SecuritySubject]]] = {
    "pages": {
        "status": _STATUS,
        "https": _S("bool", "", "serve it over https, and redirect http there"),
        "hsts.max_age": _S("s", ">= 180d", "send Strict-Transport-Security: max-age=31536000"),
        "hsts.include_subdomains": _S("bool"),
        "hsts.preload": _S("bool"),
        "csp.present": _S("bool", "= true", _CSP),
        "csp.allows_inline_script": _S("bool", "= false", _INLINE),
        "csp.allows_eval": _S("bool", "= false", "take 'unsafe-eval' out of the policy"),
        "csp.allows_any_script_host": _S("bool", "= false", "name the hosts that scripts may come from"),
        "csp.allows_any_object": _S("bool", "= false", "add object-src 'none' to the policy"),
        "csp.allows_any_base": _S("bool", "= false", "add base-uri 'none' to the policy"),
        "csp.script_src": _S("text"),
        "csp.object_src": _S("text"),
        "csp.base_uri": _S("text"),
        "csp.frame_ancestors": _S("text"),
        "framing": _S(
            "text",
            'one of nobody, "same origin", listed',
            "add frame-ancestors 'none' to the policy, or X-Frame-Options",
        ),
        "nosniff": _S("bool", "= true", "send X-Content-Type-Options: nosniff"),
        "referrer_policy": _S(
            "text",
            "one of no-referrer, same-origin, strict-origin, strict-origin-when-cross-origin",
            "send Referrer-Policy: strict-origin-when-cross-origin",
        ),
        "permissions_policy": _S("text", "", "send a Permissions-Policy"),
        "version_leaks": _S("1", "= 0", "take the version out of these headers"),
        "cache.stored": _S("text", "one of nowhere, browser", "send Cache-Control: no-store, or private"),
        "cookies": _S("1", ">= 0"),
        "cookie.*.secure": _S("bool", "= true", "set the cookie with Secure"),
        "cookie.*.http_only": _S("bool", "= true", "set the cookie with HttpOnly, unless scripts have to read it"),
        "cookie.*.same_site": _S("text", "one of Strict, Lax", "set the cookie with SameSite=Lax or Strict"),
        "cookie.*.accepted": _S("bool", "= true", "set the cookie as its prefix and its SameSite demand"),
        "cookie.*.host_only": _S("bool", "", "set the cookie without Domain"),
        "cookie.*.lifetime": _S("s", "<= 400d", "let the cookie end sooner"),
    },
    "cors": {
        "status": _STATUS,
        "cors.foreign.access": _S("text", "one of none, public", _ORIGINS),
        "cors.null.access": _S("text", "= none", "never allow the origin `null`: every sandboxed frame has it"),
        "cors.lookalike.access": _S("text", "one of none, public", _ORIGINS),
        "cors.preflight.access": _S("text", "one of none, public", _ORIGINS),
        "cors.preflight.methods": _S("text"),
    },
    "tls": {
        "tls.accepts.TLSv1": _S("bool", "= false", _OLD_TLS),
        "tls.accepts.TLSv1.1": _S("bool", "= false", _OLD_TLS),
        "tls.accepts.TLSv1.2": _S("bool"),
        "tls.accepts.TLSv1.3": _S("bool", "= true", "switch TLS 1.3 on where TLS is terminated"),
        "tls.version": _S("text"),
        "tls.cipher": _S("text"),
        "certificate.key_type": _S("text"),
        # What is enough depends on the key's type; `gates.measured.live_security` says it.
        "certificate.key_bits": _S("1", ">= 256", "get a certificate with a longer key"),
        "certificate.signature_hash": _S(
            "text", "one of sha256, sha384, sha512, ed25519, ed448", "get a certificate that is signed with SHA-256"
        ),
    },
    "exposed": {"exposed.*": _S("bool", "= false", "take it out of what is served, and change every secret in it")},
    "refused": {
        **_REFUSALS,
        "with_token.status": _S("1", "= 200", "are these credentials still valid?"),
        "with_token.shows_data": _S("bool", "= true", "choose a marker that the answer to these credentials has"),
    },
    "bursts": {
        "rate_limit.refused": _S("bool", "= true", _LIMITED),
        "rate_limit.answered_before": _S("1", ">= 1", "somebody else used the limit up: wait, and run it again"),
        "rate_limit.status": _S("1", "one of 429, 503", _LIMITED),
        "rate_limit.retry_after": _S("s"),
        "rate_limit.headers": _S("text"),
    },
    "containers": {
        "containers": _S("1", ">= 1", "is it started, and is this its project, label or name?"),
        "*.runs_as_root": _S("bool", "= false", _USER),
        "*.privileged": _S("bool", "= false", _CONFINE),
        "*.engine_socket_mounted": _S("bool", "= false", "take the socket's mount out: it commands the whole host"),
        "*.unconfined": _S("bool", "= false", "take `unconfined` out of the security options"),
        "*.host_network": _S("bool", "= false", _CONFINE),
        "*.host_pid": _S("bool", "= false", _CONFINE),
        "*.host_ipc": _S("bool", "= false", _CONFINE),
        "*.published_on_all_interfaces": _S("bool", "= false", "publish on one address: 127.0.0.1:8000:8000"),
        "*.read_only_root": _S("bool", "= true", "start it with a read-only root (`read_only: true`)"),
        "*.no_new_privileges": _S("bool", "= true", "add `no-new-privileges:true` to the security options"),
        "*.healthcheck": _S("bool", "= true", "declare a health check in the image or the compose file"),
        "*.image_pinned": _S("bool", "= true", "name the image by its digest"),
        "*.capabilities_added": _S("text", "one of none, NET_BIND_SERVICE", "take the capabilities out of `cap_add`"),
        "*.capabilities_dropped": _S("text", "= ALL", "drop all capabilities (`cap_drop: [ALL]`)"),
        "*.memory_limit": _S("B", "> 0 B", _BOUND),
        "*.cpu_limit": _S("1", "> 0", _BOUND),
        "*.pids_limit": _S("1", "> 0", _BOUND),
    },
}


def covers(pattern: str, subject: str) -> bool:
    """Whether a limit's name (`cookie.*.secure`) is about a subject (`cookie.sid.secure`)."""
    return _pattern(pattern).fullmatch(subject) is not None


def pattern_of(subject: str, subjects: Iterable[str]) -> str:
    """The table's name of a subject, or nothing where it has none."""
    return next((pattern for pattern in subjects if covers(pattern, subject)), "")


@cache
def default_of(section: str, pattern: str) -> Criterion | None:
    """The criterion where no limit is set."""
    text = SECURITY_SUBJECTS[section][pattern].default
    return parse(text) if text else None


def check_security_limit(subject: str, criterion: Criterion, sections: Iterable[str]) -> None:
    """Refuse a limit of what none of these sections measures, or one that can't judge it. Raises ValueError."""
    known: dict[str, SecuritySubject] = {}
    for section in sections:
        known.update(SECURITY_SUBJECTS[section])
    pattern = pattern_of(subject, known)
    if not pattern:
        raise ValueError(f"{subject!r} is not measured here; {nearest(subject, known)}")
    found = known[pattern]
    example = f"; write it as in '{found.default}'" if found.default else ""
    if misfit := criterion.misfit(found.unit) or _other_kind(criterion, found.unit):
        raise ValueError(f"'{criterion}' can't limit {subject}: {misfit}{example}")


def _other_kind(criterion: Criterion, unit: str) -> str:
    """Why a wanted value can never be that of a reading: it is of another kind."""
    values: tuple[Value, ...]
    match criterion:
        case Equals(value=value):
            values = (value,)
        case OneOf(values=several):
            values = several
        case Matches() if unit == "1":
            return "it is a number"
        case _:
            return ""
    kind = unit if unit in ("bool", "text") else "1"
    words = {"bool": "it is true or false", "text": "it is a text", "1": "it is a number"}
    return words[kind] if any(natural_unit(value) != kind for value in values) else ""


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(".+".join(re.escape(part) for part in pattern.split("*")))
