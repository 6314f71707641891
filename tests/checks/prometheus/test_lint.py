"""What is said of a query that somebody wrote, before Prometheus is asked."""

import contextlib
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.prometheus.lint import labels_of, lint, selectors
from checks.prometheus.promql import Binary, PromqlError, duration, parse, seconds

GOOD = 'sum(rate(x_total{status=~"5.."}[5m])) / sum(rate(x_total[5m]))'


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("sum(rate(x[5m])) / sum by (job) (rate(x[5m]))", "can't match: the left one has no labels"),
        ("sum by (a) (rate(x[5m])) / sum by (b) (rate(x[5m]))", "the labels a, the right one the labels b"),
        ("sum by (a) (rate(x[5m])) / on (b) sum by (a) (rate(x[5m]))", "a label that a side does not have"),
        ("histogram_quantile(0.95, sum(rate(x_bucket[5m])))", "needs the label le"),
        ("histogram_quantile(0.95, sum by (job) (rate(x_bucket[5m])))", "needs the label le"),
        ("sum(rate(x[1m]))", r"looks back over \[1m\], and the window asked for is 5m"),
        ("sum(rate(x[5m])) / sum(rate(y[10m]))", r"over \[10m\]"),
        ("sum(x)", "looks back over nothing"),
    ],
)
def test_a_query_that_can_never_be_right(query, words):
    """Its sides can't match, or it is not of the window that is asked for: a mistake, not a note."""
    (remark,) = [remark for remark in lint(query, 300.0) if remark.never]
    assert re.search(words, remark.words)


def test_by_a_label_that_the_result_does_not_have():
    """`by:` has to find its label."""
    (remark,) = lint(GOOD, 300.0, "service")
    assert remark.never
    assert "sum by (service)" in remark.hint
    assert list(lint("sum by (service) (rate(x[5m]))", 300.0, "service")) == []


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("avg(rate(x[5m]) / rate(y[5m]))", "averages ratios"),
        ("rate(x[5m]) / rate(y[5m])", "divides series by series"),
        ("rate(sum(x_total)[5m:15s])", "of a sum: when one counter starts anew"),
        ("sum(rate(x[5m])) / rate(y[5m])", "hardly match"),
        ("sum(http_requests_total) / sum(rate(y[5m]))", "counts since its start"),
        ("sum(rate(x[5m])) +", "not looked through"),
    ],
)
def test_a_query_that_misleads(query, words):
    """It may give a number, and hardly the one that is wanted."""
    remarks = list(lint(query, 300.0))
    assert not any(remark.never for remark in remarks)
    assert any(re.search(words, remark.words) for remark in remarks), remarks


@pytest.mark.parametrize(
    "query",
    [
        GOOD,
        "sum by (job) (rate(x[5m])) / sum by (job) (rate(y[5m]))",
        "sum by (a, b) (rate(x[5m])) / on (a) group_left sum by (a) (rate(x[5m]))",
        "histogram_quantile(0.95, sum by (le) (rate(x_bucket[5m])))",
        "histogram_quantile(0.95, sum by (le, job) (rate(x_bucket[5m])))",
        "1 - sum(rate(x[5m])) / sum(rate(y[300s]))",
        "(sum(rate(x[5m])) or vector(0)) / sum(rate(y[5m]))",
        "max_over_time(sum(rate(x[1m]))[5m:15s])",
        "count(x_total) + sum(increase(y[5m]))",
        "sum(increase(x[5m])) > bool 3",
    ],
)
def test_a_right_query_gets_no_remark(query):
    """The twins."""
    assert list(lint(query, 300.0)) == []


def test_one_moment_and_a_query_that_looks_back():
    """Without `window:` a range is one that nobody asked for."""
    (remark,) = lint("sum(rate(x[5m]))", None)
    assert remark.never
    assert list(lint("sum(queue_length)", None)) == []


def test_what_a_query_reads():
    """Every selector once, with its labels."""
    found = selectors('sum(rate(a{x="1"}[5m])) / sum(rate(a{x="1"}[5m])) + b{y=~"c|d"} + {z="1"}')
    assert [one.text for one in found] == ['a{x="1"}', 'b{y=~"c|d"}', '{z="1"}']
    assert selectors("sum(") == ()


@pytest.mark.parametrize(
    ("query", "labels"),
    [
        ("x", None),
        ("sum(x)", set()),
        ("sum by (a) (x)", {"a"}),
        ("sum(x) by (a)", {"a"}),
        ("sum without (a) (x)", None),
        ("topk(3, sum by (a) (x))", {"a"}),
        ("sum by (a) (x) * 2", {"a"}),
        ("-sum by (a) (x)", {"a"}),
        ("clamp(sum by (a) (x), 0, 1)", {"a"}),
        ("sum by (a) (x) or sum by (b) (x)", {"a", "b"}),
        ('count_values("v", x)', None),
        ("scalar(sum(x))", None),
    ],
)
def test_labels_of_a_result(query, labels):
    """As far as the query's own text says them."""
    known = labels_of(parse(query))
    assert known == (None if labels is None else frozenset(labels))


@pytest.mark.parametrize(
    "query", ["", "sum(", "x[5m", "x{a=b}", "a b", "x[5m:1m", "{}", "x offset", "(" * 200, "x[y]", "1x1"]
)
def test_what_can_not_be_read(query):
    """It is an error of its own, and never another one."""
    with pytest.raises(PromqlError):
        parse(query)


def test_precedence():
    """A product binds tighter than a sum, and the power is taken from the right."""
    tree = parse("a + b * c")
    assert isinstance(tree, Binary)
    assert tree.operator == "+"
    assert parse("a ^ b ^ c").right.operator == "^"


def test_comments_and_quotes():
    """What stands in a text or a comment is neither."""
    assert [one.text for one in selectors('a{x="# not }"} # b\n + c{y=\'"\'}')] == ['a{x="# not }"}', "c{y='\"'}"]


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="sum by(rate){}[]5m:\"=~/*-+^@,. abx'\\#\n", max_size=60))
def test_any_text_is_read_or_refused(text):
    """No text breaks the reader."""
    with contextlib.suppress(PromqlError):
        parse(text)
    list(lint(text, 300.0, "a"))


@given(st.integers(1, 10**9))
def test_durations_are_read_back(milliseconds):
    """As PromQL writes them, without loss."""
    assert seconds(duration(milliseconds / 1000)) == milliseconds / 1000
