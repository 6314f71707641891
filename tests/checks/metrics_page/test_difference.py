"""Two scrapes of a page give what happened in between, or a reason why they don't."""

import math
import re

import pytest

from checks.evidence import Gap, Reading
from checks.failures import Down
from checks.metrics_page.difference import NoDifference, difference
from checks.metrics_page.exposition import read_page
from checks.metrics_page.quantile import NoQuantile, quantile_of
from checks.metrics_page.scrape import Malformed, Scrape, scrape
from checks.metrics_page.values import page_gaps, page_values
from checks.monitoring.server import Server
from checks.prometheus.matcher import Matcher
from checks.prometheus.presets import PRESETS, Asked

PAGE = """# TYPE http_requests_total counter
http_requests_total{{path="/a",status="200"}} {ok}
http_requests_total{{path="/b",status="200"}} {b}
http_requests_total{{path="/a",status="500"}} {bad}
# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{{le="0.1"}} {fast}
http_request_duration_seconds_bucket{{le="1"}} {slow}
http_request_duration_seconds_bucket{{le="+Inf"}} {all}
http_request_duration_seconds_count {all}
http_request_duration_seconds_sum 1
# TYPE queue gauge
queue 7
process_start_time_seconds {start}
"""
FIRST = {"ok": 100, "b": 50, "bad": 5, "fast": 10, "slow": 20, "all": 20, "start": 1000}
THEN = {"ok": 280, "b": 60, "bad": 15, "fast": 110, "slow": 220, "all": 220, "start": 1000}


def scraped(at, text="", **numbers):
    return Scrape("http://h/metrics", read_page((text or PAGE.format(**numbers)).encode()), at, 1e9 + at)


def between(**changed):
    return difference([scraped(0, **FIRST)], [scraped(10, **{**THEN, **changed})])


def value(preset, found=None, **given):
    asked = Asked("q", preset, **{"metric": PRESETS[preset].metric, **given})
    return list(page_values(asked, found or between()))


@pytest.mark.parametrize(
    ("preset", "number", "samples"),
    [
        ("error_ratio", 0.05, 200),
        ("success_ratio", 0.95, 200),
        ("error_rate", 1.0, 200),
        ("rps", 20.0, 200),
        ("p50", 0.1, 200),
        ("p95", 0.1 + 0.9 * 0.9, 200),
    ],
)
def test_what_happened_in_between(preset, number, samples):
    """Only the increase counts, summed up before it is divided."""
    (reading,) = value(preset)
    assert isinstance(reading, Reading)
    assert (reading.value, reading.samples, reading.unit) == (pytest.approx(number), samples, PRESETS[preset].unit)
    assert "two scrapes of http://h/metrics, 10.0 s apart" in reading.source


@pytest.mark.parametrize("preset", ["error_ratio", "success_ratio", "error_rate", "rps", "p95"])
def test_no_traffic_in_between_is_a_gap(preset):
    """Whatever was counted before."""
    still = difference([scraped(0, **FIRST)], [scraped(10, **FIRST)])
    (gap,) = value(preset, still)
    assert isinstance(gap, Gap)
    assert "nothing was counted" in gap.reason


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"metric": "requests"}, "the page has no requests"),
        ({"metric": "queue"}, "does not declare queue as a counter"),
        ({"errors": Matcher("code", "5..", "=~")}, r"lack the label 'code' \(there are: path, status\)"),
        ({"labels": (Matcher("path", "/c"),)}, "the page has no"),
    ],
)
def test_what_the_page_does_not_have(given, words):
    """A wrong name never looks like no error."""
    (gap,) = value("error_ratio", **given)
    assert re.search(words, gap.reason), gap.reason
    assert "asked for: error_ratio of" in gap.reason


def test_labels_are_matched_as_promql_does():
    """Whole values, and a label that is not there is empty."""
    (reading,) = value("error_ratio", labels=(Matcher("path", "/a"),))
    assert reading.value == pytest.approx(10 / 190)
    (gap,) = value("rps", labels=(Matcher("path", "/", "=~"),))
    assert isinstance(gap, Gap)
    (reading,) = value("rps", labels=(Matcher("path", "/a", "!="), Matcher("zone", "")))
    assert reading.value == 1.0
    (reading,) = value("rps", labels=(Matcher("path", "/a|/x", "!~"),))
    assert reading.value == 1.0


def test_one_for_each_value_of_a_label():
    """An expected value that is missing is a Gap of its own."""
    found = {e.subject: e for e in value("error_ratio", by="path", expected=("/a", "/c"))}
    assert list(found) == ["q.error_ratio./a", "q.error_ratio./c", "q.error_ratio./b"]
    assert found["q.error_ratio./b"].value == 0
    assert "path='/c', which is expected" in found["q.error_ratio./c"].reason


def test_a_gauge_is_its_last_value():
    """It has no increase."""
    (reading,) = value("value", metric="queue")
    assert reading.value == 7


def test_a_preset_that_needs_a_server():
    """Two scrapes know nothing of machines."""
    with pytest.raises(ValueError, match="needs Prometheus"):
        value("cpu")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"ok": 3}, "went from 100 to 3: it began anew"),
        ({"ok": "NaN"}, "went from 100 to nan"),
        ({"start": 2000}, "another process answered, or it was restarted: .* was 1000.0, and is 2000.0"),
        ({"fast": 1}, "began anew"),
    ],
)
def test_counters_of_two_lives_are_not_compared(changed, words):
    """A restart, or another process behind the same address."""
    with pytest.raises(NoDifference, match=words):
        between(**changed)


