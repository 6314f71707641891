"""A real Prometheus, its targets, rules and alerts: each fault is seen, and its twin is not."""

import json
import os
import signal

import pytest

from checks.evidence import Gap, Reading
from checks.monitoring.jobs import JobProbe, look_at_jobs, moment
from checks.monitoring.prometheus import look_at_prometheus
from checks.monitoring.rules import AlertsProbe, RulesProbe, look_at_rules
from checks.monitoring.server import Server
from checks.prometheus.look import look_at_queries
from checks.prometheus.matcher import Matcher
from checks.prometheus.presets import PRESETS, Asked, query_of
from tests.checks.monitoring.conftest import config
from tests.checks.prometheus.running import eventually, prometheus
from tests.conftest import locate


def by_part(evidence, name):
    return {one.subject.removeprefix(f"{name}."): one for one in evidence}


def jobs_of(server, job):
    return by_part(look_at_jobs(server, [JobProbe("j", job)])["j"], "j")


def alerts_of(server, *labels):
    return by_part(look_at_rules(server, [AlertsProbe("a", labels)])["a"], "a")


def rules_of(server, **given):
    return by_part(look_at_rules(server, [RulesProbe("r", **given)])["r"], "r")


@pytest.mark.parametrize(
    ("job", "targets", "down", "words"),
    [("node", 1, 0, ""), ("dead", 0, 1, "connection refused"), ("half", 1, 1, "connection refused")],
)
def test_the_targets_of_a_job(server, job, targets, down, words):
    """Those that answer are counted; of the others it is said why."""
    found = jobs_of(server, job)
    assert (found["targets"].value, found["down"].value) == (targets, down)
    assert words in found["down"].detail
    assert found["interval"].value == 1.0


def test_a_job_that_nobody_scrapes(server):
    """It has no target, and the jobs that there are are listed."""
    found = jobs_of(server, "api")
    assert found["targets"].value == 0
    assert "there are the jobs dead, half, node" in found["targets"].detail


def test_a_target_that_answers_with_an_error(faulty):
    """It is down, with the status; its twin on the same Prometheus lives."""
    server = Server("Prometheus", faulty.url)
    bad, good = jobs_of(server, "bad"), jobs_of(server, "node")
    assert (bad["targets"].value, bad["down"].value) == (0, 1)
    assert "server returned HTTP status 500" in bad["down"].detail
    assert (good["targets"].value, good["down"].value) == (1, 0)


def test_alerts_that_fire(server):
    """By their labels; those that wait are no fire."""
    critical = alerts_of(server, Matcher("severity", "critical"))
    assert (critical["firing"].value, critical["rules"].value) == (1, 1)
    assert "ServiceDown" in critical["firing"].detail
    assert "job=dead" in critical["firing"].detail
    waiting = alerts_of(server, Matcher("severity", "info"))
    assert (waiting["firing"].value, waiting["pending"].value) == (0, 1)
    everything = alerts_of(server)
    assert (everything["firing"].value, everything["rules"].value) == (2, 5)


def test_no_alert_fires_and_one_could(server):
    """The twin: nothing fires, and a healthy rule stands for it."""
    found = alerts_of(server, Matcher("severity", "page"))
    assert (found["firing"].value, found["rules"].value) == (0, 1)


def test_nothing_fires_because_nothing_could(server):
    """No rule gives this label: that none fires is no evidence, and the number of rules says so."""
    found = alerts_of(server, Matcher("severity", "catastrophe"))
    assert (found["firing"].value, found["rules"].value) == (0, 0)


def test_rules_that_are_loaded_and_healthy(server):
    """Each is counted, and names that have to be there are looked for."""
    found = rules_of(server, alerts=("ServiceDown", "Missing"), groups=("service", "other"))
    assert (found["loaded"].value, found["failing"].value, found["stale"].value) == (6, 0, 0)
    assert found["missing"].value == 2
    assert found["missing"].detail == "alert Missing; group other"
    assert rules_of(server, alerts=("Busy",))["missing"].value == 0


def test_a_rule_that_can_not_be_evaluated(faulty):
    """It is loaded, and its evaluation fails: an alert of it would never come."""
    server = Server("Prometheus", faulty.url)
    eventually(lambda: "duplicate" in rules_of(server)["failing"].detail)
    assert rules_of(server)["failing"].value == 1
    assert rules_of(server)["failing"].detail.startswith("Broken: ")
    assert alerts_of(server, Matcher("severity", "critical"))["rules"].value == 0


def test_a_rule_file_that_is_broken(tmp_path):
    """A reload fails, and the old rules go on: what runs is not what the files say."""
    rules = tmp_path / "rules.yml"
    rules.write_text("groups: [{name: g, rules: [{record: a, expr: vector(1)}]}]\n")
    with prometheus(locate("prometheus"), tmp_path, config(str(rules))) as started:
        server = Server("Prometheus", started.url)
        assert by_part(look_at_prometheus("p", server), "p")["config_loaded"].value is True
        rules.write_text("groups: [{name: g, rules: [{record: a, expr: 'sum('}]}]\n")
        os.kill(started.process.pid, signal.SIGHUP)
        eventually(lambda: by_part(look_at_prometheus("p", server), "p")["config_loaded"].value is False)
        found = by_part(look_at_prometheus("p", server), "p")
        assert "the last reload failed" in found["config_loaded"].detail
        eventually(lambda: rules_of(server)["failing"].value == 0)


