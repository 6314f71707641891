"""Gate results and reports: verdicts that follow from what they hold."""

from dataclasses import replace

import pytest

from reports.gate_report import GateResult, Release
from reports.verdict import Verdict
from tests.reports.samples import DIGEST, failing, judged, passing

GOOD = judged("api.status", 200, "= 200")
BAD = judged("api.status", 500, "= 200")
UNCLEAR = judged("api.response_time", 0.1, "<= 500ms with >= 500 samples", "s")


def test_a_gate_without_judgements_is_inconclusive():
    """A gate that judged nothing did not pass; with one passed judgement it did."""
    assert GateResult("health", True, ()).verdict is Verdict.INCONCLUSIVE
    assert GateResult("health", True, (GOOD,)).verdict is Verdict.PASS


def test_what_did_not_pass_comes_worst_first():
    """FAIL precedes INCONCLUSIVE; equals keep their order."""
    gate = GateResult("health", True, (UNCLEAR, GOOD, BAD))
    assert gate.not_passed == (BAD, UNCLEAR)
    assert gate.passed == 1
    assert gate.verdict is Verdict.FAIL


def test_a_report_without_required_gates_is_inconclusive():
    """Advisory gates alone prove nothing, however well they pass."""
    report = replace(passing(), gates=(GateResult("health", False, (GOOD,)),))
    assert report.verdict is Verdict.INCONCLUSIVE
    assert replace(report, gates=(GateResult("health", True, (GOOD,)),)).verdict is Verdict.PASS


def test_an_advisory_gate_never_decides():
    """A failed advisory gate leaves the verdict; a failed required one does not."""
    gates = passing().gates
    assert replace(passing(), gates=(*gates, GateResult("style", False, (BAD,)))).verdict is Verdict.PASS
    assert replace(passing(), gates=(*gates, GateResult("style", True, (BAD,)))).verdict is Verdict.FAIL


def test_an_incomplete_report_never_passes():
    """An ad-hoc selection is INCONCLUSIVE at best, and a FAIL in it stays a FAIL."""
    assert passing().verdict is Verdict.PASS
    assert replace(passing(), incomplete=("-k health",)).verdict is Verdict.INCONCLUSIVE
    assert replace(failing(), incomplete=("-k health",)).verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("release", "label"),
    [
        (Release(), "unknown release"),
        (Release("", "1.4.2"), "unknown release"),
        (Release("1.4.2", "1.4.2"), "1.4.2"),
        (Release(DIGEST), "sha256:9f2c1e…"),
        (Release(DIGEST, "1.4.2", "4b1d2aa90c"), "1.4.2 (sha256:9f2c1e…, commit 4b1d2aa)"),
        (Release("4b1d2aa90c", "", "4b1d2aa90c"), "4b1d2aa90c"),
    ],
)
def test_the_label_of_a_release(release, label):
    """A label names the version first and adds what else identifies the release."""
    assert release.label == label
    assert release.known == bool(release.id)
