"""Whatever the bytes: a value that can be shown, or a ReportError."""

import contextlib
import copy
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports.read.errors import ReportError
from reports.read.quality.formats import QUALITY_FORMATS
from reports.read.recognise import read_any
from tests.reports.read.quality.samples import SAMPLES

QUICK = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
NAMES = sorted(SAMPLES)
READERS = {form.kind: form.read for form in QUALITY_FORMATS}
LEAVES = st.sampled_from(
    [None, True, 0, -1, 3, 0.5, 10**30, 1e308, "", "OK", "x" * 400, "\ud800", "\x00", [], {}, [[]], [{}], {"a": []}]
)


def outcome(content, reader=read_any):
    """What reading comes to; any exception but ReportError fails the test."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fuzz.json"
        path.write_bytes(content)
        try:
            found = reader(path)
        except ReportError as error:
            return error
        json.dumps(found.facts())
        "\n".join(found.lines()).encode()
        assert all(str(problem).encode() for problem in found.problems)
        return found


def places(value, at=()):
    """All places in a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield (*at, key)
        yield from places(one, (*at, key))


@QUICK
@given(st.binary(max_size=200))
def test_random_bytes(content):
    """Given to each reader, as if it had been recognised."""
    for reader in (read_any, *READERS.values()):
        outcome(content, reader)


@pytest.mark.parametrize("name", NAMES)
@QUICK
@given(data=st.data())
def test_other_values_in_any_place(name, data):
    """Numbers for lists, nothing for objects, halves of characters."""
    document = copy.deepcopy(SAMPLES[name])
    for place in data.draw(st.lists(st.sampled_from(sorted(places(document), key=str)), min_size=1, max_size=3)):
        value = copy.deepcopy(data.draw(LEAVES))  # a change inside it stays in this document
        at = document
        with contextlib.suppress(KeyError, IndexError, TypeError):  # an earlier change took it away
            for key in place[:-1]:
                at = at[key]
            if not isinstance(at, str):
                at[place[-1]] = value
    content = json.dumps(document).encode()
    outcome(content)
    outcome(content, READERS[name])


@pytest.mark.parametrize("name", NAMES)
@QUICK
@given(data=st.data())
def test_other_bytes_in_any_place(name, data):
    """A valid file with some bytes replaced."""
    content = json.dumps(SAMPLES[name]).encode()
    at = data.draw(st.integers(0, len(content)))
    content = content[:at] + data.draw(st.binary(max_size=6)) + content[at + data.draw(st.integers(0, 9)) :]
    outcome(content)
    outcome(content, READERS[name])


@pytest.mark.parametrize("name", NAMES)
def test_any_part_may_be_missing(name):
    """Each part of a valid document left out once."""
    for place in places(SAMPLES[name]):
        document = copy.deepcopy(SAMPLES[name])
        at = document
        for key in place[:-1]:
            at = at[key]
        del at[place[-1]]
        outcome(json.dumps(document).encode(), READERS[name])
