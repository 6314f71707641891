"""Grype, Bandit, pip-audit, Checkov, Semgrep, gitleaks and hadolint: what is taken from where."""

import pytest

from reports.finding import FindingKind, Severity
from reports.read.errors import ReportError
from reports.read.problem import Effect
from tests.reports.read.findings.samples import (
    BANDIT,
    CHECKOV,
    GITLEAKS,
    GRYPE,
    HADOLINT,
    PIP_AUDIT,
    SEMGREP,
    changed,
)


def test_grype(read):
    """The image, the database's version of the id, and the aliases."""
    found = read(GRYPE)
    assert (found.tool_version, found.subject.artifact) == ("0.87.0", "app:1.7")
    assert found.subject.digests == ("sha256:" + "b" * 64, "sha256:" + "a" * 64)
    assert found.created.isoformat() == "2026-01-02T03:04:05+00:00"
    first, second = found.findings
    assert (first.id, first.aliases, first.fixed) == ("GHSA-v6rh-hp5x-86rv", ("CVE-2021-44420",), "3.2.10")
    assert (first.package, first.installed, first.where) == ("Django", "3.2.9", "/lib/Django/METADATA")
    assert (first.severity, second.severity) == (Severity.HIGH, Severity.INFO)


def test_what_grype_was_told_to_ignore_is_suppressed(read):
    """With the reason of the rule."""
    ignored = [{**GRYPE["matches"][0], "appliedIgnoreRules": [{"vulnerability": "GHSA", "reason": "not called"}]}]
    found = read({**GRYPE, "ignoredMatches": ignored})
    assert (found.count, found.suppressed, found.findings[2].suppressed) == (2, 1, "Grype: not called")


def test_a_directory_is_a_subject_of_grype(read):
    """Its target is a text then."""
    assert read(changed(GRYPE, ("source",), {"type": "directory", "target": "./app"})).subject.artifact == "./app"


def test_bandit(read):
    """The id is the test's, its name is an alias."""
    found = read(BANDIT)
    first, second = found.findings
    assert (first.id, first.aliases) == ("B602", ("subprocess_popen_with_shell_equals_true",))
    assert (first.where, first.severity, first.kind) == ("app/run.py:9", Severity.HIGH, FindingKind.CODE)
    assert second.severity is Severity.LOW
    assert found.created.isoformat() == "2026-01-02T03:04:05+00:00"


def test_what_bandits_filters_took_is_noted(read):
    """With `-ll` its totals count more than it lists."""
    found = read(changed(BANDIT, ("results", 1)))
    assert [(problem.effect, "counted 1 of severity LOW" in problem.message) for problem in found.problems] == [
        (Effect.NOTE, True)
    ]


def test_undefined_is_an_unknown_severity_of_bandit(read):
    """It is its word for it."""
    found = read(changed(BANDIT, ("results", 0, "issue_severity"), "UNDEFINED"))
    assert found.findings[0].severity is Severity.UNKNOWN


@pytest.mark.parametrize("document", [PIP_AUDIT, PIP_AUDIT["dependencies"]])
def test_pip_audit(read, document):
    """Both shapes; there are no severities, so they are unknown."""
    found = read(document)
    assert (found.format, found.by_severity) == ("pip-audit", {Severity.UNKNOWN: 2})
    first = found.findings[0]
    assert (first.id, first.aliases, first.package) == ("PYSEC-2024-1", ("GHSA-h5c8-rqwp-cp95",), "jinja2")
    assert (first.installed, first.fixed, first.title) == ("3.1.2", "3.1.3", "Attributes can be injected.")


def test_a_dependency_that_was_skipped_makes_the_audit_inconclusive(read):
    """Beside others that were audited."""
    skipped = {"name": "own", "skip_reason": "Dependency not found on PyPI"}
    found = read({"dependencies": [*PIP_AUDIT["dependencies"], skipped], "fixes": []})
    assert (found.count, [problem.effect for problem in found.problems]) == (2, [Effect.INCONCLUSIVE])


def test_checkov(read):
    """Without a platform's key there are no severities."""
    found = read(CHECKOV)
    first, second = found.findings
    assert (first.id, first.where, first.severity) == ("CKV_AZURE_42", "/main.tf:4", Severity.UNKNOWN)
    assert (second.severity, second.kind) == (Severity.MEDIUM, FindingKind.MISCONFIGURATION)
    assert found.tool_version == "3.2.1"


def test_several_frameworks_of_checkov_are_one_report(read):
    """The kind of findings is told from the framework."""
    secrets = {**CHECKOV, "check_type": "secrets"}
    packages = {**CHECKOV, "check_type": "sca_package"}
    found = read([CHECKOV, secrets, packages])
    assert found.by_kind == {FindingKind.VULNERABILITY: 2, FindingKind.SECRET: 2, FindingKind.MISCONFIGURATION: 2}


@pytest.mark.parametrize(("failed", "effect"), [(0, Effect.INCONCLUSIVE), (2, Effect.FAIL)])
def test_checkovs_totals_alone_are_never_clean(read, failed, effect):
    """Checkov writes nothing else where no file was of a kind that it knows."""
    totals = {"passed": 0, "failed": failed, "skipped": 0, "parsing_errors": 0, "checkov_version": "3.2.1"}
    assert [problem.effect for problem in read(totals).problems] == [effect]


def test_the_framework_of_checkov_may_come_after_its_checks(read):
    """Tools that sort their keys write it so."""
    document = {**{key: value for key, value in CHECKOV.items() if key != "check_type"}, "check_type": "secrets"}
    assert read(document).by_kind == {FindingKind.SECRET: 2}
    assert read(document).findings == read({**CHECKOV, "check_type": "secrets"}).findings


