"""Times as loggers write them; what is none is none."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.logs.times import is_iso, time_in, time_of

NOW = datetime(2026, 11, 20, 20, 0, tzinfo=UTC).timestamp()
AT = datetime(2026, 11, 20, 10, 11, 12, tzinfo=UTC).timestamp()
SEOUL = timezone(timedelta(hours=9))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-11-20T10:11:12Z GET /", AT),
        ("2026-11-20 10:11:12,500 INFO x", AT + 0.5),
        ("2026-11-20T19:11:12.250+09:00 x", AT + 0.25),
        ("2026-11-20T19:11:12+0900 x", AT),
        ("2026/11/20 10:11:12 [error] 7#7: x", AT),
        ("[2026-11-20 10:11:12] production.ERROR: x", AT),
        ("INFO 2026-11-20 10:11:12 x", AT),
        ('10.0.0.1 - - [20/Nov/2026:19:11:12 +0900] "GET / HTTP/1.1" 200 5', AT),
        ("Nov 20 10:11:12 host app[7]: x", AT),
        ("<34>Nov 20 10:11:12 host app: x", AT),
        ("2026-11-20T10:11:60Z x", AT + 48),
    ],
)
def test_times_in_front_of_lines(text, seconds):
    """ISO 8601, Python's and nginx's, Apache's, syslog's."""
    assert time_in(text, UTC, NOW) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "", "no time here", "2026-13-20T10:11:12Z", "2026-11-31 10:11:12", "2026-11-20T25:11:12Z", "version 2026.11.20",
        "[20/Nox/2026:19:11:12 +0900]", "Nox 20 10:11:12 host", "Nov 31 10:11:12 host", "12026-11-20T10:11:12Z",
        "x" * 200 + " 2026-11-20T10:11:12Z", "0000-11-20T10:11:12Z",
    ],
)  # fmt: skip
def test_what_is_no_time(text):
    """Neither a wrong date nor one far inside of a message."""
    assert time_in(text, UTC, NOW) is None


def test_a_time_without_a_zone_is_in_the_zone_that_is_said():
    """Ten o'clock in Seoul is one o'clock in Greenwich."""
    assert time_in("2026-11-20 19:11:12 x", SEOUL, NOW) == AT


def test_syslogs_december_in_january():
    """It has no year: a date that would lie ahead is last year's."""
    january = datetime(2027, 1, 2, tzinfo=UTC).timestamp()
    assert time_in("Dec 31 23:59:59 host x", UTC, january) == datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("2026-11-20T10:11:12Z", AT), ("2026-11-20 10:11:12", AT), (AT, AT), (int(AT), AT), (AT * 1000, AT),
        (int(AT) * 10**6, AT), (int(AT) * 10**9, AT), (str(int(AT * 1000)), AT), (f"{AT:.3f}", AT),
    ],
)  # fmt: skip
def test_times_in_fields(value, seconds):
    """A text, or a number of seconds down to nanoseconds."""
    assert time_of(value, UTC) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "value", [None, True, [], {}, "", "soon", 5, -1, 1e300, 10**400, float("nan"), float("inf"), "nan", "9" * 100]
)
def test_what_is_no_time_in_a_field(value):
    """Counters, truth values, and what no number holds."""
    assert time_of(value, UTC) is None


@pytest.mark.parametrize(
    ("value", "iso"),
    [
        ("2026-11-20T10:11:12Z", True), ("2026-11-20T10:11:12.123456789+09:00", True), ("2026-11-20 10:11:12", False),
        ("2026-13-20T10:11:12Z", False), (AT, False), (None, False), ("2026-11-20T10:11:12Z and more", False),
    ],
)  # fmt: skip
def test_a_contract_wants_a_zone(value, iso):
    """Without a zone everybody reads another moment."""
    assert is_iso(value) is iso


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60) | st.from_regex(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d.{0,8}"))
def test_no_text_raises(text):
    """Whatever a line holds."""
    time_in(text, UTC, NOW)
    time_of(text, UTC)
    is_iso(text)
