"""The formats of findings that Tidegate reads: how each is recognised by its keys, and its reader."""

from collections.abc import Callable
from dataclasses import dataclass

from reports.read.findings.bandit import read_bandit
from reports.read.findings.checkov import read_checkov
from reports.read.findings.collecting import Collector
from reports.read.findings.gitleaks import read_gitleaks
from reports.read.findings.grype import read_grype
from reports.read.findings.hadolint import read_hadolint
from reports.read.findings.npm_audit import read_npm_audit
from reports.read.findings.pip_audit import read_pip_audit
from reports.read.findings.sarif import read_sarif
from reports.read.findings.semgrep import read_semgrep
from reports.read.findings.trivy import read_trivy
from reports.read.json_shape import Shape
from reports.read.json_stream import JsonStream


@dataclass(frozen=True, slots=True)
class Format:
    """One format. `name`: the tool's, as an environment names it; `recognises`: whether a file is of it by its keys."""

    name: str
    recognises: Callable[[Shape], bool]
    read: Callable[[JsonStream, Collector], None]


def _trivy(shape: Shape) -> bool:
    if shape.has("SchemaVersion") and shape.any("ArtifactName", "ArtifactType", "Results"):
        return True
    return shape.has("[].Target") and shape.any("[].Vulnerabilities", "[].Type", "[].Class", "[].Misconfigurations")


def _sarif(shape: Shape) -> bool:
    return shape.has("runs") and shape.any(
        "version", "$schema", "runs[].tool", "runs[].results", "runs[].invocations", "inlineExternalProperties"
    )


def _grype(shape: Shape) -> bool:
    return shape.has("matches") and shape.any("descriptor", "source", "matches[].vulnerability", "ignoredMatches")


def _bandit(shape: Shape) -> bool:
    return shape.has("results", "metrics") and shape.any("generated_at", "errors", "metrics._totals")


def _semgrep(shape: Shape) -> bool:
    if not shape.has("results") or shape.any("metrics", "check_type"):
        return False
    return shape.any("results[].check_id", "paths.scanned", "skipped_rules") or shape.has("errors", "version")


def _pip_audit(shape: Shape) -> bool:
    if shape.any("reportSchema"):
        return False
    if shape.has("dependencies") and shape.any("fixes", "dependencies[].vulns", "dependencies[].skip_reason"):
        return True
    return shape.has("[].name") and shape.any("[].vulns", "[].skip_reason")


def _npm_audit(shape: Shape) -> bool:
    if shape.has("advisories") and shape.any("metadata", "actions", "muted"):
        return True
    return shape.any("auditReportVersion", "error.code", "error.summary", "error.detail")


def _checkov(shape: Shape) -> bool:
    if shape.has("check_type") or shape.has("[].check_type"):
        return True
    return shape.has("checkov_version") and shape.any("passed", "failed")


def _gitleaks(shape: Shape) -> bool:
    if shape.has("[].RuleID") and shape.any("[].Secret", "[].Match", "[].StartLine", "[].Fingerprint"):
        return True
    if shape.has("[].rule") and shape.any("[].offender", "[].lineNumber"):
        return True
    return shape.has("leaks") and shape.any("errors", "leaks[].rule", "leaks[].rule_id", "leaks[].RuleID")


def _hadolint(shape: Shape) -> bool:
    if shape.any("[].endColumn", "[].endLine"):  # ShellCheck
        return False
    return shape.has("[].code", "[].level") and shape.any("[].line", "[].column")


FORMATS: dict[str, Format] = {
    each.name: each
    for each in (
        Format("trivy", _trivy, read_trivy),
        Format("grype", _grype, read_grype),
        Format("sarif", _sarif, read_sarif),
        Format("bandit", _bandit, read_bandit),
        Format("semgrep", _semgrep, read_semgrep),
        Format("pip-audit", _pip_audit, read_pip_audit),
        Format("npm-audit", _npm_audit, read_npm_audit),
        Format("checkov", _checkov, read_checkov),
        Format("gitleaks", _gitleaks, read_gitleaks),
        Format("hadolint", _hadolint, read_hadolint),
    )
}


def recognised(shape: Shape) -> Format | None:
    """The format that a document of this shape is in."""
    return next((form for form in FORMATS.values() if form.recognises(shape)), None)
