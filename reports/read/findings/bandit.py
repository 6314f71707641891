"""Reads Bandit's JSON.

Format: https://bandit.readthedocs.io/en/latest/formatters/json.html
"""

import re

from reports.finding import FindingKind, Severity
from reports.read.findings.collecting import Collector, Place
from reports.read.findings.leaves import line_of, number, table, when, word
from reports.read.json_stream import JsonStream
from reports.read.problem import Effect

#: `code` is the lines around the finding, each with its number before it.
_NUMBERED = re.compile(r"^\s*(\d+)\s?(.*)$", re.MULTILINE)


def read_bandit(stream: JsonStream, found: Collector) -> None:
    """Read the document at the cursor. Raises ReportError."""
    results = False
    totals: dict[str, object] = {}
    for key in stream.members("the report"):
        match key:
            case "errors":
                for record in stream.records(key):
                    what = f"{word(record.get('filename'))}: {word(record.get('reason'))}"
                    found.problems.add(Effect.INCONCLUSIVE, f"Bandit could not look at {what}")
            case "generated_at":
                found.created = when(stream.value())
            case "metrics":
                totals = table(stream.record(key).get("_totals"))
            case "results":
                results = stream.kind != "null"
                for record in stream.records(key):
                    _result(record, found)
    if not results:
        found.problems.add(Effect.INCONCLUSIVE, "there is no list of results: Bandit did not come that far")
    elif not totals.get("loc"):
        found.problems.add(Effect.INCONCLUSIVE, "Bandit looked at no line of code: name the sources that it is to scan")
    _stated(totals, found)


def _stated(totals: dict[str, object], found: Collector) -> None:
    """What Bandit counted before its own filters (`-l`, `-i`, a baseline) took findings away."""
    for severity in (Severity.LOW, Severity.MEDIUM, Severity.HIGH):
        stated = totals.get(f"SEVERITY.{severity.value}")
        counted = number(int(stated)) if isinstance(stated, float | int) and stated < 1 << 53 else None
        if counted is None:
            continue
        found.stated[severity.value] = counted
        listed = found.severities()[severity]
        if counted > listed:
            found.problems.add(
                Effect.NOTE,
                f"Bandit counted {counted} of severity {severity.value} and lists {listed}: its filters took some",
            )


def _result(record: dict[str, object], found: Collector) -> None:
    line = line_of(record.get("line_number"))
    code = record.get("code")
    lines = dict(_NUMBERED.findall(code)) if isinstance(code, str) else {}
    found.add(
        record.get("test_id") or record.get("test_name"),
        FindingKind.CODE,
        Severity.of(record.get("issue_severity")),
        record.get("issue_text"),
        Place(word(record.get("filename")), line),
        link=record.get("more_info"),
        aliases=[record.get("test_name")] if record.get("test_id") else [],
        snippet=lines.get(str(line), ""),
    )
