"""How fault switches are written."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo.faults import SWITCHES, FaultError, Faults, UnknownFaultError, WrongFaultValueError, parse_faults


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_blank_text_is_a_healthy_target(text):
    """Nothing written switches nothing on."""
    assert parse_faults(text) == Faults()
    assert str(Faults()) == ""


def test_the_switches_are_exactly_these():
    """The names are a promise to environment files; table and dataclass agree."""
    assert list(SWITCHES) == [field.name for field in dataclasses.fields(Faults)]
    assert set(SWITCHES) == {
        "error_ratio", "latency_ms", "hang", "refuse", "health_lies", "wrong_version", "one_bad_replica",
        "database_down", "slow_start_s", "crash_after", "truncated_body", "tls_expired", "tls_expires_in_days",
        "redirect_to_login", "not_found", "failing_test", "slow_tests_s", "untested_code", "insecure_code",
        "complex_code", "copied_code", "leaked_secret", "careless_image",
    }  # fmt: skip


def test_several_switches_are_read():
    """Numbers, flags with and without a value, and spaces."""
    faults = parse_faults(" error_ratio=0.2, latency_ms = 800 ,hang,refuse=true,not_found=false,crash_after=3 ")
    assert faults == Faults(error_ratio=0.2, latency_ms=800, hang=True, refuse=True, crash_after=3)


def test_an_unknown_switch_names_the_nearest_and_all_valid_ones():
    """A typing error is told what was probably meant."""
    with pytest.raises(UnknownFaultError) as caught:
        parse_faults("latency=800")
    message = str(caught.value)
    assert "unknown fault 'latency': did you mean latency_ms?" in message
    assert all(name in message for name in SWITCHES)
    assert "\n" not in message


def test_a_switch_like_nothing_lists_the_valid_ones_without_a_guess():
    """No nearest name is better than a silly one."""
    with pytest.raises(UnknownFaultError, match=r"^unknown fault 'xyzzy': valid names: error_ratio, "):
        Faults.from_mapping({"xyzzy": 1})


def test_a_key_that_is_no_text_is_unknown():
    """YAML allows numbers as keys."""
    with pytest.raises(UnknownFaultError, match="unknown fault 5"):
        Faults.from_mapping({5: True})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("error_ratio=1.5", "error_ratio wants a number from 0 to 1, not 1.5"),
        ("error_ratio=-0.1", "error_ratio wants a number from 0 to 1, not -0.1"),
        ("error_ratio=nan", "error_ratio wants a number from 0 to 1, not nan"),
        ("error_ratio=20%", "error_ratio wants a number from 0 to 1, not '20%'"),
        ("error_ratio", "error_ratio wants a number from 0 to 1, as in error_ratio=1"),
        ("error_ratio=", "error_ratio wants a number from 0 to 1, not ''"),
        ("latency_ms=inf", "latency_ms wants milliseconds from 0 to 3600000, not inf"),
        ("latency_ms=800ms", "latency_ms wants milliseconds from 0 to 3600000, not '800ms'"),
        ("crash_after=0", "crash_after wants a whole number of requests from 1 to 1000000000, not 0"),
        ("crash_after=2.5", "crash_after wants a whole number of requests from 1 to 1000000000, not '2.5'"),
        ("hang=yes", "hang wants true or false, not 'yes'"),
        ("hang=1", "hang wants true or false, not '1'"),
        ("hang,hang", "hang is given twice"),
        ("hang,,refuse", "a switch is missing between the commas of 'hang,,refuse'"),
        ("=1", "a switch is missing"),
        ("tls_expired,tls_expires_in_days=3", "tls_expired and tls_expires_in_days contradict each other"),
    ],
)
def test_a_wrong_value_names_the_switch_and_what_is_wanted(text, message):
    """Nothing is rounded, clipped or guessed."""
    with pytest.raises(WrongFaultValueError) as caught:
        parse_faults(text)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    "mapping",
    [
        {"latency_ms": True}, {"error_ratio": None}, {"hang": 1}, {"hang": None}, {"crash_after": 2.0},
        {"crash_after": None}, {"tls_expires_in_days": None}, {"error_ratio": [0.2]}, {"hang": "on"},
    ],
)  # fmt: skip
def test_a_mapping_is_as_strict_as_text(mapping):
    """A flag is no number, a number no flag, and an empty value is no value."""
    with pytest.raises(WrongFaultValueError):
        Faults.from_mapping(mapping)


def test_a_mapping_takes_text_as_variables_give_it():
    """`${RATIO}` in an environment file arrives as text."""
    assert Faults.from_mapping({"error_ratio": "0.2", "hang": "true"}) == Faults(error_ratio=0.2, hang=True)


def test_the_value_itself_refuses_what_does_not_fit():
    """There is no way around the check."""
    with pytest.raises(WrongFaultValueError):
        Faults(error_ratio=2)
    assert Faults(error_ratio=1).error_ratio == 1


_FAULTS = st.builds(
    Faults,
    error_ratio=st.floats(0, 1),
    latency_ms=st.integers(0, 3_600_000) | st.floats(0, 3_600_000),
    hang=st.booleans(),
    one_bad_replica=st.booleans(),
    crash_after=st.none() | st.integers(1, 10**9),
    tls_expires_in_days=st.none() | st.floats(0, 3650),
)


@given(_FAULTS)
@settings(max_examples=200, deadline=None)
def test_text_and_mapping_read_back_as_the_same_faults(faults):
    """The faults that a report names can be pasted back."""
    assert parse_faults(str(faults)) == faults
    assert Faults.from_mapping(faults.as_mapping()) == faults


@given(st.text(max_size=60) | st.from_regex(r"\A([a-z_]{1,14}=?[0-9.e-]{0,6},?){1,4}\Z"))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_or_refused_in_one_line(text):
    """Whatever is typed, there is no other exception."""
    try:
        refusal = ""
        parse_faults(text)
    except FaultError as error:
        refusal = str(error)
    assert len(refusal.splitlines()) <= 1
