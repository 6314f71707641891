"""The text form of criteria: what people write, and what travels in JUnit."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.units import NUMERIC_UNITS
from gates.criteria import (
    AtLeast,
    AtMost,
    Between,
    Criterion,
    CriterionError,
    Equals,
    Matches,
    OneOf,
    from_scalar,
    parse,
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("   ", "is empty"),
        ("<=", "not an amount"),
        ("<= fast", "not an amount"),
        ("<= 5 parsec", "unknown unit"),
        ("<= 1e400", "not a finite"),
        ("=> 5", "not a criterion"),
        ("=< 5", "not a criterion"),
        ("== 5", "not a criterion"),
        ("!= 5", "not a criterion"),
        ("=", "value is missing"),
        ('= "a\\', "quote is not closed"),
        ('= "a" b', "quote is not closed"),
        ('= "\\x"', "quoted text can't be read"),
        ("between 1", "not a criterion"),
        ("between 2 and 1", "nothing lies between"),
        ("between 1 s and 2 B", "different units"),
        ("between a and b", "not an amount"),
        ("one of ,", "can't be read"),
        ("one of 1,,2", "can't be read"),
        ("one of 500ms", "has a unit"),
        ("~", "empty pattern"),
        ('~ ""', "empty pattern"),
        ("~ (", "not a regular expression"),
        ("~ [[a]", "not a regular expression"),
        ("<= 5 with >= 0 samples", "at least 1 sample"),
        ("<= 5 with >= _ samples", "invalid literal"),
    ],
)
def test_a_text_that_is_no_criterion_is_refused(text, words):
    """The error quotes the text and says what is wrong with it."""
    with pytest.raises(CriterionError, match=words):
        parse(text)


@pytest.mark.parametrize(
    ("text", "criterion"),
    [
        ("<= 500ms", AtMost(0.5, "s")),
        ("<=500ms", AtMost(0.5, "s")),
        ("< 80 %", AtMost(0.8, "ratio", exclusive=True)),
        (">= 99 %", AtLeast(0.99, "ratio")),
        ("> 0", AtLeast(0, exclusive=True)),
        (">= 14d", AtLeast(14 * 86400, "s")),
        ("<= 1 % with >= 500 samples", AtMost(0.01, "ratio", min_samples=500)),
        ("<= 1 % with >= 1_000 samples", AtMost(0.01, "ratio", min_samples=1000)),
        ("between 10 and 20 s", Between(10, 20, "s")),
        ("between 1e3 and 2e3 s", Between(1000, 2000, "s")),
        ("between 10 s and 2 min", Between(10, 120, "s")),
        ("between -5 and 5", Between(-5, 5)),
        ("= 200", Equals(200)),
        ("200", Equals(200)),
        ("= 1234567890123456789", Equals(1234567890123456789)),
        ("= 0.5", Equals(0.5)),
        ("= true", Equals(True)),
        ('= "true"', Equals("true")),
        ('= "200"', Equals("200")),
        ("= healthy", Equals("healthy")),
        ("healthy", Equals("healthy")),
        ("= 500 ms", Equals(0.5, "s")),
        ("one of 200, 204", OneOf((200, 204))),
        ('one of "a, b", c', OneOf(("a, b", "c"))),
        ("one of true, 1, 1.5, x", OneOf((True, 1, 1.5, "x"))),
        (r"~ ^1\.", Matches(r"^1\.")),
        ('~ "^1"', Matches("^1")),
        ("~ a, b with >= 5 samples", Matches("a, b", min_samples=5)),
    ],
)
def test_a_criterion_is_read(text, criterion):
    """Each form people write is read as what it says."""
    assert parse(text) == criterion


@pytest.mark.parametrize(
    ("text", "unit", "good"),
    [
        ("<= 500", "s", "<= 500ms"),
        ("<= 500MB", "s", "<= 500s"),
        ("between 1 and 2", "ratio", "between 1 and 2 %"),
        ("= 5", "s", "= 5s"),
        ("~ 5", "s", "= 5s"),
        ("one of 1, 2", "s", "<= 1s"),
    ],
)
def test_a_unit_that_does_not_fit_the_subject_is_refused(text, unit, good):
    """A limit in another unit than its subject's is found before the run; its twin in the right one is read."""
    with pytest.raises(CriterionError, match="can't judge this"):
        parse(text, unit)
    assert isinstance(parse(good, unit), Criterion)


