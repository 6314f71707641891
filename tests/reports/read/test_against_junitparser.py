"""The same totals as junitparser, over suites that junitparser itself wrote."""

import tempfile
from collections import Counter
from pathlib import Path

import junitparser
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports.case import Outcome
from reports.read.junit import read_junit

# XML holds no control characters; line ends in attributes become blanks, which is not what this compares.
TEXT = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Cc", "Cn"]), max_size=20)
RESULTS = {
    Outcome.PASSED: lambda _: [],
    Outcome.FAILED: lambda message: [junitparser.Failure(message)],
    Outcome.ERROR: lambda message: [junitparser.Error(message)],
    Outcome.SKIPPED: lambda message: [junitparser.Skipped(message)],
}
MESSAGE = st.text("abc <>&'\"é", min_size=1, max_size=20).map(str.strip).filter(bool)
CASES = st.lists(
    st.tuples(TEXT.filter(bool), TEXT, st.sampled_from(list(RESULTS)), MESSAGE, st.floats(0, 1e6)), max_size=8
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(TEXT.filter(bool), CASES), min_size=1, max_size=4))
def test_the_same_totals_and_names(suites):
    """Names, outcomes, messages and totals are those that junitparser wrote; nothing is a contradiction."""
    report = junitparser.JUnitXml()
    wanted = []
    for suite_name, cases in suites:
        suite = junitparser.TestSuite(suite_name)
        for name, classname, outcome, message, seconds in cases:
            case = junitparser.TestCase(name, classname, seconds)
            case.result = RESULTS[outcome](message)
            suite.add_testcase(case)
            wanted.append((suite_name, name, classname, outcome, message if outcome is not Outcome.PASSED else ""))
        report.add_testsuite(suite)
    report.update_statistics()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "written.xml"
        report.write(str(path))
        cases = []
        file = read_junit(path, cases.append)
    got = [(case.suite[0], case.name, case.classname, case.outcome, case.message) for case in cases]
    assert Counter(got) == Counter(wanted)  # junitparser puts suites of one name together
    assert (file.tests, file.failures, file.errors, file.skipped) == (
        report.tests,
        report.failures,
        report.errors,
        report.skipped,
    )
    assert all("class and name" in problem.message or "no test case" in problem.message for problem in file.problems)