def test_what_checkov_skipped_is_suppressed(read):
    """With the comment of who did it."""
    check = {**CHECKOV["results"]["failed_checks"][0], "check_result": {"suppress_comment": "public on purpose"}}
    found = read(changed(CHECKOV, ("results", "skipped_checks"), [check]))
    assert (found.count, found.suppressed) == (2, 1)
    assert found.findings[2].suppressed == "Checkov: public on purpose"


@pytest.mark.parametrize(
    ("stated", "severity"),
    [
        ("ERROR", Severity.HIGH),
        ("WARNING", Severity.MEDIUM),
        ("INFO", Severity.LOW),
        ("CRITICAL", Severity.CRITICAL),
        ("HIGH", Severity.HIGH),
        ("MEDIUM", Severity.MEDIUM),
        ("LOW", Severity.LOW),
        ("other", Severity.UNKNOWN),
        (None, Severity.UNKNOWN),
    ],
)
def test_semgreps_severities(read, stated, severity):
    """Those of rules, old and new."""
    assert read(changed(SEMGREP, ("results", 0, "extra", "severity"), stated)).findings[0].severity is severity


def test_semgrep(read):
    """The title is the first line of the message."""
    first = read(SEMGREP).findings[0]
    assert (first.id, first.title, first.where) == ("python.lang.security.eval", "eval of user data", "app/a.py:31")
    assert (first.link, first.kind) == ("https://sg.run/x", FindingKind.CODE)


def test_semgreps_kinds(read):
    """Supply chain and secrets are told from what only they have."""
    dependency = {"dependency_match": {"found_dependency": {"package": "lodash", "version": "4.17.4"}}}
    found = read(changed(SEMGREP, ("results", 0, "extra", "sca_info"), dependency))
    assert (found.findings[0].kind, found.findings[0].package) == (FindingKind.VULNERABILITY, "lodash")
    found = read(changed(SEMGREP, ("results", 0, "check_id"), "generic.secrets.security.detected-oauth"))
    assert found.findings[0].kind is FindingKind.SECRET


def test_nosemgrep_is_suppressed(read):
    """It is listed with `is_ignored`."""
    found = read(changed(SEMGREP, ("results", 0, "extra", "is_ignored"), True))
    assert (found.count, found.suppressed) == (1, 1)


def test_a_warning_of_semgrep_is_a_note(read):
    """Files that were read in part are in most projects; the twin with an error is inconclusive."""
    warning = {"level": "warn", "type": ["PartialParsing", []], "path": "a.js", "message": "Syntax error at line 3"}
    found = read(changed(SEMGREP, ("errors",), [warning]))
    assert [(problem.effect, problem.message) for problem in found.problems] == [
        (Effect.NOTE, "Semgrep reports a warning: a.js: Syntax error at line 3")
    ]
    found = read(changed(SEMGREP, ("errors",), [{**warning, "level": "error"}]))
    assert [problem.effect for problem in found.problems] == [Effect.INCONCLUSIVE]


def test_gitleaks(read):
    """There is a rule and a place, and no severity."""
    found = read(GITLEAKS)
    assert (found.by_severity, found.by_kind) == ({Severity.UNKNOWN: 2}, {FindingKind.SECRET: 2})
    assert (found.findings[0].id, found.findings[0].where) == ("aws-access-token", "config/aws.yml:3")


@pytest.mark.parametrize(
    ("document", "effects"),
    [
        ({"leaks": [], "errors": ["can't clone"]}, [Effect.INCONCLUSIVE, Effect.NOTE]),
        ({"leaks": None, "errors": []}, [Effect.INCONCLUSIVE]),
        ({"leaks": [], "errors": []}, [Effect.NOTE]),
    ],
)
def test_gitleaks_with_errors_is_not_clean(read, document, effects):
    """The last one is the twin."""
    assert [problem.effect for problem in read(document).problems] == effects


@pytest.mark.parametrize(
    ("level", "severity"),
    [
        ("error", Severity.HIGH),
        ("warning", Severity.MEDIUM),
        ("info", Severity.LOW),
        ("style", Severity.INFO),
        ("ignore", Severity.UNKNOWN),
    ],
)
def test_hadolints_levels(read, level, severity):
    """What is none of them is unknown."""
    assert read([{**HADOLINT[0], "level": level}]).findings[0].severity is severity


def test_hadolint(read):
    """The links lead to the rules, ShellCheck's as well."""
    first, second = read(HADOLINT).findings
    assert (first.id, first.where, first.link[-7:]) == ("DL3008", "Dockerfile:9", "/DL3008")
    assert second.link == "https://www.shellcheck.net/wiki/SC2086"


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (
            [{"file": "a.sh", "line": 1, "endLine": 1, "column": 1, "endColumn": 2, "level": "info", "code": 2086}],
            "ShellCheck",
        ),
        ({"spdxVersion": "SPDX-2.3", "packages": []}, "SPDX"),
        ({"vulnerabilities": [], "ok": True, "dependencyCount": 3}, "Snyk"),
        ({"reportSchema": "1.1", "dependencies": []}, "Dependency-Check"),
        ([{"filePath": "a.js", "messages": []}], "ESLint"),
        ({"results": [{"packages": [], "source": {}}]}, "OSV-Scanner"),
        ({"version": "15.0.7", "scan": {}, "vulnerabilities": []}, "GitLab"),
        ('{"type": "auditAdvisory", "data": {}}\n{"type": "auditSummary", "data": {}}', "Yarn"),
        ({"anything": 1}, "no report that Tidegate knows"),
        ([1, 2], "no report that Tidegate knows"),
        ('{"anything": 1', "ends in the middle"),
    ],
)
def test_other_reports_are_refused_by_name(read, document, words):
    """Also where the environment names a tool for them."""
    with pytest.raises(ReportError, match=words):
        read(document)
