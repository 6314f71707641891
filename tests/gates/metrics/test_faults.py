"""The fault table: each fault with its judgement and its words, and its twin without the fault, which passes.

Everything is asked of a real Prometheus with half an hour of history (tests/checks/prometheus/conftest.py).
"""

import re

import pytest

from reports.verdict import Verdict

OWN = "{{query: 'sum(rate(http_requests_total{{service=\"{}\"}}[$window]))', window: 5min, unit: 1/s, {}}}"
COUNTED = "limit: '<= 20/s', min_samples: 100, samples: 'sum(increase(http_requests_total{{service=\"{}\"}}[$window]))'"
RATIO = "{{preset: error_ratio, limit: '<= 5 %', labels: {{service: {}}}}}"
P95 = "{{preset: p95, limit: '{}', labels: {{service: {}}}}}"


@pytest.mark.parametrize(
    ("fault", "twin", "verdict", "words"),
    [
        pytest.param(RATIO.format("burst"), RATIO.format("shop"), "fail", "60 errors came before", id="errors"),
        pytest.param(
            RATIO.format("idle"), RATIO.format("healthy"), "inconclusive", "the value is NaN", id="no-traffic"
        ),
        pytest.param(
            RATIO.format("quiet"), RATIO.format("healthy"), "inconclusive", r"\d samples, 100 needed", id="little"
        ),
        pytest.param(
            RATIO.format("nobody"), RATIO.format("healthy"), "inconclusive", "the result is empty", id="empty"
        ),
        pytest.param(
            RATIO.format("young"), RATIO.format("healthy"), "inconclusive", "the window asked for", id="young"
        ),
        pytest.param(RATIO.format("ended"), RATIO.format("healthy"), "inconclusive", "end .* ago", id="ended"),
        pytest.param(RATIO.format("hole"), RATIO.format("restarted"), "inconclusive", "have a hole", id="hole"),
        pytest.param(RATIO.format("other"), RATIO.format("healthy"), "inconclusive", "lack the label", id="label"),
        pytest.param(
            P95.format("<= 500ms", "shop"), P95.format("<= 1s", "shop"), "fail", "778 ms .*wanted <= 500 ms", id="slow"
        ),
        pytest.param(
            P95.format("<= 10s", "slow"), P95.format("<= 10s", "shop"), "inconclusive", "how much more", id="beyond"
        ),
        pytest.param(
            P95.format("<= 1ms", "slow"), P95.format("<= 10s", "shop"), "fail", "1 s .*wanted", id="beyond-fails"
        ),
        pytest.param(
            "{preset: cpu}", "{preset: cpu, labels: {instance: lazy}}", "fail", 'instance="busy"', id="busiest"
        ),
        pytest.param(
            "{preset: disk}", "{preset: disk, labels: {mountpoint: /data}}", "fail", 'mountpoint="/"', id="fullest"
        ),
        pytest.param(
            "{preset: memory}", "{preset: memory, labels: {instance: lazy}}", "fail", 'instance="busy"', id="memory"
        ),
        pytest.param(
            "{preset: db_connections, limit: '<= 30 %'}", "{preset: db_connections}", "fail", "40 %, wanted", id="db"
        ),
        pytest.param(
            "{preset: queue_depth, labels: {vhost: /}}",
            "{preset: queue_depth, labels: {queue: short}}",
            "fail",
            'queue="long"',
            id="queue",
        ),
        pytest.param(
            "{preset: queue_depth}", "{preset: queue_depth, labels: {queue: short}}", "inconclusive", "NaN", id="nan"
        ),
        pytest.param(
            "{preset: restarts}", "{preset: restarts, labels: {pod: steady}}", "fail", "2.*wanted <= 0", id="restarts"
        ),
        pytest.param(
            "{preset: availability, labels: {job: api}}",
            "{preset: availability, labels: {job: steady}}",
            "fail",
            "wanted >= 100 %",
            id="was-down",
        ),
        pytest.param(
            "{query: temperature, limit: '<= 50'}",
            "{query: max(temperature), limit: '<= 50'}",
            "inconclusive",
            "2 series",
            id="several",
        ),
        pytest.param(
            "{query: 'sum(', limit: '<= 50'}",
            "{query: 'sum(temperature)', limit: '<= 99'}",
            "inconclusive",
            "parse error",
            id="syntax",
        ),
        pytest.param(
            "{query: old, limit: '<= 50'}",
            "{query: old, limit: '<= 50', max_age: 5min}",
            "inconclusive",
            "old, and",
            id="old",
        ),
        pytest.param(
            "{preset: value, metric: temperature, labels: {room: a}, limit: '<= 22', over: 5min}",
            "{preset: value, metric: temperature, labels: {room: a}, limit: '<= 22', over: 5min, take: lowest}",
            "fail",
            "wanted <= 22",
            id="over",
        ),
        pytest.param(
            OWN.format("young", "limit: '>= 1/s'"),
            OWN.format("shop", "limit: '>= 1/s'"),
            "inconclusive",
            "the window asked for is 5 min",
            id="own-window",
        ),
        pytest.param(
            OWN.format("quiet", COUNTED.format("quiet")),
            OWN.format("healthy", COUNTED.format("healthy")),
            "inconclusive",
            "samples, 100 needed",
            id="own-samples",
        ),
    ],
)
def test_each_fault_and_its_twin(ask, fault, twin, verdict, words):
    """The fault is judged as it is, and never as a pass; its twin passes."""
    judgement = ask(fault)
    assert judgement.verdict is Verdict[verdict.upper()], judgement
    assert re.search(words, judgement.reason), judgement.reason
    passed = ask(twin)
    assert passed.verdict is Verdict.PASS, passed


