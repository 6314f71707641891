"""Tallies, measurements and results: sums that can't be are refused, and files read back strictly."""

import copy
import dataclasses
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from load.histogram import Histogram
from load.measured import NOTHING, Health, Measured
from load.result import Ending
from load.result_file import load_result, result_from_dict, result_to_dict, save_result
from load.tally import Tally
from tests.load.examples import rich_result, tally


def test_nothing_has_no_error_ratio():
    """Zero requests have no share of errors, rather than 0."""
    assert Tally().error_ratio is None
    assert (Tally().outstanding, Tally().achieved) == (0, 0)


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({"intended": -1}, "below 0"),
        ({"intended": 1, "failures": {"status 500": 2}}, "1 more have a fate"),
        ({"intended": 1, "failures": {"status 500": 0}}, "never happened"),
        ({"intended": 1, "late": 2}, "only 1 can have been begun"),
        ({"intended": 1, "successes": 1}, "service times"),
        ({"intended": 1, "successes": 1, "service": Histogram.of([1])}, "response times"),
        ({"intended": 1, "dropped": 1}, "response times"),
    ],
)
def test_counts_that_can_not_be_are_refused(counts, words):
    """More fates than requests, times without successes, drops that no time knows of."""
    with pytest.raises(ValueError, match=words):
        Tally(**counts)


def test_every_request_has_one_fate():
    """Intended ones are successes, failures, lost, dropped, or outstanding while the run goes on."""
    one = tally()
    assert one.outstanding == 0
    assert dataclasses.replace(one, intended=12).outstanding == 2
    assert (one.failed, one.unfinished, one.lost_count, one.achieved, one.error_ratio) == (3, 1, 1, 6, 0.5)


def test_merged_tallies_are_sums():
    """Counts add up and histograms merge."""
    both = Tally.merged((tally(), tally(), Tally()))
    assert (both.intended, both.failures["status 503"], both.response.infinite) == (20, 4, 6)
    assert Tally.merged(()) == Tally()


def test_a_time_is_made_of_whole_windows():
    """Windows that lie in the asked time only in part don't count."""
    measured = Measured(10, {"a": {0: tally(), 1: tally(), 2: tally()}}, {}, {})
    assert measured.tally("a", 10, 30).intended == 20
    assert measured.tally("a", 5, 29).intended == 10
    assert measured.tally(None).intended == 30
    assert measured.tally("b") == Tally()
    assert measured.windows == 3


def test_a_name_that_was_not_counted_is_explained():
    """The nearest one, or all that there are."""
    measured = Measured(1, {"GET /stocks": {}, "POST /pay": {}}, {}, {})
    assert measured.near("GET /stock") == "did you mean 'GET /stocks'?"
    assert measured.near("x") == "counted were GET /stocks, POST /pay"
    assert NOTHING.near("x") == "counted were none"


def test_the_health_of_nobody_is_unknown():
    """Without a report of the generators there is no CPU and no lateness, rather than 0."""
    assert (NOTHING.cpu(), NOTHING.latest(), NOTHING.lateness().percentile(0.5)) == (None, None, None)
    measured = Measured(1, {}, {}, {0: Health(0.5, Histogram.of([0.1]), 0.1), 1: Health(1.0, Histogram(), 0.3)})
    assert (measured.cpu(), measured.latest(), measured.lateness().count) == (0.75, 0.3, 1)
    assert measured.cpu(1) == 1.0


@pytest.mark.parametrize(
    "changes",
    [
        {"ending": Ending.FINISHED},
        {"why": ""},
        {"reported": 4},
        {"measured": Measured(1, {"a": {0: dataclasses.replace(tally(), intended=14)}}, {}, {})},
    ],
    ids=["finished-with-words", "aborted-without", "too-many-reports", "without-fate"],
)
def test_a_result_that_contradicts_itself_is_refused(changes):
    """Words belong to what did not finish, and a run that is over knows the fate of everything."""
    with pytest.raises(ValueError):
        dataclasses.replace(rich_result(), **changes)


@pytest.mark.parametrize(
    ("ending", "why", "whole", "complete"),
    [
        (Ending.FINISHED, "", True, True),
        (Ending.ABORTED, "hopeless", True, False),
        (Ending.CAPPED, "cap", True, False),
        (Ending.INTERRUPTED, "Ctrl-C", True, False),
        (Ending.BROKEN, "a worker was lost", False, False),
    ],
)
def test_only_what_finished_is_complete(ending, why, whole, complete):
    """Aborted runs are whole up to their end; broken ones are not."""
    result = dataclasses.replace(rich_result(), ending=ending, why=why)
    assert (result.whole, result.complete) == (whole, complete)


