"""One row with one value, or why there is none."""

import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.services.sql_query import NoValueError, one_value


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (0, (0, "")),
        (2**70, (2**70, "")),
        (0.5, (0.5, "")),
        (Decimal("12.50"), (12.5, "")),
        (True, (True, "bool")),
        ("", ("", "text")),
        (timedelta(minutes=1, milliseconds=500), (60.5, "s")),
    ],
)
def test_a_value_is_read(value, found):
    """With its own unit, where it has one."""
    assert one_value([(value,)]) == found
    assert type(one_value([[value]])[0]) is type(found[0])


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "no row came, one was wanted"),
        ([(1,), (2,)], "several rows came, one was wanted"),
        ([()], "0 columns came, one was wanted"),
        ([(1, 2)], "2 columns came, one was wanted"),
        ([(None,)], "the value is NULL"),
        ([(math.nan,)], "the value is nan, which is no finite number"),
        ([(-math.inf,)], "the value is -inf, which is no finite number"),
        ([(Decimal("NaN"),)], "the value is NaN, which is no finite number"),
        ([(Decimal("sNaN"),)], "the value is sNaN, which is no finite number"),
        ([(Decimal("1e400"),)], "the value is 1E+400, which is no finite number"),
        ([(10**400,)], "the value is 10000000000000000000, which is no finite number"),
        ([(datetime(2026, 1, 1, tzinfo=UTC),)], "the value is a time: select its age in seconds"),
        ([(date(2026, 1, 1),)], "the value is a time: select its age in seconds"),
        ([("x" * 10_001,)], "the value is a text of 10,001 characters"),
        ([(b"x",)], "the value is of the type bytes, which nothing is compared with"),
        ([([1],)], "the value is of the type list, which nothing is compared with"),
    ],
)
def test_everything_else_is_none(rows, words):
    """It says what came."""
    with pytest.raises(NoValueError) as caught:
        one_value(rows)
    assert str(caught.value) == words


_VALUES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.decimals(), st.text(), st.binary())


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(_VALUES, max_size=2), max_size=2))
def test_any_answer_is_a_value_or_a_reason(rows):
    """Nothing else is raised, and every number is finite."""
    try:
        value, _ = one_value(rows)
    except NoValueError:
        return
    assert isinstance(value, str) or math.isfinite(value)
