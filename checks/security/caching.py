"""Where a logged-in user's answer may be kept (RFC 9111, 3)."""

from collections.abc import Sequence

from checks.security.header_values import split_list


def stored(cache_control: Sequence[str], *, by_authorization: bool) -> tuple[str, str]:
    """`nowhere`, `browser` or `shared caches`, and why.

    `by_authorization`: the request had an Authorization header, whose answers shared caches keep only where they are
    told that they may (RFC 9111, 3.5). Answers to a cookie have no such protection.
    """
    directives = {part.lower() for value in cache_control for part in split_list(value) if part}
    names = {directive.partition("=")[0].strip() for directive in directives}
    if "no-store" in names:
        return "nowhere", "no-store"
    # `private="field"` restricts that field only, and is no help here.
    if "private" in directives:
        return "browser", "private"
    told = names & {"public", "s-maxage", "must-revalidate"}
    if by_authorization and not told:
        return "browser", "nothing permits shared caches to keep answers to Authorization"
    said = ", ".join(sorted(told)) if told else ", ".join(sorted(names)) or "no Cache-Control"
    return "shared caches", said
