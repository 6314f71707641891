"""Dashboards: every panel's query is put to a real Prometheus. Debian has no Grafana: its HTTP is a fake."""

import contextlib
import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.evidence import Gap
from checks.monitoring.dashboard import DashboardError, panel_queries, read_dashboard, substitute
from checks.monitoring.grafana import DashboardProbe, GrafanaProbe, look_at_dashboard, look_at_grafana
from checks.monitoring.server import Server
from tests.checks.prometheus.running import eventually


def panel(number, title, expr, **more):
    targets = [{"refId": "A", "expr": expr, "datasource": {"type": "prometheus", "uid": "x"}}]
    return {"id": number, "title": title, "type": "timeseries", "targets": targets, **more}


DASHBOARD = {
    "title": "Service",
    "templating": {
        "list": [
            {"name": "job", "current": {"value": "node"}},
            {"name": "all", "current": {"value": ["$__all"]}, "allValue": None},
            {"name": "some", "current": {"value": ["a", "node"]}},
        ]
    },
    "panels": [
        {"id": 1, "type": "row", "title": "Machines", "panels": [panel(2, "up", 'up{job="$job"}')]},
        panel(3, "rate", 'rate(node_cpu_seconds_total{job=~"${all:regex}"}[$__rate_interval])'),
        panel(4, "some", "up{job=~'[[some]]'}"),
        {"id": 5, "type": "text", "title": "words"},
    ],
}


def look(document, server, tmp_path, **given):
    file = tmp_path / "dashboard.json"
    file.write_text(document if isinstance(document, str) else json.dumps(document))
    return by_part(look_at_dashboard(DashboardProbe("d", server, file=str(file), **given)))


def by_part(evidence):
    return {one.subject.removeprefix("d."): one for one in evidence}


def test_every_panel_has_data(server, tmp_path):
    """Variables are filled in from the dashboard, rows are opened, words are no panel."""
    eventually(lambda: all(one.value for one in look(DASHBOARD, server, tmp_path).values()))
    found = look(DASHBOARD, server, tmp_path)
    assert list(found) == ["panels", "panel.2.A.series", "panel.3.A.series", "panel.4.A.series"]
    assert found["panels"].value == 3
    assert found["panel.2.A.series"].value == 1
    assert found["panel.2.A.series"].source.startswith('up{job="node"} (asked at')
    assert found["panel.3.A.series"].value > 3


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (panel(7, "typo", "htttp_requests_total"), "panel 'typo'"),
        (panel(7, "broken", "sum("), "parse error"),
        (panel(7, "nan", "0/vector(0)"), "panel 'nan'"),
    ],
)
def test_a_panel_without_data(server, tmp_path, bad, words):
    """Its query gives nothing, or can't be read: 0 series, which is a reading of the panel."""
    found = look({**DASHBOARD, "panels": [*DASHBOARD["panels"], bad]}, server, tmp_path)
    assert found["panel.7.A.series"].value == 0
    assert words in found["panel.7.A.series"].detail


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (panel(7, "logs", "{app='x'}", targets=[{"expr": "x", "datasource": {"type": "loki"}}]), "loki"),
        (panel(7, "sql", "", targets=[{"rawSql": "select 1"}]), "unknown"),
        ({"id": 7, "title": "empty", "type": "graph", "targets": []}, "no query of its own"),
    ],
)
def test_a_panel_that_prometheus_knows_nothing_of(server, tmp_path, other, words):
    """It is a Gap, and can be left out by its name, and only by a name that there is."""
    document = {**DASHBOARD, "panels": [*DASHBOARD["panels"], other]}
    found = look(document, server, tmp_path)
    (subject,) = [part for part in found if part.startswith("panel.7.")]
    assert isinstance(found[subject], Gap)
    assert words in found[subject].reason
    assert len(look(document, server, tmp_path, without=(other["title"],))) == 4
    assert isinstance(look(document, server, tmp_path, without=("other",))["panels"], Gap)


