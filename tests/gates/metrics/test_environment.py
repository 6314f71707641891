"""What a `metrics:` section may say, and what is said where it does not fit together."""

import re
from pathlib import Path

import pytest

from gates.criteria import parse
from gates.environment import examine
from gates.environment.crosscheck_metrics import limits_under

PROM = "prometheus: {url: 'http://p:9090'}"
PAGE = "page: {http: /metrics}"


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ("{queries: {q: {preset: error_ratio}}}", "there is no `metrics.page:`"),
        (f"{{{PAGE}, queries: {{q: {{query: 'sum(x)', limit: '<= 1'}}}}}}", "PromQL needs a Prometheus"),
        ("{queries: {q: {query: 'sum(x)', limit: '<= 1'}}}", "there is no `metrics.prometheus:`"),
        (f"{{{PAGE}, queries: {{q: {{preset: cpu}}}}}}", "cpu needs a Prometheus.*of a page: success_ratio"),
        (f"{{{PAGE}, queries: {{q: {{preset: p95, window: 5min}}}}}}", "means nothing for two scrapes"),
        (f"{{{PROM}, queries: {{q: {{preset: p95, source: page}}}}}}", r"q\.source: nobody can be asked"),
        (f"{{{PROM}, queries: {{q: {{limit: '<= 1'}}}}}}", "exactly one of preset and query.*it has none"),
        (f"{{{PROM}, queries: {{q: {{preset: rps, query: x, limit: '> 1'}}}}}}", "it has both"),
        (f"{{{PROM}, queries: {{q: {{preset: error_rati}}}}}}", "did you mean 'error_ratio'"),
        (f"{{{PROM}, queries: {{q: {{preset: rps}}}}}}", "nothing would be judged"),
        (f"{{{PROM}, queries: {{q: {{query: 'sum(x)'}}}}}}", "nothing would be judged"),
        (f"{{{PROM}, queries: {{q: {{preset: value, limit: '<= 1'}}}}}}", "needs the name of a metric"),
        (f"{{{PROM}, queries: {{q: {{preset: rps, metric: 'a b', limit: '> 1/s'}}}}}}", "not the name of a metric"),
        (f"{{{PROM}, queries: {{q: {{preset: p95, limit: '<= 5 %'}}}}}}", "measured in 's', the limit is in 'ratio'"),
        (f"{{{PROM}, queries: {{q: {{query: 'sum(x)', limit: '<= 5 %'}}}}}}", "write `unit:`"),
        (f"{{{PROM}, queries: {{q: {{preset: p95, unit: ratio}}}}}}", "has the unit 's'"),
        (f"{{{PROM}, queries: {{q: {{preset: p95, by: path}}}}}}", "nobody would notice that a value of 'path'"),
        (f"{{{PROM}, queries: {{q: {{preset: p95, expect: [a]}}}}}}", "of which label"),
        (f"{{{PROM}, queries: {{q: {{preset: p95, by: 'a-b', expect: [a]}}}}}}", "not the name of a label"),
        (f"{{{PROM}, queries: {{q: {{preset: p95, by: a, expect: [a, a]}}}}}}", "lists a value twice"),
        (f"{{{PROM}, queries: {{q: {{preset: cpu, min_samples: 5}}}}}}", "stands on no requests"),
        (f"{{{PROM}, queries: {{q: {{query: 'sum(x)', limit: '<= 1', min_samples: 5}}}}}}", "write `samples:`"),
        (f"{{{PROM}, queries: {{q: {{preset: p95, samples: x}}}}}}", "counts its samples itself"),
        (f"{{{PROM}, queries: {{q: {{preset: p95, errors: {{status: '5'}}}}}}}}", "means nothing for p95"),
        (f"{{{PROM}, queries: {{q: {{preset: error_ratio, errors: {{a: b, c: d}}}}}}}}", "exactly one label"),
        (f"{{{PROM}, queries: {{q: {{preset: error_ratio, errors: {{a: '~ ('}}}}}}}}", "not a regular expression"),
        (f"{{{PROM}, queries: {{q: {{preset: error_ratio, labels: {{a-b: x}}}}}}}}", r"labels\.a-b: .*not the name"),
        (f"{{{PROM}, queries: {{q: {{preset: error_ratio, labels: [a]}}}}}}", "labels are needed"),
        (f"{{{PROM}, queries: {{q: {{preset: memory, window: 5min}}}}}}", "is of one moment"),
        (f"{{{PROM}, queries: {{q: {{preset: memory, metrics: {{totl: x}}}}}}}}", "did you mean 'total'"),
        (f"{{{PROM}, queries: {{q: {{preset: p95, over: 5min}}}}}}", "is already of a time"),
        (f"{{{PROM}, queries: {{q: {{preset: cpu, step: 5s}}}}}}", "means nothing without `over:`"),
        (f"{{{PROM}, queries: {{q: {{preset: cpu, over: 5s, step: 10s}}}}}}", "is longer than `over:`"),
        (f"{{{PROM}, queries: {{q: {{preset: cpu, over: 7d, step: 1s}}}}}}", "more than the 11,000"),
        (f"{{{PROM}, queries: {{q: {{preset: cpu, needs: [x]}}}}}}", "there is no endpoint 'x'"),
        (
            f"{{{PROM}, queries: {{jobs.api: {{preset: cpu}}}}, monitoring: {{jobs: {{api: {{}}}}}}}}",
            "is taken by a check",
        ),
        ("{page: {http: []}}", "no page would be read"),
        ("{page: {http: [/metrics, /metrics]}}", "is there twice"),
        ("{prometheus: {url: p:9090}}", "is not a URL"),
        ("{prometheus: {url: /prometheus}}", "a whole URL is needed"),
        ("{prometheus: {url: 'http://p:9090/?tenant=x'}}", "holds no query"),
        ("{prometheus: {url: 'http://p', bearer: x, basic: {user: a, password: b}}}", "only one of bearer and basic"),
        ("{prometheus: {url: 'http://p', bearer: x, headers: {authorization: y}}}", "only one of bearer and headers"),
        ("{monitoring: {jobs: {api: {}}}}", "there is no `metrics.prometheus:`"),
        ("{monitoring: {alerts: {x: {severity: critical}}}}", "there is no `metrics.prometheus:`"),
        ("{monitoring: {grafana: {dashboards: {x: {uid: y}}}}}", "there is no `metrics.prometheus:`"),
        (f"{{{PROM}, monitoring: {{grafana: {{}}}}}}", "is empty"),
        (f"{{{PROM}, monitoring: {{grafana: {{dashboards: {{x: {{}}}}}}}}}}", "exactly one of uid and file"),
        (f"{{{PROM}, monitoring: {{grafana: {{dashboards: {{x: {{uid: y}}}}}}}}}}", "there is no `grafana.url:`"),
        ("{monitoring: {pushgateway: {url: 'http://p', jobs: {}}}}", "is empty"),
        ("{monitoring: {alertmanager: {url: 'http://p', receiver: x}}}", "write allow_probe: true"),
        (f"{{{PROM}, monitoring: {{jobs: {{api: {{targets: '>= 2s'}}}}}}}}", "can't limit targets"),
        (f"{{{PROM}, monitoring: {{job: {{}}}}}}", "job"),
    ],
)
def test_what_does_not_fit_together(problems, section, words):
    """It is said before anything is asked, with its place."""
    found = problems(section)
    assert len(found) >= 1, "it was taken"
    assert any(re.search(words, problem) for problem in found), found
    assert all(problem.startswith("env.yaml:3") for problem in found), found


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("{query: 'sum(rate(x[5m])) / sum by (a) (rate(y[5m]))', window: 5min, limit: '<= 1'}", "can't match"),
        ("{query: 'sum(rate(x[1m]))', window: 5min, limit: '<= 1'}", "the window asked for is 5m"),
        ("{query: 'sum(rate(x[5m]))', limit: '<= 1'}", "no window is asked for"),
        ("{query: 'sum(rate(x[$window]))', limit: '<= 1'}", r"has \$window, and there is no `window:`"),
        ("{query: 'histogram_quantile(0.9, sum(rate(x_bucket[$window])))', window: 1h, limit: '<= 1'}", "the label le"),
        ("{query: 'sum(rate(x[$window]))', window: 1h, by: a, expect: [b], limit: '<= 1'}", "has no label 'a'"),
    ],
)
def test_a_query_that_can_never_be_right(problems, query, words):
    """It is refused with what is wrong with it."""
    (problem,) = problems(f"{{{PROM}, queries: {{q: {query}}}}}")
    assert re.search(words, problem), problem
    assert "metrics.queries.q.query" in problem or "metrics.queries.q: " in problem


