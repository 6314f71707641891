"""What report gates show beside their judgements: components, findings, what changed against the baseline."""

import json
from pathlib import Path

import pytest

from tests.gates.reported.samples import bandit, cobertura, share, trivy, vulnerability
from tests.gates.reported.world import HOLD, PROMOTE, REJECT, Judge, put

COVERAGE = """
cov:
  limits: {lines: ">= 50 %"}
  reports:
    - {coverage: "r/front.xml", component: front-end, binding: none, baseline: old.xml}
    - {coverage: "r/back.xml", component: back-end, binding: none, limits: {branches: ">= 10 %"}}
"""
SECURITY = 'sec: {waivers: w.yaml, reports: [{findings: "r/*.json", binding: none, baseline: old.json}]}'


def exhibits(ended) -> dict[str, dict]:
    """The exhibits of the first gate by their titles."""
    return {each["title"]: each for each in ended.report["gates"][0]["exhibits"]}


def test_a_row_for_each_component(judge: Judge) -> None:
    """With lines, branches, and the change against the baseline; shares are cut off, never rounded up."""
    put("old.xml", share(9, 10, "a.ts"))
    put("r/front.xml", share(8, 10, "a.ts"))
    put("r/back.xml", cobertura({"b.py": "+" * 2 + "-"}, branches=(1, 2)))
    ended = judge(COVERAGE)
    assert ended.code == PROMOTE, ended.said
    table = exhibits(ended)["Coverage"]
    assert [column["title"] for column in table["columns"]][:3] == ["component", "lines", "branches"]
    assert table["rows"] == [
        ["front-end", "8 of 10 (80 %)", None, None, "-10.00 points, from 90 %", "lines >= 50 %"],
        ["back-end", "2 of 3 (66.6 %)", "1 of 2 (50 %)", None, None, "lines >= 50 %, branches >= 10 %"],
    ]
    uncovered = exhibits(ended)["Lines that no test reached"]
    assert uncovered["rows"][0] == ["front-end", "a.ts", 2, "8 of 10 (80 %)"]
    assert uncovered["left_out"] == 0


def test_what_is_not_judged_is_marked(judge: Judge) -> None:
    """A component of which nothing could be read has a row without numbers."""
    put("old.xml", share(9, 10, "a.ts"))
    put("r/front.xml", "cut off")
    put("r/back.xml", cobertura({f"m{n}.py": "+-" for n in range(40)}, branches=(1, 2)))
    ended = judge(COVERAGE)
    assert ended.code == HOLD
    assert exhibits(ended)["Coverage"]["rows"][0] == ["front-end", None, None, None, None, "lines >= 50 %"]
    uncovered = exhibits(ended)["Lines that no test reached"]
    assert (len(uncovered["rows"]), uncovered["left_out"]) == (30, 10)


def test_nothing_to_show(judge: Judge) -> None:
    """No table without rows."""
    assert exhibits(judge(COVERAGE)) == {}
    put("w.yaml", "waivers: []")
    put("r/a.json", trivy())
    put("old.json", trivy())
    assert exhibits(judge(SECURITY)).keys() == {"Findings since the baseline"}


def test_every_finding_with_what_became_of_it(judge: Judge) -> None:
    """Over a limit, within, waived, known: the worst first, and waived ones always."""
    put(
        "w.yaml",
        "waivers: [{id: CVE-2026-3, scope: zlib, reason: never reached, owner: alice, expires: 2999-01-31}]",
    )
    old = vulnerability("CVE-2026-1", "HIGH")
    put("old.json", trivy(old, vulnerability("CVE-2020-9", "HIGH")))
    new = [
        vulnerability("CVE-2026-2", "HIGH", fixed="1.1"),
        vulnerability("CVE-2026-3", "CRITICAL") | {"PkgName": "zlib"},
        vulnerability("CVE-2026-4", "LOW"),
    ]
    put("r/a.json", trivy(old, *new))
    ended = judge(SECURITY)
    assert ended.code == REJECT
    rows = exhibits(ended)["Findings"]["rows"]
    assert [(row[0], row[1], row[-1]) for row in rows] == [
        ("HIGH", "CVE-2026-2", "new, over a limit"),
        ("LOW", "CVE-2026-4", "new, within the limits"),
        ("CRITICAL", "CVE-2026-3", "waived until 2999-01-31 by alice (never reached)"),
        ("HIGH", "CVE-2026-1", "in the baseline"),
    ]
    assert rows[0][5] == "1.1"
    assert exhibits(ended)["Findings since the baseline"]["rows"] == [["r/a.json", "old.json", 3, 1, 1]]


def test_what_is_alike_has_one_row(judge: Judge) -> None:
    """A rule that many lines break, where no limit counts it; what is over a limit has a row for each place."""
    found = [(name, severity, line) for line in range(1, 6) for name, severity in (("B101", "LOW"), ("B602", "HIGH"))]
    put("r/a.json", bandit(*found))
    ended = judge("sec: {reports: [{findings: 'r/*.json', binding: none}]}")
    rows = exhibits(ended)["Findings"]["rows"]
    assert [row[1] for row in rows] == ["B602"] * 5 + ["B101"]
    assert rows[-1][2] == "shop/cart.py:1 and 4 more places"
    assert exhibits(ended)["Findings"]["note"] == "10 counted"


def test_rows_are_bounded(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    """The number that is left out is stated; waived findings never are."""
    monkeypatch.setattr("gates.reported.findings_table.SHOWN", 3)
    found = [vulnerability(f"CVE-2026-{n}", "HIGH") for n in range(1, 11)]
    put("r/a.json", trivy(*found))
    waivers = [{"id": f"CVE-2026-{n}", "reason": "x", "owner": "a", "expires": "2999-01-31"} for n in range(1, 6)]
    put("w.yaml", json.dumps({"waivers": waivers}))
    ended = judge(SECURITY.replace(", baseline: old.json", ""))
    table = exhibits(ended)["Findings"]
    assert (len(table["rows"]), table["left_out"], table["note"]) == (8, 2, "5 counted, 5 waived")


def test_they_are_in_every_form_of_the_report(judge: Judge) -> None:
    """HTML and Markdown show the waiver and the fix."""
    put("w.yaml", "waivers: [{id: CVE-2026-1, reason: never reached, owner: alice, expires: 2999-01-31}]")
    put("r/a.json", trivy(vulnerability("CVE-2026-1", "HIGH", fixed="9.8.7")))
    put("r/b.json", bandit())
    assert judge(SECURITY.replace(", baseline: old.json", "")).code == PROMOTE
    for name in ("gate-report.html", "gate-report.md"):
        text = Path("tidegate-report", name).read_text()
        assert "9.8.7" in text
        assert "waived until 2999-01-31 by alice" in text
