"""Each limit at, just below and just above; which findings a limit counts; nothing is left out silently."""

import pytest

from tests.gates.reported.samples import bandit, cobertura, lcov, npm_audit, sarif, share, trivy, vulnerability
from tests.gates.reported.world import HOLD, PROMOTE, REJECT, USAGE, Judge, put

COVERAGE = "cov: {{reports: [{{coverage: cov.xml, binding: none}}], limits: {{{}}}}}"
FINDINGS = "sec: {{reports: [{{findings: found.json, binding: none}}], limits: {{{}}}}}"

CONTRADICTING = """
cov:
  reports:
    - {coverage: a.xml, component: x, limits: {lines: ">= 80 %"}}
    - {coverage: b.xml, component: x, limits: {lines: ">= 70 %"}}
"""


@pytest.mark.parametrize(
    ("covered", "total", "limit", "code"),
    [
        (79, 100, ">= 80 %", REJECT),
        (80, 100, ">= 80 %", PROMOTE),
        (81, 100, ">= 80 %", PROMOTE),
        (80, 100, "> 80 %", REJECT),
        (7999, 10_000, ">= 80 %", REJECT),
        (8499, 9999, ">= 85 %", REJECT),
        (99_999, 100_000, ">= 100 %", REJECT),
        (100, 100, ">= 100 %", PROMOTE),
        (0, 100, ">= 0 %", PROMOTE),
        (57, 100, ">= 57 %", PROMOTE),
        (29, 100, ">= 29 %", PROMOTE),
    ],
)
def test_lines(judge: Judge, covered: int, total: int, limit: str, code: int) -> None:
    """A share is compared as it is, and never rounded onto its limit."""
    put("cov.xml", share(covered, total))
    ended = judge(COVERAGE.format(f'lines: "{limit}"'))
    assert ended.code == code, ended.said
    assert ("100 %, wanted >= 100 %" in ended.said) is False


@pytest.mark.parametrize(("taken", "code"), [(6, REJECT), (7, PROMOTE), (8, PROMOTE)])
def test_branches(judge: Judge, taken: int, code: int) -> None:
    """Branches are limited beside lines."""
    put("cov.xml", cobertura({"a.py": "+"}, branches=(taken, 10)))
    assert judge(COVERAGE.format('lines: ">= 100 %", branches: ">= 70 %"')).code == code


def test_a_limit_on_what_the_report_does_not_measure_is_held(judge: Judge) -> None:
    """No branches in the report is no branches covered, and no pass."""
    put("cov.xml", cobertura({"a.py": "+"}))
    ended = judge(COVERAGE.format('branches: ">= 0 %"'))
    assert ended.code == HOLD
    assert "cov.xml measures no branches" in ended.said
    put("cov.xml", cobertura({"a.py": "+"}, branches=(0, 2)))
    assert judge(COVERAGE.format('branches: ">= 0 %"')).code == PROMOTE


def test_nothing_to_cover_is_held(judge: Judge) -> None:
    """0 of 0 is not 100 %, and not 0 % either."""
    put("cov.xml", cobertura({"a.py": "..."}))
    ended = judge(COVERAGE.format('lines: ">= 0 %"'))
    assert ended.code == HOLD
    assert "nothing to cover" in ended.said


def test_no_limit_is_held(judge: Judge) -> None:
    """Coverage that nobody limits is not enough by itself; the next step is said."""
    put("cov.xml", share(100, 100))
    ended = judge("cov: {reports: [{coverage: cov.xml, binding: none}]}")
    assert ended.code == HOLD
    assert 'write `limits: {lines: ">= 80 %"}`' in ended.said


@pytest.mark.parametrize(("back", "front", "code"), [(85, 80, PROMOTE), (84, 80, REJECT), (85, 79, REJECT)])
def test_components_have_limits_of_their_own(judge: Judge, back: int, front: int, code: int) -> None:
    """Front end 80, back end 85, integration 70: one component does not make up for another."""
    put("back/a.xml", share(back, 100))
    put("front/lcov.info", lcov({"cart.ts": "+" * front + "-" * (100 - front)}))
    put("integration.xml", share(70, 100))
    gate = """
cov:
  limits: {lines: ">= 70 %"}
  reports:
    - {coverage: "back/*.xml", component: back-end, limits: {lines: ">= 85 %"}, binding: none}
    - {coverage: "front/**/lcov.info", component: front-end, limits: {lines: ">= 80 %"}, binding: none}
    - {coverage: integration.xml, component: integration, binding: none}
"""
    ended = judge(gate)
    assert ended.code == code, ended.said
    subjects = {one["evidence"]["subject"] for one in ended.report["gates"][0]["judgements"]}
    assert subjects == {"back-end.lines", "front-end.lines", "integration.lines"}


