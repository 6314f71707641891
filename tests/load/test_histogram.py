"""Buckets of times: nothing counted, what can't be counted, precision, and merging that loses nothing."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from load.histogram import LAST_BUCKET, Histogram, bucket, middle

times = st.floats(min_value=1e-6, max_value=1e5)


def test_nothing_counted_has_no_percentile():
    """An empty histogram has no percentile and no mean, rather than 0."""
    empty = Histogram()
    assert (empty.count, empty.percentile(0.95), empty.mean, empty.longest) == (0, None, None, None)


@pytest.mark.parametrize("seconds", [math.nan, math.inf, -0.001], ids=["nan", "infinity", "negative"])
def test_what_is_no_time_has_no_bucket(seconds):
    """NaN, infinity and negative times are refused."""
    with pytest.raises(ValueError, match="not a time"):
        bucket(seconds)


@pytest.mark.parametrize("share", [0, -0.1, 1.01, math.nan])
def test_a_share_outside_of_0_to_1_is_an_error(share):
    """p0 and p101 don't exist."""
    with pytest.raises(ValueError, match="percentile"):
        Histogram.of([1]).percentile(share)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Histogram({3: 0}),
        lambda: Histogram({}, -1),
        lambda: Histogram({-1: 1}),
        lambda: Histogram({LAST_BUCKET + 1: 1}),
    ],
    ids=["count-0", "infinite-negative", "bucket-negative", "bucket-beyond"],
)
def test_a_histogram_that_nobody_can_have_counted_is_refused(make):
    """Counts below 1 and buckets that don't exist are errors."""
    with pytest.raises(ValueError, match="histogram"):
        make()


@given(times)
def test_a_time_is_read_back_within_a_thousandth(seconds):
    """The value of a bucket is at most 0.1 % from what fell into it: three significant digits."""
    assert middle(bucket(seconds)) == pytest.approx(seconds, rel=0.001)


def test_the_shortest_and_the_longest_times_have_a_bucket():
    """Zero counts as a microsecond, and a time beyond all is in the last bucket."""
    assert bucket(0) == bucket(1e-9) == 0
    assert bucket(1e300) == LAST_BUCKET


@settings(max_examples=60)
@given(st.lists(times, min_size=1, max_size=300), st.sampled_from([0.01, 0.07, 0.5, 0.95, 0.99, 1]))
def test_percentiles_are_those_of_the_raw_times(seconds, share):
    """The nearest rank of the raw times, within 0.1 %."""
    rank = max(1, math.ceil(round(share * len(seconds), 6)))
    assert Histogram.of(seconds).percentile(share) == pytest.approx(sorted(seconds)[rank - 1], rel=0.001)


@settings(max_examples=60)
@given(st.lists(st.lists(times | st.just(math.inf), max_size=30), max_size=6))
def test_merging_is_the_same_as_counting_all_in_one(parts):
    """However times are spread over processes and windows, the sum is exact."""
    merged = Histogram.merged(Histogram.of(part) for part in parts)
    assert merged == Histogram.of(time for part in parts for time in part)


def test_what_never_happened_is_longer_than_everything():
    """6 of 100 that never began make p95 infinite; 5 of 100 don't."""
    assert Histogram.of([0.01] * 94 + [math.inf] * 6).percentile(0.95) == math.inf
    assert Histogram.of([0.01] * 95 + [math.inf] * 5).percentile(0.95) == pytest.approx(0.01, rel=0.001)
    assert Histogram.of([0.01, math.inf]).mean == math.inf


def test_the_seventh_of_a_hundred_is_not_the_eighth():
    """A share that floats can't hold exactly does not move the rank."""
    assert Histogram.of(range(1, 101)).percentile(0.07) == pytest.approx(7, rel=0.001)
