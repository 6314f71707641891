"""What to say about a name that is not known: the nearest one and the list."""

import difflib
from collections.abc import Iterable

_MANY = 20


def nearest(name: str, valid: Iterable[str], what: str = "known are") -> str:
    """`did you mean 'health'? known are health, smoke`; empty where there is nothing to choose from."""
    names = sorted(set(valid))
    if not names:
        return ""
    lowered = {candidate.lower(): candidate for candidate in reversed(names)}
    close = difflib.get_close_matches(name[:100].lower(), lowered, n=1, cutoff=0.6)
    shown = ", ".join(names[:_MANY]) + (f" and {len(names) - _MANY} more" if len(names) > _MANY else "")
    guess = f"did you mean {lowered[close[0]]!r}? " if close else ""
    return f"{guess}{what} {shown}"
