"""Reads Grype's JSON.

Format: `grype/presenter/models/document.go` in its sources.
"""

from reports.finding import FindingKind, Severity, Subject
from reports.read.findings.collecting import Collector, Place
from reports.read.findings.leaves import row, table, when, word
from reports.read.json_stream import JsonStream
from reports.read.problem import Effect


def read_grype(stream: JsonStream, found: Collector) -> None:
    """Read the document at the cursor. Raises ReportError."""
    matched = described = False
    for key in stream.members("the report"):
        match key:
            case "matches":
                matched = stream.kind != "null"
                for record in stream.records(key):
                    _match(record, found)
            case "ignoredMatches":
                for record in stream.records(key):
                    _match(record, found, _reason(record))
            case "source":
                _source(stream.record(key), found)
            case "descriptor":
                described = True
                _descriptor(stream.record(key), found)
            case "alertsByPackage":
                for record in stream.records(key):
                    name = word(table(record.get("package")).get("name"))
                    found.problems.add(Effect.NOTE, f"Grype warns of the package {name}: its updates may be missing")
    if not matched:
        found.problems.add(Effect.INCONCLUSIVE, "there is no list of matches: Grype did not come that far")
    elif not found.count and not described:
        found.problems.add(Effect.INCONCLUSIVE, "no match, and no word on the scan: this is only a part of a report")


def _match(record: dict[str, object], found: Collector, suppressed: str = "") -> None:
    vulnerability, artifact = table(record.get("vulnerability")), table(record.get("artifact"))
    fix = table(vulnerability.get("fix"))
    locations = row(artifact.get("locations"))
    urls = row(vulnerability.get("urls"))
    found.add(
        vulnerability.get("id"),
        FindingKind.VULNERABILITY,
        Severity.of(vulnerability.get("severity")),
        vulnerability.get("description") or _description(record),
        Place(word(table(locations[0]).get("path")) if locations else ""),
        package=artifact.get("name"),
        installed=artifact.get("version"),
        fixed=", ".join(filter(None, map(word, row(fix.get("versions"))))),
        link=vulnerability.get("dataSource") or (urls[0] if urls else ""),
        aliases=[table(related).get("id") for related in row(record.get("relatedVulnerabilities"))],
        suppressed=suppressed,
    )


def _description(record: dict[str, object]) -> object:
    related = [table(item) for item in row(record.get("relatedVulnerabilities"))]
    return next((item.get("description") for item in related if item.get("description")), "")


def _reason(record: dict[str, object]) -> str:
    rules = [table(rule) for rule in row(record.get("appliedIgnoreRules"))]
    reasons = [
        word(rule.get("reason")) or word(rule.get("vulnerability")) or word(rule.get("fix-state")) for rule in rules
    ]
    return f"Grype: {', '.join(filter(None, reasons)) or 'an ignore rule'}"


def _source(source: dict[str, object], found: Collector) -> None:
    target = source.get("target")
    if not isinstance(target, dict):  # a directory or a file
        found.subject = Subject(word(target))
        return
    digests = (
        *map(word, row(target.get("repoDigests"))),
        word(target.get("manifestDigest")),
        word(target.get("imageID")),
    )
    found.subject = Subject(word(target.get("userInput")), tuple(filter(None, digests)))


def _descriptor(descriptor: dict[str, object], found: Collector) -> None:
    found.tool_version = word(descriptor.get("version"))
    found.created = when(descriptor.get("timestamp"))
    database = table(descriptor.get("db"))
    status = table(database.get("status")) or database
    if error := status.get("error"):
        found.problems.add(Effect.INCONCLUSIVE, f"Grype's database was not in order: {word(error) or 'no message'}")
