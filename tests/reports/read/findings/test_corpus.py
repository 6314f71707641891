"""Reports that scanners really wrote: their totals are those of their source, or the difference is named here."""

import json

import pytest

from reports.read.errors import ReportError
from reports.read.findings.read import read_findings
from reports.read.problem import Effect
from reports.read.recognise import read_any

#: Counts that differ from the source's on purpose, and why.
DIFFERENT_COUNTS = {
    # The only result is suppressed and the suppression is accepted: another source of the corpus does not count those.
    "sarif/defectdojo/appendix_k4.sarif": 0,
    # The source drops results that equal another one; here each result of the file counts, as it does elsewhere.
    "sarif/analysis-model/security-scan.sarif": 64,
}
#: Severities that differ, and why.
DIFFERENT_SEVERITIES = {
    "sarif/analysis-model/security-scan.sarif": {"HIGH": 4, "MEDIUM": 56, "LOW": 4},  # as above
    # One leak has no severity. The source takes it for a medium one; here it counts against every limit.
    "gitleaks/analysis-model/gitleaks.json": {"HIGH": 1, "MEDIUM": 1, "UNKNOWN": 1},
}
#: Severities of single findings that differ, and why.
DIFFERENT_SINGLE = {
    "Info": "LOW",  # of a SARIF result of the level "note"; the other source of the corpus takes it for a low one
    "gitleaks": "UNKNOWN",
}
#: Files that can't be believed as they are, and the words that say why.
PROBLEMS = {
    "pip_audit/defectdojo/zero_vulns.json": "did not audit azure-devops",
    "pip_audit/defectdojo/zero_vulns_new.json": "did not audit azure-devops",
    "sarif/defectdojo/appendix_k4.sarif": "reports an error",
    "sarif/defectdojo/spotbugs.sarif": "says that it failed",
    "trivy/defectdojo/legacy_trivy_mix.json": "names no rule or vulnerability",
    "hadolint/analysis-model/hadolint-unsual.json": "names no rule or vulnerability",
}
#: What sources state nothing on, counted by hand.
COUNTED = {
    "checkov/defectdojo/checkov-report-many-vuln.json": {"UNKNOWN": 3},
    "grype/defectdojo/check_all_fields_different_ids_fabricated.json": {"HIGH": 1},
    "grype/defectdojo/check_all_fields_no_ids_fabricated.json": {"HIGH": 1},
    "npm_audit/defectdojo/many_vuln_with_groups.json": {"HIGH": 2, "MEDIUM": 3},
    "npm_audit/defectdojo/many_vuln_with_groups_different_titles.json": {"HIGH": 2, "MEDIUM": 3},
    "sarif/defectdojo/spotbugs.sarif": {"LOW": 56},
    "semgrep/defectdojo/close_old_findings_report_second_run_line24.json": {"HIGH": 1},
    "semgrep/defectdojo/close_old_findings_report_third_run_different_unique_id.json": {"HIGH": 1},
    "trivy/defectdojo/legacy_trivy_mix.json": {"HIGH": 6, "UNKNOWN": 1},
}
#: Says nothing of who wrote it: it is read only where the tool is named.
ANONYMOUS = "gitleaks/defectdojo/no_findings.json"


@pytest.fixture(scope="session")
def entries(corpus):
    """What the sources state."""
    return json.loads((corpus / "expected.json").read_text())


def read(corpus, name):
    """The report, with its tool named where the file does not show it."""
    return read_findings(corpus / name, "gitleaks" if name == ANONYMOUS else "")


def severities(found):
    """As `tidegate read` writes them."""
    return {severity.value: number for severity, number in found.by_severity.items()}


def test_counts_and_severities_are_what_the_sources_state(corpus, entries):
    """Every report of the corpus has the totals that its own source states, or the difference is named above."""
    wrong = {}
    for entry in entries:
        name = entry["file"]
        found = read(corpus, name)
        wanted = DIFFERENT_COUNTS.get(name, entry["findings"])
        if wanted is not None and found.count != wanted:
            wrong[name] = found.count
        if "findings_min" in entry and found.count < entry["findings_min"]:
            wrong[name] = found.count
        if "by_severity" in entry:
            stated = {severity.upper(): number for severity, number in entry["by_severity"].items()}
            if severities(found) != DIFFERENT_SEVERITIES.get(name, stated):
                wrong[name] = severities(found)
    assert wrong == {}
    assert len(entries) > 30


def test_single_findings_are_what_the_sources_state(corpus, entries):
    """Severity, place, line and rule of the findings that the sources look at."""
    wrong = []
    looked = 0
    for entry in entries:
        found = read(corpus, entry["file"])
        for number, wanted in entry.get("checks", {}).items():
            finding = found.findings[int(number)]
            looked += 1
            place, _, line = finding.where.rpartition(":")
            if not line.isdigit():
                place, line = finding.where, ""
            severity = DIFFERENT_SINGLE.get(found.tool) or DIFFERENT_SINGLE.get(wanted.get("severity", ""))
            if "severity" in wanted and finding.severity.value != (severity or wanted["severity"].upper()):
                wrong.append((entry["file"], number, finding.severity))
            if wanted.get("file_path") and place != wanted["file_path"]:
                wrong.append((entry["file"], number, finding.where))
            if "line" in wanted and line != str(wanted["line"]):
                wrong.append((entry["file"], number, finding.where))
            # The source writes Bandit's rules as `name:id`.
            if "vuln_id_from_tool" in wanted and finding.id not in (
                wanted["vuln_id_from_tool"],
                wanted["vuln_id_from_tool"].rpartition(":")[2],
            ):
                wrong.append((entry["file"], number, finding.id))
    assert wrong == []
    assert looked > 15


@pytest.mark.parametrize("name", COUNTED)
def test_what_no_source_counts_was_counted_by_hand(corpus, name):
    """The severities of files whose sources state none."""
    assert severities(read(corpus, name)) == COUNTED[name]


def test_what_can_not_be_believed_has_a_problem_and_the_rest_has_none(corpus, entries):
    """Only the files named above are inconclusive."""
    problems = {}
    for entry in entries:
        found = read(corpus, entry["file"])
        if said := [problem.message for problem in found.problems if problem.effect is not Effect.NOTE]:
            problems[entry["file"]] = said
    assert problems.keys() == PROBLEMS.keys()
    assert all(PROBLEMS[name] in " ".join(said) for name, said in problems.items())


def test_tidegate_read_takes_every_file_that_shows_its_tool(corpus, entries):
    """The kind is told from the keys; null alone is refused, and the message says what to do."""
    for entry in entries:
        if entry["file"] != ANONYMOUS:
            assert read_any(corpus / entry["file"]).kind == "findings", entry["file"]
    with pytest.raises(ReportError, match="null says nothing of who wrote it"):
        read_any(corpus / ANONYMOUS)


def test_the_totals_that_npm_states_itself_are_kept(corpus):
    """npm 6 counts each path to a vulnerable package; the advisories are what counts, npm's totals are beside them."""
    found = read(corpus, "npm_audit/defectdojo/many_vuln_with_groups.json")
    assert found.stated == {"info": 0, "low": 7, "moderate": 2, "high": 6, "critical": 0}


@pytest.mark.parametrize("name", ["gitleaks/analysis-model/gitleaks.json", "gitleaks/defectdojo/issue4336.json"])
def test_no_secret_of_a_report_is_kept(corpus, name):
    """Neither the line nor the match."""
    text = repr(read(corpus, name))
    for secret in ("ABC123", "password: secret", "token=xyz", "1073168529405472768"):
        assert secret not in text
