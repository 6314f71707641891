"""The first bytes of a file and what they say about the rest."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from reports.read.errors import ReportError
from reports.read.foreign import as_text, refuse_root, refuse_start
from reports.read.foreign_json import refuse_json
from reports.read.json_shape import Shape, shape_of
from reports.read.opening import open_report

_HEAD = 1 << 16
#: A list, an object, or one of the words that gitleaks and Go write for a list of nothing.
_JSON = re.compile(r"\s*(?:[\[{]|null\s*\Z)")
_FIRST_TAG = re.compile(r"<!--.*?-->|<\?.*?\?>|<([A-Za-z_][^\s/>]*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Head:
    """A file's beginning: up to 64 KiB of it.

    `root`: the local name of the XML root element in lower case, empty where none begins here; `refusal`: what to tell
    a person if no reader takes the file; `json`: the keys of a JSON document, where it may be one.
    """

    start: bytes
    root: str
    refusal: str
    json: Shape | None = None


def head_of(path: Path, *, whole: bool = False) -> Head:
    """Look at the beginning of a file. Raises ReportError where it can't be opened or is empty.

    `whole`: look for keys in all of a JSON document, whose telling ones may come late.
    """
    with open_report(path) as file:
        start = file.read(_HEAD)
        if not start:
            raise ReportError(str(path), 0, "the file is empty: the run that should have written it did not finish")
        file.seek(0)
        shape = json_shape(start, file if whole else None)
    if shape:
        return Head(start, "", refuse_json(start, shape, whole=whole), shape)
    refusal = refuse_start(start)
    tag = "" if refusal else next((match[1] for match in _FIRST_TAG.finditer(as_text(start)) if match[1]), "")
    if not refusal:
        refusal = refuse_root(tag) if tag else "this is not XML: no element begins in it"
    return Head(start, tag.rpartition(":")[2].lower(), refusal)


def json_shape(start: bytes, file: BinaryIO | None = None) -> Shape | None:
    """The shape of what begins like a JSON document, None of anything else. `file`: to look at all of it."""
    if not _JSON.match(as_text(start).lstrip("\ufeff")):
        return None
    return shape_of(start if file is None else file)
