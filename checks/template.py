"""`{{ name }}` in the requests of a journey: replaced by what earlier steps captured."""

import difflib
import json
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from checks.request import Text, wrapped
from checks.secrets import Secret, reveal

_MARK: Final = re.compile(r"\{\{\s*(.*?)\s*\}\}")

Captured = Mapping[str, object]


class MissingCapture(ValueError):  # noqa: N818 - the words of the gap
    """A step needs what no step before it brought."""


def fill(text: Text, captured: Captured, *, quoted: bool = False) -> Text:
    """`text` with its marks replaced. A secret in any part makes the whole a Secret. `quoted`: percent-encode what is
    put into a URL, unless it begins it. Raises MissingCapture that lists what there is."""
    parts: list[object] = [text]

    def value(match: re.Match[str]) -> str:
        found = look_up(match[1], captured)
        parts.append(found)
        plain = as_text(found)
        return quote(plain, safe="") if quoted and match.start() else plain

    return wrapped(_MARK.sub(value, reveal(text)), *parts)


def fill_json(value: object, captured: Captured) -> object:
    """A JSON value with the marks in its texts replaced. A text that is nothing but a mark keeps the captured type."""
    match value:
        case Secret() | str():
            if whole := _MARK.fullmatch(reveal(value)):
                found = look_up(whole[1], captured)
                return reveal(found) if isinstance(found, Secret) else found
            return reveal(fill(value, captured))
        case Mapping():
            return {str(key): fill_json(inner, captured) for key, inner in value.items()}
        case list() | tuple():
            return [fill_json(inner, captured) for inner in value]
        case _:
            return value


def look_up(name: str, captured: Captured) -> object:
    """The captured value. Raises MissingCapture."""
    if name in captured:
        return captured[name]
    near = difflib.get_close_matches(name, captured, 1)
    hint = f"did you mean {near[0]!r}?" if near else f"captured so far: {', '.join(sorted(captured)) or 'nothing'}"
    raise MissingCapture(f"it needs the capture {name!r}, which no earlier step brought; {hint}")


def as_text(value: object) -> str:
    """A captured value as it stands in a text: texts as they are, everything else as JSON."""
    match value:
        case Secret():
            return value.reveal()
        case str():
            return value
        case _:
            return json.dumps(value, separators=(",", ":"))