def test_prometheus_itself(server, manager):
    """It is ready, and tells the Alertmanager."""
    found = by_part(look_at_prometheus("p", server), "p")
    assert found["ready"].value is True
    assert (found["alertmanagers"].value, str(manager.port) in found["alertmanagers"].detail) == (1, True)


def test_prometheus_that_is_down(dead_port):
    """Where it is what is looked at, it is a reading; where it is asked for targets and rules, a Gap."""
    server = Server("Prometheus", f"http://127.0.0.1:{dead_port}", timeout=2)
    (ready,) = look_at_prometheus("p", server)
    assert isinstance(ready, Reading)
    assert (ready.value, ready.detail) == (False, "connection refused")
    assert isinstance(jobs_of(server, "x")["targets"], Gap)
    assert isinstance(alerts_of(server)["firing"], Gap)
    assert isinstance(rules_of(server)["loaded"], Gap)


@pytest.mark.parametrize(
    "data",
    [{}, {"activeTargets": [{}]}, {"activeTargets": [{"labels": {"job": "x"}, "health": "up", "lastScrape": "soon"}]}],
)
def test_a_list_of_targets_that_can_not_be_read(serve, data):
    """It is a Gap, not a job without targets."""
    clock = {"status": "success", "data": {"resultType": "scalar", "result": [1, "1"]}}
    answers = {"/api/v1/query": json.dumps(clock), "/api/v1/targets": json.dumps({"status": "success", "data": data})}
    found = jobs_of(serve({path: text.encode() for path, text in answers.items()}), "x")
    assert isinstance(found["targets"], Gap)
    assert "can't be read" in found["targets"].reason


@pytest.mark.parametrize("data", [{}, {"groups": [{}]}, {"groups": [{"name": "x", "rules": [{"name": "y"}]}]}])
def test_a_list_of_rules_that_can_not_be_read(serve, data):
    """It is a Gap, not silence."""
    clock = {"status": "success", "data": {"resultType": "scalar", "result": [1, "1"]}}
    answers = {"/api/v1/query": json.dumps(clock), "/api/v1/rules": json.dumps({"status": "success", "data": data})}
    server = serve({path: text.encode() for path, text in answers.items()})
    assert isinstance(alerts_of(server)["firing"], Gap)
    assert isinstance(rules_of(server)["loaded"], Gap)


def test_a_target_that_was_not_scraped_for_long(serve):
    """What it said then is not what it is."""
    target = {
        "labels": {"job": "x", "instance": "i"},
        "health": "up",
        "lastScrape": "2026-01-01T00:00:00.123456789Z",
        "scrapeInterval": "15s",
    }
    late = moment(target["lastScrape"]) + 600
    answers = {
        "/api/v1/query": {"resultType": "scalar", "result": [late, str(late)]},
        "/api/v1/targets": {"activeTargets": [target]},
    }
    whole = {path: json.dumps({"status": "success", "data": data}).encode() for path, data in answers.items()}
    found = jobs_of(serve(whole), "x")
    assert (found["targets"].value, "scraped 600 s ago" in found["down"].detail) == (0, True)
    soon = {**answers, "/api/v1/query": {"resultType": "scalar", "result": [late, str(late - 590)]}}
    whole = {path: json.dumps({"status": "success", "data": data}).encode() for path, data in soon.items()}
    assert jobs_of(serve(whole), "x")["targets"].value == 1
    del target["scrapeInterval"]
    whole = {path: json.dumps({"status": "success", "data": data}).encode() for path, data in soon.items()}
    silent = jobs_of(serve(whole), "x")
    assert isinstance(silent["interval"], Gap)
    assert silent["targets"].value == 1


def test_times_of_go():
    """Nanoseconds, time zones, and never."""
    assert moment("2026-01-01T00:00:00.123456789Z") == pytest.approx(1767225600.123456)
    assert moment("2026-01-01T01:00:00+01:00") == 1767225600
    assert moment("0001-01-01T00:00:00Z") == 0
    with pytest.raises(ValueError, match="time zone"):
        moment("2026-01-01T00:00:00")


def test_presets_of_a_real_machine(server):
    """The node exporter has the names that the presets ask for, and a scrape of seconds is no window of minutes."""
    machine = {"labels": (Matcher("job", "node"),)}
    shared = {preset: {"metric": PRESETS[preset].metric, "others": PRESETS[preset].others} for preset in PRESETS}
    names = ("cpu", "memory", "disk")
    queries = [
        query_of(Asked(name, name, **shared[name], **machine, window=PRESETS[name].window and 4)) for name in names
    ]
    eventually(lambda: all(isinstance(e, Reading) for (e,) in look_at_queries(server, queries).values()))
    found = {name: evidence.value for name, (evidence,) in look_at_queries(server, queries).items()}
    assert all(0 <= value <= 1 for value in found.values()), found
    (young,) = look_at_queries(server, [query_of(Asked("c", "cpu", **shared["cpu"], **machine, window=3600))])["c"]
    assert "the window asked for is 60 min" in young.reason


def test_connections_of_a_real_postgresql(faulty):
    """The postgres exporter has the names that the preset asks for."""
    known = PRESETS["db_connections"]
    query = query_of(Asked("db", "db_connections", known.metric, others=known.others, window=0))
    server = Server("Prometheus", faulty.url)
    eventually(lambda: isinstance(look_at_queries(server, [query])["db"][0], Reading))
    (reading,) = look_at_queries(server, [query])["db"]
    # max_connections is 20, and the exporter is connected.
    assert 0.05 <= reading.value < 1
