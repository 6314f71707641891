"""The parser takes what the format allows, and says of everything else in which line it is wrong."""

import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.metrics_page.exposition import ExpositionError, read_page
from checks.metrics_page.samples import Page

OPEN = "application/openmetrics-text; version=1.0.0; charset=utf-8"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "the page is empty"),
        ("# only a comment\n", 1, "has no sample"),
        ("a 1", 1, "cut off"),
        ("a 1\nb 2", 2, "cut off"),
        ("<html>\n", 1, "a page of HTML"),
        ("a\n", 1, "a value"),
        ("a 1 2 3\n", 1, "a value, and perhaps a time"),
        ("a x\n", 1, "'x' is no value"),
        ("a 0x10\n", 1, "is no value"),
        ("a 1_000\n", 1, "is no value"),
        ("a 1 1.5\n", 1, "is no time in milliseconds"),
        ("a{b=1} 1\n", 1, "labels can't be read"),
        ("a{b='1'} 1\n", 1, "labels can't be read"),
        ('a{b="1" c="2"} 1\n', 1, "a comma or a brace"),
        ('a{b="1"\n', 1, "a comma or a brace"),
        ('a{b="1",b="2"} 1\n', 1, "label 'b' is there twice"),
        ('a{b="\\x"} 1\n', 1, "is no escape"),
        ('a{1b="x"} 1\n', 1, "labels can't be read"),
        ("1a 1\n", 1, "begins with a name"),
        ("a-b 1\n", 1, "no name of a metric"),
        ("a 1\na 2\n", 2, "a second time"),
        ('a{x="1",y="2"} 1\na{y="2",x="1"} 1\n', 2, "a second time"),
        ("# TYPE a gauge\n# TYPE a counter\na 1\n", 2, "a second # TYPE"),
        ("# HELP a x\n# HELP a y\na 1\n", 2, "a second # HELP"),
        ("a 1\n# TYPE a gauge\n", 2, "comes after a sample"),
        ("# TYPE a thing\na 1\n", 1, "'thing' is no type"),
        ("# TYPE a\na 1\n", 1, "is no type"),
        ("# TYPE 1a gauge\n", 1, "no name of a metric"),
    ],
)
def test_a_page_that_breaks_the_rules(text, line, words):
    """Cut off, doubled, misspelt: the line is named."""
    with pytest.raises(ExpositionError, match=re.escape(words)) as caught:
        read_page(text.encode())
    assert caught.value.line == line


def test_a_page_that_is_not_utf_8():
    """Nor is it guessed what it could be."""
    with pytest.raises(ExpositionError, match="line 2: the text is not UTF-8"):
        read_page(b"a 1\nb\xff 2\n")


def test_a_page_of_another_kind():
    """A log-in page with 200 is no page of metrics."""
    with pytest.raises(ExpositionError, match="this is text/html"):
        read_page(b"a 1\n", "text/html; charset=utf-8")


