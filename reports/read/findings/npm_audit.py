"""Reads `npm audit --json`: version 2 of the report (npm 7 and later), and the first one (npm 6, pnpm).

In version 2 each advisory of a package is a finding, and each package that is affected only through others is one:
never fewer than npm itself counts. In the first version each advisory is one; npm 6 counts each path to it, and its
totals are `stated`.
Format: https://github.com/npm/npm-audit-report and `audit-report.js` in the sources of @npmcli/arborist.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reports.finding import FindingKind, Severity
from reports.read.findings.collecting import Collector, Place
from reports.read.findings.leaves import number, row, said, table, word
from reports.read.json_stream import JsonStream
from reports.read.problem import Effect
from reports.read.words import counted

_GHSA = re.compile(r"GHSA(?:-[0-9a-z]{4}){3}", re.IGNORECASE)
#: npm's way of saying that no version is.
_NEVER = "<0.0.0"


@dataclass(frozen=True, slots=True)
class _Affected:
    """A package of version 2: the ids of its own advisories, and the packages that make it vulnerable."""

    severity: Severity
    advisories: tuple[str, ...]
    through: tuple[str, ...]
    node: str
    fixed: str


def read_npm_audit(stream: JsonStream, found: Collector) -> None:
    """Read the document at the cursor. Raises ReportError, also where npm wrote an error instead of a report."""
    listed = False
    audited = 0
    for key in stream.members("the report"):
        match key:
            case "error" if stream.kind != "null":
                _error(stream)
            case "auditReportVersion":
                version = stream.value()
                if version != 2:
                    stream.fail(f"this is version {version!r} of npm's audit report: Tidegate knows 2, and npm 6's")
            case "vulnerabilities":
                listed = True
                _packages(stream, found)
            case "advisories":
                listed = True
                for _ in stream.members(key):
                    _advisory(stream.record("an advisory"), found)
            case "metadata":
                audited = _metadata(stream.record(key), found)
    if not listed:
        found.problems.add(Effect.INCONCLUSIVE, "there is no list of vulnerabilities: npm did not come that far")
    elif not audited and not found.count:
        found.problems.add(Effect.INCONCLUSIVE, "npm audited no dependency, or does not say so: check its lock file")
    for name, stated in found.stated.items():
        severity = Severity.of(name)
        if stated and not any(each.at_least(severity) for each in found.severities()):
            found.problems.add(Effect.FAIL, f"npm counts {stated} of severity {severity.value}, none is listed")


def _error(stream: JsonStream) -> None:
    value = stream.value()
    error = table(value)
    parts = (
        word(error.get("code")),
        said(error.get("summary")) or said(error.get("message")),
        said(error.get("detail")),
    )
    text = ": ".join(filter(None, parts)) or word(value) or "no message"
    stream.fail(f"this is an error message and no report: {text}")


def _metadata(metadata: dict[str, object], found: Collector) -> int:
    """Take npm's own totals; how many dependencies it looked at."""
    for name, stated in table(metadata.get("vulnerabilities")).items():
        count = number(stated)
        if count is not None and name != "total":
            found.stated[word(name)] = count
    dependencies = metadata.get("dependencies")
    total = (
        dependencies.get("total") if isinstance(dependencies, dict) else metadata.get("totalDependencies", dependencies)
    )
    return number(total) or 0


def _advisory(record: dict[str, object], found: Collector) -> None:
    """One of npm 6."""
    instances = [table(item) for item in row(record.get("findings"))]
    paths = [word(path) for item in instances for path in row(item.get("paths"))]
    more = f" and {counted(len(paths) - 1, 'more path')}" if len(paths) > 1 else ""
    patched = word(record.get("patched_versions"))
    identity = word(record.get("github_advisory_id")) or _identity(record)
    found.add(
        identity,
        FindingKind.VULNERABILITY,
        Severity.of(record.get("severity")),
        record.get("title"),
        Place("", shown=f"{paths[0]}{more}" if paths else ""),
        package=record.get("module_name"),
        installed=", ".join(dict.fromkeys(word(item.get("version")) for item in instances)),
        fixed="" if patched == _NEVER else patched,
        link=record.get("url"),
        aliases=[alias for alias in [*row(record.get("cves")), record.get("id")] if word(alias) != identity],
    )


def _identity(record: Mapping[str, object]) -> str:
    if match := _GHSA.search(word(record.get("url"))):
        return match[0]
    return word(record.get("source")) or word(record.get("id"))


def _packages(stream: JsonStream, found: Collector) -> None:
    if stream.kind == "null":
        stream.fail("the list of vulnerabilities is null: npm did not come that far")
    packages: dict[str, _Affected] = {}
    for name in stream.members("vulnerabilities"):
        record = stream.record("a vulnerability")
        package = word(name)
        vias = row(record.get("via"))
        nodes = row(record.get("nodes"))
        fix = record.get("fixAvailable")
        fixed = "npm audit fix" if fix is True else ""
        if isinstance(fix, dict):
            fixed = f"{word(fix.get('name'))} {word(fix.get('version'))}".strip()
        affected = _Affected(
            Severity.of(record.get("severity")),
            tuple(_identity(via) for via in vias if isinstance(via, dict)),
            tuple(word(via) for via in vias if isinstance(via, str)),
            word(nodes[0]) if nodes else "",
            fixed,
        )
        packages[package] = affected
        for via in vias:
            if isinstance(via, dict):
                found.add(
                    _identity(via),
                    FindingKind.VULNERABILITY,
                    Severity.of(via.get("severity")),
                    via.get("title"),
                    Place(affected.node),
                    package=package,
                    fixed=fixed,
                    link=via.get("url"),
                    aliases=[via.get("source")] if _GHSA.search(word(via.get("url"))) else [],
                )
    for package, affected in packages.items():
        if not affected.advisories:
            # A waiver of one advisory has to cover what it alone causes, and nothing that has another cause too.
            roots = sorted(set(_roots(package, packages)))
            found.add(
                "+".join(roots) or f"npm:{package}",
                FindingKind.VULNERABILITY,
                affected.severity,
                f"vulnerable through {', '.join(affected.through) or 'nothing that npm names'}",
                Place(affected.node),
                package=package,
                fixed=affected.fixed,
            )


def _roots(package: str, packages: Mapping[str, _Affected]) -> Iterator[str]:
    """The advisories that a package is affected by, through whatever chain."""
    seen: set[str] = set()
    waiting = [package]
    while waiting:
        name = waiting.pop()
        if name in seen or name not in packages:
            continue
        seen.add(name)
        yield from packages[name].advisories
        waiting += packages[name].through
