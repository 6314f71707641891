"""SARIF 2.1.0."""

import copy
import json

import pytest

from reports.finding import FindingKind, Severity
from reports.read.errors import ReportError
from reports.read.problem import Effect
from tests.reports.read.findings.samples import ABSENT, SARIF, changed

RUN = ("runs", 0)
RESULT = (*RUN, "results", 0)
RULE = (*RUN, "tool", "driver", "rules", 0)


def one(document):
    """The document with its first result only."""
    return changed(document, (*RUN, "results", 1))


def severity(read, document):
    """Of the first result."""
    return read(one(document)).findings[0].severity


@pytest.mark.parametrize(
    ("score", "wanted"),
    [
        ("10.0", Severity.CRITICAL),
        ("9.0", Severity.CRITICAL),
        ("8.9", Severity.HIGH),
        ("7.0", Severity.HIGH),
        ("6.9", Severity.MEDIUM),
        ("4.0", Severity.MEDIUM),
        ("3.9", Severity.LOW),
        ("0.1", Severity.LOW),
        (9.8, Severity.CRITICAL),
        ("10.1", Severity.UNKNOWN),
        ("-1", Severity.UNKNOWN),
        ("nan", Severity.UNKNOWN),
        ("n/a", Severity.UNKNOWN),
        ([], Severity.UNKNOWN),
    ],
)
def test_a_score_of_the_rule_has_the_bands_of_cvss(read, score, wanted):
    """At and just below each; what is no score is unknown."""
    assert severity(read, changed(SARIF, (*RULE, "properties", "security-severity"), score)) is wanted


def test_a_score_of_the_result_goes_before_that_of_the_rule(read):
    """It knows more."""
    assert severity(read, changed(SARIF, (*RESULT, "properties"), {"security-severity": "2.0"})) is Severity.LOW


@pytest.mark.parametrize("score", ["0.0", 0, None, ABSENT])
def test_without_a_score_the_level_counts(read, score):
    """Trivy writes 0 for a severity that it does not know."""
    document = changed(SARIF, (*RULE, "properties", "security-severity"), score)
    assert severity(read, changed(document, (*RESULT, "level"), "error")) is Severity.HIGH


@pytest.mark.parametrize(
    ("level", "default", "wanted"),
    [
        ("error", "note", Severity.HIGH),
        ("warning", "error", Severity.MEDIUM),
        ("note", "error", Severity.LOW),
        ("none", "error", Severity.INFO),
        ("NOTE", "error", Severity.LOW),
        (ABSENT, "error", Severity.HIGH),
        (ABSENT, ABSENT, Severity.MEDIUM),
        ("grave", "error", Severity.UNKNOWN),
        (ABSENT, "grave", Severity.UNKNOWN),
    ],
)
def test_levels(read, level, default, wanted):
    """The result's, else the rule's, else warning, as the standard has it."""
    document = changed(SARIF, (*RULE, "properties"))
    if level is not ABSENT:
        document = changed(document, (*RESULT, "level"), level)
    if default is not ABSENT:
        document = changed(document, (*RULE, "defaultConfiguration"), {"level": default})
    assert severity(read, document) is wanted


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("pass", None),
        ("notApplicable", None),
        ("fail", Severity.HIGH),
        ("FAIL", Severity.HIGH),
        ("open", Severity.UNKNOWN),
        ("review", Severity.UNKNOWN),
        ("something new", Severity.HIGH),
    ],
)
def test_kinds(read, kind, wanted):
    """What passed is no finding; what the tool could not decide is an unknown one."""
    found = read(one(changed(SARIF, (*RESULT, "kind"), kind)))
    assert list(found.by_severity) == ([wanted] if wanted else [])


def test_information_is_of_the_least_severity(read):
    """Where no score says otherwise."""
    document = changed(changed(SARIF, (*RULE, "properties")), (*RESULT, "kind"), "informational")
    assert severity(read, document) is Severity.INFO


@pytest.mark.parametrize(
    ("suppressions", "suppressed"),
    [
        ([], False),
        (None, False),
        ("accepted", False),
        ([{"kind": "inSource"}], True),
        ([{"kind": "external", "status": "accepted"}], True),
        ([{"kind": "external", "status": "underReview"}], False),
        ([{"kind": "external", "status": "rejected"}], False),
        ([{"kind": "external", "status": "perhaps"}], False),
        ([{"status": "accepted"}, {"status": "rejected"}], False),
        ([{"state": "rejected"}], False),
    ],
)
def test_suppressions(read, suppressions, suppressed):
    """Only what is accepted as a whole does not count, and it stays visible."""
    found = read(one(changed(SARIF, (*RESULT, "suppressions"), suppressions)))
    assert (found.count, found.suppressed) == ((0, 1) if suppressed else (1, 0))
    assert bool(found.findings[0].suppressed) is suppressed


