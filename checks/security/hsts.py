"""Strict-Transport-Security, read as a browser reads it (RFC 6797, 6.1 and 8.1)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from checks.security.header_values import TOKEN, split_list, unquoted

#: More seconds than a browser keeps in mind; what is larger is read as this.
_LONGEST: Final = 10**12


@dataclass(frozen=True, slots=True)
class Hsts:
    """`max_age` in seconds; 0 tells browsers to forget the policy."""

    max_age: int
    include_subdomains: bool
    preload: bool


def parse_hsts(values: Sequence[str]) -> Hsts | str:
    """The policy, or the words why browsers see none. Of several headers only the first counts (RFC 6797, 8.1)."""
    if not values:
        return "no Strict-Transport-Security"
    directives: dict[str, str | None] = {}
    for part in split_list(values[0], ";"):
        if not part:
            continue
        name, equals, value = part.partition("=")
        name, value = name.rstrip(" \t").lower(), value.lstrip(" \t")
        if not TOKEN.fullmatch(name):
            return "Strict-Transport-Security does not follow its grammar, so browsers ignore it"
        if name in directives:
            return f"Strict-Transport-Security has {name} twice, so browsers ignore it"
        directives[name] = unquoted(value) if equals else None
    max_age = directives.get("max-age")
    if max_age is None or not re.fullmatch(r"[0-9]+", max_age):
        return "Strict-Transport-Security has no max-age in seconds, so browsers ignore it"
    for flag in ("includesubdomains", "preload"):
        if directives.get(flag) is not None:
            return f"Strict-Transport-Security gives a value to {flag}, so browsers ignore it"
    seconds = _LONGEST if len(max_age) > 12 else int(max_age)
    return Hsts(seconds, "includesubdomains" in directives, "preload" in directives)