def test_the_text_format():
    """The example of the format's own page."""
    page = read_page(
        rb"""# HELP http_requests_total The total number of HTTP requests.
# TYPE http_requests_total counter
http_requests_total{method="post",code="200"} 1027 1395066363000
http_requests_total{method="post",code="400"}    3 1395066363000

# Escaping in label values:
msdos_file_access_time_seconds{path="C:\\DIR\\FILE.TXT",error="Cannot find file:\n\"FILE.TXT\""} 1.458255915e9
metric_without_timestamp_and_labels 12.47
something_weird{problem="division by zero"} +Inf -3982045
# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{le="0.05"} 24054
http_request_duration_seconds_bucket{le="+Inf",} 144320
http_request_duration_seconds_sum 53423
http_request_duration_seconds_count 144320
""",
        "text/plain; version=0.0.4",
    )
    assert list(page.named("metric_without_timestamp_and_labels")) == [({}, 12.47)]
    assert [value for _, value in page.named("http_requests_total")] == [1027, 3]
    ((labels, value),) = page.named("msdos_file_access_time_seconds")
    assert labels == {"path": "C:\\DIR\\FILE.TXT", "error": 'Cannot find file:\n"FILE.TXT"'}
    assert value == 1.458255915e9
    ((_, weird),) = page.named("something_weird")
    assert weird == math.inf
    assert page.counts("http_requests_total")
    assert page.counts("http_request_duration_seconds_bucket")
    assert not page.counts("metric_without_timestamp_and_labels")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a 1\n", 1, "the last line is not # EOF"),
        ("# EOF\n", 1, "has no sample"),
        ("a 1\n# EOF\nb 1\n", 3, "something follows # EOF"),
        ("# a comment\na 1\n# EOF\n", 1, "neither HELP, TYPE, UNIT nor EOF"),
        ("\na 1\n# EOF\n", 1, "begins with a name"),
        ("# TYPE a counter\na 1\n# EOF\n", 2, "a is no sample of the counter a"),
        ("# TYPE a counter\na_total -1\n# EOF\n", 2, "is no count"),
        ("# TYPE a counter\na_total NaN\n# EOF\n", 2, "is no count"),
        ('# TYPE a gauge\na 1\n# TYPE b gauge\nb 1\na{x="1"} 1\n# EOF\n', 5, "no sample of|goes on after"),
        ("# TYPE a untyped\na 1\n# EOF\n", 1, "is no type"),
        ("a 1 x\n# EOF\n", 1, "is no value"),
    ],
)
def test_an_openmetrics_page_that_breaks_the_rules(text, line, words):
    """It has to end with # EOF, and its samples belong to their families."""
    with pytest.raises(ExpositionError, match=words) as caught:
        read_page(text.encode(), OPEN)
    assert caught.value.line == line


def test_openmetrics():
    """Counters end in _total, exemplars and times in seconds are allowed."""
    page = read_page(
        b"""# TYPE acme_http_router_request_seconds summary
# UNIT acme_http_router_request_seconds seconds
# HELP acme_http_router_request_seconds Latency though all of ACME's HTTP request router.
acme_http_router_request_seconds_sum{path="/api/v1",method="GET"} 9036.32
acme_http_router_request_seconds_count{path="/api/v1",method="GET"} 807283.0
# TYPE go_goroutines gauge
go_goroutines 69
# TYPE foo histogram
foo_bucket{le="0.1"} 8 # {} 0.054
foo_bucket{le="+Inf"} 17 # {trace_id="oHg5SJYRHA0"} 9.8 1520879607.789
foo_count 17
foo_sum 324789.3
foo_created 1520430000.123
# TYPE requests counter
requests_total 12 1520879607.789
# EOF
""",
        OPEN,
    )
    assert page.counts("requests_total")
    assert page.counts("foo_bucket")
    assert [value for _, value in page.named("foo_bucket")] == [8, 17]
    assert not page.counts("go_goroutines")


_NAMES = st.from_regex(r"\A[a-zA-Z_:][a-zA-Z0-9_:]{0,5}\Z")
_LABELS = st.dictionaries(st.from_regex(r"\A[a-zA-Z_][a-zA-Z0-9_]{0,5}\Z"), st.text(max_size=5), max_size=3).map(
    lambda labels: tuple(sorted(labels.items()))
)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.tuples(_NAMES, _LABELS), st.floats(allow_nan=False), max_size=4))
def test_what_is_written_is_read(samples):
    """Any names, labels and numbers, escaped as the format says."""

    def escaped(text):
        return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")

    lines = []
    for (name, labels), value in samples.items():
        pairs = ",".join(f'{label}="{escaped(text)}"' for label, text in labels)
        lines.append(f"{name}{{{pairs}}} {value!r}\n")
    text = "".join(lines).encode(errors="surrogatepass")
    try:
        page = read_page(text)
    except ExpositionError:
        assert not samples or b"\xed" in text
    else:
        assert page.samples == samples


_TEXTS = st.text(alphabet='ab_:{}="\\n,# 1.eE+-NaIf\nTYPEHLOF', max_size=60)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60) | _TEXTS.map(str.encode), st.sampled_from(["", OPEN]))
def test_any_bytes_are_a_page_or_an_error(body, kind):
    """No bytes break the parser."""
    try:
        page = read_page(body, kind)
    except ExpositionError:
        return
    assert isinstance(page, Page)