def test_parts_of_a_component_are_merged(judge: Judge) -> None:
    """What either of two jobs covers is covered, and counts once."""
    put("one/cov.xml", cobertura({"a.py": "++--"}))
    put("two/cov.xml", cobertura({"a.py": "--++"}))
    gate = 'cov: {{reports: [{{coverage: "{}/cov.xml", binding: none}}], limits: {{lines: ">= 100 %"}}}}'
    assert judge(gate.format("*")).code == PROMOTE
    assert judge(gate.format("one")).code == REJECT


@pytest.mark.parametrize(
    ("now", "limit", "code"),
    [(80, "<= 0 %", PROMOTE), (81, "<= 0 %", PROMOTE), (79, "<= 0 %", REJECT), (79, "<= 1 %", PROMOTE)],
)
def test_a_drop(judge: Judge, now: int, limit: str, code: int) -> None:
    """Less than the baseline, by more than the limit, is rejected; more is never a drop."""
    put("cov.xml", share(now, 100))
    put("old.xml", share(80, 100))
    gate = f'cov: {{reports: [{{coverage: cov.xml, baseline: old.xml, binding: none}}], limits: {{drop: "{limit}"}}}}'
    assert judge(gate).code == code


@pytest.mark.parametrize(
    ("severity", "limits", "code"),
    [
        ("CRITICAL", "", REJECT),
        ("HIGH", "", REJECT),
        ("MEDIUM", "", PROMOTE),
        ("LOW", "", PROMOTE),
        ("UNKNOWN", "", REJECT),
        ("BANANA", "", REJECT),
        ("HIGH", 'critical: "<= 0"', PROMOTE),
        ("UNKNOWN", 'critical: "<= 0"', REJECT),
        ("CRITICAL", 'high: "<= 0"', REJECT),
        ("CRITICAL", 'medium: "<= 0"', REJECT),
        ("LOW", 'medium: "<= 0"', PROMOTE),
        ("CRITICAL", 'critical: "<= 1", high: "<= 0"', PROMOTE),
        ("HIGH", 'critical: "<= 1", high: "<= 0"', REJECT),
        ("HIGH", 'secret: "<= 0"', REJECT),
        ("HIGH", 'high: "<= 1", vulnerability: "<= 0"', REJECT),
        ("HIGH", 'high: "<= 1", secret: "<= 0"', PROMOTE),
    ],
)
def test_which_severities_count(judge: Judge, severity: str, limits: str, code: int) -> None:
    """Nothing HIGH or CRITICAL by default; an unknown severity counts against each limit, a worse one against the next
    milder limit that there is."""
    put("found.json", trivy(vulnerability(severity=severity)))
    assert judge(FINDINGS.format(limits)).code == code


@pytest.mark.parametrize(("number", "code"), [(1, PROMOTE), (2, PROMOTE), (3, REJECT)])
def test_how_many_findings(judge: Judge, number: int, code: int) -> None:
    """At the limit passes, one more does not, and each that broke it is named with its remedy."""
    put("found.json", trivy(*(vulnerability(f"CVE-2026-{n}", "MEDIUM") for n in range(number))))
    ended = judge(FINDINGS.format('medium: "<= 2"'))
    assert ended.code == code
    bad = {one["evidence"]["subject"] for one in ended.report["gates"][0]["judgements"] if one["verdict"] != "PASS"}
    assert len([subject for subject in bad if "in openssl" in subject]) == (3 if code == REJECT else 0)
    assert ("update openssl to 1.1" in ended.said) is (code == REJECT)


@pytest.mark.parametrize("kind", ["secret", "misconfiguration", "licence"])
def test_kinds_are_limited(judge: Judge, kind: str) -> None:
    """A secret of low severity is a secret."""
    found = {
        "secret": {"Secrets": [{"RuleID": "aws", "Severity": "LOW", "Title": "AWS key", "StartLine": 3}]},
        "misconfiguration": {
            "Misconfigurations": [{"ID": "DS002", "Status": "FAIL", "Severity": "LOW", "Title": "root", "Message": "m"}]
        },
        "licence": {"Licenses": [{"Name": "GPL-3.0", "Severity": "LOW", "Category": "restricted", "PkgName": "x"}]},
    }
    put("found.json", trivy(**found[kind]))
    assert judge(FINDINGS.format(f'{kind}: "<= 0"')).code == REJECT
    assert judge(FINDINGS.format("")).code == PROMOTE


@pytest.mark.parametrize(
    "text", [trivy(vulnerability()), sarif(("r", "error", 3)), bandit(("B1", "HIGH", 3)), npm_audit()]
)
def test_every_format_is_judged_alike(judge: Judge, text: str) -> None:
    """One HIGH finding breaks the default, whoever found it."""
    put("found.json", text)
    ended = judge(FINDINGS.format(""))
    assert ended.code == REJECT
    assert "sec.high: 1, wanted <= 0" in ended.said


