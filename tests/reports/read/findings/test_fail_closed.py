"""What shows no scan is no scan without findings: each broken report beside a twin that differs in one fact."""

import json
import re

import pytest

from reports.read.errors import ReportError
from reports.read.problem import Effect
from tests.reports.read.findings import samples
from tests.reports.read.findings.samples import ABSENT, SAMPLES, changed

RUN = ("runs", 0)


def bad(found):
    """The messages of problems that keep a gate from passing."""
    return [problem.message for problem in found.problems if problem.effect is not Effect.NOTE]


@pytest.mark.parametrize("name", SAMPLES)
def test_a_report_in_order_is_believed(read, name):
    """The twins of everything below: two findings, no problem, whether the tool is named or not."""
    found = read(SAMPLES[name])
    assert (found.format, found.count, bad(found)) == (name, 2, [])
    assert read(SAMPLES[name], name) == found


#: Format -> the path to its findings and what stands there when there are none.
CLEAN = {
    "trivy": (("Results",), [{"Target": "app (debian 12.5)", "Class": "os-pkgs", "Type": "debian"}]),
    "grype": (("matches",), []),
    "sarif": ((*RUN, "results"), []),
    "bandit": (("results",), []),
    "semgrep": (("results",), []),
    "pip-audit": (("dependencies",), [{"name": "fine", "version": "1.0", "vulns": []}]),
    "npm-audit": (("vulnerabilities",), {}),
    "checkov": (("results", "failed_checks"), []),
}


def clean(name):
    """The report of a scan that found nothing."""
    document = changed(SAMPLES[name], *CLEAN[name])
    if name == "npm-audit":
        return changed(document, ("metadata", "vulnerabilities", "high"), 0)
    if name == "checkov":
        return changed(document, ("summary", "failed"), 0)
    return document


@pytest.mark.parametrize("name", CLEAN)
def test_a_scan_without_findings_is_believed(read, name):
    """Zero findings, where the document shows that a scan ran."""
    found = read(clean(name))
    assert (found.format, found.count, found.by_severity, bad(found)) == (name, 0, {}, [])


@pytest.mark.parametrize(
    ("name", "path", "value", "words"),
    [
        ("trivy", ("Results",), [], "nothing to look at"),
        ("trivy", ("Results",), None, "nothing to look at"),
        ("trivy", ("Results",), ABSENT, "nothing to look at"),
        ("grype", ("matches",), None, "no list of matches"),
        ("grype", ("descriptor",), ABSENT, "only a part"),
        ("grype", ("descriptor", "db", "status"), {"valid": False, "error": "too old"}, "too old"),
        ("grype", ("descriptor", "db"), {"built": "2026-01-01T00:00:00Z", "error": "corrupt"}, "corrupt"),
        ("sarif", ("runs",), [], "no run"),
        ("sarif", ("runs",), None, "no run"),
        ("sarif", (*RUN, "results"), None, "did not come that far"),
        ("sarif", (*RUN, "results"), ABSENT, "did not come that far"),
        ("sarif", (*RUN, "tool"), ABSENT, "which tool"),
        ("sarif", (*RUN, "tool", "driver", "name"), ABSENT, "which tool"),
        ("sarif", (*RUN, "invocations", 0, "executionSuccessful"), False, "says that it failed"),
        (
            "sarif",
            (*RUN, "invocations", 0, "toolExecutionNotifications"),
            [{"level": "error", "message": {"text": "out of memory"}}],
            "out of memory",
        ),
        ("sarif", (*RUN, "externalPropertyFileReferences"), {"results": [{"itemCount": 3}]}, "outside of the runs"),
        ("sarif", ("inlineExternalProperties",), [{"results": [{}]}], "outside of the runs"),
        ("bandit", ("results",), None, "did not come that far"),
        ("bandit", ("metrics", "_totals", "loc"), 0, "no line of code"),
        ("bandit", ("metrics", "_totals"), ABSENT, "no line of code"),
        ("bandit", ("errors",), [{"filename": "app/a.py", "reason": "syntax error"}], "app/a.py: syntax error"),
        ("semgrep", ("results",), None, "did not come that far"),
        ("semgrep", ("paths", "scanned"), [], "scanned no file"),
        ("semgrep", ("paths",), ABSENT, "no word on which files"),
        ("semgrep", ("errors",), [{"level": "error", "type": "Timeout", "path": "a.py"}], "an error: a.py: Timeout"),
        ("semgrep", ("errors",), [{"message": "of no level"}], "of no level"),
        ("pip-audit", ("dependencies",), [], "audited no dependency"),
        ("pip-audit", ("dependencies",), [{"name": "a", "skip_reason": "not on PyPI"}], "did not audit a: not on PyPI"),
        ("pip-audit", ("dependencies",), [{"name": "a", "version": "1"}], "did not audit a"),
        ("npm-audit", ("vulnerabilities",), ABSENT, "no list of vulnerabilities"),
        ("npm-audit", ("metadata",), ABSENT, "audited no dependency"),
        ("npm-audit", ("metadata", "dependencies", "total"), 0, "audited no dependency"),
        ("npm-audit", ("metadata", "vulnerabilities", "critical"), 1, "npm counts 1 of severity CRITICAL"),
        ("checkov", ("summary", "passed"), 0, "checked nothing"),
        ("checkov", ("summary",), ABSENT, "checked nothing"),
        ("checkov", ("summary", "failed"), 3, "counts 3 failed checks, 0 are listed"),
        ("checkov", ("summary", "parsing_errors"), 1, "parsing errors"),
        ("checkov", ("results", "parsing_errors"), ["/broken.tf"], "could not read /broken.tf"),
    ],
)
def test_a_scan_that_is_not_shown_is_a_problem(read, name, path, value, words):
    """The twin is the scan without findings above."""
    assert any(words in message for message in bad(read(changed(clean(name), path, value), name)))


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "empty"),
        ("   \n", "no JSON"),
        ("{}", "wanted a list|wanted an object|empty|did not|nothing|no run|audited no"),
        ("3", "no JSON"),
        ('"a text"', "no JSON"),
        ("<!DOCTYPE html><html><body>502 Bad Gateway</body></html>", "an HTML page"),
        ("[main] INFO running\n{}", "no JSON|no value of JSON|wanted an object"),
        ('{"error": {"code": "ENOLOCK", "summary": "needs a lock file"}}', "ENOLOCK: needs a lock file"),
        ('{"bomFormat": "CycloneDX", "components": []}', "CycloneDX"),
        ("\x1f\x8b\x08", "no JSON|gzip"),
    ],
)
def test_what_is_no_report_is_never_a_clean_one(read, name, content, words):
    """Named or not: an error, or a problem that keeps the gate from passing."""
    with pytest.raises(ReportError):
        read(content)
    try:
        said = bad(read(content, name))
    except ReportError as error:
        said = [error.message]
    assert re.search(words, " ".join(said)), said


