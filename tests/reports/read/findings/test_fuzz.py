"""Whatever the bytes: Findings or a ReportError, and never fewer findings than an undamaged part of the file shows."""

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports.finding import Findings
from reports.read.errors import ReportError
from reports.read.findings.read import read_findings
from reports.read.problem import Effect
from reports.read.recognise import read_any
from tests.reports.read.findings.samples import NPM_6, SAMPLES

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
DOCUMENTS = {**SAMPLES, "npm-6": NPM_6}
NAMES = sorted(SAMPLES)
LEAVES = st.sampled_from(
    [
        None,
        True,
        0,
        -1,
        3,
        10**30,
        1e308,
        "",
        "x",
        "HIGH",
        "\ud800",
        "\0",
        "x" * 3000,
        [],
        {},
        [[]],
        [{}],
        [None],
        {"a": {}},
    ]
)
WORDS = [
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b'"',
    b"\\",
    b"null",
    b"NaN",
    b"1e999",
    b"\\ud800",
    b"\x00",
    b"\xff",
    b"\xef\xbb\xbf",
]


def outcome(content, tool=""):
    """What reading comes to; any exception but ReportError fails the test."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fuzz.json"
        path.write_bytes(content)
        try:
            found = read_findings(path, tool)
        except ReportError as error:
            return error
        assert isinstance(found, Findings)
        assert found.count == sum(found.by_severity.values()) == sum(found.by_kind.values())
        assert found.count + found.suppressed == len(found.findings)
        assert len({finding.fingerprint for finding in found.findings}) == len(found.findings)
        if not tool:
            reading = read_any(path)
            json.dumps(reading.facts())
            "\n".join(reading.lines()).encode()
        return found


def places(value, path=()):
    """The paths of all values in a document."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield from places(item, (*path, key))


def put(document, path, value):
    """A copy with another value at the path."""
    if not path:
        return value
    copied = dict(document) if isinstance(document, dict) else list(document)
    copied[path[0]] = put(document[path[0]], path[1:], value)
    return copied


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
@given(data=st.data())
@QUICK
def test_another_value_at_any_place_is_read_or_refused(name, data):
    """Of whatever type; where nothing is found any more, the report says that it can't be believed."""
    document = DOCUMENTS[name]
    path = data.draw(st.sampled_from(list(places(document))))
    value = data.draw(LEAVES)
    content = json.dumps(put(document, path, value)).encode()
    for tool in ("", name if name in SAMPLES else "npm-audit"):
        found = outcome(content, tool)
        emptied = path and path[-1] in ("dependencies", "vulnerabilities", "results", "Results", "matches", "vulns")
        if isinstance(found, Findings) and not found.count and not found.suppressed and len(path) != 0 and not emptied:
            assert any(problem.effect is not Effect.NOTE for problem in found.problems), (path, value)


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
@given(data=st.data())
@QUICK
def test_a_report_that_is_cut_off_is_never_accepted(name, data):
    """At whatever byte, in whatever layout."""
    content = json.dumps(DOCUMENTS[name], indent=data.draw(st.sampled_from([None, 1]))).encode()
    cut = content[: data.draw(st.integers(0, len(content) - 1))]
    assert isinstance(outcome(cut), ReportError)
    assert isinstance(outcome(cut, name if name in SAMPLES else "npm-audit"), ReportError)


@given(name=st.sampled_from(NAMES), data=st.data())
@settings(QUICK, max_examples=300)
def test_damaged_bytes_are_read_or_refused(name, data):
    """Pieces put in, taken out and doubled."""
    content = bytearray(json.dumps(SAMPLES[name]).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        begin = data.draw(st.integers(0, len(content)))
        end = min(len(content), begin + data.draw(st.integers(0, 40)))
        content[begin:end] = data.draw(
            st.sampled_from(WORDS) | st.binary(max_size=8) | st.just(bytes(content[begin:end]) * 2)
        )
    outcome(bytes(content))
    outcome(bytes(content), name)


@given(content=st.binary(max_size=200), name=st.sampled_from(["", *NAMES]))
@settings(QUICK, max_examples=200)
def test_any_bytes_are_refused_or_no_clean_report(content, name):
    """Nothing by chance is a scan."""
    found = outcome(content, name)
    assert isinstance(found, ReportError) or found.problems
