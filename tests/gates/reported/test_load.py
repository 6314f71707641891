"""Reports of load generators at a gate: each limit met and missed; what is missing is never a pass."""

import json
from pathlib import Path

import pytest

from tests.gates.reported.world import HOLD, PROMOTE, REJECT, USAGE, Judge, put

TREND = {"avg": 90.0, "med": 84.0, "max": 900.0, "p(90)": 240.0, "p(95)": 310.0}


def k6(*, failed: int = 0, count: int = 4000, **more: object) -> str:
    """A summary of k6."""
    metrics = {
        "http_reqs": {"count": count, "rate": count / 40},
        "http_req_failed": {"passes": failed, "fails": count - failed, "value": 0},
        "http_req_duration": dict(TREND),
    }
    return json.dumps({"root_group": {"name": ""}, "metrics": metrics | more})


def jtl(*samples: tuple[str, int, bool]) -> str:
    """JMeter's CSV."""
    rows = [f"{1700000000000 + at * 10},{ms},{label},{str(ok).lower()}" for at, (label, ms, ok) in enumerate(samples)]
    return "\n".join(["timeStamp,elapsed,label,success", *rows]) + "\n"


FAST = [("quote", 100, True)] * 150
MIXED = [*FAST, *[("search", 900, True)] * 150]


@pytest.mark.parametrize(
    ("document", "limits", "code", "words"),
    [
        (k6(), "", PROMOTE, ""),
        (k6(failed=40), "", PROMOTE, ""),
        (k6(failed=41), "", REJECT, "(41 of 4,000 requests), wanted <= 1 %"),
        (k6(failed=41), 'error_ratio: "<= 2 %"', PROMOTE, ""),
        (k6(count=90), "", HOLD, "90 samples, 100 needed"),
        # Ten failures are too many of a hundred, too, whatever the other ninety would have been.
        (k6(count=10, failed=10), "", REJECT, "q.error_ratio: 100 %"),
        (k6(count=0), "", HOLD, "no HTTP request was made"),
        (k6(), 'p95: "<= 310ms"', PROMOTE, ""),
        (k6(), 'p95: "<= 309ms"', REJECT, "q.p95: 310 ms, wanted <= 309 ms"),
        (k6(), 'p99: "<= 1s"', HOLD, "the file does not state p99; it has p50, p90, p95, p100"),
        (k6(failed=41), 'p95: "<= 1s", error_ratio: "<= 2 %"', HOLD, "k6 counts their times among the others"),
        (k6(failed=4000), 'p95: "<= 1s"', REJECT, "no request succeeded"),
        (k6(), 'mean: "<= 90ms"', PROMOTE, ""),
        (k6(), 'rps: ">= 100"', USAGE, "write it as in '>= 200/s'"),
        (k6(), 'rps: ">= 100/s"', PROMOTE, ""),
        (k6(), 'rps: ">= 101/s"', REJECT, "q.rps: 100/s (4,000 succeeded in 40 s), wanted >= 101/s"),
        (k6(), 'requests: ">= 4000", failures: "<= 0"', PROMOTE, ""),
        (k6(dropped_iterations={"count": 2}), "", HOLD, "k6 dropped 2 iterations"),
        (k6(http_req_duration=TREND | {"thresholds": {"p(95)<300": True}}), "", REJECT, "a threshold was crossed"),
        (k6(), 'achieved: ">= 99 %"', USAGE, "'achieved' is not measured here"),
        (k6(), 'p95 over 10s: "<= 1s"', USAGE, "is not measured here"),
        (k6(), 'p95: ">= 1s"', USAGE, "write it as in '<= 500ms'"),
        (k6(), 'p95 of quote: "<= 1s"', HOLD, "the file tells nothing of requests named 'quote'"),
        (jtl(*MIXED), 'p95 of quote: "<= 500ms"', PROMOTE, ""),
        (jtl(*MIXED), 'p95: "<= 500ms"', REJECT, "q.p95: 900 ms"),
        (jtl(*MIXED), "'p95 of \"search\"': <= 500ms", REJECT, "q.p95 of search: 900 ms"),
        (jtl(*MIXED), "p97 of quote: <= 500ms with >= 150 samples", PROMOTE, ""),
        (jtl(*FAST[:50]), 'p95: "<= 500ms"', HOLD, "50 samples, 100 needed"),
        (jtl(*FAST[:50]), 'p95: "<= 500ms with >= 20 samples", error_ratio: "<= 5 %"', PROMOTE, ""),
        ("[]", "", HOLD, "Locust writes it where no request was made"),
        ("<html></html>", "", HOLD, "HTML"),
        (k6()[:-30], "", HOLD, "the file ends in the middle"),
    ],
)
def test_a_limit(judge: Judge, document: str, limits: str, code: int, words: str) -> None:
    """The verdict, and the words of the report."""
    put("report.json", document)
    written = f", limits: {{{limits}}}" if limits else ""
    ended = judge(f"q: {{reports: [{{load: report.json, binding: none{written}}}]}}")
    assert ended.code == code, ended.said
    assert words in ended.said


def test_limits_of_the_gate_hold_for_each_file(judge: Judge) -> None:
    """A report's own limit comes first."""
    put("a.json", k6())
    put("b.json", k6())
    reports = "[{load: a.json, binding: none}, {load: b.json, binding: none, limits: {p95: <= 1s}}]"
    ended = judge(f"q: {{limits: {{p95: <= 300ms}}, reports: {reports}}}")
    assert ended.code == REJECT
    assert ended.said.count("q.p95: 310 ms, wanted <= 300 ms") >= 1
    verdicts = [
        one["verdict"] for one in ended.report["gates"][0]["judgements"] if one["evidence"]["subject"] == "q.p95"
    ]
    assert sorted(verdicts) == ["FAIL", "PASS"]


def test_a_file_that_is_missing_or_of_no_release_is_no_pass(judge: Judge) -> None:
    """As with all reports."""
    assert judge("q: {reports: [{load: gone.json}]}").code == HOLD
    put("report.json", k6())
    assert judge("q: {reports: [{load: report.json}]}").code == HOLD
    assert judge("q: {reports: [{load: report.json, binding: none}]}").code == PROMOTE


def test_the_requests_are_shown(judge: Judge) -> None:
    """A table with a row for each name and one for all."""
    put("report.json", jtl(*MIXED))
    shown = judge("q: {reports: [{load: report.json, binding: none}]}").report["gates"][0]["exhibits"]
    assert [row[0] for row in shown[0]["rows"]] == ["quote", "search", "all"]
    assert shown[0]["rows"][1][2:5] == [0, 0.9, 0.9]


def test_what_real_tools_wrote(judge: Judge) -> None:
    """A dead port: k6 found all latency thresholds kept, and Locust's run had failures."""
    files = Path(__file__).parents[2] / "reports" / "read" / "load" / "files"
    for name in ("k6-dead-port.json", "k6-handle-summary.json", "k6-summary-export.json", "locust.json"):
        put("report.json", (files / name).read_text())
        ended = judge("q: {reports: [{load: report.json, binding: none, limits: {p95: <= 10s}}]}")
        assert ended.code == REJECT, ended.said
        assert "q.error_ratio: " in ended.said
