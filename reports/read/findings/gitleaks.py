"""Reads gitleaks' JSON: the list of version 8, that of version 7, and an object with leaks.

Nothing of what leaked is kept: neither `Match` and `Secret` nor `line` and `offender`. gitleaks states no severities:
its findings are UNKNOWN, and count against each limit.
Format: https://github.com/gitleaks/gitleaks#reporting and `report/finding.go` in its sources.
"""

from reports.finding import FindingKind, Severity
from reports.read.findings.collecting import Collector, Place
from reports.read.findings.leaves import line_of, word
from reports.read.json_stream import JsonStream
from reports.read.problem import Effect


def read_gitleaks(stream: JsonStream, found: Collector) -> None:
    """Read the document at the cursor. Raises ReportError."""
    listed = True
    if stream.kind == "an object":
        listed = False
        for key in stream.members("the report"):
            if key == "leaks":
                listed = stream.kind != "null"
                for record in stream.records(key):
                    _leak(record, found)
            elif key == "errors" and stream.kind == "a list":
                for _ in stream.items(key):
                    found.problems.add(Effect.INCONCLUSIVE, f"gitleaks reports an error: {word(stream.value())}")
    else:
        for record in stream.records("the list of leaks"):
            _leak(record, found)
    if not listed:
        found.problems.add(Effect.INCONCLUSIVE, "there is no list of leaks: gitleaks did not come that far")
    elif not found.count:
        found.problems.add(Effect.NOTE, "gitleaks writes an empty list also where it looked at nothing: check its log")


def _leak(record: dict[str, object], found: Collector) -> None:
    rule = word(record.get("RuleID")) or word(record.get("rule_id")) or word(record.get("rule"))
    place = word(record.get("File")) or word(record.get("file"))
    lines = (line_of(record.get(key)) for key in ("StartLine", "start_line", "lineNumber"))
    severity = record.get("severity")
    found.add(
        rule,
        FindingKind.SECRET,
        Severity.of(severity),
        record.get("Description") or record.get("description") or record.get("rule"),
        Place(place, next(filter(None, lines), 0)),
        link=record.get("Link") or record.get("leakURL"),
    )
