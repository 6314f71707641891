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
    framework = ""
    totals: dict[str, object] = {}
    records: dict[str, list[dict[str, object]]] = {}
    for key in stream.members("the result of a framework"):
        match key:
            case "check_type":
                framework = word(stream.value()).lower()
            case "results":
                for name in stream.members(key):
                    if name in ("failed_checks", "skipped_checks"):
                        records[name] = list(stream.records(name))
                    elif name == "parsing_errors" and stream.kind == "a list":
                        for _ in stream.items(name):
                            path = word(stream.value())
                            found.problems.add(Effect.INCONCLUSIVE, f"Checkov could not read {path or 'a file'}")
            case "summary":
                totals |= stream.record(key)
            case "passed" | "failed" | "skipped" | "parsing_errors" | "resource_count" | "checkov_version":
                totals[key] = stream.value()
    found.tool_version = word(totals.get("checkov_version")) or found.tool_version
    kind = next((kind for start, kind in _KINDS.items() if framework.startswith(start)), FindingKind.MISCONFIGURATION)
    failed = records.get("failed_checks", [])
    for record in failed:
        _check(record, kind, found)
    for record in records.get("skipped_checks", []):
        comment = word(table(record.get("check_result")).get("suppress_comment"))
        _check(record, kind, found, f"Checkov: {comment or 'skipped'}")
    return _compare(totals, len(failed), found)


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


def _check(record: dict[str, object], kind: FindingKind, found: Collector, suppressed: str = "") -> None:
    lines = row(record.get("file_line_range"))
    details = table(record.get("vulnerability_details"))
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
        suppressed=suppressed,
        snippet=record.get("resource"),
    )
