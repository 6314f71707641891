"""Locust's reports: its JSON, one document or several, and its CSV."""

import json

import pytest

from checks.evidence import Gap, Reading
from reports.read.load.formats import read_load
from tests.reports.read.load.conftest import FILES

ENTRY = {
    "name": "/a",
    "method": "GET",
    "start_time": 1700000000.0,
    "last_request_timestamp": 1700000010.0,
    "num_requests": 10,
    "num_none_requests": 0,
    "num_failures": 0,
    "total_response_time": 1000.0,
    "response_times": {"90": 5, "110": 5},
}
HEADER = (
    "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,"
    "Max Response Time,Average Content Size,Requests/s,Failures/s,50%,95%,99%,100%"
)


def document(**changes):
    """A list with one entry, changed."""
    return json.dumps([ENTRY | changes])


def csv(*rows):
    """A CSV with these rows behind the header."""
    return "\r\n".join([HEADER, *rows]) + "\r\n"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[]", "no request was made, or where the target never answered"),
        (document(num_requests=-1), "`num_requests` of GET /a is -1"),
        (document(num_requests="10"), "`num_requests` of GET /a is '10'"),
        (document(num_failures=11), "11 failures in 10 requests"),
        (document(num_requests=11), "11 requests, and 10 response times"),
        (document(response_times={"90": 5, "x": 5}), "a response time of GET /a is 'x'"),
        (document(response_times=[]), "`response_times` of GET /a is a list"),
        (document(name=""), "no `name`"),
        (document(start_time=1e14), "no seconds since 1970"),
        (document()[:-20], "ends in the middle"),
        (document() + "locust finished", "number|JSON|object|list"),
        (document().replace("1000.0", "NaN"), "NaN is no number"),
    ],
)
def test_what_is_not_to_be_believed_is_refused(refused, content, words):
    """With what is wrong in it."""
    import re

    assert re.search(words, refused(content))


def test_a_list_of_no_requests_is_no_pass(read, doubts):
    """A document with names and no request."""
    nothing = document(num_requests=0, response_times={}, last_request_timestamp=None)
    summary = read(nothing)
    assert doubts(summary) == [
        "inconclusive: no request was made: Locust writes this, too, where the target accepts and never answers"
    ]
    assert summary.percentile("p95", 0.95, "f") == Gap(
        "p95",
        "no request was made",
        source="f",
        remedy="was it pointed at the target?",
        time=pytest.approx(0, abs=1e12),
    )


def test_a_real_run_has_its_totals():
    """Counted by hand from what Locust 2.47 printed."""
    summary = read_load(FILES / "locust.json")
    assert (summary.total.count, summary.total.failures) == (191, 45)
    assert summary.names == ("GET /ok", "GET /boom")
    assert summary.total.times.percentile(0.5) == 0.14
    assert 4.5 < summary.duration < 5
    assert summary.problems == ()


def test_documents_of_workers_and_master_are_one_run():
    """With `--processes 2` Locust prints three: `[]` of each worker, and the master's."""
    text = (FILES / "locust-processes.json").read_text()
    assert text.startswith("[]\n[]\n[{")
    assert read_load(FILES / "locust-processes.json").total.count == 238


def test_two_documents_with_requests_are_added_up(read):
    """And a note says so."""
    summary = read(document() + "\n" + document(num_failures=2))
    assert (summary.total.count, summary.total.failures) == (20, 2)
    assert [str(problem) for problem in summary.problems] == ["note: 2 documents with requests are added up"]


def test_failures_that_are_many_leave_no_response_time(read):
    """Locust counts their times among the others; up to one in a hundred does not matter."""
    many = read(document(num_failures=2)).percentile("p95", 0.95, "f")
    assert isinstance(many, Gap)
    assert many.reason.startswith("2 of 10 requests failed, and Locust counts their times among the others")
    one_in_a_hundred = {"num_requests": 100, "response_times": {"90": 50, "110": 50}, "num_failures": 1}
    few = read(document(**one_in_a_hundred)).percentile("p95", 0.95, "f")
    assert isinstance(few, Reading)
    assert (few.value, few.samples) == (0.11, 99)
    assert few.detail == "Locust rounds times of 100 ms and more to two digits"