def test_a_prometheus_that_is_down_is_no_bad_release(judged, dead_port, prometheus_with_history):
    """It is INCONCLUSIVE for every query; where Prometheus itself is what is judged, it is a FAIL."""
    section = "{{prometheus: {{url: 'http://127.0.0.1:{}'}}, queries: {{q: {{preset: cpu}}}}, "
    section += "monitoring: {{prometheus: {{}}}}}}"
    found = judged(section.format(dead_port))
    assert found["q.cpu"].verdict is Verdict.INCONCLUSIVE
    assert "connection refused" in found["q.cpu"].reason
    assert (found["prometheus.ready"].verdict, found["prometheus.ready"].reason) == (Verdict.FAIL, "connection refused")
    twin = judged(section.format(prometheus_with_history.port))
    assert twin["prometheus.ready"].verdict is Verdict.PASS
    assert twin["prometheus.config_loaded"].verdict is Verdict.PASS


def test_the_values_of_a_label_are_judged_one_by_one(judged, prometheus_with_history):
    """Half of the small instance's requests fail; the large one is well; one that is expected is not there."""
    section = (
        f"{{prometheus: {{url: '{prometheus_with_history.url}'}}, queries: {{q: {{preset: error_ratio, by: instance, "
        "expect: [a, b, c], labels: {service: shop}}}}"
    )
    found = {subject: judgement.verdict.name.lower() for subject, judgement in judged(section).items()}
    assert found == {"q.error_ratio.a": "pass", "q.error_ratio.b": "fail", "q.error_ratio.c": "inconclusive"}


def test_a_misleading_query_is_told_in_the_report(looked, prometheus_with_history):
    """It is judged as it was written, with a note on what is odd about it."""
    section = (
        f"{{prometheus: {{url: '{prometheus_with_history.url}'}}, queries: {{q: {{limit: '<= 1', "
        "query: 'avg(http_requests_total / http_requests_total)'}}}"
    )
    _, seen = looked(section)
    assert any("metrics.queries.q: it averages ratios" in note for note in seen.notes)
