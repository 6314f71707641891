"""What one line says: level, time, message and fields, of any format, and of none."""

from datetime import UTC

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.logs.entries import entries, entry, level_in, level_of, pick
from checks.logs.lines import Line
from checks.logs.probes import Names

NOW = 1_795_255_260.0


def read(data, **options):
    data = data if isinstance(data, bytes) else data.encode()
    return entry(Line("a", 1, data, **options), Names(), UTC, NOW)


def test_empty_lines_are_none():
    """Blank ones, too."""
    lines = [Line("a", number, data) for number, data in enumerate((b"", b"  ", b"x", b"\t\r"))]
    assert [one.text for one in entries(lines, Names(), UTC, NOW)] == ["x"]


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ('{"level":"ERROR"}', "error"),
        ('{"severity":"Warning"}', "warning"),
        ('{"log":{"level":"crit"}}', "fatal"),
        ('{"log.level":"err"}', "error"),
        ('{"level":50}', "error"),
        ('{"level":"strange"}', ""),
        ('{"level":7}', ""),
        ('{"level":true}', ""),
        ('{"level":null,"severity":"info"}', "info"),
        ("2026-11-20 10:11:12,123 ERROR app: x", "error"),
        ("2026/11/20 10:11:12 [error] 7#7: x", "error"),
        ("[2026-11-20T10:11:12] production.CRITICAL: x", ""),
        ("time=x level=warn msg=y", "warning"),
        ("E1120 10:11:12.000000 1 main.go:5] x", "error"),
        ("F1120 10:11:12.000000 1 main.go:5] x", "fatal"),
        ("INFO no ERROR here", "info"),
        ("an error was not found", ""),
        ("GET /ERROR/x", ""),
        ("ERROR_CODE=5", ""),
        ("x" * 300 + " ERROR", ""),
    ],
)
def test_levels(line, level):
    """In fields and in front of texts; words in the middle of a message are none."""
    assert read(line).level == level


def test_levels_by_themselves():
    """A level of another type is none."""
    assert level_of([]) == level_of(None) == level_of(1.5) == ""
    assert level_in("") == ""


@pytest.mark.parametrize(
    ("line", "time"),
    [
        ('{"@timestamp":"1970-01-01T00:00:05Z"}', 5.0),
        ('{"time":null,"ts":1600000000}', 1.6e9),
        ("1970-01-01T00:00:05Z x", 5.0),
        ('{"message":"1970-01-01T00:00:05Z"}', None),
    ],
)
def test_times(line, time):
    """The field that has it, or the front of the line."""
    assert read(line).time == time


def test_the_carriers_time_comes_first():
    """The engine's own, where the line was carried by it."""
    assert read('{"@timestamp":"1970-01-01T00:00:05Z"}', time=7.0).time == 7.0


def test_messages():
    """The field that has it; else the whole line."""
    assert read('{"msg":"hello"}').message == "hello"
    assert read('{"a":1}').message == '{"a":1}'
    assert read("plain text").message == "plain text"
    assert read('{"message":{"a":1}}').message == "{'a': 1}"


@pytest.mark.parametrize(
    "data", [b"\xff\xfe bad", "\ufeff{}".encode(), b"\x00\x00", b"{" * 100_000, b'{"a":', b"[1]", b'"x"']
)
def test_broken_lines_are_lines(data):
    """Wrong bytes, NULs, JSON that is broken, bottomless or no object."""
    found = read(data)
    assert found.decodes is (b"\xff" not in data)
    assert (found.fields == {}) is (data == "\ufeff{}".encode())


@pytest.mark.parametrize(
    ("fields", "name", "value"),
    [
        ({"a": 1}, "a", 1),
        ({"a.b": 1}, "a.b", 1),
        ({"a": {"b": 1}}, "a.b", 1),
        ({"a": {"b.c": 1}}, "a.b.c", 1),
        ({"a.b": {"c": 1}}, "a.b.c", 1),
        ({"a": {"b": {"c": 1}}}, "a.b.c", 1),
        ({"a": 1}, "a.b", None),
        ({"a": []}, "a.0", None),
        ({}, "a", None),
        ({"a": None}, "a", None),
    ],
)
def test_names_with_dots(fields, name, value):
    """Loggers write them flat or nested."""
    assert pick(fields, (name,)) == value


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60) | st.text('{}":,[]0e levltims', max_size=40).map(str.encode))
def test_no_line_raises(data):
    """Whatever it holds."""
    found = read(data)
    assert isinstance(found.message, str)
