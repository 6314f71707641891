"""Reads Semgrep's JSON.

Format: https://semgrep.dev/docs/semgrep-appsec-platform/json-and-sarif and `semgrep_output_v1.jsonschema` of
semgrep-interfaces. ERROR, WARNING and INFO are high, medium and low, as Semgrep's documentation has it.
"""

from reports.finding import FindingKind, Severity
from reports.read.findings.collecting import Collector, Place
from reports.read.findings.leaves import line_of, row, said, table, word
from reports.read.json_stream import JsonStream
from reports.read.problem import Effect

_SEVERITIES = {
    "ERROR": Severity.HIGH,
    "WARNING": Severity.MEDIUM,
    "INFO": Severity.LOW,
    "INVENTORY": Severity.INFO,
    "EXPERIMENT": Severity.INFO,
}
#: What stands instead of code and fingerprints where nobody is logged in.
_NOTHING = "requires login"


def read_semgrep(stream: JsonStream, found: Collector) -> None:
    """Read the document at the cursor. Raises ReportError."""
    results = False
    scanned: int | None = None
    for key in stream.members("the report"):
        match key:
            case "results":
                results = stream.kind != "null"
                for record in stream.records(key):
                    _result(record, found)
            case "errors":
                for record in stream.records(key):
                    _error(record, found)
            case "paths" if stream.kind == "an object":
                for name in stream.members(key):
                    if name == "scanned" and stream.kind == "a list":
                        scanned = sum(1 for _ in stream.items(name))
            case "version":
                found.tool_version = word(stream.value())
    if not results:
        found.problems.add(Effect.INCONCLUSIVE, "there is no list of results: Semgrep did not come that far")
    elif scanned == 0:
        found.problems.add(Effect.INCONCLUSIVE, "Semgrep scanned no file: check its target and what it is to leave out")
    elif scanned is None and not found.count:
        found.problems.add(Effect.INCONCLUSIVE, "no finding, and no word on which files were scanned")


def _result(record: dict[str, object], found: Collector) -> None:
    extra = table(record.get("extra"))
    metadata = table(extra.get("metadata"))
    rule = word(record.get("check_id"))
    supply = table(table(extra.get("sca_info")).get("dependency_match"))
    dependency = table(supply.get("found_dependency"))
    if supply:
        kind = FindingKind.VULNERABILITY
    else:
        secret = "validation_state" in extra or ".secrets." in f".{rule}."
        kind = FindingKind.SECRET if secret else FindingKind.CODE
    references = row(metadata.get("references"))
    prints = [word(extra.get(key)) for key in ("fingerprint", "lines")]
    found.add(
        rule,
        kind,
        _severity(extra.get("severity")),
        extra.get("message"),
        Place(word(record.get("path")), line_of(table(record.get("start")).get("line"))),
        package=dependency.get("package"),
        installed=dependency.get("version"),
        link=metadata.get("shortlink") or metadata.get("source") or (references[0] if references else ""),
        suppressed="Semgrep: nosemgrep" if extra.get("is_ignored") is True else "",
        snippet=next((text for text in prints if text and text != _NOTHING), ""),
    )


def _severity(stated: object) -> Severity:
    return _SEVERITIES.get(word(stated).upper()) or Severity.of(stated)


def _error(record: dict[str, object], found: Collector) -> None:
    """Warnings are of files that were looked at in part, which happens in most projects; errors are not."""
    place = word(record.get("path"))
    kind = record.get("type")
    name = word(kind[0]) if isinstance(kind, list) and kind else word(kind)
    text = said(record.get("message")) or said(record.get("long_msg")) or name or "no message"
    warning = word(record.get("level")).lower() in ("warn", "warning", "info")
    effect = Effect.NOTE if warning else Effect.INCONCLUSIVE
    found.problems.add(effect, f"Semgrep reports {'a warning' if warning else 'an error'}: {place or name}: {text}")
