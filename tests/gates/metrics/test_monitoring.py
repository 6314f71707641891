"""The monitoring itself, judged: with a real Prometheus and a real Alertmanager."""

import json

import pytest

from reports.verdict import Verdict
from tests.checks.monitoring.conftest import box, manager, serve, stack, watching

__all__ = ["box", "manager", "serve", "stack", "watching"]


@pytest.fixture
def verdicts(judged, watching):
    """The verdicts of a `monitoring:` section, by subject."""

    def judge(monitoring, limits="{}"):
        section = f"{{prometheus: {{url: '{watching.url}'}}, monitoring: {monitoring}}}"
        return {subject: judgement.verdict.name.lower() for subject, judgement in judged(section, limits).items()}

    return judge


@pytest.mark.parametrize(
    ("monitoring", "expected"),
    [
        ("{jobs: {node: {}}}", {"jobs.node.targets": "pass", "jobs.node.down": "pass"}),
        ("{jobs: {dead: {}}}", {"jobs.dead.targets": "fail", "jobs.dead.down": "fail"}),
        ("{jobs: {half: {down: '<= 1'}}}", {"jobs.half.targets": "pass", "jobs.half.down": "pass"}),
        ("{jobs: {node: {targets: '>= 2'}}}", {"jobs.node.targets": "fail", "jobs.node.down": "pass"}),
        (
            "{jobs: {node: {interval: '<= 500ms'}}}",
            {"jobs.node.targets": "pass", "jobs.node.down": "pass", "jobs.node.interval": "fail"},
        ),
        (
            "{jobs: {node: {interval: '<= 15s'}}}",
            {"jobs.node.targets": "pass", "jobs.node.down": "pass", "jobs.node.interval": "pass"},
        ),
        ("{jobs: {x: {job: node}}}", {"jobs.x.targets": "pass", "jobs.x.down": "pass"}),
        ("{jobs: {api: {}}}", {"jobs.api.targets": "fail"}),
        ("{alerts: {a: {severity: critical}}}", {"alerts.a.firing": "fail", "alerts.a.rules": "pass"}),
        ("{alerts: {a: {severity: page}}}", {"alerts.a.firing": "pass", "alerts.a.rules": "pass"}),
        ("{alerts: {a: {severity: typo}}}", {"alerts.a.firing": "pass", "alerts.a.rules": "fail"}),
        ("{rules: {}}", {"rules.loaded": "pass", "rules.failing": "pass", "rules.stale": "pass"}),
        (
            "{rules: {alerts: [Gone]}}",
            {"rules.loaded": "pass", "rules.failing": "pass", "rules.stale": "pass", "rules.missing": "fail"},
        ),
        (
            "{prometheus: {alertmanagers: '>= 1'}}",
            {"prometheus.ready": "pass", "prometheus.config_loaded": "pass", "prometheus.alertmanagers": "pass"},
        ),
        ("{prometheus: {}}", {"prometheus.ready": "pass", "prometheus.config_loaded": "pass"}),
    ],
)
def test_each_part_and_its_twin(verdicts, monitoring, expected):
    """A dead job, a firing alert, an alert that nobody could raise, a rule that is missing."""
    assert verdicts(monitoring) == expected


def test_a_limit_of_the_gate_holds_for_all(verdicts):
    """Unless a check has its own."""
    limits = "{down: '<= 5', pending: '= 0'}"
    found = verdicts("{jobs: {half: {}, dead: {down: '= 0'}}, alerts: {all: {}}}", limits)
    assert (found["jobs.half.down"], found["jobs.dead.down"]) == ("pass", "fail")
    assert found["alerts.all.pending"] == "fail"


def test_an_alertmanager(judged, manager, box, dead_port):
    """Down, up, and up with a probe that arrives or goes elsewhere."""
    asked = "{{monitoring: {{alertmanager: {{url: '{}', {}}}}}}}"
    down = judged(asked.format(f"http://127.0.0.1:{dead_port}", "timeout: 2s"))
    assert {subject: j.reason for subject, j in down.items()} == {"alertmanager.ready": "connection refused"}
    assert down["alertmanager.ready"].verdict is Verdict.FAIL
    assert [j.verdict for j in judged(asked.format(manager.url, "timeout: 2s")).values()] == [Verdict.PASS]
    probe = f"allow_probe: true, labels: {{severity: critical}}, receiver: oncall, arrived: '{box.url}', deadline: 15s"
    found = judged(asked.format(manager.url, probe))
    assert {subject: j.verdict.name.lower() for subject, j in found.items()} == dict.fromkeys(
        ["alertmanager." + part for part in ("ready", "accepted", "active", "routed", "arrived")], "pass"
    )
    elsewhere = judged(
        asked.format(manager.url, probe.replace("severity: critical", "severity: low").replace("15s", "1s"))
    )
    assert elsewhere["alertmanager.routed"].verdict is Verdict.FAIL
    assert elsewhere["alertmanager.arrived"].verdict is Verdict.FAIL


def test_pushes_and_dashboards(verdicts, serve, tmp_path, judged, watching):
    """What the fakes say is judged by the defaults."""
    import time

    gateway = serve({"/metrics": f'push_time_seconds{{job="backup"}} {time.time() - 100}\n'.encode()})
    pushed = "{{monitoring: {{pushgateway: {{url: '{}', jobs: {{backup: {{{}}}, other: {{}}}}}}}}}}"
    found = judged(pushed.format(gateway.url, ""))
    assert found["pushgateway.backup.age"].verdict is Verdict.PASS
    assert found["pushgateway.other.age"].verdict is Verdict.FAIL
    assert judged(pushed.format(gateway.url, "age: '<= 50s'"))["pushgateway.backup.age"].verdict is Verdict.FAIL
    panels = [{"id": n, "title": t, "targets": [{"refId": "A", "expr": t}]} for n, t in ((1, "up"), (2, "upp"))]
    (tmp_path / "d.json").write_text(json.dumps({"panels": panels}))
    found = verdicts("{grafana: {dashboards: {d: {file: d.json}}}}")
    assert found == {
        "dashboards.d.panels": "pass",
        "dashboards.d.panel.1.A.series": "pass",
        "dashboards.d.panel.2.A.series": "fail",
    }
    healthy = serve({"/api/health": b'{"database": "ok"}'})
    assert verdicts(f"{{grafana: {{url: '{healthy.url}'}}}}") == {"grafana.healthy": "pass"}
