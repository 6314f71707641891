"""Reads Checkov's JSON: one framework as an object, several as a list, or nothing but totals where nothing was found.

Severities come with a platform's key only; without one all findings are UNKNOWN, and count against each limit.
Format: https://www.checkov.io/2.Basics/Reviewing%20Scan%20Results.html and `checkov/common/output/report.py`.
"""

from reports.finding import FindingKind, Severity
from reports.read.findings.collecting import Collector, Place
from reports.read.findings.leaves import line_of, number, row, table, word
from reports.read.json_stream import JsonStream
from reports.read.problem import Effect

_KINDS = {
    "secrets": FindingKind.SECRET,
    "sca_package": FindingKind.VULNERABILITY,
    "sca_image": FindingKind.VULNERABILITY,
    "sast": FindingKind.CODE,
}


def read_checkov(stream: JsonStream, found: Collector) -> None:
    """Read the document at the cursor. Raises ReportError."""
    looked = 0
    if stream.kind == "a list":
        for _ in stream.items("the report"):
            looked += _framework(stream, found)
    else:
        looked = _framework(stream, found)
    if not looked and not found.count:
        found.problems.add(Effect.INCONCLUSIVE, "Checkov checked nothing: name the files or the directory to scan")


def _framework(stream: JsonStream, found: Collector) -> int:
    """One framework; how many checks it says that it made."""
    kind: FindingKind | None = None
    # Only where a tool moved the framework behind its checks do these have to wait.
    waiting: list[tuple[str, dict[str, object]]] = []
    totals: dict[str, object] = {}
    failed = 0
    for key in stream.members("the result of a framework"):
        match key:
            case "check_type":
                kind = _kind(word(stream.value()).lower())
            case "results":
                for name in stream.members(key):
                    if name in ("failed_checks", "skipped_checks"):
                        for record in stream.records(name):
                            failed += name == "failed_checks"
                            if kind is None:
                                waiting.append((name, record))
                            else:
                                _check(name, record, kind, found)
                    elif name == "parsing_errors" and stream.kind == "a list":
                        _unread(stream, found)
            case "summary":
                totals |= stream.record(key)
            case "passed" | "failed" | "skipped" | "parsing_errors" | "resource_count" | "checkov_version":
                totals[key] = stream.value()
    for name, record in waiting:
        _check(name, record, kind or FindingKind.MISCONFIGURATION, found)
    found.tool_version = word(totals.get("checkov_version")) or found.tool_version
    return _compare(totals, failed, found)


def _kind(framework: str) -> FindingKind:
    return next((kind for start, kind in _KINDS.items() if framework.startswith(start)), FindingKind.MISCONFIGURATION)


def _unread(stream: JsonStream, found: Collector) -> None:
    for _ in stream.items("the list of parsing errors"):
        path = word(stream.value())
        found.problems.add(Effect.INCONCLUSIVE, f"Checkov could not read {path or 'a file'}")


def _compare(totals: dict[str, object], failed: int, found: Collector) -> int:
    counts = {key: number(totals.get(key)) or 0 for key in ("passed", "failed", "skipped", "parsing_errors")}
    for key, count in counts.items():
        found.stated[key] = found.stated.get(key, 0) + count
    if counts["failed"] > failed:
        found.problems.add(Effect.FAIL, f"the summary counts {counts['failed']} failed checks, {failed} are listed")
    elif "failed" in totals and counts["failed"] < failed:
        found.problems.add(Effect.NOTE, f"the summary counts {counts['failed']} failed checks, {failed} are listed")
    if counts["parsing_errors"]:
        found.problems.add(Effect.INCONCLUSIVE, f"Checkov counts {counts['parsing_errors']} parsing errors")
    return counts["passed"] + counts["failed"] + counts["skipped"]


def _check(name: str, record: dict[str, object], kind: FindingKind, found: Collector) -> None:
    lines = row(record.get("file_line_range"))
    details = table(record.get("vulnerability_details"))
    comment = word(table(record.get("check_result")).get("suppress_comment"))
    found.add(
        details.get("id") or record.get("check_id") or record.get("bc_check_id"),
        kind,
        Severity.of(record.get("severity") or details.get("severity")),
        record.get("check_name") or details.get("description") or record.get("short_description"),
        Place(word(record.get("file_path")) or word(record.get("repo_file_path")), line_of(lines[0]) if lines else 0),
        package=details.get("package_name"),
        installed=details.get("package_version"),
        fixed=details.get("lowest_fixed_version"),
        link=record.get("guideline") or details.get("link"),
        aliases=[record.get("bc_check_id")] if record.get("check_id") else [],
        suppressed=f"Checkov: {comment or 'skipped'}" if name == "skipped_checks" else "",
        snippet=record.get("resource"),
    )
