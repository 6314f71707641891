"""Secret values: wrapped on entry, revealed only to the socket, masked in every text that leaves the process."""

import base64
import html
import json
import re
from typing import Final
from urllib.parse import quote, quote_plus

MASK: Final = "***"
#: Shorter values are wrapped but not searched for in texts: masking every `a` would destroy the report.
SHORTEST: Final = 4

# Process-wide on purpose: a traceback that leaves through any door has to be masked, whoever knew the secret.
_known: set[str] = set()
_pattern: re.Pattern[str] | None = None


class Secret:
    """A value that prints as `***`. `reveal()` is for the code that sends it, and for nobody else.

    `name`: the variable or file that it came from. `searched`: whether texts that leave the process are searched for
    it; False for a default that a committed file shows to everybody (masking each `demo` would destroy the report).
    """

    __slots__ = ("_value", "name", "searched")

    def __init__(self, value: str, name: str = "", *, searched: bool = True) -> None:
        self._value = value
        self.name = name
        self.searched = searched
        if searched:
            remember(value)

    def reveal(self) -> str:
        """The value itself."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    def __str__(self) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(("tidegate secret", self._value))


def reveal(value: "str | Secret") -> str:
    """The text of a plain or a secret value."""
    return value.reveal() if isinstance(value, Secret) else value


def remember(value: str) -> None:
    """Mask `value`, and the forms in which it travels (quoted, base64, JSON, HTML, each line of it), from now on."""
    global _pattern  # noqa: PLW0603 - one cache beside one set
    stripped = value.strip()
    forms = {value, stripped, *stripped.splitlines()}
    for form in tuple(forms):
        raw = form.encode(errors="surrogatepass")
        forms |= {quote(raw, safe=""), quote_plus(raw), repr(form)[1:-1]}
        forms |= {json.dumps(form)[1:-1], json.dumps(form, ensure_ascii=False)[1:-1]}
        markup = html.escape(form, quote=False)
        # Python's, XML's and Jinja's ways of writing quotes.
        forms |= {markup, html.escape(form), markup.replace('"', "&quot;")}
        forms.add(markup.replace('"', "&#34;").replace("'", "&#39;"))
        encoded = base64.b64encode(raw).decode()
        forms |= {encoded, encoded.rstrip("="), base64.urlsafe_b64encode(raw).decode()}
    fresh = {form for form in forms if len(form) >= SHORTEST} - _known
    if fresh:
        _known.update(fresh)
        _pattern = None


def mask(text: str) -> str:
    """`text` with every known secret replaced by `***`."""
    global _pattern  # noqa: PLW0603
    if not _known:
        return text
    if _pattern is None:
        _pattern = re.compile("|".join(re.escape(s) for s in sorted(_known, key=len, reverse=True)))
    return _pattern.sub(MASK, text)


def any_known() -> bool:
    """Whether there is anything to mask."""
    return bool(_known)


def forget_all() -> None:
    """Forget every secret: for tests, which would otherwise mask each other's texts."""
    global _pattern  # noqa: PLW0603
    _known.clear()
    _pattern = None
