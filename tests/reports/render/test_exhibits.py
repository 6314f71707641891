"""Tables and plots in each format: every number is there as text, and hostile cells stay text."""

import json
import re

import pytest

from gates.decision import decide
from reports.exhibit import Column, Limit, Plot, Series, Table
from reports.render import html, markdown, terminal
from reports.render import json as as_json
from reports.render.drawing import draw
from reports.render.sparkline import sparkline
from tests.reports.samples import exhibited, failing, latency, requests_table

REPORT = exhibited()
DECISION = decide(REPORT)


def test_a_plot_without_a_point_is_not_drawn():
    """There is nothing to see; with one point there is a dot."""
    assert draw(Plot("p", (), "s")) is None
    assert draw(Plot("p", (Series("s", ()),), "s")) is None
    drawing = draw(Plot("p", (Series("s", ((1.0, 2.0),)),), "s"))
    assert len(drawing.lines[0].dots) == 1
    assert drawing.rows == (("1 s", "2 s"),)


def test_a_line_is_broken_where_nothing_was_measured():
    """A gap is no straight line, and a limit that would press the lines flat is named instead."""
    drawing = draw(latency())
    assert drawing.lines[1].path.count("M") == 2
    assert [limit.name for limit in drawing.limits] == ["p95 <= 500 ms"]
    assert "Not in sight: p99 <= 60 s." in drawing.note
    assert drawing.rows[6] == ("6 s", "56 ms", "—")


@pytest.mark.parametrize("top", [0.0, 1e-9, 0.7, 1.0, 59.0, 1e6, 1e15])
@pytest.mark.parametrize("unit", ["s", "ratio", "1/s", "B", "1"])
def test_every_point_lies_inside_of_the_drawing(top, unit):
    """Whatever the values are, between two ticks, and the first tick is 0."""
    drawing = draw(
        Plot("p", (Series("s", ((0.0, 0.0), (5.0, top), (10.0, top / 3))),), unit, limits=(Limit("l", top),))
    )
    xs, ys = zip(*(map(float, point.split()) for point in re.split("[ML]", drawing.lines[0].path)[1:]), strict=True)
    assert min(xs) >= 72
    assert max(xs) <= 704
    assert min(ys) >= 16
    assert max(ys) == 200.0
    assert 2 <= len(drawing.y_ticks) <= 12


def test_the_page_shows_the_plot_with_a_table_behind_it():
    """The picture has words for who can't see it, and every number stands in a table."""
    page = html.render(REPORT, DECISION)
    assert 'role="img" aria-label="Latency of GET /api/v1/stocks: p50, p95, from 50 ms to 1 s' in page
    assert page.count('<path class="limit"') == 1
    assert page.count('<path class="mark"') == 1
    for number in ("56 ms", "1 s", "812 ms", "4,113", "0.1 %"):
        assert f">{number}<" in page
    assert "and 3 more rows" in page
    assert "<script>alert" not in page
    assert "style=" not in page
    assert "exhibit" not in html.render(failing(), decide(failing())).partition("</style>")[2]


def test_markdown_has_the_table_and_sparklines():
    """Hostile cells are escaped, and what does not fit is counted."""
    page = markdown.render(REPORT, DECISION)
    assert "| GET /api/v1/stocks | 4,113 | 812 ms | 0.1 % | yes |" in page
    assert "| p50 | `▁▁▂▃▄▅▆▇██` | 50 ms to 59 ms |" in page
    assert re.search(r"\| p95 \| `[▁-█·]{10}` \| 100 ms to 1 s \|", page)
    assert "aborted: hopeless at 9 s" in page
    assert "<script>" not in page
    room = len(markdown.render(failing(), DECISION).encode()) + 300
    assert "2 more tables and plots do not fit here" in markdown.render(REPORT, DECISION, limit=room)


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_a_terminal_shows_what_is_meant_for_it(width):
    """Within its columns; what is for the page alone stays away."""
    shown = terminal.render(REPORT, DECISION, width=width)
    assert max(map(len, shown.splitlines())) <= width
    assert re.search(r"p95 +[▁-█·]+ +100 ms", shown)
    assert "and 3 more rows" in shown
    quiet = Table("Only on the page", (Column("a"),), (("x",),))
    gates = tuple(g.__class__(g.name, g.required, g.judgements, exhibits=(quiet,)) for g in REPORT.gates)
    report = REPORT.__class__("s", "e", REPORT.release, "pre", 0.0, 1.0, gates)
    assert "Only on the page" not in terminal.render(report, decide(report))


def test_the_file_for_automation_holds_them_and_reads_them_back():
    """They follow the schema, come back equal, and a broken one is refused by its place."""
    text = as_json.render(REPORT, DECISION)
    report, _ = as_json.load(text)
    assert report.gates[2].exhibits == (latency(), requests_table())
    data = json.loads(text)
    data["gates"][2]["exhibits"][0]["kind"] = "pie"
    with pytest.raises(as_json.ReportFormatError, match=r"gates\.2\.exhibits\.0: 'pie' is no kind"):
        as_json.load(json.dumps(data))
    for gate in data["gates"]:
        del gate["exhibits"]
    assert as_json.load(json.dumps(data))[0].gates[2].exhibits == ()


def test_a_sparkline_keeps_a_peak():
    """Many values share a character as their largest; what was not measured is a dot."""
    assert sparkline([], 10) == ""
    assert sparkline([1.0] * 99 + [9.0] + [1.0] * 100, 20).count("█") == 1
    assert sparkline([1.0, None, 2.0], 10) == "▁·█"
    assert sparkline([5.0, 5.0], 10) == "▁▁"
