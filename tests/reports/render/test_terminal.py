"""The report in the terminal."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.gate_report import GateResult
from reports.render.columns import columns
from reports.render.terminal import render
from tests.reports import samples

AT_80 = """\
tidegate · staging · stock-quotes 1.4.2 (sha256:9f2c1e…, commit 4b1d2aa)
  · stage pre · 41.2 s · release from --release
  health    PASS          6 of 6
  smoke     PASS          5 of 5
      one passed after a retry: log-in (2 attempts in 1.9 s)
  load      FAIL          3 of 4
      GET /api/v1/stocks.p95: 812 ms, wanted <= 500 ms (4,113 samples)
      remedy: compare the slow queries with the previous release: `tidegate show
        last --environment production`
  security  INCONCLUSIVE  6 of 7
      trivy.database.age: its database is 9 days old, and findings are judged
        with one of at most 24 h (3 attempts in 6.2 s)
      remedy: trivy image --download-db-only
REJECT  do not promote stock-quotes 1.4.2
        tidegate-report/gate-report.html
"""


def shown(report, **options):
    return render(report, samples.decided(report), **options)


def test_the_whole_report_at_80_columns():
    """Header, a row per gate with got, wanted and remedy, the decision and the page."""
    report = samples.failing()
    decision = replace(samples.decided(report), headline="do not promote stock-quotes 1.4.2")
    assert render(report, decision, html="tidegate-report/gate-report.html") == AT_80


def test_wide_terminals_have_the_reason_beside_the_gate():
    """At 140 columns a gate and its reason share a line."""
    assert re.search(r"load +FAIL +3 of 4 +GET /api/v1/stocks.p95: 812 ms", shown(samples.failing(), width=140))


def test_a_report_without_gates_says_so():
    """Nothing run is said in words and held."""
    text = shown(replace(samples.passing(), gates=()))
    assert "no gate was run" in text
    assert "HOLD" in text


def test_a_gate_without_judgements_says_so():
    """`nothing was judged` stands beside a gate that judged nothing, and not beside one that did."""
    empty = replace(samples.passing(), gates=(GateResult("health", True, ()),))
    assert "nothing was judged" in shown(empty)
    assert "nothing was judged" not in shown(samples.passing())


def test_three_failures_are_shown_and_the_rest_is_counted():
    """Of 7 failures 3 are shown and 4 counted; of 3 none is."""
    bad = [samples.judged(f"api-{i}.status", 500, "= 200", remedy="look at the log") for i in range(7)]
    text = shown(replace(samples.passing(), gates=(GateResult("smoke", True, tuple(bad)),)))
    assert text.count(".status: 500, wanted = 200") == 3
    assert "and 4 more" in text
    assert text.count("remedy: look at the log") == 1, "the same remedy is not repeated"
    three = shown(replace(samples.passing(), gates=(GateResult("smoke", True, tuple(bad[:3])),)))
    assert "\n      and " not in three


def test_what_is_incomplete_and_noted_is_said():
    """Reasons why the report is no whole stage, notes, and advisory gates are visible."""
    text = shown(samples.inconclusive())
    assert "incomplete: 3 tests were deselected by -k" in text
    assert "note: binding: none" in text
    assert "advisory: it does not decide" in text
    assert "incomplete" not in shown(samples.passing())


def test_observing_is_in_large_letters():
    """An observed report can't be taken for a real one."""
    assert "O B S E R V I N G" in shown(samples.observed())
    assert "O B S E R V I N G" not in shown(samples.failing())


def test_colour_adds_nothing_but_colour():
    """Without its escape sequences the coloured report is the plain one."""
    for report in (samples.failing(), samples.observed(), samples.inconclusive(), samples.passing()):
        coloured = shown(report, color=True)
        assert "\x1b[" in coloured
        assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == shown(report)


@pytest.mark.parametrize("width", [40, 80, 100, 200])
def test_no_line_is_wider_than_asked(width):
    """Hostile and wide texts wrap like all others, and no control character reaches the terminal."""
    for make in (samples.hostile, samples.failing, samples.inconclusive, samples.observed):
        for line in shown(make(), width=width, html="a/" * 60).splitlines():
            assert columns(line) <= width
            assert "\x1b" not in line
            assert "\u202e" not in line


@given(st.text(max_size=120), st.text(max_size=120), st.integers(40, 160))
@settings(max_examples=60, deadline=None)
def test_any_text_fits(name, reason, width):
    """Whatever a gate is called and a reason says, no line is too wide."""
    judgement = replace(samples.judged("api.status", 500, "= 200", remedy=name), reason=reason)
    report = replace(samples.passing(), gates=(GateResult(name, True, (judgement,), notes=(reason,)),), service=name)
    assert all(columns(line) <= width for line in shown(report, width=width).split("\n"))
