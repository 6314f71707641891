"""Missing evidence is never a pass: each row beside a twin that promotes and differs in one fact."""

import json

import pytest

from tests.gates.reported.samples import bandit, cobertura, lcov, sarif, share, trivy, vulnerability
from tests.gates.reported.world import HOLD, PROMOTE, REJECT, Judge, put

COVERAGE = 'cov: {reports: [{coverage: "r/*", binding: none}], limits: {lines: ">= 80 %"}}'
FINDINGS = 'sec: {reports: [{findings: "r/*", binding: none}]}'
CLEAN = trivy()


@pytest.mark.parametrize("gate", [COVERAGE, FINDINGS])
def test_no_file_is_held(judge: Judge, gate: str) -> None:
    """An empty glob, and a file that is not there."""
    assert "no file matches the pattern 'r/*'" in judge(gate).said
    ended = judge(gate.replace("r/*", "r/report.json"))
    assert ended.code == HOLD
    put("r/report.json", CLEAN if "findings" in gate else lcov({"a.ts": "++++-"}))
    assert judge(gate).code == PROMOTE


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("{}", "can't be read"),
        ("[]", "can't be read"),
        ("<html><body>502 Bad Gateway</body></html>", "can't be read"),
        (share(9, 10)[:-30], "can't be read"),
        ("no report", "can't be read"),
        ('{"error": {"code": "ENOLOCK", "summary": "no lock file"}}', "can't be read"),
        (CLEAN, "can't be read"),
        ('<testsuite name="s" tests="1"><testcase name="a"/></testsuite>', "can't be read"),
        (cobertura({}), "nothing to cover"),
    ],
)
def test_no_coverage_report_is_held(judge: Judge, text: str, words: str) -> None:
    """Whatever else the file is; also beside a good report."""
    put("r/a.xml", text)
    ended = judge(COVERAGE)
    assert ended.code == HOLD, ended.said
    assert words in ended.said
    put("r/a.xml", share(8, 10))
    assert judge(COVERAGE).code == PROMOTE


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("{}", "can't be read"),
        ("[]", "can't be read"),
        ("<html></html>", "HTML"),
        (CLEAN[:-10], "can't be read"),
        ('{"error": {"code": "ENOLOCK", "summary": "no lock file"}}', "ENOLOCK"),
        ('{"SchemaVersion": 2, "ArtifactName": "x"}', "Trivy found nothing to look at"),
        ('{"SchemaVersion": 7, "ArtifactName": "x", "Results": []}', "schema 7, wanted 2"),
        ('{"version": "2.1.0", "runs": []}', "holds no run"),
        ('{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}}]}', "no list of results"),
        (share(9, 10), "can't be read"),
    ],
)
def test_no_report_of_findings_is_held(judge: Judge, text: str, words: str) -> None:
    """A crashed scanner, its error message, an unknown version: none of them is a scan without findings."""
    put("r/a.json", text)
    ended = judge(FINDINGS)
    assert ended.code == HOLD, ended.said
    assert words in ended.said
    put("r/a.json", CLEAN)
    assert judge(FINDINGS).code == PROMOTE


def test_a_bad_report_among_good_ones_is_held(judge: Judge) -> None:
    """A scanner that died does not vanish behind the others; what the others found still counts."""
    put("r/a.json", CLEAN)
    put("r/b.json", CLEAN[:30])
    assert judge(FINDINGS).code == HOLD
    put("r/a.json", trivy(vulnerability()))
    assert judge(FINDINGS).code == REJECT
    put("r/a.json", CLEAN)
    put("r/b.json", bandit())
    assert judge(FINDINGS).code == PROMOTE


def test_a_part_of_the_coverage_is_neither_good_nor_bad(judge: Judge) -> None:
    """Where one of several parts can't be read, what the others cover is shown and not judged."""
    for marks, code in (("+++++-----", HOLD), ("++++++++++", HOLD)):
        put("r/a.xml", cobertura({"a.py": marks}))
        put("r/b.xml", "cut off")
        ended = judge(COVERAGE)
        assert ended.code == code
        assert "in what could be read, and not judged" in ended.said
        assert "cov.lines" not in [one["evidence"]["subject"] for one in ended.report["gates"][0]["judgements"]]
    put("r/b.xml", cobertura({"b.py": "++++++++++"}))
    assert judge(COVERAGE).code == PROMOTE


def test_an_empty_list_needs_a_tool(judge: Judge) -> None:
    """`[]` is how gitleaks says that there is nothing, and how everything else says nothing."""
    put("r/leaks.json", "[]")
    assert judge(FINDINGS).code == HOLD
    assert judge(FINDINGS.replace("binding", "tool: gitleaks, binding")).code == PROMOTE
    put("r/leaks.json", bandit())
    ended = judge(FINDINGS.replace("binding", "tool: gitleaks, binding"))
    assert ended.code == HOLD
    assert "this report was written by bandit, wanted one of gitleaks" in ended.said


