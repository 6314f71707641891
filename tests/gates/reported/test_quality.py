"""Quality, budget and accessibility gates: each limit at, below and above; what is missing is never a pass."""

import copy
import json

import pytest

from tests.gates.reported.world import HOLD, PROMOTE, REJECT, USAGE, Judge, put
from tests.reports.read.quality import samples

GATE = "q: {{reports: [{{{kind}: report.json, binding: none}}]{limits}}}"


def changed(document: object, *path: object, value: object) -> object:
    """The document with one value changed."""
    out = copy.deepcopy(document)
    node = out
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    return out


def complexity(worst: int) -> object:
    """radon's report of functions, the worst of which is so complex."""
    return changed(samples.RADON, "src/shop.py", 1, "closures", 0, "complexity", value=worst)


def duplication(lines: int) -> object:
    """jscpd's report of so many duplicated lines of 1,000."""
    out = changed(samples.JSCPD, "statistics", "total", "lines", value=1000)
    out["statistics"]["total"]["duplicatedLines"] = lines
    out["statistics"]["total"]["percentage"] = lines / 10
    out["statistics"]["total"]["clones"] = min(lines, 1)
    out["duplicates"] = [{**out["duplicates"][0], "lines": lines}] if lines else []
    return out


def lighthouse(score: float | None) -> object:
    """Lighthouse's report with this performance."""
    return changed(samples.LIGHTHOUSE, "categories", "performance", "score", value=score)


def axe(*impacts: str) -> object:
    """axe's report of violations of these impacts."""
    rules = [samples.rule(f"rule-{n}", impact) for n, impact in enumerate(impacts)]
    return changed(samples.AXE, "violations", value=rules)


def durations(build: float, **more: float) -> object:
    """How long the steps took."""
    return {"durations": {"build": build, **more}, "finished": "2026-01-31T12:00:00Z"}


def judged(judge: Judge, kind: str, document: object, limits: str = ""):
    """The gate over one report."""
    put("report.json", document if isinstance(document, str) else json.dumps(document))
    return judge(GATE.format(kind=kind, limits=f", limits: {{{limits}}}" if limits else ""))


@pytest.mark.parametrize(
    ("kind", "document", "limits", "code", "words"),
    [
        ("complexity", complexity(10), "", PROMOTE, ""),
        ("complexity", complexity(11), "", REJECT, "q.complexity: 11 (retry in src/shop.py:5), wanted <= 10"),
        ("complexity", complexity(11), 'complexity: "<= 11"', PROMOTE, ""),
        ("duplication", duplication(30), "", PROMOTE, ""),
        ("duplication", duplication(31), "", REJECT, "q.duplication: 3.1 % (31 of 1,000 lines), wanted <= 3 %"),
        ("duplication", duplication(31), 'duplication: "<= 5 %"', PROMOTE, ""),
        ("lighthouse", lighthouse(0.91), "", PROMOTE, ""),
        ("lighthouse", lighthouse(0.9), "", REJECT, "q.performance: 90 % (https://shop.example/), wanted > 90 %"),
        ("lighthouse", lighthouse(0.9), 'performance: ">= 90 %"', PROMOTE, ""),
        ("lighthouse", lighthouse(None), "", HOLD, "could not tell a score of 'performance'"),
        ("lighthouse", lighthouse(0.95), 'seo: ">= 90 %"', HOLD, "the report has no category 'seo'"),
        ("axe", axe(), "", PROMOTE, ""),
        ("axe", axe("minor"), "", REJECT, "q.violations: 1"),
        ("axe", axe("minor"), 'serious: "<= 0"', PROMOTE, ""),
        ("axe", axe("serious"), 'serious: "<= 0"', REJECT, "q.serious: 1"),
        ("durations", durations(600, tests=900), "", PROMOTE, ""),
        ("durations", durations(600.1, tests=900), "", REJECT, "q.build: 10"),
        ("durations", durations(600, tests=901), "", REJECT, "q.tests: 15"),
        ("durations", durations(600), "", HOLD, "does not say how long 'tests' took"),
        ("durations", durations(600), 'build: "<= 10min"', PROMOTE, ""),
        ("quality_gate", samples.SONAR, "", PROMOTE, ""),
        (
            "quality_gate",
            changed(samples.SONAR, "projectStatus", "status", value="ERROR"),
            "",
            REJECT,
            "q.quality_gate",
        ),
        ("quality_gate", changed(samples.SONAR, "projectStatus", "status", value="NONE"), "", HOLD, "no quality gate"),
    ],
)
def test_a_limit(judge: Judge, kind, document, limits, code, words) -> None:  # noqa: PLR0917 - a table's columns
    """S4-10 to S4-12 where nothing else is said, and the limits of the environment where they are."""
    ended = judged(judge, kind, document, limits)
    assert ended.code == code, ended.said
    assert words in ended.said


