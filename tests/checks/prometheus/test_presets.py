"""Ready-made queries against a real Prometheus: the right number, and a Gap for everything that is no number."""

import re

import pytest

from checks.evidence import Gap, Reading
from checks.prometheus.matcher import Matcher
from checks.prometheus.presets import PRESETS, Asked, query_of
from checks.prometheus.query import Over, Take


def service(name):
    return (Matcher("service", name),)


@pytest.mark.parametrize(
    ("preset", "name", "words"),
    [
        ("error_ratio", "nobody", "lack|the result is empty"),
        ("error_ratio", "idle", "NaN"),
        ("error_ratio", "other", "lack the label 'status'.*there are: code, service"),
        ("error_ratio", "young", r"the window asked for is 5 min, and the samples .* begin \d+"),
        ("error_ratio", "ended", r"the samples .* end (\d+ s|2 min|\S+ min) ago"),
        ("error_ratio", "hole", r"have a hole of"),
        ("success_ratio", "idle", "NaN"),
        ("error_rate", "other", "lack the label 'status'"),
        ("rps", "nobody", "the result is empty"),
        ("rps", "young", "the window asked for"),
        ("p95", "nobody", "the result is empty"),
        ("p95", "idle", "nothing was counted"),
        ("availability", "nobody", "the result is empty"),
        ("memory", "nobody", "the result is empty"),
    ],
)
def test_nothing_to_judge_is_a_gap(ask_preset, preset, name, words):
    """No data, no traffic, a label that is not there, a window that is not full: never a number."""
    (gap,) = ask_preset(preset, labels=service(name))
    assert isinstance(gap, Gap)
    assert gap.subject == f"q.{preset}"
    assert re.search(words, gap.reason), gap.reason
    assert "query: " in gap.reason
    assert gap.reason.partition("query: ")[2] in gap.source


@pytest.mark.parametrize(
    ("preset", "labels", "value"),
    [
        ("error_ratio", service("shop"), 0.02),
        ("success_ratio", service("shop"), 0.98),
        ("error_rate", service("shop"), 2),
        ("rps", service("shop"), 100),
        ("p50", service("shop"), 0.1),
        ("p95", service("shop"), 0.5 + 0.5 * 5 / 9),
        ("p99", service("shop"), 1.0),
        ("error_ratio", service("healthy"), 0),
        ("error_rate", service("healthy"), 0),
        ("success_ratio", service("healthy"), 1),
        ("error_ratio", service("restarted"), 0),
        ("memory", (), 7 / 8),
        ("cpu", (), 0.95),
        ("disk", (), 90 / 95),
        ("db_connections", (), 0.4),
        ("queue_depth", (Matcher("vhost", "/"),), 1200),
        ("restarts", (), 2),
        ("availability", (Matcher("job", "steady"),), 1),
    ],
)
def test_the_number_is_right(ask_preset, preset, labels, value):
    """Summed before it is divided; of several machines the worst counts."""
    (reading,) = ask_preset(preset, labels=labels)
    assert isinstance(reading, Reading), reading
    assert reading.value == pytest.approx(value, rel=0.02, abs=1e-6)
    assert reading.unit == PRESETS[preset].unit


def test_the_traffic_is_the_samples(ask_preset):
    """A busy service has as many samples as requests; a quiet one a handful, for a criterion to refuse."""
    (busy,) = ask_preset("error_ratio", labels=service("shop"))
    (quiet,) = ask_preset("error_ratio", labels=service("quiet"))
    assert 29_000 < busy.samples < 31_000
    assert 4 <= quiet.samples <= 7


def test_aggregate_before_dividing(ask_preset):
    """Half of the small instance's requests fail, which is 2 % of all: the mean of ratios would say 25 %."""
    (reading,) = ask_preset("error_ratio", labels=service("shop"))
    assert reading.value == pytest.approx(0.02, rel=0.02)


