"""The report as Markdown and as annotations."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from reports.gate_report import GateResult
from reports.render.markdown import LIMIT, annotations, code, render, text
from tests.reports import samples

MAKERS = [samples.passing, samples.failing, samples.inconclusive, samples.observed, samples.hostile]


def shown(report, **options):
    return render(report, samples.decided(report), **options)


def html_of(markdown):
    return MarkdownIt("gfm-like", {"linkify": False, "html": True}).render(markdown)


def test_the_decision_comes_first():
    """The first line is the decision, then release, next step and the gates."""
    markdown = shown(samples.failing())
    assert markdown.startswith("## REJECT: do not promote stock-quotes 1.4.2")
    assert "stage pre" in markdown
    assert "**What now:** Do not promote. Keep 1.4.1 serving" in markdown
    assert "| load | **FAIL** | 3 of 4 | GET /api/v1/stocks.p95: 812 ms, wanted &lt;= 500 ms" in markdown


def test_failures_say_got_wanted_and_remedy():
    """What did not pass is listed with what was found, wanted, and what to do."""
    markdown = shown(samples.failing())
    failure = markdown.split("### FAIL load")[1].split("###")[0]
    assert "- got: 812 ms\n" in failure
    assert "- wanted: &lt;= 500 ms with &gt;= 500 samples\n" in failure
    assert "- remedy: compare the slow queries" in failure
    assert "second 40: p95 740 ms" in failure
    assert "###" not in shown(samples.passing())


def test_observing_and_incomplete_are_said():
    """Neither an observed nor a partial report can be taken for a whole one."""
    assert "**OBSERVING**" in shown(samples.observed())
    assert "**incomplete**: stopped by -x" in shown(samples.inconclusive())
    assert "OBSERVING" not in shown(samples.passing())


@pytest.mark.parametrize("make", MAKERS)
def test_the_table_has_as_many_cells_as_columns(make):
    """Pipes and newlines in foreign texts make no cells and no rows."""
    report = make()
    body = html_of(shown(report)).split("</table>")[0]
    assert body.count("<tr>") == len(report.gates) + 1
    assert body.count("<td") == len(report.gates) * 4


def test_hostile_text_is_shown_and_does_nothing():
    """No tag, link, emphasis or mention comes out of a foreign text."""
    markdown = shown(samples.hostile())
    page = html_of(markdown)
    for tag in ("<script", "<img", "<a ", 'javascript:1"', "</style>"):
        assert tag not in page
    assert not re.search(r"@\w", re.sub(r"<code.*?</code>", "", page, flags=re.DOTALL))
    assert "\x1b" not in markdown
    assert "\u202e" not in markdown


@given(st.text("ab \\`*_[]()<>|#$!{}&@~-+=1.)\n\t", max_size=40))
@settings(max_examples=300, deadline=None)
def test_escaped_text_renders_as_itself(raw):
    """What a reader sees is the text itself, on one line, without any markup."""
    page = MarkdownIt("commonmark").render(text(raw))
    inside = re.sub(r"^<p>|</p>\n$", "", page)
    assert "<" not in inside
    plain = inside.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")
    assert plain.replace("\u200b", "") == " ".join(raw.split())


@given(st.text("ab `|<>&@", max_size=30))
@settings(max_examples=200, deadline=None)
def test_code_spans_hold_any_text(raw):
    """A code span shows backticks and pipes as they are."""
    page = MarkdownIt("commonmark").render(f"x {code(raw)}")
    if raw.strip():
        inside = re.search(r"<code>(.*)</code>", page)[1]
        assert inside.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == " ".join(raw.split())
        assert page.count("<code>") == 1


def test_a_summary_that_is_too_long_is_cut_and_says_so():
    """5,000 failures stay below GitHub's limit, and the statement counts what is left out."""
    report = samples.large(5000, 5000)
    markdown = shown(report)
    assert len(markdown.encode()) <= LIMIT
    left_out = int(re.search(r"\n([\d,]+) more judgements did not pass", markdown)[1].replace(",", ""))
    assert left_out + markdown.count("\n### ") == 5000
    assert markdown.startswith("## REJECT")


@pytest.mark.parametrize("limit", [0, 100, 500, 5000])
def test_any_limit_is_kept(limit):
    """However little room there is, the limit holds and the beginning is what is kept."""
    markdown = shown(samples.hostile(), limit=limit)
    assert len(markdown.encode()) <= max(limit, 60)


def test_annotations_follow_the_rules_of_github():
    """An error per FAIL, a warning per INCONCLUSIVE, percent signs, newlines, colons and commas escaped."""
    first, second = annotations(samples.failing()).splitlines()
    assert first.startswith("::error title=load FAIL::GET /api/v1/stocks.p95: 812 ms, wanted <= 500 ms")
    assert "%0Aremedy: compare" in first
    assert second.startswith("::warning title=security INCONCLUSIVE::trivy.database.age")
    assert annotations(samples.passing()) == ""


def test_annotations_can_not_be_broken_out_of():
    """A foreign text starts no workflow command and ends no property."""
    lines = annotations(samples.hostile()).splitlines()
    assert len(lines) == 3
    for line in lines:
        assert re.fullmatch(r"::(error|warning|notice) title=[^:,]*::(?:[^%\r\n]|%25|%0A|%0D|%3A|%2C)*", line)


def test_annotations_are_bounded():
    """Of 200 errors 10 lines remain, the last of which counts the others; of 10 all are there."""
    lines = annotations(samples.large(400, 200)).splitlines()
    assert len(lines) == 10
    assert lines[-1] == "::error title=and more::191 more are in the report"
    assert "more are in" not in annotations(samples.large(400, 10))


def test_gates_that_can_not_decide_give_notices():
    """An advisory gate does not mark a pipeline with an error; the same gate, required, does."""
    bad = samples.judged("style.score", 3, ">= 5")
    report = replace(samples.passing(), gates=(GateResult("style", False, (bad,)),))
    assert annotations(report).startswith("::notice ")
    assert annotations(replace(report, gates=(GateResult("style", True, (bad,)),))).startswith("::error ")


def test_a_required_gate_without_judgements_gives_a_warning():
    """A gate that judged nothing is not silent."""
    report = replace(samples.passing(), gates=(GateResult("load", True, ()),))
    assert annotations(report) == "::warning title=load::nothing was judged\n"