def test_the_csv_of_a_real_run_has_its_totals(doubts):
    """It misses the last second: the JSON of the same run has 191 requests."""
    summary = read_load(FILES / "locust_stats.csv")
    assert (summary.total.count, summary.total.failures) == (160, 39)
    assert summary.names == ("GET /boom", "GET /ok")
    assert summary.total.times.percentile(0.95) == 0.23
    assert summary.total.times.percentile(0.97) is None
    assert summary.duration == pytest.approx(4.0, rel=0.01)
    assert doubts(summary) == []
    assert any("last second" in problem.message for problem in summary.problems)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("locust_stats_history.csv", "Locust's history"),
        ("locust_failures.csv", "Locust's list of failures"),
        ("locust_exceptions.csv", "Locust's list of exceptions"),
    ],
)
def test_the_other_files_of_the_csv_option_are_refused_by_name(refused, name, words):
    """With the name of the file that is read."""
    message = refused((FILES / name).read_bytes())
    assert words in message
    assert "_stats.csv" in message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (csv(), "the row `Aggregated` is missing"),
        (csv("GET,/a,10,0,1,1,1,1,1,1.0,0.0,1,1,1,1"), "the row `Aggregated` is missing"),
        (csv("GET,/a,10,0,1,1"), "a row has 6 fields, wanted 15"),
        (csv(",Aggregated,ten,0,1,1,1,1,1,1.0,0.0,1,1,1,1"), "'Request Count' of Aggregated is 'ten'"),
        (csv(",Aggregated,10,-1,1,1,1,1,1,1.0,0.0,1,1,1,1"), "'Failure Count' of Aggregated is '-1'"),
        (csv(",Aggregated,10,0,1,1,1,1,1,1.0,0.0,1,nan,1,1"), "95% of Aggregated is 'nan'"),
        (csv(",Aggregated,10,0,1,1,1,1,1,1.0,0.0,9,1,1,1"), "don't rise"),
        (csv(",Aggregated,10,0,1,1,1,1,1,inf,0.0,1,1,1,1"), "`Requests/s` is 'inf'"),
        (csv(",Aggregated,10,11,1,1,1,1,1,1.0,0.0,1,1,1,1"), "11 failures in 10 requests"),
        (csv(*[",Aggregated,0,0,1,1,1,1,1,1.0,0.0,1,1,1,1"] * 2), "follows after that of all requests"),
        (csv('GET,"/a,10'), "ends in the middle"),
    ],
)
def test_a_csv_that_is_not_to_be_believed_is_refused(refused, content, words):
    """With what is wrong in it."""
    assert words in refused(content)


def test_a_csv_without_requests_is_no_pass(read, doubts):
    """Its percentiles are `N/A`."""
    summary = read(csv(",Aggregated,0,0,0,0.0,0,0,0,0.0,0.0,N/A,N/A,N/A,N/A"))
    assert len(doubts(summary)) == 1
    assert summary.facts()["percentiles"] == {}


def test_rows_that_don_t_add_up_are_no_pass(read, doubts):
    """The total is not that of its rows; with the right total there is no doubt."""
    row = "GET,/a,{},0,1,1,1,1,1,1.0,0.0,1,1,1,1"
    total = ",Aggregated,10,0,1,1,1,1,1,1.0,0.0,1,1,1,1"
    assert doubts(read(csv(row.format(9), total))) == ["inconclusive: all requests are 10 requests, and its rows 9"]
    assert doubts(read(csv(row.format(10), total))) == []


def test_a_last_line_without_an_end_is_no_pass(read, doubts):
    """The number in it may have gone on."""
    whole = (
        csv(",Aggregated,0,0,1,1,1,1,1,1.0,0.0,1,1,1,1")
        .replace("0,0,1", "10,0,1", 1)
        .replace("Aggregated,10", "Aggregated,10")
    )
    cut = whole.rstrip()
    assert any("no end" in doubt for doubt in doubts(read(cut)))