def test_a_scanner_that_says_it_failed_is_held(judge: Judge) -> None:
    """SARIF with `executionSuccessful: false`; its twin succeeded."""
    log = json.loads(sarif())
    log["runs"][0]["invocations"] = [{"executionSuccessful": False, "exitCodeDescription": "out of memory"}]
    put("r/a.sarif", json.dumps(log))
    ended = judge(FINDINGS)
    assert ended.code == HOLD
    assert "the scanner says that it failed: out of memory" in ended.said
    log["runs"][0]["invocations"][0]["executionSuccessful"] = True
    put("r/a.sarif", json.dumps(log))
    assert judge(FINDINGS).code == PROMOTE


def test_more_findings_than_are_kept(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was only counted may be of any severity: no pass; and what is known to be too much stays a failure."""
    monkeypatch.setattr("reports.read.findings.collecting.KEPT", 2)
    low = [vulnerability(f"CVE-2026-{n}", "LOW") for n in range(3)]
    put("r/a.json", trivy(*low))
    ended = judge(FINDINGS)
    assert ended.code == HOLD
    assert "1 findings were too many to keep" in ended.said
    put("r/a.json", trivy(vulnerability(severity="HIGH"), *low))
    assert judge(FINDINGS).code == REJECT
    put("r/a.json", trivy(*low[:2]))
    assert judge(FINDINGS).code == PROMOTE


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        (trivy(vulnerability(fixed="1.1")), REJECT, "fixed in 1.1"),
        (trivy(vulnerability(fixed="")), PROMOTE, "fixable_only leaves out 1 vulnerabilities without a fix"),
        (trivy(Secrets=[{"RuleID": "aws", "Severity": "CRITICAL", "Title": "key"}]), REJECT, "revoke the credential"),
        (sarif(("CVE-2026-1", "error", 1)), REJECT, "sec.high: 1"),
    ],
)
def test_fixable_only(judge: Judge, text: str, code: int, words: str) -> None:
    """Only a vulnerability of which the scanner says that there is no fix is left out."""
    put("r/a.json", text)
    ended = judge(FINDINGS.replace("reports:", "fixable_only: true, reports:"))
    assert ended.code == code
    assert words in ended.said
    assert judge(FINDINGS).code == REJECT


def test_fixable_only_counts_what_sarif_says_nothing_of(judge: Judge) -> None:
    """SARIF states no fixes: silence is not "no fix", and the report says so."""
    log = json.loads(sarif(("CVE-2026-1", "error", 1), tool="Trivy"))
    rule = {"id": "CVE-2026-1", "properties": {"tags": ["vulnerability"], "security-severity": "8.1"}}
    log["runs"][0]["tool"]["driver"]["rules"] = [rule]
    put("r/a.sarif", json.dumps(log))
    ended = judge(FINDINGS.replace("reports:", "fixable_only: true, reports:"))
    assert ended.code == REJECT
    assert "sarif does not say what can be fixed, so everything counts" in ended.notes


def test_suppressed_findings_stay_visible(judge: Judge) -> None:
    """What the scanner was told not to count does not decide, and stands in the report."""
    put("r/a.sarif", sarif(("r1", "error", 3), suppressions=[{"kind": "inSource", "justification": "test data"}]))
    ended = judge(FINDINGS)
    assert ended.code == PROMOTE
    assert "r1 at src/app.py:3: the scanner was told not to count it (SARIF: test data)" in ended.notes
    put("r/a.sarif", sarif(("r1", "error", 3), suppressions=[{"kind": "inSource", "status": "underReview"}]))
    assert judge(FINDINGS).code == REJECT


def test_thousands_of_suppressed_findings_are_counted(judge: Judge) -> None:
    """The first hundred are named."""
    put("r/a.sarif", sarif(*(("r1", "error", n) for n in range(1, 151)), suppressions=[{"kind": "inSource"}]))
    assert "and 50 more that scanners were told not to count" in judge(FINDINGS).notes


def test_secrets_are_masked(judge: Judge) -> None:
    """The value of a credential is in no report."""
    secret = "AKIA" + "Q" * 16
    found = {"RuleID": "aws", "Severity": "CRITICAL", "Title": "key", "Match": f"k={secret}", "StartLine": 3}
    put("r/a.json", trivy(Secrets=[found]))
    ended = judge(FINDINGS)
    assert ended.code == REJECT
    assert secret not in ended.said
    assert secret not in json.dumps(ended.report)


def test_tests_that_two_patterns_match_do_not_count_twice(judge: Judge) -> None:
    """Two tests are not four because their file may be of two ages."""
    put("r/unit/a.xml", '<testsuite name="s" tests="1"><testcase classname="c" name="a"/></testsuite>')
    put("r/e2e/a.xml", '<testsuite name="s" tests="1"><testcase classname="c" name="b"/></testsuite>')
    gate = 'unit: {reports: [{junit: "r/unit/*.xml", max_age: 1h}, {junit: "r/SECOND/*.xml"}], min_tests: 2}'
    assert judge(gate.replace("SECOND", "e2e")).code == PROMOTE
    ended = judge(gate.replace("SECOND", "**"))
    assert ended.code == HOLD
    assert "its tests would count twice" in ended.said