def test_the_example_of_the_page(load):
    """Everything at once is valid."""
    model = load("""{
        prometheus: {url: 'http://p:9090', headers: {X-Scope-OrgID: shop}, tls: {verify: false}, timeout: 5s},
        page: {http: [/a, /b], interval: 5s},
        queries: {
            errors: {preset: error_ratio, metric: x_total, labels: {service: shop}, window: 5min, min_samples: 500,
                limit: '<= 1 %'},
            own: {query: 'sum(rate(a[$window])) / sum(rate(b[$window]))', window: 5min, unit: ratio, limit: '<= 5 %'},
            cpu: {preset: cpu, over: 5min, take: lowest},
            here: {preset: p95, source: page}},
        monitoring: {
            prometheus: {alertmanagers: '>= 1'},
            jobs: {api: {targets: '>= 2'}},
            rules: {alerts: [Down]},
            alerts: {critical: {severity: critical}},
            alertmanager: {url: 'http://a:9093', allow_probe: true, labels: {severity: critical}, receiver: x},
            pushgateway: {url: 'http://g:9091', jobs: {backup: {age: '<= 26h'}}},
            grafana: {url: 'http://g:3000', bearer: x, dashboards: {d: {uid: y}}}}}""").model
    assert [name for _, name in model.metrics.checks()] == [
        "page",
        "errors",
        "own",
        "cpu",
        "here",
        "prometheus",
        "jobs.api",
        "rules",
        "alerts.critical",
        "alertmanager",
        "pushgateway.backup",
        "grafana",
        "dashboards.d",
    ]


