"""Reads a report of findings, in whichever of the known formats it is, or as what the environment says it is."""

import difflib
from pathlib import Path
from typing import BinaryIO

from reports.finding import Findings
from reports.read.errors import ReportError
from reports.read.findings.collecting import Collector
from reports.read.findings.formats import FORMATS, Format, recognised
from reports.read.findings.sarif import ToolComesLaterError, read_sarif, tools_of
from reports.read.foreign_json import foreign_json
from reports.read.json_stream import JsonStream
from reports.read.opening import open_report
from reports.read.sniff import Head, head_of


def read_findings(path: Path, tool: str = "") -> Findings:
    """Read a report of findings.

    `tool`: the name in FORMATS of the tool that wrote it. It is needed only for a file that does not show it: an empty
    list is how gitleaks and hadolint say that there is nothing. A file that another tool wrote is an error, except for
    SARIF that names the tool.

    Raises ReportError where the file can't be read, ValueError for a name that is not in FORMATS.
    """
    if tool and tool not in FORMATS:
        near = difflib.get_close_matches(tool, FORMATS, 1, 0.5)
        hint = f" (did you mean {near[0]}?)" if near else ""
        raise ValueError(f"{tool!r} is no tool whose reports are read{hint}; there are {', '.join(sorted(FORMATS))}")
    name = str(path)
    head = head_of(path)
    form = _format(head)
    if form is None and head.json:
        head = head_of(path, whole=True)
        form = _format(head)
    if form is None and tool and head.json and not foreign_json(head.json):
        form = FORMATS[tool]
    if form is None:
        raise ReportError(name, 0, _refusal(head))
    with open_report(path) as file:
        found = _read(file, name, form)
    if tool and form.name != tool and not (form.name == "sarif" and _same(tool, found.tool)):
        wrote = found.tool or form.name
        raise ReportError(name, 0, f"this report was written by {wrote}, wanted one of {tool}: name the right file")
    return found


def _format(head: Head) -> Format | None:
    return recognised(head.json) if head.json else None


def _refusal(head: Head) -> str:
    if head.json or head.root:
        return head.refusal
    return "this is no JSON: let the scanner write its JSON or SARIF into a file of its own, without its log lines"


def _read(file: BinaryIO, name: str, form: Format) -> Findings:
    found = Collector(form.name, "" if form.name == "sarif" else form.name)
    stream = JsonStream(file, name)
    try:
        form.read(stream, found)
    except ToolComesLaterError:
        file.seek(0)
        tools = dict(enumerate(tools_of(JsonStream(file, name))))
        file.seek(0)
        found, stream = Collector(form.name), JsonStream(file, name)
        read_sarif(stream, found, tools)
    stream.finish()
    return found.findings(name, stream.sha256)


def _same(tool: str, stated: str) -> bool:
    return _letters(tool) in _letters(stated)


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, name.lower()))