@pytest.mark.parametrize(
    ("value", "criterion"),
    [
        (200, Equals(200)),
        (True, Equals(True)),
        (1.5, Equals(1.5)),
        ("1.0", Equals("1.0")),
        ("200", Equals("200")),
        ("healthy", Equals("healthy")),
        ("", Equals("")),
        ("betweenness", Equals("betweenness")),
        ("> 0", AtLeast(0, exclusive=True)),
        ("= 200", Equals(200)),
        ("one of 1, 2", OneOf((1, 2))),
        ("~ ^a", Matches("^a")),
    ],
)
def test_a_plain_value_is_taken_as_it_is(value, criterion):
    """Only a text that starts like a criterion is read as one: `"200"` stays a text."""
    assert from_scalar(value) == criterion


@pytest.mark.parametrize("value", ["<html>", "between the lines", "== 5", "~ ("])
def test_a_text_that_starts_like_a_criterion_and_is_none_is_refused(value):
    """Guessing that a text was meant would make a mistyped limit pass; quoted behind `=` it is a text."""
    with pytest.raises(CriterionError):
        from_scalar(value)
    assert from_scalar(f'= "{value}"') == Equals(value)


def test_a_plain_value_in_a_wrong_unit_is_refused():
    """A number where seconds are judged needs its unit."""
    with pytest.raises(CriterionError, match="can't judge this"):
        from_scalar(5, "s")


_FLOATS = st.floats(allow_nan=False, allow_infinity=False)
_NUMBERS = st.one_of(_FLOATS, st.integers(-(10**25), 10**25))
_UNITS = st.sampled_from(sorted(NUMERIC_UNITS))
_SAMPLES = st.integers(1, 10**12)
_TEXT = st.text(max_size=30)
_PLAIN = st.one_of(st.booleans(), _NUMBERS, _TEXT)


def _compiles(pattern: str) -> bool:
    try:
        Matches(pattern)
    except CriterionError:
        return False
    return True


CRITERIA = st.one_of(
    st.builds(AtMost, _NUMBERS, _UNITS, st.booleans(), min_samples=_SAMPLES),
    st.builds(AtLeast, _NUMBERS, _UNITS, st.booleans(), min_samples=_SAMPLES),
    st.builds(
        lambda a, b, unit, n: Between(min(a, b), max(a, b), unit, min_samples=n), _NUMBERS, _NUMBERS, _UNITS, _SAMPLES
    ),
    st.builds(Equals, _PLAIN, min_samples=_SAMPLES),
    st.builds(Equals, _NUMBERS, _UNITS, min_samples=_SAMPLES),
    st.builds(
        lambda values, n: OneOf(tuple(values), min_samples=n), st.lists(_PLAIN, min_size=1, max_size=4), _SAMPLES
    ),
    st.builds(Matches, _TEXT.filter(_compiles), min_samples=_SAMPLES),
)


@given(CRITERIA)
def test_a_criterion_goes_to_text_and_back_without_loss(criterion):
    """What JUnit carries is read back as the very same criterion, its types included."""
    again = parse(str(criterion))
    assert again == criterion
    assert repr(again).replace(".0", "") == repr(criterion).replace(".0", "") or "e" in repr(criterion)
    assert str(again) == str(criterion) or isinstance(criterion, Equals | OneOf)


@given(CRITERIA, CRITERIA, _PLAIN)
def test_a_stricter_criterion_lets_nothing_more_pass(one, other, value):
    """Where a criterion claims to be as strict as another, no reading passes it and fails the other."""
    from checks.evidence import Reading
    from gates.criteria.choice import natural_unit
    from reports.verdict import Verdict

    if one.at_least_as_strict_as(other):
        reading = Reading("x", value, natural_unit(value), samples=10**13)
        if one.judge(reading).verdict is Verdict.PASS:
            assert other.judge(reading).verdict is Verdict.PASS


@given(_TEXT)
def test_any_text_is_a_criterion_or_a_criterion_error(text):
    """No text makes the reader raise anything else."""
    for read in (parse, from_scalar):
        with contextlib.suppress(CriterionError):
            assert isinstance(read(text), Criterion)
