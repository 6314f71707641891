"""Reads hadolint's JSON, a list of objects.

Format: https://github.com/hadolint/hadolint#cli (`--format json`). Its levels are error, warning, info and style.
"""

from reports.finding import FindingKind, Severity
from reports.read.findings.collecting import Collector, Place
from reports.read.findings.leaves import line_of, word
from reports.read.json_stream import JsonStream

_SEVERITIES = {
    "error": Severity.HIGH,
    "warning": Severity.MEDIUM,
    "info": Severity.LOW,
    "style": Severity.INFO,
}
_RULES = "https://github.com/hadolint/hadolint/wiki/"
_SHELL_RULES = "https://www.shellcheck.net/wiki/"


def read_hadolint(stream: JsonStream, found: Collector) -> None:
    """Read the document at the cursor. Raises ReportError."""
    for record in stream.records("the list of findings"):
        rule = word(record.get("code"))
        found.add(
            rule,
            FindingKind.MISCONFIGURATION,
            _SEVERITIES.get(word(record.get("level")).lower(), Severity.UNKNOWN),
            record.get("message"),
            Place(word(record.get("file")), line_of(record.get("line"))),
            link=f"{_SHELL_RULES if rule.startswith('SC') else _RULES}{rule}" if rule else "",
        )
