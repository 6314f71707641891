"""Permissions-Policy: a dictionary of structured fields (RFC 9651, 3.2), or nothing where a part of it is broken."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from checks.security.header_values import split_list

#: What an allowlist is made of: `*`, `self`, `src`, a quoted origin, each with optional parameters.
_ITEM: Final = (
    r'(?:[A-Za-z*][\w!#$%&\'*+.^`|~:/-]*|"(?:[ !#-\[\]-~]|\\["\\])*")(?:;[ ]*[a-z*][a-z0-9_.*-]*(?:=[^\s;,()]+)?)*'
)
_LIST: Final = rf"\([ ]*(?:{_ITEM}(?:[ ]+{_ITEM})*)?[ ]*\)(?:;[ ]*[a-z*][a-z0-9_.*-]*(?:=[^\s;,()]+)?)*"
_MEMBER: Final = re.compile(rf"([a-z*][a-z0-9_.*-]*)=({_ITEM}|{_LIST})")
_TOO_LONG: Final = 16_384


def parse_permissions(values: Sequence[str]) -> Mapping[str, str] | str:
    """The allowlist of each feature, as it is written; or the words why browsers see none.

    Several headers are one list (RFC 9110, 5.3). A part that breaks the grammar takes the whole header with it.
    """
    text = ", ".join(values).strip(" ")
    if not text:
        return "no Permissions-Policy"
    if len(text) > _TOO_LONG:
        return f"Permissions-Policy has more than {_TOO_LONG:,} characters, which is the most that is read"
    features: dict[str, str] = {}
    for part in split_list(text):
        match = _MEMBER.fullmatch(part)
        if match is None:
            return (
                "Permissions-Policy does not follow its grammar (camera=(), geolocation=(self)), so browsers ignore it"
            )
        features[match[1]] = match[2]
    return features