def test_several_scanners_are_counted_together(judge: Judge) -> None:
    """A limit is the gate's, not each file's."""
    put("r/a.json", bandit(("B101", "MEDIUM", 3)))
    put("r/b.json", sarif(("r1", "warning", 3)))
    gate = 'sec: {{reports: [{{findings: "r/*.json", binding: none}}], limits: {{medium: "<= {}"}}}}'
    assert judge(gate.format(2)).code == PROMOTE
    assert judge(gate.format(1)).code == REJECT


def test_an_advisory_gate_decides_nothing(judge: Judge) -> None:
    """It is judged and shown."""
    put("found.json", trivy(vulnerability()))
    put("cov.xml", share(9, 10))
    gates = COVERAGE.format('lines: ">= 90 %"') + "\n" + FINDINGS.format("").replace("{rep", "{required: false, rep")
    ended = judge(gates)
    assert ended.code == PROMOTE
    assert "advisory" in ended.said
    assert judge(gates.replace("required: false, ", "")).code == REJECT


@pytest.mark.parametrize(
    ("gate", "words"),
    [
        (COVERAGE.format('line: ">= 80 %"'), "did you mean 'lines'"),
        (COVERAGE.format('critical: "<= 0"'), "'critical' is not measured here"),
        (COVERAGE.format('lines: "<= 80 %"'), "is no limit of lines"),
        (COVERAGE.format('lines: ">= 80"'), "can't limit lines"),
        (FINDINGS.format('lines: ">= 80 %"'), "'lines' is not measured here"),
        (FINDINGS.format('high: ">= 0"'), "is no limit of high"),
        (
            CONTRADICTING,
            "the component 'x' has another limit of lines already",
        ),
        ("cov: {reports: [{junit: a.xml, max_age: 1h}, {junit: a.xml}]}", "'a.xml' is listed twice"),
        ("cov: {reports: [{coverage: a.xml, findings: b}]}", "exactly one of"),
        ("cov: {reports: [{junit: a.xml, binding: job}]}", "means nothing for `junit:`"),
        ("cov: {reports: [{findings: a, tool: trivi}]}", "no reports of 'trivi' are read"),
        ("cov: {reports: [{findings: a}], waivers: none.yaml}", "none.yaml"),
    ],
)
def test_wrong_configuration(judge: Judge, gate: str, words: str) -> None:
    """It is no bad release: exit code 4, before anything is read."""
    ended = judge(gate)
    assert ended.code == USAGE
    assert words in ended.said


def test_the_same_limit_twice_is_no_contradiction(judge: Judge) -> None:
    """The twin of the contradicting ones."""
    put("a.xml", share(9, 10))
    put("b.xml", share(9, 10))
    part = "component: x, binding: none, limits: {lines: '>= 80 %'}"
    assert judge(f"cov: {{reports: [{{coverage: a.xml, {part}}}, {{coverage: b.xml, {part}}}]}}").code == PROMOTE


def test_the_files_that_miss_most_are_named(judge: Judge) -> None:
    """Ten of them, the worst first, and how many more there are; where the gate passes, only its table shows them."""
    put("cov.xml", cobertura({f"m{n:02}.py": "+" * 20 + "-" * n for n in range(1, 13)}))
    ended = judge(COVERAGE.format('lines: ">= 10 %"'))
    assert "m12.py" not in ended.notes
    _, table = ended.report["gates"][0]["exhibits"]
    assert table["rows"][0] == ["cov", "m12.py", 12, "20 of 32 (62.5 %)"]
    ended = judge(COVERAGE.format('lines: ">= 99 %"'))
    lines = ended.notes.splitlines()
    assert lines[1] == "cov: m12.py 20 of 32 (62.5 %)"
    assert lines[-1] == "cov: and 2 more files with lines that no test reached"


def test_a_gate_of_several_kinds(judge: Judge) -> None:
    """Tests, coverage and findings in one gate: each limit is of its own kind, and each has to hold."""
    put("unit.xml", '<testsuite name="s" tests="1"><testcase classname="c" name="a"/></testsuite>')
    put("cov.xml", share(9, 10))
    put("found.json", trivy(vulnerability(severity="LOW")))
    gate = """
all:
  reports: [{junit: unit.xml}, {coverage: cov.xml, binding: none}, {findings: found.json, binding: none}]
  limits: {flaky: "<= 0", lines: ">= 90 %", low: "<= LOW"}
"""
    assert judge(gate.replace("LOW", "1")).code == PROMOTE
    ended = judge(gate.replace("LOW", "0"))
    assert ended.code == REJECT
    assert "all.low: 1, wanted <= 0" in ended.said
    put("unit.xml", '<testsuite name="s"/>')
    assert judge(gate.replace("LOW", "1")).code == HOLD
