"""Reads pip-audit's JSON: an object with dependencies, and the bare list that it wrote before 2.5.

pip-audit states no severities: all of its findings are UNKNOWN, and count against each limit.
Format: https://github.com/pypa/pip-audit#usage and `pip_audit/_format/json.py`.
"""

from reports.finding import FindingKind, Severity
from reports.read.findings.collecting import Collector, Place
from reports.read.findings.leaves import row, table, word
from reports.read.json_stream import JsonStream
from reports.read.problem import Effect


def read_pip_audit(stream: JsonStream, found: Collector) -> None:
    """Read the document at the cursor. Raises ReportError."""
    audited = 0
    if stream.kind == "an object":
        for key in stream.members("the report"):
            if key == "dependencies":
                audited += _dependencies(stream, found)
    else:
        audited = _dependencies(stream, found)
    if not audited:
        found.problems.add(Effect.INCONCLUSIVE, "pip-audit audited no dependency: check what it was pointed to")


def _dependencies(stream: JsonStream, found: Collector) -> int:
    audited = 0
    for record in stream.records("the list of dependencies"):
        name = word(record.get("name"))
        vulnerabilities = record.get("vulns")
        if not isinstance(vulnerabilities, list):
            reason = word(record.get("skip_reason")) or "the report says neither what was found nor why not"
            found.problems.add(Effect.INCONCLUSIVE, f"pip-audit did not audit {name or 'a dependency'}: {reason}")
            continue
        audited += 1
        for vulnerability in map(table, vulnerabilities):
            found.add(
                vulnerability.get("id"),
                FindingKind.VULNERABILITY,
                Severity.UNKNOWN,
                vulnerability.get("description"),
                Place(""),
                package=name,
                installed=record.get("version"),
                fixed=", ".join(filter(None, map(word, row(vulnerability.get("fix_versions"))))),
                aliases=row(vulnerability.get("aliases")),
            )
    return audited
