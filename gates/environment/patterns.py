"""Lists of regular expressions in an environment file."""

import re
import warnings
from typing import Annotated

from gates.environment.fields import Reader
from gates.environment.readers import MisplacedError, kind_of, read_text


def read_pattern(value: object) -> str:
    """A regular expression that matches something."""
    text = read_text(value)
    try:
        with warnings.catch_warnings():
            # Python warns of patterns that will mean something else in a later version: here that is an error.
            warnings.simplefilter("error")
            found = re.compile(text)
    except (re.error, RecursionError, OverflowError, Warning) as error:
        raise ValueError(f"{text!r} is not a regular expression: {error}") from None
    if found.search("") is not None:
        raise ValueError(f"{text!r} matches an empty line, and so every line")
    return text


def _read_patterns(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (read_pattern(value),)
    if not isinstance(value, tuple | list):
        raise ValueError(f"a list of patterns is needed, not {kind_of(value)}; write ['panic:', 'OutOfMemory']")
    found = []
    for index, item in enumerate(value):
        try:
            found.append(read_pattern(item))
        except ValueError as error:
            raise MisplacedError((index,), str(error)) from None
    return tuple(found)


_SCHEMA = {
    "anyOf": [{"type": "string", "minLength": 1}, {"type": "array", "items": {"type": "string", "minLength": 1}}]
}
#: One pattern, or several.
Patterns = Annotated[tuple[str, ...], Reader(_read_patterns, _SCHEMA)]