GOOD = {
    "complexity": complexity(3),
    "duplication": duplication(0),
    "quality_gate": samples.SONAR,
    "lighthouse": lighthouse(0.99),
    "axe": axe(),
    "durations": durations(1, tests=1),
}


@pytest.mark.parametrize("kind", GOOD)
@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", '{"error": {"code": 500}}', "<html><body>502 Bad Gateway</body></html>"]
)
def test_what_is_no_such_report_is_held(judge: Judge, kind: str, text: str) -> None:
    """An empty file, an error object or a proxy's page is no evidence; the good report is."""
    ended = judged(judge, kind, text)
    assert ended.code == HOLD, ended.said
    assert "report.json" in ended.said
    assert judged(judge, kind, GOOD[kind]).code == PROMOTE


@pytest.mark.parametrize("kind", GOOD)
def test_a_report_cut_in_half_is_held(judge: Judge, kind: str) -> None:
    """What was not written to its end proves nothing."""
    text = json.dumps(GOOD[kind])
    assert judged(judge, kind, text[: len(text) // 2]).code == HOLD


@pytest.mark.parametrize("kind", GOOD)
def test_no_file_and_an_unbound_file_are_held(judge: Judge, kind: str) -> None:
    """Nothing there, or nobody knows of which commit."""
    assert judge(GATE.format(kind=kind, limits="")).code == HOLD
    put("report.json", json.dumps(GOOD[kind]))
    unbound = judge(f"q: {{reports: [{{{kind}: report.json}}]}}")
    assert unbound.code == HOLD
    assert "nothing says of which commit" in unbound.said


def test_durations_are_bound_by_their_own_commit(judge: Judge) -> None:
    """The file names its commit: the same one passes, another one doesn't."""
    put("report.json", json.dumps({**durations(1, tests=1), "commit": "4b1d2aa"}))
    gate = "q: {reports: [{durations: report.json}]}"
    assert judge(gate, "--commit=4b1d2aa0000000000000000000000000000000aa", release="").code == PROMOTE
    other = judge(gate, "--commit=9b1d2aa0000000000000000000000000000000aa", release="")
    assert other.code != PROMOTE
    assert "4b1d2aa" in other.said


def test_several_kinds_in_one_gate(judge: Judge) -> None:
    """Each kind takes its own limits; one that fails is enough."""
    gate = """
q:
  reports:
    - {complexity: radon.json, binding: none}
    - {duplication: jscpd.json, binding: none, limits: {duplication: "<= 5 %"}}
  limits: {complexity: "<= 12"}
"""
    put("radon.json", json.dumps(complexity(12)))
    put("jscpd.json", json.dumps(duplication(50)))
    assert judge(gate).code == PROMOTE
    put("jscpd.json", json.dumps(duplication(51)))
    assert judge(gate).code == REJECT


@pytest.mark.parametrize(
    ("gate", "words"),
    [
        ("q: {reports: [{complexity: r.json}], limits: {lines: '>= 80 %'}}", "'lines' is not measured here"),
        ("q: {reports: [{lighthouse: r.json}], limits: {performance: '<= 90 %'}}", "performance"),
        ("q: {reports: [{durations: r.json}], limits: {build: '<= 5'}}", "build"),
        ("q: {reports: [{quality_gate: r.json, limits: {build: '<= 5s'}}]}", "means nothing for `quality_gate:`"),
        ("q: {reports: [{complexity: r.json, duplication: r.json}]}", "exactly one of"),
    ],
)
def test_wrong_configuration(judge: Judge, gate: str, words: str) -> None:
    """A limit that no such report can meet is found before anything is read."""
    ended = judge(gate)
    assert ended.code == USAGE, ended.said
    assert words in ended.said
