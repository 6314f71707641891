"""Whatever the bytes: a value that can be shown, or a ReportError."""

import json
import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports.read.errors import ReportError
from reports.read.load.formats import FORMATS, read_load
from tests.reports.read.load.conftest import FILES
from tests.reports.read.load.test_jmeter import ROW, jtl, sample, xml

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
READERS = (read_load, *(form.read for form in FORMATS))
SEEDS = {
    **{path.name: path.read_bytes() for path in sorted(FILES.iterdir())},
    "jtl.csv": jtl(*(ROW.format(number, "true") for number in range(20))).encode(),
    "jtl.xml": xml("\n".join(sample(number) for number in range(20))).encode(),
}
PIECES = [
    b"",
    b"0",
    b"-1",
    b"NaN",
    b"1e999",
    b"9" * 400,
    b"null",
    b"true",
    b"\xff",
    b"\0",
    b'"',
    b",",
    b"\n",
    b"{",
    b"]",
]


def outcome(content, reader=read_load):
    """What reading comes to; any exception but ReportError fails the test."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fuzz"
        path.write_bytes(content)
        try:
            found = reader(path)
        except ReportError as error:
            str(error).encode()
            return
        json.dumps(found.facts(), allow_nan=False)
        "\n".join(found.lines()).encode()
        for evidence in (
            found.percentile("p95", 0.95, "f"),
            found.error_ratio("errors", "f"),
            found.rate("rps", "f"),
            found.mean("mean", "f"),
        ):
            assert evidence.subject
        assert found.total.failures <= found.total.count


@QUICK
@given(st.binary(max_size=200))
def test_random_bytes(content):
    """Given to each reader, as if it had been recognised."""
    for reader in READERS:
        outcome(content, reader)


@pytest.mark.parametrize("name", sorted(SEEDS))
@QUICK
@given(seed=st.integers(0, 1 << 32), piece=st.sampled_from(PIECES))
def test_damaged_files(name, seed, piece):
    """Something else at any place of a real file, or its end missing."""
    content, draw = SEEDS[name], random.Random(seed)
    start = draw.randrange(len(content))
    outcome(content[:start] + piece + content[start + draw.randrange(12) :])
    outcome(content[:start])


@pytest.mark.parametrize("name", ["locust.json", "k6-handle-summary.json", "k6-summary-export.json"])
@QUICK
@given(data=st.data())
def test_other_values_in_any_place(name, data):
    """A document of the right form with something else in it."""
    document = json.loads(SEEDS[name])
    places = list(_places(document))
    *way, last = data.draw(st.sampled_from(places))
    inner = document
    for key in way:
        inner = inner[key]
    inner[last] = data.draw(st.sampled_from([None, True, -1, 0, 1.5, 10**30, 1e308, "", "x", [], {}, [[]], [None]]))
    outcome(json.dumps(document).encode())


def _places(value, at=()):
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield (*at, key)
        yield from _places(one, (*at, key))