def test_a_result_is_read_back_as_it_was(tmp_path):
    """The file holds everything, and its artefact names it with its digest."""
    artefact = save_result(rich_result(), tmp_path / "load.json")
    assert load_result(tmp_path / "load.json") == rich_result()
    assert artefact.path == str(tmp_path / "load.json")
    assert len(artefact.sha256) == 64
    assert [path.name for path in tmp_path.iterdir()] == ["load.json"]


def test_a_file_holds_no_secret(tmp_path):
    """Words of the ending are masked, like the plan."""
    result = dataclasses.replace(rich_result(), why="refused with the key key-9f3a77")
    save_result(result, tmp_path / "load.json")
    assert "key-9f3a77" not in (tmp_path / "load.json").read_text()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "not JSON"),
        ("[]", "not a load result"),
        ("{}", "its `format` is not"),
        ('{"format": "tidegate-load-result", "version": 2}', "version 2; this Tidegate reads version 1"),
        ('{"format": "tidegate-load-result", "version": 1}', "the key 'began' is missing"),
        ('{"a": 1, "a": 2}', "stands twice"),
        ('{"a": NaN}', "NaN is not a number"),
        ("[" * 100_000, "nested too deeply"),
        (b"\xc3\x28", "not UTF-8"),
    ],
    ids=["empty", "list", "object", "version", "bare", "doubled", "nan", "deep", "bytes"],
)
def test_a_file_that_is_no_result_is_one_clear_error(tmp_path, content, words):
    """The error names the file and what is wrong with it."""
    path = tmp_path / "load.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ValueError, match=words) as error:
        load_result(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize(
    ("where", "value", "words"),
    [
        (("measured", "tallies", "GET /stocks", "2", "successes"), -1, r"GET /stocks.2.successes: wanted a whole"),
        (("measured", "tallies", "GET /stocks", "2", "successes"), 9, r"GET /stocks.2: "),
        (("measured", "tallies", "GET /stocks", "0", "service", "buckets"), [1], "pairs of a bucket"),
        (("measured", "tallies", "GET /stocks", "0", "service", "buckets"), [1, 1, 1, 2], "each bucket once"),
        (("measured", "tallies", "GET /stocks", "01"), {}, "'01' is not the number of a window"),
        (("measured", "health", "0", "cpu"), None, "health.0.cpu: wanted a finite number"),
        (("measured", "interval"), 0, "interval: wanted a whole number of at least 1"),
        (("ending"), "done", "ending: wanted one of finished, aborted"),
        (("why"), "", "is aborted has no words"),
        (("targets",), {}, "targets: wanted a list"),
        (("reported",), 99, "99 generators reported"),
    ],
)
def test_a_damaged_result_names_the_place(where, value, words):
    """Every deviation is refused with the path to it."""
    document = copy.deepcopy(result_to_dict(rich_result()))
    inner = document
    keys = where if isinstance(where, tuple) else (where,)
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = value
    with pytest.raises(ValueError, match=words):
        result_from_dict(document)


def _paths(value, path=()):
    yield path
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from _paths(inner, (*path, key))


DOCUMENT = json.dumps(result_to_dict(rich_result()))
PATHS = [path for path in _paths(json.loads(DOCUMENT)) if path and path[0] != "plan"]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(PATHS), st.sampled_from([None, True, -1, 10**400, 1.5, "x", [], {}, [[]], {"a": 1}]))
def test_whatever_is_put_anywhere_is_read_or_refused(path, junk):
    """A result with any value replaced is read, or refused with a ValueError; nothing else happens."""
    document = json.loads(DOCUMENT)
    inner = document
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = junk
    words = "load result"
    try:
        result_from_dict(document)
    except ValueError as error:
        words = str(error)
    assert words.startswith("load result")


@settings(max_examples=40, deadline=None)
@given(st.integers(0, len(DOCUMENT)))
def test_a_file_that_was_cut_is_refused(tmp_path_factory, length):
    """No beginning of a file passes for the whole."""
    path = tmp_path_factory.mktemp("cut") / "load.json"
    path.write_text(DOCUMENT[:length])
    if length < len(DOCUMENT):
        with pytest.raises(ValueError, match="not JSON"):
            load_result(path)
