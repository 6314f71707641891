"""Content-Security-Policy: what its policies together still allow (Content Security Policy Level 3)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_DIRECTIVE: Final = re.compile(r"[A-Za-z0-9-]+")
_NONCE_OR_HASH: Final = re.compile(r"'(?:nonce-|sha256-|sha384-|sha512-)[A-Za-z0-9+/_-]+={0,2}'", re.IGNORECASE)
#: Sources that name no host: anybody can serve from them.
_ANYWHERE: Final = frozenset({"*", "http:", "https:", "data:", "blob:", "filesystem:", "ws:", "wss:"})
#: A host of which nothing but a top-level domain, or nothing at all, is fixed.
_ANY_HOST: Final = re.compile(r"(?:[a-z][a-z0-9+.-]*://)?\*(?:\.[a-z]+)?(?::[0-9*]+)?(?:/.*)?", re.IGNORECASE)
_SCRIPTS: Final = ("script-src", "default-src")

Sources = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy: its directives, names in lower case. `'none'` is the empty list, as in the specification."""

    directives: Mapping[str, Sources]

    def effective(self, *names: str) -> Sources | None:
        """The sources of the first directive that is there, or None where nothing restricts (CSP3, 6.8.3)."""
        return next((self.directives[name] for name in names if name in self.directives), None)

    def allows_inline_script(self) -> bool:
        """Whether every inline script runs, as an element or as an attribute (CSP3, 6.7.3.2)."""
        return any(
            _inline(self.effective(directive, *_SCRIPTS)) for directive in ("script-src-elem", "script-src-attr")
        )

    def allows_eval(self) -> bool:
        """Whether text becomes code (CSP3, 4.4: script-src, then default-src)."""
        sources = self.effective(*_SCRIPTS)
        return sources is None or _has(sources, "'unsafe-eval'")

    def allows_any_script_host(self) -> bool:
        """Whether scripts may come from hosts that the policy doesn't name."""
        sources = self.effective("script-src-elem", *_SCRIPTS)
        if sources is not None and _has(sources, "'strict-dynamic'"):
            return False  # hosts and schemes are ignored beside it (CSP3, 6.7.1.1)
        return _anywhere(sources)

    def allows_any_object(self) -> bool:
        """Whether plug-ins may come from hosts that the policy doesn't name."""
        return _anywhere(self.effective("object-src", "default-src"))

    def allows_any_base(self) -> bool:
        """Whether `<base>` may point to hosts that the policy doesn't name. There is no fallback to default-src."""
        return _anywhere(self.effective("base-uri"))


def parse_policies(values: Sequence[str]) -> tuple[Policy, ...]:
    """The policies of all headers of one name: each comma begins a further one (CSP3, 2.2.2)."""
    policies = (parse_policy(text) for value in values for text in value.split(","))
    return tuple(policy for policy in policies if policy.directives)


def parse_policy(text: str) -> Policy:
    """One serialized policy (CSP3, 2.2.1): of a directive that is there twice, the first counts."""
    directives: dict[str, Sources] = {}
    for part in text.split(";"):
        words = part.split()
        if not words or not part.isascii() or not _DIRECTIVE.fullmatch(words[0]):
            continue
        name, sources = words[0].lower(), tuple(words[1:])
        if len(sources) == 1 and sources[0].lower() == "'none'":
            sources = ()
        directives.setdefault(name, sources)
    return Policy(directives)


def source_lists(policies: Sequence[Policy], *names: str) -> str | None:
    """The sources that hold for a directive, for people: one list for each policy that has any, `'none'` for an empty
    one. None where no policy restricts it."""
    lists = [sources for policy in policies if (sources := policy.effective(*names)) is not None]
    return ", ".join(" ".join(sources) or "'none'" for sources in lists) if lists else None


def framing_allowed_for(policies: Sequence[Policy]) -> str | None:
    """Who may frame the page by frame-ancestors: `nobody`, `same origin`, `listed`, `anybody`; None without it.

    All policies hold, so the strictest one says it.
    """
    order = ("nobody", "same origin", "listed", "anybody")
    found = [_ancestors(sources) for p in policies if (sources := p.effective("frame-ancestors")) is not None]
    return min(found, key=order.index) if found else None


def _ancestors(sources: Sources) -> str:
    if not sources:
        return "nobody"
    if _anywhere(sources):
        return "anybody"
    return "same origin" if all(source.lower() == "'self'" for source in sources) else "listed"


def _inline(sources: Sources | None) -> bool:
    if sources is None:
        return True
    if _has(sources, "'strict-dynamic'") or any(_NONCE_OR_HASH.fullmatch(source) for source in sources):
        return False  # beside these, 'unsafe-inline' is ignored
    return _has(sources, "'unsafe-inline'")


def _anywhere(sources: Sources | None) -> bool:
    return sources is None or any(s.lower() in _ANYWHERE or _ANY_HOST.fullmatch(s) for s in sources)


def _has(sources: Sources, keyword: str) -> bool:
    return any(source.lower() == keyword for source in sources)