def test_a_counter_that_is_gone():
    """It was another process, though it did not say so."""
    first = scraped(0, '# TYPE a counter\na{x="1"} 1\na{x="2"} 1\n')
    with pytest.raises(NoDifference, match=r'a{x="2"} was counted before, and is gone'):
        difference([first], [scraped(10, '# TYPE a counter\na{x="1"} 2\n')])


def test_a_counter_that_appeared_began_with_nothing():
    """The first error of a process makes its series."""
    first = scraped(0, '# TYPE a counter\na{status="200"} 1\n')
    then = scraped(10, '# TYPE a counter\na{status="200"} 10\na{status="500"} 1\n')
    (reading,) = value("error_ratio", difference([first], [then]), metric="a")
    assert reading.value == pytest.approx(0.1)


def test_several_pages_are_added_up():
    """Replicas are one service."""
    found = difference([scraped(0, **FIRST), scraped(1, **FIRST)], [scraped(10, **THEN), scraped(11, **THEN)])
    (reading,) = value("error_ratio", found)
    assert (reading.value, reading.samples) == (pytest.approx(0.05), 400)


def test_histograms_with_different_bounds_are_not_added_up():
    """Their sum is no histogram."""

    def page(at, count):
        text = f'# TYPE a histogram\na_bucket{{i="1",le="1"}} {count}\na_bucket{{i="1",le="+Inf"}} {count}\n'
        text += f'a_bucket{{i="2",le="2"}} {count}\na_bucket{{i="2",le="+Inf"}} {count}\na_count {count}\n'
        return scraped(at, text)

    (gap,) = value("p95", difference([page(0, 0)], [page(10, 5)]), metric="a")
    assert "different bounds" in gap.reason


def test_a_quantile_beyond_the_buckets():
    """It is only known to be more."""
    reading, beyond = value("p95", between(slow=21, fast=11))
    assert (reading.value, beyond.value) == (1.0, True)


@pytest.mark.parametrize(
    ("quantile", "buckets", "expected"),
    [
        (0.5, {1: 5, 2: 10, math.inf: 10}, 1.0),
        (0.5, {1: 0, 2: 10, math.inf: 10}, 1.5),
        (0.95, {1: 0, 2: 10, math.inf: 100}, 2.0),
        (0.5, {-1: 10, math.inf: 10}, -1),
        (0.0, {1: 0, 2: 5, math.inf: 5}, 0.0),
        (1.0, {1: 5, 2: 5, math.inf: 5}, 1.0),
    ],
)
def test_the_quantile_of_buckets(quantile, buckets, expected):
    """As Prometheus documents it."""
    assert quantile_of(quantile, buckets).value == pytest.approx(expected)


@pytest.mark.parametrize(
    ("buckets", "words"),
    [
        ({}, "no bucket le"),
        ({math.inf: 5}, "beside another one"),
        ({1: 5, 2: 10}, "no bucket le"),
        ({1: 0, math.inf: 0}, "nothing was counted"),
        ({1: 5, math.inf: 4}, "fewer than the one below"),
        ({1: math.nan, math.inf: 4}, "no number"),
    ],
)
def test_buckets_without_a_quantile(buckets, words):
    """Empty, cut off, going down."""
    with pytest.raises(NoQuantile, match=words):
        quantile_of(0.5, buckets)


def test_the_gaps_of_a_page_that_is_not_there():
    """One for each subject that is expected."""
    asked = Asked("q", "rps", "a", by="x", expected=("1", "2"))
    assert [gap.subject for gap in page_gaps(asked, "why")] == ["q.rps.1", "q.rps.2"]


def _answer(body, kind="text/plain; version=0.0.4", status=200):
    return f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def test_a_scrape_asks_for_text(servers):
    """And takes what is whole."""
    served = servers.http(_answer(b"a 1\n"))
    found = scrape(Server("the page", f"{served.url}/metrics"))
    assert list(found.page.named("a")) == [({}, 1.0)]
    assert served.asked[0].headers["accept"].startswith("text/plain;version=0.0.4")
    assert served.asked[0].line == "GET /metrics HTTP/1.1"
    found = scrape(Server("the page", f"{served.url}/metrics/?format=text"))
    assert (served.asked[1].line, found.source) == (
        "GET /metrics/?format=text HTTP/1.1",
        f"{served.url}/metrics/?format=text",
    )


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (_answer(b"a 1"), "cut off"),
        (_answer(b"<html></html>\n", "text/html"), "this is text/html"),
        (_answer(b"a 1\n", status=404), "404"),
        (_answer(b"a 1\n", status=500), "status 500"),
    ],
)
def test_what_is_no_page_of_metrics(servers, answer, words):
    """It answers, and is told apart from one that does not."""
    with pytest.raises(Malformed, match=words):
        scrape(Server("the page", servers.http(answer).url))


def test_a_page_that_is_not_there(dead_port):
    """Nobody answers."""
    with pytest.raises(Down, match="connection refused") as caught:
        scrape(Server("the page", f"http://127.0.0.1:{dead_port}/metrics", timeout=2))
    assert not isinstance(caught.value, Malformed)