@pytest.mark.parametrize("content", ["[]", "null", " [ ] ", "null\n"])
def test_an_empty_list_needs_a_name(read, content):
    """It is how gitleaks and hadolint say that there is nothing, and so do others who looked at nothing."""
    with pytest.raises(ReportError, match=r"nothing of who wrote it.*let the environment name the tool"):
        read(content)
    assert (read(content, "gitleaks").count, bad(read(content, "gitleaks"))) == (0, [])
    assert (read(content, "hadolint").count, bad(read(content, "hadolint"))) == (0, [])
    for name in ("trivy", "pip-audit"):
        assert bad(read(content, name))
    for name in ("grype", "sarif", "bandit", "semgrep", "npm-audit"):
        with pytest.raises(ReportError, match="wanted an object"):
            read(content, name)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_report_of_another_tool_is_refused(read, name):
    """Whatever it holds."""
    other = "hadolint" if name != "hadolint" else "trivy"
    with pytest.raises(ReportError, match=f"wanted one of {other}"):
        read(SAMPLES[name], other)


def test_sarif_is_a_report_of_the_tool_that_it_names(read):
    """gitleaks and Trivy write it, too."""
    document = changed(samples.SARIF, (*RUN, "tool", "driver", "name"), "gitleaks")
    assert read(document, "gitleaks").format == "sarif"
    with pytest.raises(ReportError, match="written by gitleaks, wanted one of trivy"):
        read(document, "trivy")


def test_a_tool_that_is_unknown_is_an_error_that_names_the_nearest(read):
    """And all the others."""
    with pytest.raises(ValueError, match=r"'gitleak' is no tool .* \(did you mean gitleaks\?\); there are bandit, "):
        read([], "gitleak")


@pytest.mark.parametrize(
    ("name", "path", "words"),
    [
        ("trivy", ("SchemaVersion",), "schema 3, wanted 2"),
        ("sarif", ("version",), "SARIF 3, wanted 2.1.0"),
        ("npm-audit", ("auditReportVersion",), "version 3"),
    ],
)
def test_a_version_that_is_unknown_is_refused_by_name(read, name, path, words):
    """Nobody knows what changed in it."""
    with pytest.raises(ReportError, match=words):
        read(changed(SAMPLES[name], path, 3))


@pytest.mark.parametrize("name", SAMPLES)
def test_a_finding_without_an_id_counts_and_is_a_problem(read, name):
    """The report is damaged; the twin is the sample."""
    keys = {"VulnerabilityID", "id", "ruleId", "test_id", "test_name", "check_id", "RuleID", "code", "source", "url"}

    def strip(value):
        if isinstance(value, dict):
            return {key: strip(inner) for key, inner in value.items() if not (key in keys and isinstance(inner, str))}
        return [strip(inner) for inner in value] if isinstance(value, list) else value

    document = strip(SAMPLES[name])
    if name == "npm-audit":
        document = changed(document, ("vulnerabilities", "lodash", "via", 0, "source"), [])
    found = read(document, name)
    assert found.count == 2
    if name == "sarif":  # rules are optional there: the finding says that it has none
        assert {finding.id for finding in found.findings} == {"(no rule)"}
    else:
        assert any("names no rule" in message for message in bad(found))


@pytest.mark.parametrize("name", SAMPLES)
def test_every_severity_that_is_no_word_is_unknown(read, name):
    """In whatever key it stands."""
    text = json.dumps(SAMPLES[name])
    for word in ("HIGH", "LOW", "MEDIUM", "High", "Negligible", "ERROR", "WARNING", "note", "8.8", "warning", "info"):
        text = text.replace(f'"{word}"', '"SEVERE"')
    text = text.replace('": "high"', '": "SEVERE"')
    found = read(text)
    assert found.count == 2
    unknown = {severity.value: number for severity, number in found.by_severity.items()}
    assert unknown == {"UNKNOWN": 2}