def test_a_hidden_query_is_not_asked(server, tmp_path):
    """Nobody sees it."""
    document = {"panels": [panel(1, "x", "nothing", targets=[{"expr": "nothing", "hide": True}])]}
    assert look(document, server, tmp_path)["panels"].value == 0


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("", "no JSON"),
        ("[]", "no `panels`"),
        ("{}", "no `panels`"),
        ({"panels": [1]}, "a panel is no object"),
        ({"panels": [{"id": 1, "targets": [1]}]}, "a target that is no object"),
        ({"panels": [panel(1, "x", "up{job='$missing'}")]}, "the variable \\$missing has no value"),
    ],
)
def test_a_dashboard_that_can_not_be_read(server, tmp_path, document, words):
    """One Gap that says why."""
    found = look(document, server, tmp_path)
    assert list(found) == ["panels"]
    assert re.search(words, found["panels"].reason)


def test_a_variable_can_be_given(server, tmp_path):
    """It takes the place of the dashboard's."""
    found = look(DASHBOARD, server, tmp_path, variables=(("job", "dead"),))
    assert found["panel.2.A.series"].source.startswith('up{job="dead"}')


def test_prometheus_that_is_down(tmp_path, dead_port):
    """Each panel is a Gap: what they would show is not known."""
    found = look(DASHBOARD, Server("Prometheus", f"http://127.0.0.1:{dead_port}", timeout=2), tmp_path)
    assert all(isinstance(one, Gap) for part, one in found.items() if part != "panels")


def test_a_dashboard_from_grafana(server, serve):
    """By its uid, as Grafana's API wraps it."""
    answer = json.dumps({"meta": {}, "dashboard": DASHBOARD}).encode()
    grafana = serve({"/api/dashboards/uid/abc": answer})
    found = by_part(look_at_dashboard(DashboardProbe("d", server, grafana, "abc")))
    assert found["panels"].value == 3
    missing = by_part(look_at_dashboard(DashboardProbe("d", server, grafana, "xyz")))
    assert "knows no such path (404)" in missing["panels"].reason


def test_a_file_that_is_not_there(server):
    """It is a Gap."""
    found = by_part(look_at_dashboard(DashboardProbe("d", server, file="/nowhere/x.json")))
    assert "No such file" in found["panels"].reason


@pytest.mark.parametrize(
    ("answer", "healthy", "words"),
    [
        (b'{"database":"ok","version":"11.0"}', True, "version 11.0"),
        (b'{"database":"failing"}', False, "'failing'"),
        ((503, b'{"database":"ok"}'), False, "503"),
        (b"<html>", False, "a page of HTML"),
        ((302, b""), False, "302"),
        (b"[]", False, "None"),
    ],
)
def test_grafanas_health(serve, answer, healthy, words):
    """It answers, and its database does."""
    (found,) = look_at_grafana(GrafanaProbe("g", serve({"/api/health": answer})))
    assert found.value is healthy
    assert words in found.detail


def test_grafana_that_is_down(dead_port):
    """A reading: it is what is looked at."""
    (found,) = look_at_grafana(GrafanaProbe("g", Server("Grafana", f"http://127.0.0.1:{dead_port}", timeout=2)))
    assert (found.value, found.detail) == (False, "connection refused")


def test_variables_in_all_their_spellings():
    """Grafana has three, and fills some in itself."""
    assert substitute("$a ${a} ${a:regex} [[a]] $ab $__interval", {"a": "1", "ab": "2"}) == "1 1 1 1 2 1m"


_KEYS = ["panels", "targets", "expr", "datasource", "type", "templating", "list", "current", "value", "rows", "name"]
_LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
_DOCUMENTS = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=100, deadline=None)
@given(_DOCUMENTS)
def test_any_document_is_a_dashboard_or_an_error(document):
    """No JSON breaks the reader."""
    whole = {"panels": [document], **(document if isinstance(document, dict) else {})}
    with contextlib.suppress(DashboardError):
        list(panel_queries(read_dashboard(json.dumps(whole).encode()), {}))
