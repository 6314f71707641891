"""Amounts as people write them, and values as people read them."""

import contextlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.units import (
    NUMERIC_UNITS,
    SUFFIXES,
    Quantity,
    format_apart,
    format_value,
    parse_in,
    parse_quantity,
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "ms",
        "five",
        "1.",
        "1,5s",
        "1 2",
        "1__000",
        "1_00",
        "--1",
        "1s2",
        "NaN",
        "inf",
        "1e400",
        "١s",
        "0x10",
        "5 fortnights",
        "5 MS",
        "5 1",
    ],
)
def test_what_is_no_amount_is_refused(text):
    """Texts that are no finite amount with a known unit raise ValueError."""
    with pytest.raises(ValueError, match=r"not an amount|unknown unit|not a finite amount"):
        parse_quantity(text)


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("500ms", 0.5, "s"),
        ("0.3ms", 0.0003, "s"),
        (" 10 s ", 10.0, "s"),
        ("250us", 0.00025, "s"),
        ("250µs", 0.00025, "s"),
        ("5min", 300.0, "s"),
        ("5m", 300.0, "s"),
        ("2h", 7200.0, "s"),
        ("30d", 2592000.0, "s"),
        ("1w", 604800.0, "s"),
        ("5%", 0.05, "ratio"),
        ("99.9 %", 0.9990000000000001, "ratio"),
        ("0.25 ratio", 0.25, "ratio"),
        ("500MB", 5e8, "B"),
        ("2GiB", 2.0 * 2**30, "B"),
        ("1_000 B", 1000.0, "B"),
        ("10/s", 10.0, "1/s"),
        ("60/min", 1.0, "1/s"),
        ("5 1/s", 5.0, "1/s"),
        ("1e3", 1000.0, "1"),
        ("-3", -3.0, "1"),
        ("+.5", 0.5, "1"),
    ],
)
def test_amounts_are_read_into_base_units(text, value, unit):
    """A number with a suffix is kept in its base unit, exactly as written where a float can hold it."""
    quantity = parse_quantity(text)
    assert quantity.unit == unit
    assert quantity.value == pytest.approx(value, rel=1e-15)


def test_an_unknown_unit_lists_the_known_ones():
    """The message names the unit that is not known and those that are."""
    with pytest.raises(ValueError, match=r"unknown unit 'sek'; known are us, µs, ms, s"):
        parse_quantity("5 sek")


def test_an_amount_in_another_unit_is_refused():
    """A size where a duration belongs is refused with an example; a duration is read."""
    with pytest.raises(ValueError, match=r"'5MB' is in 'B', wanted an amount in 's', as in 500ms"):
        parse_in("5MB", "s")
    with pytest.raises(ValueError, match="wanted an amount in 's'"):
        parse_in("5", "s")
    assert parse_in("5s", "s") == 5.0


@given(
    st.floats(allow_nan=False, allow_infinity=False, min_value=0, max_value=1e200),
    st.sampled_from(sorted(SUFFIXES)),
)
def test_what_is_written_is_read(number, suffix):
    """Every number with every suffix is read as that many of the suffix's factor."""
    unit, factor = SUFFIXES[suffix]
    expected = number * factor
    if math.isfinite(expected):
        read = parse_quantity(f"{number!r} {suffix}")
        assert read.unit == unit
        assert read.value == pytest.approx(expected, rel=1e-12)


@given(st.text(max_size=12))
def test_any_text_is_an_amount_or_a_value_error(text):
    """No text makes the reader raise anything but ValueError."""
    with contextlib.suppress(ValueError):
        assert isinstance(parse_quantity(text), Quantity)


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (True, "bool", "yes"),
        (False, "present", "not there"),
        ("1.0", "text", "'1.0'"),
        (0, "s", "0 s"),
        (0.0000001, "s", "0.1 µs"),
        (0.812, "s", "812 ms"),
        (90, "s", "90 s"),
        (120, "s", "2 min"),
        (9 * 86400, "s", "9 d"),
        (-0.5, "s", "-500 ms"),
        (0, "B", "0 B"),
        (5e8, "B", "500 MB"),
        (0.031, "ratio", "3.1 %"),
        (1.0, "ratio", "100 %"),
        (0.99999, "ratio", "99.999 %"),
        (0.0, "ratio", "0 %"),
        (1.7e307, "ratio", "1.70e+309 %"),
        (12000, "1", "12,000"),
        (2.5, "1/s", "2.5/s"),
    ],
)
def test_values_are_written_for_people(value, unit, shown):
    """Each unit has its own words."""
    assert format_value(value, unit) == shown


@given(st.floats(min_value=0, max_value=1))
def test_a_ratio_is_never_rounded_to_all_or_nothing(ratio):
    """`100 %` is printed of a whole only, `0 %` of nothing only."""
    shown = format_value(ratio, "ratio")
    assert (shown == "100 %") == (ratio == 1)
    assert (shown == "0 %") == (ratio == 0)


@given(
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12),
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12),
    st.sampled_from(sorted(NUMERIC_UNITS)),
)
def test_different_amounts_are_told_apart_in_their_order(got, wanted, unit):
    """Beside one another, two different amounts never look equal."""
    one, other = format_apart(got, wanted, unit)
    assert (one == other) == (got == wanted)


def test_an_amount_just_below_a_limit_does_not_look_larger():
    """0.99996 s beside 1 s is not printed as `1,000 ms`; 1 s beside 1 s is."""
    assert format_apart(0.99996, 1.0, "s") == ("999.96 ms", "1 s")
    assert format_apart(1.0, 1.0, "s") == ("1 s", "1 s")
