"""Reads SARIF 2.1.0, of any tool and any number of runs, as a stream.

Format: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0"; section numbers below are its own.
"""

from collections.abc import Iterator
from dataclasses import replace

from reports.finding import Subject
from reports.read.findings.collecting import Collector
from reports.read.findings.leaves import row, table, when, word
from reports.read.findings.sarif_results import take_result
from reports.read.findings.sarif_rules import Tool, read_tool
from reports.read.json_stream import JsonStream
from reports.read.problem import Effect

VERSION = "2.1.0"


class ToolComesLaterError(Exception):
    """The results of a run stand before its tool, whose rules say how bad they are: read the tools first."""


def read_sarif(stream: JsonStream, found: Collector, tools: dict[int, Tool] | None = None) -> None:
    """Read the document at the cursor.

    `tools`: the tool of each run, where a first reading had to find them. Raises ReportError, and ToolComesLaterError
    where it needs them.
    """
    version, runs = "", 0
    for key in stream.members("the log"):
        match key:
            case "version":
                version = word(stream.value())
                if not version.startswith(VERSION):
                    stream.fail(f"this is SARIF {version or 'of no version'}, wanted {VERSION}: convert or update")
            case "runs" if stream.kind != "null":
                for _ in stream.items("runs"):
                    _run(stream, found, None if tools is None else tools.get(runs, Tool()))
                    runs += 1
            case "inlineExternalProperties":
                for record in stream.records(key):
                    _external(record, found)
    if not version:
        found.problems.add(Effect.NOTE, f"the file states no SARIF version: it was read as {VERSION}")
    if not runs:
        found.problems.add(Effect.INCONCLUSIVE, "the file holds no run: nothing was scanned")


def tools_of(stream: JsonStream) -> Iterator[Tool]:
    """The tool of each run, and nothing else of the document at the cursor. Raises ReportError."""
    for key in stream.members("the log"):
        if key == "runs" and stream.kind != "null":
            for _ in stream.items("runs"):
                tool = Tool()
                for name in stream.members("a run"):
                    if name == "tool":
                        tool = read_tool(stream)
                yield tool


def _run(stream: JsonStream, found: Collector, tool: Tool | None) -> None:
    held = -1
    begin = found.count + found.suppressed
    for key in stream.members("a run"):
        if key == "tool":
            # Where results came first, a first reading has found the tool already.
            tool = read_tool(stream) if tool is None else tool
        elif key == "results" and stream.kind != "null":
            if tool is None:
                raise ToolComesLaterError
            held = 0
            for record in stream.records(key):
                held += 1
                take_result(record, tool, found)
        else:
            _about(key, stream, found)
    _name(tool or Tool(), found)
    if held < 0:
        # 3.14.23: the results are absent where the run failed before it could have any.
        found.problems.add(Effect.INCONCLUSIVE, "a run holds no list of results: the scanner did not come that far")
    elif not (tool and tool.name):
        effect = Effect.NOTE if found.count + found.suppressed > begin else Effect.INCONCLUSIVE
        found.problems.add(effect, "a run does not say which tool made it")


def _about(key: str, stream: JsonStream, found: Collector) -> None:
    """What a run says of itself."""
    match key:
        case "invocations":
            for record in stream.records(key):
                _invocation(record, found)
        case "versionControlProvenance":
            for record in stream.records(key):
                commit = found.subject.commit or word(record.get("revisionId"))
                found.subject = replace(found.subject, commit=commit)
        case "externalPropertyFileReferences":
            _external(stream.record(key), found)
        case "properties":
            _image(stream.record(key), found)


def _name(tool: Tool, found: Collector) -> None:
    names = [name for name in found.tool.split(", ") if name]
    if tool.name and tool.name not in names and len(names) < 20:
        found.tool = ", ".join([*names, tool.name])
        found.tool_version = ", ".join(filter(None, [found.tool_version, tool.version]))


def _invocation(record: dict[str, object], found: Collector) -> None:
    found.created = when(record.get("endTimeUtc")) or when(record.get("startTimeUtc")) or found.created
    if record.get("executionSuccessful") is False:
        why = word(record.get("exitCodeDescription")) or word(record.get("exitSignalName"))
        said = f": {why}" if why else ""
        found.problems.add(Effect.INCONCLUSIVE, f"the scanner says that it failed{said}")
    for key in ("toolExecutionNotifications", "toolConfigurationNotifications"):
        for notification in map(table, row(record.get(key))):
            if word(notification.get("level")).lower() == "error":
                text = word(table(notification.get("message")).get("text")) or "no message"
                found.problems.add(Effect.INCONCLUSIVE, f"the scanner reports an error: {text.splitlines()[0]}")


def _external(record: dict[str, object], found: Collector) -> None:
    """3.15: results can stand in other files, or beside the runs."""
    if record.get("results"):
        found.problems.add(
            Effect.INCONCLUSIVE,
            "results stand outside of the runs, where Tidegate does not look: let the tool inline it",
        )


def _image(properties: dict[str, object], found: Collector) -> None:
    """What Trivy says of the image it looked at."""
    digests = (*map(word, row(properties.get("repoDigests"))), word(properties.get("imageID")))
    artifact = word(properties.get("imageName"))
    if artifact or any(digests):
        found.subject = Subject(artifact, tuple(filter(None, digests)), found.subject.commit)
