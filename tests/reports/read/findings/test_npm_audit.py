"""npm's audit reports."""

import pytest

from reports.finding import Severity
from reports.read.errors import ReportError
from reports.read.problem import Effect
from tests.reports.read.findings.samples import NPM_6, NPM_7, changed

LODASH = ("vulnerabilities", "lodash")
ADVISORY = NPM_7["vulnerabilities"]["lodash"]["via"][0]


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (
            {"error": {"code": "ENOLOCK", "summary": "This command requires an existing lockfile.", "detail": ""}},
            "ENOLOCK",
        ),
        ({"error": {"summary": "", "detail": "", "code": "EAUDIT"}, "message": "503 - POST https://x"}, "EAUDIT"),
        ({"auditReportVersion": 2, "vulnerabilities": {}, "error": {"code": "E"}}, "error message and no report: E"),
        ({"auditReportVersion": 2, "vulnerabilities": {}, "error": "cut"}, "no report: cut"),
        ({"message": "503", "statusCode": 503}, "reports an error"),
        ({"auditReportVersion": 2, "vulnerabilities": None}, "null"),
        ({"auditReportVersion": 2, "vulnerabilities": []}, "wanted an object"),
        ({"auditReportVersion": 2, "vulnerabilities": {"a": []}}, "wanted an object"),
        ({"auditReportVersion": 2, "vulnerabilities": {"a": 3}}, "wanted an object"),
    ],
)
def test_an_error_is_no_report(read, document, words):
    """npm writes its own errors where the report should be."""
    with pytest.raises(ReportError, match=words):
        read(document)


def test_an_advisory_is_a_finding(read):
    """With the id that others know it by."""
    finding = read(NPM_7).findings[0]
    assert (finding.id, finding.aliases) == ("GHSA-jf85-cpcp-j695", ("1065",))
    assert (finding.severity, finding.title) == (Severity.HIGH, "Prototype Pollution in lodash")
    assert (finding.package, finding.fixed, finding.where) == ("lodash", "npm audit fix", "node_modules/lodash")


def test_a_package_that_is_affected_through_others_is_a_finding(read):
    """npm counts it, too; it has the id of what it is affected by, so that one waiver covers both."""
    finding = read(NPM_7).findings[1]
    assert (finding.id, finding.package, finding.fixed) == ("GHSA-jf85-cpcp-j695", "async", "async 3.2.0")
    assert finding.title == "vulnerable through lodash"


def test_what_two_advisories_cause_has_both_as_its_id(read):
    """A waiver of one of them does not cover it."""
    second = {**ADVISORY, "url": "https://github.com/advisories/GHSA-0000-1111-2222", "source": 2}
    found = read(changed(NPM_7, (*LODASH, "via"), [ADVISORY, second]))
    assert found.count == 3
    assert found.findings[2].id == "GHSA-0000-1111-2222+GHSA-jf85-cpcp-j695"


@pytest.mark.parametrize("via", [[], ["async"], ["nobody"], [3], "lodash", None])
def test_an_affected_package_without_a_cause_counts_all_the_same(read, via):
    """Also where packages name each other in a circle."""
    found = read(changed(NPM_7, (*LODASH, "via"), via))
    assert (found.count, found.by_severity) == (2, {Severity.HIGH: 2})
    assert {finding.id for finding in found.findings} == {"npm:lodash", "npm:async"}


def test_npm_6_has_one_finding_for_each_advisory(read):
    """npm counts the paths; its totals are kept beside."""
    found = read(NPM_6)
    assert (found.count, found.by_severity, found.stated["moderate"]) == (2, {Severity.MEDIUM: 2}, 4)
    first, second = found.findings
    assert (first.id, first.aliases, first.package) == ("534", ("CVE-2017-16137",), "debug")
    assert (first.installed, first.fixed, second.fixed) == ("2.6.8", ">=2.6.9", "")
    assert first.where == "express>debug and 1 more path"


def test_an_npm_6_report_without_advisories_is_clean_only_if_it_audited_something(read):
    """The number of dependencies shows it."""
    clean = changed(changed(NPM_6, ("advisories",), {}), ("metadata", "vulnerabilities", "moderate"), 0)
    assert (read(clean).count, read(clean).problems) == (0, ())
    nothing = changed(changed(clean, ("metadata", "totalDependencies"), 0), ("metadata", "dependencies"), 0)
    assert [problem.effect for problem in read(nothing).problems] == [Effect.INCONCLUSIVE]


def test_totals_without_their_findings_fail(read):
    """The file says that something is wrong, though it does not show it."""
    found = read(changed(changed(NPM_7, ("vulnerabilities",), {}), ("metadata", "vulnerabilities", "total"), 2))
    assert [problem.effect for problem in found.problems] == [Effect.FAIL]
