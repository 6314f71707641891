"""The grammar of objectives: what is refused, with the words that help, and what comes back as it was written."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gates.criteria import AtLeast, AtMost
from gates.objectives.metric import NAMES, metric
from gates.objectives.objective import Objective, Subject
from gates.objectives.text import parse, parse_subject


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "it names no metric of load"),
        ("p95", "has no limit"),
        ("p95 500ms", "'500ms' can't be read"),
        ("pp95 <= 1s", "'pp95' is no metric of load; did you mean 'p95'?"),
        ("latency <= 1s", "known are achieved, dropped, error_ratio, failures, late, max, mean, p50"),
        ("errors <= 1 %", "'errors' is no metric of load; here it is 'error_ratio'"),
        ("p0 <= 1s", "'p0' is no metric"),
        ("p100 <= 1s", "'p100' is no metric"),
        ("p95 <= 500", "measured in 's', the limit is in '1'; write it as in '<= 500ms'"),
        ("p95 <= 500 lightyears", "unknown unit"),
        ("p95 <= nan s", "is not an amount"),
        ("p95 <= 1e999s", "not a finite amount"),
        ("p95 >= 1s", "is no limit of p95; write it as in '<= 500ms'"),
        ("p95 = 1s", "is no limit of p95"),
        ("p95 between 1s and 2s", "is no limit of p95"),
        ("p95 =< 1s", "can't be read"),
        ("rps <= 10/s", "is no limit of rps; write it as in '>= 200/s'"),
        ("rps >= 10 ms", "measured in '1/s'"),
        ("achieved <= 99 %", "is no limit of achieved"),
        ("error_ratio <= 1", "the limit is in '1'"),
        ("error_ratio of service time <= 1 %", "error_ratio is no time"),
        ("p95 of quote of other <= 1s", "says `of` twice"),
        ("p95 of service time of response time <= 1s", "says `of service time` twice"),
        ("p95 over 10s <= 1s over 20s", "says `over` twice"),
        ("p95 over 0.5s <= 1s", "windows last whole seconds"),
        ("p95 over ten seconds <= 1s", "can't be read"),
        ("p95 over 10 <= 1s", "wanted an amount in 's'"),
        ("p95 for 3 windows <= 1s", "write `over 10s`, too"),
        ("p95 over 10s for 0 windows <= 1s", "write 1 to 1,000"),
        ("p95 over 10s for three windows <= 1s", "can't be read"),
        ('p95 of "quote <= 1s', "can't be read"),
        ("p95 <= 1s with >= 0 samples", "at least 1 sample"),
        ("p95 <= 1s with many samples", "can't be read"),
    ],
)
def test_what_is_wrong_is_refused(text, words):
    """The message says what, and what is known."""
    with pytest.raises(ValueError, match=r".") as caught:
        parse(text)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("p95<=500ms", Objective(Subject(metric("p95")), AtMost(0.5, "s", min_samples=100))),
        ("error_ratio < 1%", Objective(Subject(metric("error_ratio")), AtMost(0.01, "ratio", True, min_samples=100))),
        ("rps >= 200", Objective(Subject(metric("rps")), AtLeast(200, "1/s"))),
        ("rps >= 600/min", Objective(Subject(metric("rps")), AtLeast(10, "1/s"))),
        ("achieved >= 99 %", Objective(Subject(metric("achieved")), AtLeast(0.99, "ratio"))),
        ("max <= 5s", Objective(Subject(metric("max")), AtMost(5, "s", min_samples=100))),
        (
            'p99 of "GET /api/v1/stocks" <= 2s',
            Objective(Subject(metric("p99"), "GET /api/v1/stocks"), AtMost(2, "s", min_samples=500)),
        ),
        (
            "p95 of watchlist: log in <= 2s over 10s for 3 windows with >= 7 samples",
            Objective(Subject(metric("p95"), "watchlist: log in", False, 10, 3), AtMost(2, "s", min_samples=7)),
        ),
        (
            "p50 of service time of quote over 1min <= 2s",
            Objective(Subject(metric("p50"), "quote", True, 60), AtMost(2, "s", min_samples=20)),
        ),
        ("p95 of response time <= 1s", Objective(Subject(metric("p95")), AtMost(1, "s", min_samples=100))),
    ],
)
def test_what_is_meant(text, meant):
    """Clauses may stand before the limit and behind it."""
    assert parse(text) == meant


@pytest.mark.parametrize(
    ("text", "fewest"),
    [
        ("p50 <= 1s", 20),
        ("p90 <= 1s", 50),
        ("p95 <= 1s", 100),
        ("p99 <= 1s", 500),
        ("p99.9 <= 1s", 5000),
        ("error_ratio <= 1 %", 100),
        ("error_ratio <= 0.1 %", 1000),
        ("error_ratio <= 50 %", 20),
        ("error_ratio <= 0 %", 100),
        ("failures <= 0", 1),
        ("rps >= 1", 1),
        ("p99 <= 1s with >= 3 samples", 3),
    ],
)
def test_the_samples_that_are_needed(text, fewest):
    """As many as it takes to say anything, unless somebody says how many."""
    assert parse(text).fewest == fewest


SELECTORS = st.one_of(
    st.just(""),
    st.sampled_from(
        ["quote", "watchlist: log in", "GET /a?b=1", 'say "no"', "of", "over 10s", "a <= b", "p95", "x\ny"]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).filter(
        lambda text: text == text.strip()
    ),
)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_an_objective_reads_back_as_itself(data):
    """`parse(str(objective)) == objective`, whatever the name of the request."""
    known = metric(data.draw(st.sampled_from([*NAMES, "p12.5", "p99.99"])))
    over = data.draw(st.sampled_from([0, 1, 7, 10, 60, 90, 3600]))
    windows = data.draw(st.integers(1, 20)) if over else 1
    service = known.latency and data.draw(st.booleans())
    subject = Subject(known, data.draw(SELECTORS), service, over, windows)
    limit = data.draw(st.floats(0.001, 1000, allow_nan=False))
    kind = AtMost if known.most else AtLeast
    samples = data.draw(st.integers(2, 10_000))
    objective = Objective(subject, kind(limit, known.unit, min_samples=samples))
    assert parse(str(objective)) == objective
    assert parse_subject(str(subject)) == subject


@settings(max_examples=300, deadline=None)
@given(
    st.text(max_size=60) | st.from_regex(r"(p95|rps|x)?( of| over| for|\"| |<=|>=|10s|3 windows|1s|quote|with){0,8}")
)
def test_any_text_is_an_objective_or_an_error_with_words(text):
    """Nothing but ValueError comes out."""
    try:
        objective = parse(text)
    except ValueError as error:
        words = str(error)
    else:
        words = "it could be read"
        assert parse(str(objective)) == objective
    assert len(words) > 10
