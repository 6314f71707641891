"""Files that other tools really wrote: their totals are those of their source, or the difference is named here."""

import json

import pytest

from reports.read.errors import ReportError
from reports.read.problem import Effect
from reports.read.recognise import read_any

#: Totals that differ from the source's on purpose. None is needed: where a source's rule is unsafe, Tidegate counts
#: the same cases and says what is wrong in a problem, which keeps the file from passing (PROBLEMS below).
DIFFERENT_TOTALS: dict[str, dict[str, int]] = {}

#: Files that the source accepts as they are and Tidegate does not, and why.
PROBLEMS = {
    "action-junit-report/issues/testFailedDisabled.xml": (
        Effect.INCONCLUSIVE,
        "holds a failure",  # the source drops a failure in a disabled case without a word
    ),
    "action-junit-report/container-structure/test.xml": (
        Effect.INCONCLUSIVE,
        "declares 8 tests, holds 3",  # five tests left no trace
    ),
    "action-junit-report/nested/multi-level.xml": (Effect.INCONCLUSIVE, "declares 57 tests, holds 3"),
    "publish-unit-test-result-action/converted-to-junit/xunit/mstest/jenkinsci/testcase2.xml": (
        Effect.FAIL,
        "declares 1 failure",  # a failure that is declared and not shown
    ),
    "gotestsum/junitxml-report-skip-empty.xml": (
        Effect.FAIL,
        "declares 13 failures and 1 error, its cases show 13",  # a build error without a case
    ),
    "jenkins-junit-plugin/junit-report-6700.xml": (
        Effect.FAIL,
        "holds <error> outside of a test case",  # the source makes up a case for it
    ),
    "jenkins-junit-plugin/junit-report-1472.xml": (Effect.FAIL, "declares 1 failure"),
}

#: Runs that were repeated: the source folds them into one test that passed. Tidegate counts each, and the failure
#: stands, because the file does not mark them as reruns: they may as well be two tests of one name.
NOT_FOLDED = {
    "action-junit-report/flaky_retries/flaky_success_first.xml": (3, 2),
    "action-junit-report/junit-server-test/report.xml": (4, 1),
}


@pytest.fixture(scope="session")
def entries(corpus):
    """What the sources state, by file."""
    return {entry["file"]: entry for entry in json.loads((corpus / "expected.json").read_text())}


def read(corpus, name):
    """The file as `tidegate read` sees it, or the error."""
    try:
        return read_any(corpus / name).file
    except ReportError as error:
        return error


def test_totals_are_what_the_sources_state(corpus, entries):
    """Every JUnit file of the corpus has the totals that its own source states."""
    wrong = {}
    for name, entry in entries.items():
        if entry["format"] != "junit" or entry.get("malformed"):
            continue
        stated = {key: entry[key] for key in ("tests", "failures", "errors", "skipped", "failed") if key in entry}
        stated |= DIFFERENT_TOTALS.get(name, {})
        file = read(corpus, name)
        got = str(file)
        if not isinstance(file, ReportError):
            found = {"failed": file.failing} | {key: getattr(file, key, None) for key in stated if key != "failed"}
            got = {key: found[key] for key, value in stated.items() if value is not None}
        if got != {key: value for key, value in stated.items() if value is not None}:
            wrong[name] = got
    assert wrong == {}
    assert len(entries) > 100


def test_doubled_cases_are_counted_as_the_source_counts_them(corpus, entries):
    """Where the source states how many tests differ by class and name, so many are left without the repeats."""
    stated = {
        name: entry["unique"]["tests"]
        for name, entry in entries.items()
        if entry["format"] == "junit" and "unique" in entry
    }
    files = {name: read(corpus, name) for name in stated}
    assert {name: file.tests - file.repeated for name, file in files.items()} == stated
    assert any(file.repeated for file in files.values())


def test_malformed_and_foreign_files_are_errors_that_say_what_they_are(corpus, entries):
    """What is malformed, or of another format, is an error that names the format, and never a report of zero tests."""
    names = {"nunit": "NUnit", "trx": "TRX", "xunit": "xUnit.net", "dart": "Dart", "json": "JSON", "junit": "no JUnit"}
    wrong = {}
    for name, entry in entries.items():
        if entry["format"] == "junit" and not entry.get("malformed"):
            continue
        file = read(corpus, name)
        if not isinstance(file, ReportError) or names[entry["format"]] not in file.message:
            wrong[name] = str(file)
    assert wrong == {}


@pytest.mark.parametrize("name", PROBLEMS)
def test_what_a_source_lets_pass_is_a_problem(corpus, name):
    """A file whose totals hide something is read with a problem that keeps it from passing, and says what."""
    effect, words = PROBLEMS[name]
    assert any(problem.effect is effect and words in problem.message for problem in read(corpus, name).problems)


@pytest.mark.parametrize("name", NOT_FOLDED)
def test_unmarked_repetitions_are_not_folded(corpus, name):
    """Two cases of one name that nothing marks as reruns both count, and the failure stands."""
    file = read(corpus, name)
    assert (file.tests, file.failing) == NOT_FOLDED[name]
    assert any("a failure stands" in problem.message for problem in file.problems)


def test_flaky_cases_of_surefire_are_flaky(corpus):
    """A case that passed after two `<flakyFailure>` is flaky and has not failed."""
    file = read(corpus, "jenkins-junit-plugin/gh-237/TEST-io.olamy.FlakyTest.xml")
    assert (file.tests, file.failing, file.flaky) == (1, 0, 1)
    assert not [problem for problem in file.problems if problem.effect is not Effect.NOTE]


def test_clean_files_have_no_problems(corpus):
    """Files in order have not even a note: notes that always appear are not read."""
    for name in (
        "publish-unit-test-result-action/junit-xml/pytest/junit.spark.integration.1.xml",
        "publish-unit-test-result-action/junit-xml/jest/jest-junit.xml",
        "junit-to-ctrf/test-surefire.xml",
        "test-reporter/fixtures/swift-xunit.xml",
    ):
        assert read(corpus, name).problems == ()
