"""k6's summaries: both forms of one fact, and neither may be mistaken for the other."""

import copy
import json

import pytest

from checks.evidence import Gap, Reading
from reports.read.load.formats import read_load
from tests.reports.read.load.conftest import FILES

TREND = {"avg": 10.0, "min": 1.0, "med": 9.0, "max": 99.0, "p(90)": 20.0, "p(95)": 30.0}
EXPORT = {
    "root_group": {"name": "", "checks": {}, "groups": {}},
    "metrics": {
        "http_reqs": {"count": 100, "rate": 10.0},
        "http_req_failed": {"passes": 0, "fails": 100, "value": 0},
        "http_req_duration": dict(TREND),
    },
}


def handled(export):
    """The same as `handleSummary` is given it: values apart, thresholds the other way round."""
    metrics = {}
    for name, metric in export["metrics"].items():
        values = {key: value for key, value in metric.items() if key != "thresholds"}
        metrics[name] = {"type": "trend", "contains": "time", "values": values}
        if "thresholds" in metric:
            metrics[name]["thresholds"] = {text: {"ok": not crossed} for text, crossed in metric["thresholds"].items()}
    state = {"isStdOutTTY": False, "testRunDurationMs": 10000.0}
    return {"root_group": {"name": "", "checks": [], "groups": []}, "state": state, "metrics": metrics}


def changed(change):
    """The export with something changed."""
    export = copy.deepcopy(EXPORT)
    change(export["metrics"])
    return export


@pytest.mark.parametrize("form", [lambda export: export, handled], ids=["summary-export", "handleSummary"])
class TestBothForms:
    """What holds for both."""

    def test_passes_are_failures(self, read, form):
        """Of `http_req_failed`, which is a rate of failures."""
        export = changed(lambda metrics: metrics["http_req_failed"].update(passes=7, fails=93))
        assert read(json.dumps(form(export))).total.failures == 7
        assert read(json.dumps(form(EXPORT))).total.failures == 0

    def test_a_crossed_threshold_fails(self, read, doubts, form):
        """And one that was kept doesn't."""
        crossed = changed(lambda metrics: metrics["http_req_duration"].update(thresholds={"p(95)<10": True}))
        kept = changed(lambda metrics: metrics["http_req_duration"].update(thresholds={"p(95)<10": False}))
        words = "fail: k6 says that a threshold was crossed: http_req_duration: p(95)<10"
        assert doubts(read(json.dumps(form(crossed)))) == [words]
        assert doubts(read(json.dumps(form(kept)))) == []

    def test_percentiles_are_those_of_the_file(self, read, form):
        """In seconds; none is made up."""
        summary = read(json.dumps(form(EXPORT)))
        assert summary.facts()["percentiles"] == {"p50": 0.009, "p90": 0.02, "p95": 0.03, "p100": 0.099}
        assert summary.percentile("p95", 0.95, "f").value == 0.03
        missing = summary.percentile("p99", 0.99, "f")
        assert missing.reason == "the file does not state p99; it has p50, p90, p95, p100"
        assert summary.duration == pytest.approx(10)

    def test_times_of_failures_are_left_out(self, read, form):
        """k6 writes those of the successes apart; without them, times of many failures say nothing."""
        failed = {"passes": 50, "fails": 50}
        apart = changed(lambda metrics: metrics["http_req_failed"].update(failed))
        assert isinstance(read(json.dumps(form(apart))).percentile("p95", 0.95, "f"), Gap)
        apart["metrics"]["http_req_duration{expected_response:true}"] = TREND | {"p(95)": 60.0}
        found = read(json.dumps(form(apart))).percentile("p95", 0.95, "f")
        assert isinstance(found, Reading)
        assert (found.value, found.samples) == (0.06, 50)

    def test_no_requests_are_no_pass(self, read, doubts, form):
        """A script that only computes something."""
        nothing = changed(lambda metrics: [metrics.pop(name) for name in list(metrics)])
        nothing["metrics"]["iterations"] = {"count": 5, "rate": 1.0}
        assert doubts(read(json.dumps(form(nothing)))) == ["inconclusive: no HTTP request was made"]

    def test_dropped_iterations_are_no_pass(self, read, doubts, form):
        """The load that was asked for did not happen."""
        dropped = changed(lambda metrics: metrics.update(dropped_iterations={"count": 3, "rate": 0.3}))
        assert doubts(read(json.dumps(form(dropped)))) == [
            "inconclusive: k6 dropped 3 iterations: the load that was asked for did not happen"
        ]

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            (lambda m: m.pop("http_req_failed"), "`http_req_failed` is missing"),
            (lambda m: m.pop("http_req_duration"), "`http_req_duration` is missing"),
            (lambda m: m["http_req_failed"].update(passes=1), "is of 101 requests, and there were 100"),
            (lambda m: m["http_req_failed"].update(passes=-1), "`passes` of http_req_failed is -1"),
            (lambda m: m["http_reqs"].update(count="many"), "`count` of http_reqs is 'many'"),
            (lambda m: m["http_req_duration"].update({"p(95)": None}), "p(95) of http_req_duration is missing"),
            (lambda m: m["http_req_duration"].update({"p(95)": 5.0}), "don't rise"),
        ],
    )
    def test_what_contradicts_itself_is_refused(self, refused, form, change, words):
        """With what is wrong in it."""
        assert words in refused(json.dumps(form(changed(change))))


def test_the_forms_are_not_mixed(refused):
    """Nobody could tell what `true` says of a threshold."""
    mixed = handled(EXPORT)
    mixed["metrics"]["http_reqs"] = {"count": 100, "rate": 10}
    assert "neither of k6's two forms" in refused(json.dumps(mixed))
    wrong = handled(EXPORT)
    wrong["metrics"]["http_reqs"]["thresholds"] = {"rate>1": True}
    assert "wanted `ok` with true or false" in refused(json.dumps(wrong))


@pytest.mark.parametrize("name", ["k6-summary-export.json", "k6-handle-summary.json"])
def test_real_summaries_have_their_totals(name, doubts):
    """Half of the requests of these runs of k6 1.1 failed, and two of four thresholds were crossed."""
    summary = read_load(FILES / name)
    assert summary.total.failures * 2 == summary.total.count > 0
    assert summary.total.successes_only
    assert doubts(summary) == [
        "fail: k6 says that a threshold was crossed: http_req_failed: rate<0.01",
        "fail: k6 says that a threshold was crossed: http_req_duration: p(95)<100",
    ]


def test_a_dead_port_has_no_response_times():
    """k6 found both latency thresholds kept: 52,388 of 52,388 requests failed, in no time."""
    summary = read_load(FILES / "k6-dead-port.json")
    assert summary.error_ratio("errors", "f").value == 1
    found = summary.percentile("p95", 0.95, "f")
    assert isinstance(found, Gap)
    assert found.reason == "no request succeeded: what failed has no response time that says anything"
    assert summary.facts()["percentiles"] == {}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"results": {}, "metadata": {"k6Version": "1.5"}}, "new machine-readable summary"),
        ({"metric": "http_reqs", "type": "Point", "data": {}}, "stream of samples"),
        (EXPORT | {"metrics": []}, "`metrics` is a list"),
    ],
)
def test_other_files_of_k6_are_refused(refused, content, words):
    """By name."""
    assert words in refused(json.dumps(content))


def test_a_summary_that_is_cut_off_is_refused(refused):
    """k6 was killed while it wrote."""
    assert "ends in the middle" in refused(json.dumps(EXPORT)[:-30])
