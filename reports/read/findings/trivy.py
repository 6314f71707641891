"""Reads Trivy's JSON: schema 2, and the bare list of results that Trivy wrote before 0.20.

Format: https://trivy.dev/latest/docs/configuration/reporting/#json and `pkg/types/report.go` in its sources.
"""

import re
from dataclasses import replace

from reports.finding import FindingKind, Severity, Subject
from reports.read.findings.collecting import Collector, Place
from reports.read.findings.leaves import line_of, row, table, when, word
from reports.read.json_stream import JsonStream
from reports.read.problem import Effect

#: Trivy 0.69 also writes no results where it looked for secrets and found none: who ran it may know better.
NOTHING_LOOKED_AT = "Trivy found nothing to look at (no results): check its target and its scanners"

_SYSTEM = re.compile(r" \(([a-z][a-z0-9._-]*)(?: [^()]*)?\)\Z")


def read_trivy(stream: JsonStream, found: Collector) -> None:
    """Read the document at the cursor. Raises ReportError."""
    results: int | None = None
    if stream.kind != "an object":
        results = _results(stream, found)
    else:
        for key in stream.members("the report"):
            match key:
                case "SchemaVersion":
                    version = stream.value()
                    if version != 2:
                        stream.fail(f"this is Trivy's schema {version!r}, wanted 2: Tidegate does not know it")
                case "CreatedAt":
                    found.created = when(stream.value())
                case "Trivy":
                    found.tool_version = word(stream.record("Trivy").get("Version"))
                case "ArtifactName":
                    found.subject = replace(found.subject, artifact=word(stream.value()))
                case "Metadata":
                    _metadata(stream.record("Metadata"), found)
                case "Results":
                    results = _results(stream, found)
    if not results:
        found.problems.add(
            Effect.INCONCLUSIVE,
            NOTHING_LOOKED_AT,
        )


def _metadata(metadata: dict[str, object], found: Collector) -> None:
    digests = [*map(word, row(metadata.get("RepoDigests"))), word(metadata.get("ImageID"))]
    found.subject = Subject(found.subject.artifact, tuple(filter(None, digests)), word(metadata.get("Commit")))
    system = table(metadata.get("OS"))
    if system.get("EOSL") is True:
        name = f"{word(system.get('Family'))} {word(system.get('Name'))}"
        found.problems.add(Effect.NOTE, f"{name} gets no more updates: Trivy knows no new vulnerabilities of it")


def _results(stream: JsonStream, found: Collector) -> int:
    if stream.kind == "null":
        stream.value()
        return 0
    results = 0
    for _ in stream.items("the list of results"):
        results += 1
        _result(stream, found)
    return results


def _result(stream: JsonStream, found: Collector) -> None:
    # The target may come after the findings, where a tool sorted the keys.
    target = ""
    found.defer()
    for key in stream.members("a result"):
        match key:
            case "Target":
                target = word(stream.value())
            case "Vulnerabilities":
                for record in stream.records(key):
                    _vulnerability(record, found)
            case "Misconfigurations":
                for record in stream.records(key):
                    _misconfiguration(record, found)
            case "Secrets":
                for record in stream.records(key):
                    _secret(record, found)
            case "Licenses":
                for record in stream.records(key):
                    _licence(record, found)
            case "ExperimentalModifiedFindings":
                for record in stream.records(key):
                    _modified(record, found)
    # `registry/app:1.7 (debian 12.5)`: the tag is another one in the next release.
    system = _SYSTEM.search(target)
    found.place(target, system[1] if system else target)


def _vulnerability(record: dict[str, object], found: Collector, suppressed: str = "") -> None:
    found.add(
        record.get("VulnerabilityID"),
        FindingKind.VULNERABILITY,
        Severity.of(record.get("Severity")),
        record.get("Title") or record.get("Description"),
        Place(word(record.get("PkgPath"))),
        package=record.get("PkgName"),
        installed=record.get("InstalledVersion"),
        fixed=record.get("FixedVersion"),
        link=record.get("PrimaryURL") or next(iter(row(record.get("References"))), ""),
        aliases=row(record.get("VendorIDs")),
        suppressed=suppressed,
    )


def _misconfiguration(record: dict[str, object], found: Collector, suppressed: str = "") -> None:
    status = word(record.get("Status")).upper()
    if status == "PASS":
        return
    cause = table(record.get("CauseMetadata"))
    found.add(
        record.get("ID") or record.get("AVDID"),
        FindingKind.MISCONFIGURATION,
        Severity.of(record.get("Severity")),
        record.get("Title") or record.get("Message"),
        Place("", line_of(cause.get("StartLine"))),
        link=record.get("PrimaryURL"),
        aliases=[record.get("AVDID")],
        suppressed=suppressed or ("Trivy: exception" if status == "EXCEPTION" else ""),
        snippet=f"{record.get('Message')} {cause.get('Resource')}",
    )


def _secret(record: dict[str, object], found: Collector, suppressed: str = "") -> None:
    # `Match` and `Code` hold the line with the secret: they are left where they are.
    found.add(
        record.get("RuleID"),
        FindingKind.SECRET,
        Severity.of(record.get("Severity")),
        record.get("Title"),
        Place("", line_of(record.get("StartLine"))),
        suppressed=suppressed,
    )


def _licence(record: dict[str, object], found: Collector, suppressed: str = "") -> None:
    found.add(
        record.get("Name"),
        FindingKind.LICENCE,
        Severity.of(record.get("Severity")),
        f"licence {word(record.get('Name'))} ({word(record.get('Category'))})",
        Place(word(record.get("FilePath"))),
        package=record.get("PkgName"),
        link=record.get("Link"),
        suppressed=suppressed,
    )


def _modified(record: dict[str, object], found: Collector) -> None:
    """A finding that `.trivyignore` or VEX took away; it is there with `--show-suppressed`."""
    said = [word(record.get(key)) for key in ("Status", "Statement", "Source")]
    reason = f"Trivy: {', '.join(filter(None, said)) or 'suppressed'}"
    finding = table(record.get("Finding"))
    match word(record.get("Type")).lower():
        case "misconfiguration":
            _misconfiguration(finding, found, reason)
        case "secret":
            _secret(finding, found, reason)
        case "license":
            _licence(finding, found, reason)
        case _:
            _vulnerability(finding, found, reason)