def test_a_secret_stays_one(tmp_path, monkeypatch):
    """A token from a variable is in no message."""
    monkeypatch.chdir(tmp_path)
    text = "{prometheus: {url: 'http://p:1', bearer: '${PROM_TOKEN}'}, queries: {q: {preset: p95}}}"
    Path("env.yaml").write_text(f"service: s\nmetrics: {text}\ngates: {{metrics: {{}}}}\n")
    examination = examine(Path("env.yaml"), {"PROM_TOKEN": "tok-4711-secret"})
    assert examination.loaded is not None
    assert "4711" not in repr(examination.loaded.model)


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ("{error_rati: '<= 1 %'}", "did you mean 'error_rati"),
        ("{p95: '<= 1 %'}", "can't limit p95"),
        ("{firing: '= true'}", "can't limit firing"),
    ],
)
def test_limits_of_the_gate(problems, limits, words):
    """They name what is measured, in its unit."""
    (problem,) = problems(f"{{{PROM}, queries: {{q: {{preset: error_ratio}}}}}}", limits)
    assert re.search(words, problem)


def test_a_limit_of_the_gate_is_enough(load):
    """It stands for every query of its preset."""
    load(f"{{{PROM}, queries: {{q: {{preset: rps}}}}}}", "{rps: '> 1/s'}")


def test_limits_that_a_floor_has_to_see(load):
    """A query's own limit takes the place of the gate's."""
    queries = "queries: {q: {preset: error_ratio, limit: '<= 9 %'}}"
    model = load(f"{{{PROM}, {queries}, monitoring: {{jobs: {{a: {{targets: '>= 1'}}}}}}}}").model
    ((path, criterion),) = limits_under("metrics", "error_ratio", model)
    assert path == ("metrics", "queries", "q", "limit")
    assert criterion == parse("<= 9 % with >= 100 samples")
    ((path, _),) = limits_under("metrics", "targets", model)
    assert path[-2:] == ("a", "targets")