def test_a_suppression_says_why(read):
    """In the words of the report."""
    document = changed(SARIF, (*RESULT, "suppressions"), [{"kind": "external", "justification": "not reachable"}])
    assert read(one(document)).findings[0].suppressed == "SARIF: not reachable"


@pytest.mark.parametrize(("state", "count"), [("absent", 1), ("new", 2), ("unchanged", 2), ("updated", 2), ("?", 2)])
def test_what_is_absent_against_a_baseline_is_no_finding(read, state, count):
    """It was in the run before this one."""
    assert read(changed(SARIF, (*RESULT, "baselineState"), state)).count == count


@pytest.mark.parametrize(
    "reference",
    [
        {"ruleId": "ext/rule"},
        {"ruleId": "ext/rule/sub"},
        {"rule": {"id": "ext/rule"}},
        {"rule": {"index": 1, "toolComponent": {"index": 0}}},
        {"ruleId": "ext/rule", "rule": {"index": 1, "toolComponent": {"index": 0}}},
        {"ruleId": "ext/rule", "ruleIndex": 0},
        {"ruleId": "ext/rule", "ruleIndex": -1},
        {"ruleId": "ext/rule", "ruleIndex": 10**30},
    ],
)
def test_a_rule_is_found_by_index_or_id_in_the_driver_or_an_extension(read, reference):
    """An index that points to a rule of another id is not believed."""
    rules = [{"id": "other"}, {"id": "ext/rule", "properties": {"security-severity": "9.5"}}]
    document = changed(SARIF, (*RUN, "tool", "extensions"), [{"name": "pack", "rules": rules}])
    document = changed(document, RESULT, {"message": {"text": "x"}, **reference})
    assert severity(read, document) is Severity.CRITICAL


def test_a_result_without_a_rule_is_a_warning(read):
    """And a finding."""
    found = read(one(changed(SARIF, RESULT, {"message": {"text": "x"}})))
    assert [(finding.id, finding.severity) for finding in found.findings] == [("(no rule)", Severity.MEDIUM)]


def test_results_before_their_tool_are_judged_by_its_rules(read):
    """Tools that sort their keys write them so: the file is read twice."""
    document = copy.deepcopy(SARIF)
    document["runs"][0] = {"results": document["runs"][0].pop("results"), **document["runs"][0]}
    assert next(iter(document["runs"][0])) == "results"
    found, expected = read(document), read(SARIF)
    assert found.findings == expected.findings
    assert (found.tool, found.tool_version, found.by_severity) == ("CodeQL", "2.20.1", expected.by_severity)
    assert found.sha256 != expected.sha256


def test_several_runs_are_one_report(read):
    """Each result is judged by the rules of its own run, in whichever order they stand."""
    other = {
        "results": [{"ruleId": "py/sql", "message": {"text": "x"}}],
        "tool": {"driver": {"name": "Other", "rules": [{"id": "py/sql", "properties": {"security-severity": "1"}}]}},
    }
    found = read(changed(SARIF, ("runs",), [SARIF["runs"][0], other]))
    assert found.tool == "CodeQL, Other"
    assert [finding.severity.value for finding in found.findings] == ["HIGH", "LOW", "LOW"]
    assert [finding.tool for finding in found.findings] == ["CodeQL", "CodeQL", "Other"]


def test_one_run_that_failed_makes_the_report_inconclusive(read):
    """Though the other one is in order."""
    found = read(changed(SARIF, ("runs",), [SARIF["runs"][0], {"tool": {"driver": {"name": "Other"}}}]))
    assert [problem.effect for problem in found.problems] == [Effect.INCONCLUSIVE]


@pytest.mark.parametrize("version", ["1.0.0", "2.0.0-csd.2.beta.2019-01-24", "2.2.0", "", "latest"])
def test_other_versions_are_refused_by_name(read, version):
    """Wherever the version stands."""
    with pytest.raises(ReportError, match=r"this is SARIF .*, wanted 2.1.0"):
        read(changed(SARIF, ("version",), version))
    with pytest.raises(ReportError, match=r"wanted 2.1.0"):
        read({"runs": SARIF["runs"], "version": version})


