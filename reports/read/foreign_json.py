"""JSON that no reader takes, recognised so that the refusal can say what it is and what to do instead."""

from reports.read.foreign import as_text
from reports.read.json_shape import Shape

#: Keys that are all there -> what it is, and the next step.
_FORMATS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("bomFormat",), "a CycloneDX bill of materials", "it lists parts, no findings: scan it with Trivy or Grype"),
    (("spdxVersion",), "an SPDX bill of materials", "it lists parts, no findings: scan it with Trivy or Grype"),
    (("reportSchema", "dependencies"), "OWASP Dependency-Check's JSON", "let it write SARIF (`--format SARIF`)"),
    (("vulnerabilities", "dependencyCount"), "Snyk's JSON", "let it write SARIF (`--sarif-file-output`)"),
    (("scan", "vulnerabilities"), "GitLab's security report", "let the scanner write SARIF or its own JSON"),
    (("[].filePath", "[].messages"), "ESLint's JSON", "let it write SARIF (`@microsoft/eslint-formatter-sarif`)"),
    (("[].endColumn", "[].code", "[].level"), "ShellCheck's JSON", "let it write SARIF (`shellcheck-sarif`)"),
    (("results[].packages",), "OSV-Scanner's JSON", "let it write SARIF (`--format sarif`)"),
    (("ClusterName",), "Trivy's report on a cluster", "scan the images and the configuration files one by one"),
    (("[].SourceMetadata", "[].DetectorName"), "TruffleHog's JSON", "use a scanner that writes SARIF"),
    (("SourceMetadata", "DetectorName"), "TruffleHog's JSON", "use a scanner that writes SARIF"),
    (("results", "generated_at", "plugins_used"), "a baseline of detect-secrets", "use a scanner that writes SARIF"),
    (("type", "data"), "Yarn's audit", "run `npm audit --json` or `pnpm audit --json`"),
)


def foreign_json(shape: Shape) -> str:
    """The message for a format that is known and not read; empty for anything else."""
    for keys, name, advice in _FORMATS:
        if shape.has(*keys):
            return f"this is {name}, which Tidegate does not read: {advice}"
    return ""


def refuse_json(head: bytes, shape: Shape, *, whole: bool) -> str:
    """The message for a JSON document that no reader takes.

    `head`: its first bytes; `whole`: whether `shape` is of all of it, and not only of these.
    """
    text = as_text(head)
    if '"protocolVersion"' in text and '"type"' in text:
        return "this is Dart's JSON test report, which Tidegate does not read: pipe it through `tojunit` (junitreport)"
    if shape.kind == "null" or shape.empty:
        what = {"null": "null", "a list": "an empty JSON list", "an object": "an empty JSON object"}[shape.kind]
        return f"{what} says nothing of who wrote it, nor that anything ran: let the environment name the tool"
    if foreign := foreign_json(shape):
        return foreign
    if whole and shape.error:
        return shape.error
    if shape.any("error", "errorMessage", "errors[].message") or shape.has("message", "statusCode"):
        return "this is JSON that reports an error, and no report: run the tool again, and look at what it says"
    return "this is JSON, but no report that Tidegate knows; docs/findings-reports.md lists what it reads"
