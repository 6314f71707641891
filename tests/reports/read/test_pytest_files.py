"""What pytest itself writes, with its plugins, is read as pytest counted it."""

import subprocess
import sys

import pytest

from reports.case import Outcome
from reports.read.junit import read_junit
from reports.read.problem import Effect
from tests.docs.fences import ROOT, fences

TESTS = """
import pytest

tries = []

def test_passes(record_property): record_property("tidegate.gate", "smoke")
def test_fails(): print("\\x1b[31mseen\\x1b[0m"); assert 1 == 2
def test_skips(): pytest.skip("not here")
@pytest.mark.xfail
def test_expected(): assert 0
@pytest.mark.xfail(strict=True)
def test_unexpected(): pass
@pytest.fixture
def broken(): raise ValueError("set-up")
def test_set_up(broken): pass
@pytest.fixture
def leaves():
    yield
    raise ValueError("teardown")
def test_teardown(leaves): pass
def test_both(leaves): assert 0
@pytest.mark.flaky(reruns=2)
def test_rerun():
    tries.append(1)
    assert len(tries) > 1
@pytest.mark.parametrize("text", ["a/b", "é", "[x]::y", "\\x07"])
def test_each(text): pass
class TestIn:
    def test_class(self): assert 0
"""
SUBTESTS = """
import unittest

class TestIn(unittest.TestCase):
    def test_subtests(self):
        for number in range(3):
            with self.subTest(number=number):
                assert number != 5
"""


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A report of all outcomes that pytest has."""
    folder = tmp_path_factory.mktemp("written")
    (folder / "test_all.py").write_text(TESTS)
    (folder / "test_broken.py").write_text("import nothing_of_this_name")
    (folder / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--continue-on-collection-errors"]
    done = subprocess.run(
        [*command, "--junit-xml=out.xml", "-o", "junit_logging=all"], cwd=folder, stdout=subprocess.PIPE, check=False
    )
    assert done.returncode == 1, done.stdout.decode()
    cases = []
    return read_junit(folder / "out.xml", cases.append), {case.name: case for case in cases}


def test_every_outcome_is_what_pytest_meant(written):
    """Failed, error in set-up, teardown and collection, skipped and xfail as skipped, rerun as passed."""
    _, cases = written
    assert {name: case.outcome for name, case in cases.items()} == {
        "test_passes": Outcome.PASSED,
        "test_fails": Outcome.FAILED,
        "test_skips": Outcome.SKIPPED,
        "test_expected": Outcome.SKIPPED,
        "test_unexpected": Outcome.FAILED,
        "test_set_up": Outcome.ERROR,
        "test_teardown": Outcome.ERROR,
        "test_both": Outcome.ERROR,  # the second case of that name; the first one failed
        "test_rerun": Outcome.PASSED,
        "test_each[a/b]": Outcome.PASSED,
        "test_each[\\xe9]": Outcome.PASSED,
        "test_each[[x]::y]": Outcome.PASSED,
        "test_each[\\x07]": Outcome.PASSED,
        "test_class": Outcome.FAILED,
        "test_broken": Outcome.ERROR,
    }


def test_nothing_in_a_file_of_pytest_is_a_contradiction(written):
    """Only notes: the totals agree with the cases."""
    file, _ = written
    assert {problem.effect for problem in file.problems} <= {Effect.NOTE}
    assert (file.tests, file.repeated) == (file.executed + 2, file.tests - len(written[1]))


def test_details_and_properties_arrive(written):
    """The assertion, the output, the class, the property."""
    _, cases = written
    assert "assert 1 == 2" in cases["test_fails"].message
    assert "seen" in cases["test_fails"].details
    assert cases["test_class"].classname == "test_all.TestIn"
    assert cases["test_passes"].properties == (("tidegate.gate", "smoke"),)


def test_reruns_of_pytest_rerunfailures_leave_no_trace(written):
    """The page on JUnit says so: if this changes, the runner's reruns can be reported as flaky."""
    file, cases = written
    assert (file.flaky, cases["test_rerun"].attempts, cases["test_rerun"].flaky) == (0, 1, False)


@pytest.mark.skipif(pytest.version_tuple < (9,), reason="pytest counts subtests since version 9")
@pytest.mark.parametrize("mended", [False, True])
def test_subtests_hold_unless_the_totals_are_mended(tmp_path, mended):
    """pytest counts subtests and does not list them: INCONCLUSIVE; with the hook of the page on JUnit in order."""
    (tmp_path / "test_sub.py").write_text(SUBTESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    if mended:
        (hook,) = (fence.text for fence in fences(ROOT / "docs" / "junit.md") if fence.language == "python")
        (tmp_path / "conftest.py").write_text(hook)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--junit-xml=out.xml"]
    subprocess.run(command, cwd=tmp_path, stdout=subprocess.PIPE, check=True)
    file = read_junit(tmp_path / "out.xml")
    held = [(problem.effect, "subtests" in problem.message) for problem in file.problems]
    assert (file.tests, held) == (1, [] if mended else [(Effect.INCONCLUSIVE, True)])