@pytest.mark.parametrize("version", ["2.1.0", "2.1.0-rtm.5"])
def test_the_version_and_its_drafts_are_read(read, version):
    """They differ in names that are read as well."""
    assert read(changed(SARIF, ("version",), version)).problems == ()


def test_a_missing_version_is_noted(read):
    """Some tools leave it out."""
    assert [problem.effect for problem in read(changed(SARIF, ("version",))).problems] == [Effect.NOTE]


def test_everything_that_is_stated_is_there(read):
    """Of the scan and of each finding."""
    found = read(SARIF)
    assert found.subject.commit == "c" * 40
    assert found.created.isoformat() == "2026-01-02T03:04:05+00:00"
    first, second = found.findings
    assert (first.id, first.where, first.link) == ("py/sql", "app/db.py:33", "https://example/sql")
    assert (first.title, first.kind) == ("This query depends on user input.", FindingKind.CODE)
    assert (second.where, second.severity) == ("app/x.py", Severity.LOW)


def test_the_image_that_trivy_looked_at_is_the_subject(read):
    """It writes it into the properties of the run."""
    properties = {"imageName": "app:1.7", "repoDigests": ["app@sha256:1"], "imageID": "sha256:2"}
    subject = read(changed(SARIF, (*RUN, "properties"), properties)).subject
    assert (subject.artifact, subject.digests) == ("app:1.7", ("app@sha256:1", "sha256:2"))
    assert subject.commit == "c" * 40


@pytest.mark.parametrize(
    ("message", "title"),
    [
        ({"id": "default", "arguments": ["ptr", "0"]}, 'Variable "ptr" at 0, {2}.'),
        ({"text": "{0} of {1}", "arguments": ["one"]}, "one of {1}"),
        ({"text": "first\nsecond"}, "first"),
        ({"id": "unknown"}, "SQL from user input"),
        ({}, "SQL from user input"),
        ("text", "SQL from user input"),
        ({"text": "x" * 500}, "x" * 199 + "…"),
    ],
)
def test_messages(read, message, title):
    """The text or the rule's, with its arguments, in one line."""
    document = changed(SARIF, (*RULE, "messageStrings"), {"default": {"text": 'Variable "{0}" at {1}, {2}.'}})
    assert read(changed(document, (*RESULT, "message"), message)).findings[0].title == title


@pytest.mark.parametrize(
    ("tool", "rule", "kind"),
    [
        ("gitleaks", {"id": "aws"}, FindingKind.SECRET),
        ("Trivy", {"id": "CVE-2026-1"}, FindingKind.VULNERABILITY),
        ("Grype", {"id": "GHSA-v6rh-hp5x-86rv-django"}, FindingKind.VULNERABILITY),
        ("Trivy", {"id": "DS002", "properties": {"tags": ["misconfiguration"]}}, FindingKind.MISCONFIGURATION),
        ("Trivy", {"id": "aws", "properties": {"tags": ["secret", "security"]}}, FindingKind.SECRET),
        ("Trivy", {"id": "GPL", "properties": {"tags": ["license"]}}, FindingKind.LICENCE),
        ("Checkov", {"id": "CKV_1"}, FindingKind.MISCONFIGURATION),
        ("ESLint", {"id": "no-eval"}, FindingKind.CODE),
    ],
)
def test_kinds_of_findings_are_told_from_rule_and_tool(read, tool, rule, kind):
    """SARIF has none of its own."""
    driver = {"rules": [rule], "name": tool}
    document = changed(SARIF, (*RUN, "tool"), {"driver": driver})
    document = changed(document, RESULT, {"ruleId": rule["id"], "message": {"text": "key = HUNTER2"}})
    finding = read(document).findings[0]
    assert finding.kind is kind
    assert ("HUNTER2" in finding.title) is (kind is not FindingKind.SECRET)


def test_an_image_file_of_other_keys_first_is_recognised(write):
    """Also where 64 KiB of other things stand before the runs."""
    from reports.read.recognise import read_any

    document = {"$schema": "x", "properties": {"note": ["x" * 100] * 1000}, **changed(SARIF, ("$schema",))}
    assert read_any(write(json.dumps(document))).facts()["count"] == 2


@pytest.mark.parametrize("wrong", [{}, "text", 3, [3], [[]], [None], [[], {}]])
@pytest.mark.parametrize("path", [(*RUN, "results"), ("runs",), (*RUN, "tool", "driver", "rules")])
def test_a_wrong_type_in_the_structure_is_an_error(read, path, wrong):
    """The message says what is there."""
    with pytest.raises(ReportError, match=r"wanted (a list|an object|objects)"):
        read(changed(SARIF, path, wrong))
