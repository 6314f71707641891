"""Only new findings count, and coverage may not drop: whatever the baseline can't answer is no pass."""

import pytest

from tests.gates.reported.samples import bandit, cobertura, lcov, sarif, share, trivy, vulnerability
from tests.gates.reported.world import HOLD, PROMOTE, REJECT, Judge, put

GATE = "sec: {reports: [{findings: found.json, baseline: old.json, binding: none}]}"
DROP = 'cov: {reports: [{coverage: cov.xml, baseline: old.xml, binding: none}], limits: {drop: "<= 0 %"}}'


def test_old_findings_do_not_count(judge: Judge) -> None:
    """Also where lines have moved: the report says how many were left out."""
    put("found.json", sarif(("r1", "error", 33)))
    put("old.json", sarif(("r1", "error", 3)))
    ended = judge(GATE)
    assert ended.code == PROMOTE, ended.said
    assert "1 findings were in the baseline already and are not counted" in ended.notes
    put("old.json", sarif())
    assert judge(GATE).code == REJECT


@pytest.mark.parametrize(
    ("new", "old", "code"),
    [
        (sarif(("r1", "error", 3), ("r2", "error", 9)), sarif(("r1", "error", 3)), REJECT),
        (sarif(("r1", "error", 3), ("r1", "error", 9)), sarif(("r1", "error", 3)), REJECT),
        (sarif(("r1", "error", 3)), sarif(("r1", "warning", 3)), REJECT),
        (sarif(("r1", "warning", 3)), sarif(("r1", "error", 3)), PROMOTE),
        (sarif(("r1", "error", 3)), sarif(("r1", "error", 3), suppressions=[{"kind": "inSource"}]), REJECT),
        (trivy(vulnerability()), trivy(vulnerability(InstalledVersion="0.9")), PROMOTE),
        (trivy(vulnerability()), trivy(vulnerability("CVE-2026-2")), REJECT),
    ],
)
def test_what_is_new(judge: Judge, new: str, old: str, code: int) -> None:
    """Another rule, a second one of the same rule, a worse severity, one that was only suppressed before."""
    put("found.json", new)
    put("old.json", old)
    assert judge(GATE).code == code


@pytest.mark.parametrize(
    ("old", "words"),
    [
        (None, "can't be read"),
        ("", "empty"),
        ("{}", "can't be read"),
        ('{"version": "2.1.0", "runs": []}', "holds no run"),
        (bandit(), "it is of bandit, and found.json of Semgrep: every finding counts as new"),
    ],
)
def test_a_baseline_that_says_nothing(judge: Judge, old: str | None, words: str) -> None:
    """Missing, unreadable, of a scan that failed, of another tool: everything counts, and nothing passes."""
    put("found.json", sarif(("r1", "note", 3)))
    if old is not None:
        put("old.json", old)
    ended = judge(GATE)
    assert ended.code == HOLD, ended.said
    assert words in ended.said
    put("found.json", sarif(("r1", "error", 3)))
    assert judge(GATE).code == REJECT
    put("old.json", sarif(("r1", "error", 3)))
    assert judge(GATE).code == PROMOTE


def test_a_report_is_not_its_own_baseline(judge: Judge) -> None:
    """Compared with itself, nothing is ever new; an older file with the same bytes is an answer."""
    put("found.json", sarif(("r1", "error", 3)))
    for name in ("found.json", "./found.json", "*.json"):
        ended = judge(GATE.replace("old.json", f'"{name}"'))
        assert ended.code == REJECT, ended.said
        assert "the report is its own baseline" in str(ended.report)
    put("old.json", sarif(("r1", "error", 3)))
    assert judge(GATE).code == PROMOTE


@pytest.mark.parametrize(
    ("old", "words"),
    [
        (None, "the baseline: can't be read"),
        ("", "the baseline: can't be read"),
        (cobertura({"a.py": "..."}), "nothing to cover"),
        (lcov({"a.py": "++-"}), "the baseline is lcov and the report cobertura"),
    ],
)
def test_a_drop_that_can_not_be_told(judge: Judge, old: str | None, words: str) -> None:
    """No baseline is not a baseline of nothing."""
    put("cov.xml", share(80, 100))
    if old is not None:
        put("old.xml", old)
    ended = judge(DROP)
    assert ended.code == HOLD
    assert words in ended.said
    put("old.xml", share(80, 100))
    assert judge(DROP).code == PROMOTE


def test_a_drop_needs_a_baseline(judge: Judge) -> None:
    """None is named, or the report itself is."""
    put("cov.xml", share(80, 100))
    assert "no `baseline:` names the report" in judge(DROP.replace("baseline: old.xml, ", "")).said
    ended = judge(DROP.replace("old.xml", "./cov.xml"))
    assert ended.code == HOLD
    assert "the report is its own baseline" in ended.said
