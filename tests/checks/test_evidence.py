"""Readings and Gaps: what may be one, and how they cross process borders."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence import Artefact, Gap, Reading, evidence_from_dict, evidence_to_dict, measured
from checks.secrets import Secret
from checks.units import NUMERIC_UNITS


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 10**400])
def test_what_is_no_number_is_no_reading(value):
    """NaN, infinity and numbers beyond every float are refused; the largest float is a reading."""
    with pytest.raises(ValueError, match="is not a value"):
        Reading("api.ratio", value, "1")
    assert Reading("api.ratio", 1.7e308, "1").value == 1.7e308


@pytest.mark.parametrize(
    ("value", "unit"),
    [("text", "s"), (1.0, "text"), (True, "1"), (1, "bool"), (1, "present"), ("x", "bool"), (1.0, "parsec")],
)
def test_a_value_fits_its_unit(value, unit):
    """A text is no amount, a truth value no number, and units are known."""
    with pytest.raises(ValueError, match=r"can't have the unit|unknown unit"):
        Reading("api.x", value, unit)


@pytest.mark.parametrize(
    ("value", "samples", "reason"),
    [
        (None, 1, "no value was returned"),
        (math.nan, 1, "the value is nan"),
        (math.inf, 1, "the value is inf"),
        (10**400, 1, "beyond 1e308"),
        (0.5, 0, "no samples"),
    ],
)
def test_nothing_measured_is_a_gap(value, samples, reason):
    """None, NaN, infinity and zero samples become Gaps that say so."""
    evidence = measured("api.ratio", value, "ratio", samples=samples)
    assert isinstance(evidence, Gap)
    assert reason in evidence.reason


def test_zero_is_a_measured_value():
    """0.0 with a sample is a Reading, not a Gap."""
    assert isinstance(measured("api.ratio", 0.0, "ratio"), Reading)


def test_only_a_looked_for_and_missing_thing_is_absent():
    """`present` with False is absent; False of a yes-or-no reading is not."""
    assert Reading("api.json.x", False, "present").absent
    assert not Reading("api.json.x", True, "present").absent
    assert not Reading("api.up", False, "bool").absent


def test_secrets_are_masked_in_every_text():
    """A secret that was wrapped before does not survive in a value, a detail, a source or a reason."""
    Secret("hunter22")
    reading = Reading("api.body", "pw=hunter22", "text", source="https://h/?k=hunter22", detail="hunter22 refused")
    gap = Gap("api.body", "hunter22 was refused", source="curl hunter22", remedy="check hunter22")
    assert "hunter22" not in repr(reading) + repr(gap)
    assert reading.value == "pw=***"


_TEXTS = st.text(max_size=20)
_TIMES = st.floats(min_value=0, max_value=4e9).map(lambda t: round(t, 3))
_COUNTS = st.integers(min_value=1, max_value=10**9)
_TOOK = st.floats(min_value=0, max_value=1e6).map(lambda t: round(t, 6))
_ARTEFACTS = st.lists(st.builds(Artefact, _TEXTS, _TEXTS), max_size=2).map(tuple)
_FLOATS = st.floats(allow_nan=False, allow_infinity=False)
_VALUES = st.one_of(
    st.tuples(st.booleans(), st.sampled_from(["bool", "present"])),
    st.tuples(_TEXTS, st.just("text")),
    st.tuples(st.one_of(st.integers(-(10**30), 10**30), _FLOATS), st.sampled_from(sorted(NUMERIC_UNITS))),
)
_READINGS = st.builds(
    lambda subject, pair, samples, time, source, attempts, took, detail, artefacts: Reading(
        subject, *pair, samples, time, source, attempts, took, detail, artefacts
    ),
    _TEXTS, _VALUES, _COUNTS, _TIMES, _TEXTS, _COUNTS, _TOOK, _TEXTS, _ARTEFACTS,
)  # fmt: skip
_GAPS = st.builds(Gap, _TEXTS, _TEXTS, _TIMES, _TEXTS, _COUNTS, _TOOK, _TEXTS, _ARTEFACTS)


@given(st.one_of(_READINGS, _GAPS))
def test_evidence_crosses_a_process_border_without_loss(evidence):
    """To a dictionary, through JSON and back gives the same evidence."""
    assert evidence_from_dict(json.loads(json.dumps(evidence_to_dict(evidence)))) == evidence


_GOOD = evidence_to_dict(Reading("api.up", True, "bool", time=1.0))


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "guess"},
        {"kind": None},
        {"value": None},
        {"value": [1]},
        {"value": math.nan},
        {"value": 1},
        {"unit": "parsec"},
        {"samples": "many"},
        {"samples": True},
        {"samples": 1.5},
        {"time": "now"},
        {"time": math.nan},
        {"took": math.inf},
        {"attempts": 10.5},
        {"verdict": "PASS"},
        {"artefacts": 5},
        {"artefacts": ["x"]},
        {"artefacts": [{"path": "x"}]},
        {"subject": 5},
    ],
)
def test_a_dictionary_that_was_not_written_by_us_is_refused(change):
    """Each single wrong entry makes a readable dictionary unreadable."""
    assert evidence_from_dict(_GOOD) == Reading("api.up", True, "bool", time=1.0)
    with pytest.raises(ValueError):
        evidence_from_dict({**_GOOD, **change})


@pytest.mark.parametrize("missing", ["kind", "subject", "value", "unit", "samples", "time"])
def test_a_dictionary_that_lacks_a_key_is_refused(missing):
    """No part of evidence is filled in with a default that could look like a measurement."""
    with pytest.raises(ValueError, match=missing):
        evidence_from_dict({key: value for key, value in _GOOD.items() if key != missing})


@pytest.mark.parametrize("data", [None, [], "reading", 5])
def test_what_is_no_object_is_refused(data):
    """Evidence is a JSON object."""
    with pytest.raises(ValueError, match="evidence is an object"):
        evidence_from_dict(data)


def test_an_artefact_carries_the_digest_of_its_bytes(tmp_path):
    """The SHA-256 is that of the file; a file that is not there raises OSError."""
    path = tmp_path / "log.txt"
    path.write_bytes(b"abc")
    assert Artefact.of(path).sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    with pytest.raises(OSError, match="No such file"):
        Artefact.of(tmp_path / "missing")
