"""The first bytes of a file and what they say about the rest."""

import re
from dataclasses import dataclass
from pathlib import Path

from reports.read.errors import ReportError
from reports.read.foreign import as_text, refuse_root, refuse_start
from reports.read.opening import open_report

_HEAD = 1 << 16
_FIRST_TAG = re.compile(r"<!--.*?-->|<\?.*?\?>|<([A-Za-z_][^\s/>]*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Head:
    """A file's beginning: up to 64 KiB of it.

    `root`: the local name of the XML root element in lower case, empty where none begins here; `refusal`: what to tell
    a person if no reader takes the file.
    """

    start: bytes
    root: str
    refusal: str


def head_of(path: Path) -> Head:
    """Look at the beginning of a file. Raises ReportError where it can't be opened or is empty."""
    with open_report(path) as file:
        start = file.read(_HEAD)
    if not start:
        raise ReportError(str(path), 0, "the file is empty: the run that should have written it did not finish")
    refusal = refuse_start(start)
    tag = "" if refusal else next((match[1] for match in _FIRST_TAG.finditer(as_text(start)) if match[1]), "")
    if not refusal:
        refusal = refuse_root(tag) if tag else "this is not XML: no element begins in it"
    return Head(start, tag.rpartition(":")[2].lower(), refusal)