def test_one_judgement_for_each_value_of_a_label(ask_preset):
    """Each expected value is a subject; one that is missing is a Gap, one that nobody expected is shown."""
    found = {
        e.subject: e for e in ask_preset("error_ratio", labels=service("shop"), by="instance", expected=("a", "c"))
    }
    assert list(found) == ["q.error_ratio.a", "q.error_ratio.c", "q.error_ratio.b"]
    assert found["q.error_ratio.a"].value == pytest.approx(1 / 98, rel=0.02)
    assert found["q.error_ratio.b"].value == pytest.approx(0.5, rel=0.02)
    assert "instance='c', which is expected" in found["q.error_ratio.c"].reason


def test_the_worst_of_several_is_named(ask_preset):
    """A full file system is not averaged away, and one that gives no number is not overlooked."""
    (disk,) = ask_preset("disk")
    assert 'mountpoint="/"' in disk.detail
    (by_mount,) = ask_preset("disk", by="mountpoint", labels=(Matcher("mountpoint", "/data"),), expected=("/data",))
    assert by_mount.value == pytest.approx(0.1)
    (queue,) = ask_preset("queue_depth")
    assert isinstance(queue, Gap)
    assert "NaN" in queue.reason


def test_errors_before_the_first_scrape_of_their_series_count(ask_preset):
    """Sixty errors came at once and made their series: the rate says 0, the evidence does not."""
    (reading,) = ask_preset("error_ratio", labels=service("burst"))
    assert reading.value == pytest.approx(60 / 360, rel=0.05)
    assert "60 errors came before the first scrape" in reading.detail
    (good,) = ask_preset("success_ratio", labels=service("burst"))
    assert good.value == pytest.approx(300 / 360, rel=0.02)


def test_a_quantile_beyond_the_buckets_is_only_known_to_be_more(ask_preset):
    """80 % are slower than the highest bound, 1 s: the p95 may be anything above it."""
    value, beyond = ask_preset("p95", labels=service("slow"))
    assert (value.value, beyond.subject, beyond.value) == (1.0, "q.p95.beyond_buckets", True)
    assert "beyond the highest bucket, 1 s" in value.detail


def test_a_counter_that_began_anew_is_told(ask_preset):
    """rate() bridges it, and the reader knows."""
    (reading,) = ask_preset("rps", labels=service("restarted"))
    assert reading.value == pytest.approx(10, rel=0.1)
    assert "1 counters began anew" in reading.detail


def test_other_names(ask_preset):
    """Whatever the label of errors is called."""
    (reading,) = ask_preset("error_ratio", labels=service("other"), errors=Matcher("code", "5..", "=~"))
    assert reading.value == pytest.approx(1)
    (starts,) = ask_preset("restarts", metric="process_start_time_seconds", labels=(Matcher("job", "api"),))
    assert starts.value == 1


def test_a_moment_that_was_bad_counts_over_its_time(ask_preset):
    """A target that was down for a while was not available all the time."""
    (reading,) = ask_preset("availability", labels=(Matcher("job", "api"),))
    assert 0 < reading.value < 1
    over = Over(300, 15, Take.LOWEST)
    (lowest,) = ask_preset("value", metric="temperature", labels=(Matcher("room", "a"),), over=over)
    assert lowest.value == pytest.approx(20, abs=0.5)
    (highest,) = ask_preset(
        "value", metric="temperature", labels=(Matcher("room", "a"),), over=Over(300, 15, Take.HIGHEST)
    )
    assert highest.value == pytest.approx(25, abs=0.5)


def test_a_time_that_has_no_data_everywhere_is_a_gap(ask_preset):
    """Of a series that is gone for the last minutes, some steps have no value."""
    (gap,) = ask_preset("value", metric="old", over=Over(900, 15, Take.MEAN), max_age=3600)
    assert isinstance(gap, Gap)


@pytest.mark.parametrize("name", ["a b", "", "1x", "x{y}", "x\n"])
def test_a_name_that_no_metric_has(name):
    """It is refused before anything is asked."""
    with pytest.raises(ValueError, match="not the name of a metric"):
        query_of(Asked("q", "rps", name))


def test_values_are_quoted():
    """A label's value can't end the query."""
    asked = Asked("q", "rps", "x", (Matcher("a", 'b"} or vector(0) #\n\\'),), window=60)
    assert query_of(asked).expr == 'sum(rate(x{a="b\\"} or vector(0) #\\n\\\\"}[1m]))'
