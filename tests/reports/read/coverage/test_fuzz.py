"""Whatever the bytes: a Coverage or a ReportError, and a report that was cut off never passes as a whole one."""

import contextlib
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports.coverage import Coverage, merge
from reports.read.coverage.formats import FORMATS, read_coverage
from reports.read.errors import ReportError
from reports.read.problem import Effect
from reports.read.recognise import read_any

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

VALID = {
    "cobertura": (
        '<?xml version="1.0"?><!DOCTYPE coverage SYSTEM "c.dtd"><coverage lines-covered="2" lines-valid="3" '
        'branches-covered="1" branches-valid="2" line-rate="0.66" timestamp="1663310122"><packages><package><classes>'
        '<class filename="ä.py"><methods><method name="m"><lines><line number="1" hits="1"/></lines></method></methods>'
        '<lines><line number="1" hits="1" branch="true" condition-coverage="50% (1/2)"/><line number="2" hits="0"/>'
        '<line number="3" hits="18446744073709551615"/></lines></class></classes></package></packages></coverage>'
    ).encode(),
    "clover": (
        b'<coverage generated="1" clover="4"><project timestamp="1547410715686"><metrics files="1" statements="2" '
        b'coveredstatements="1" conditionals="2" coveredconditionals="1"/><file path="a"><metrics statements="2" '
        b'coveredstatements="1" conditionals="2" coveredconditionals="1"/><line num="1" count="1" type="stmt"/>'
        b'<line num="2" type="cond" truecount="0" falsecount="0"/></file></project></coverage>'
    ),
    "jacoco": (
        b'<!DOCTYPE report PUBLIC "-//JACOCO//DTD Report 1.1//EN" "report.dtd"><report name="r"><sessioninfo dump="1"/>'
        b'<group name="g"><package name="p"><sourcefile name="A"><line nr="1" mi="0" ci="1" mb="1" cb="1"/>'
        b'<counter type="LINE" missed="0" covered="1"/></sourcefile></package></group>'
        b'<counter type="LINE" missed="0" covered="1"/><counter type="BRANCH" missed="1" covered="1"/></report>'
    ),
    "lcov": (
        b"TN:\nSF:a\nFN:1,f\nDA:1,1\nDA:2,0\nBRDA:1,0,0,1\nBRDA:1,0,1,-\nLF:2\nLH:1\nBRF:2\nBRH:1\nend_of_record\n"
    ),
    "go": b"mode: count\nexample.com/a.go:1.1,3.2 12 1\nexample.com/a.go:5.1,6.2 1 0\n",
    "coverage.py": (
        b'{"meta": {"format": 3, "branch_coverage": true}, "files": {"a": {"executed_lines": [1, 2], "missing_lines": '
        b'[3], "executed_branches": [[1, 2]], "missing_branches": [[1, -1]]}}, "totals": {"covered_lines": 2, '
        b'"num_statements": 3, "covered_branches": 1, "num_branches": 2}}'
    ),
    "istanbul": (
        b'{"a": {"path": "a", "statementMap": {"0": {"start": {"line": 1}}, "1": {"start": {"line": 2}}}, "s": {'
        b'"0": 1, "1": 0}, "branchMap": {"0": {"loc": {"start": {"line": 1}}}}, "b": {"0": [1, 0]}}}'
    ),
    "istanbul-summary": (
        b'{"total": {"lines": {"total": 2, "covered": 1}, "branches": {"total": 2, "covered": 1}}, '
        b'"a": {"lines": {"total": 2, "covered": 1}, "branches": {"total": 2, "covered": 1}}}'
    ),
}
WORDS = [
    *(b"<coverage>", b"<report>", b"<package>", b"<class filename='a'>", b"<lines>", b"<line number='1' hits='1'/>"),
    *(b"</coverage>", b"<!DOCTYPE coverage [", b"&x;", b"<sourcefile name='a'>", b"<line nr='1' ci='1'/>", b"\x00"),
    *(
        b"TN:\n",
        b"SF:a\n",
        b"DA:1,1\n",
        b"DA:1,-99999999999999999999\n",
        b"BRDA:1,0,0,1\n",
        b"end_of_record\n",
        b"LF:9\n",
    ),
    *(b"mode: set\n", b"a.go:1.1,2.2 1 1\n", b"a.go:1.1,99999999.2 99999999 1\n", b"\xff\xfe", b"\xef\xbb\xbf", b"\r"),
    *(b'{"files": {', b'"a": ', b'{"executed_lines": [', b"1, ", b"]", b"}", b'"total": ', b"NaN", b"1e999", b"-1"),
    *(b'"statementMap": ', b"999999999999999999999", b"[" * 5000, b"'", b'"', b"<", b">", b"\xff", b"\n"),
]


def outcome(content):
    """What reading comes to; any exception but ReportError fails the test."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fuzz"
        path.write_bytes(content)
        try:
            coverage = read_coverage(path)
        except ReportError as error:
            with contextlib.suppress(ReportError):
                read_any(path).facts()
            return error
        assert isinstance(coverage, Coverage)
        assert 0 <= coverage.lines.covered <= coverage.lines.total
        assert coverage.lines.total or not passes(coverage)
        assert merge([coverage, coverage]).lines == coverage.lines
        assert read_any(path).facts()["lines"]["total"] == coverage.lines.total
        return coverage


def passes(coverage):
    """Whether nothing keeps the report from passing."""
    return all(problem.effect is Effect.NOTE for problem in coverage.problems)


def test_each_format_is_fuzzed():
    """And starts from a file that passes, with something missed."""
    assert sorted(VALID) == sorted(known.name for known in FORMATS)
    for content in VALID.values():
        coverage = outcome(content)
        assert passes(coverage)
        assert coverage.lines.covered


@QUICK
@given(st.binary(max_size=300))
def test_random_bytes(content):
    """Bytes without any sense."""
    outcome(content)


@QUICK
@given(st.lists(st.one_of(st.sampled_from(WORDS), st.binary(max_size=4)), max_size=30))
def test_random_words(words):
    """Pieces of all formats in any order."""
    outcome(b"".join(words))


@pytest.mark.parametrize("name", VALID)
@QUICK
@given(st.data())
def test_mutations_of_a_valid_file(name, data):
    """Pieces replaced by other pieces."""
    content = VALID[name]
    edit = st.tuples(st.integers(0, len(content)), st.integers(0, 12), st.sampled_from([*WORDS, b"", b"x", b"9"]))
    for start, length, word in data.draw(st.lists(edit, max_size=4)):
        content = content[:start] + word + content[start + length :]
    outcome(content)


@pytest.mark.parametrize("name", VALID)
def test_truncation_is_never_accepted_as_complete(name):
    """Cut off anywhere, a report is an error or can't pass; LCOV and Go only between two of their parts."""
    content = VALID[name]
    # Formats without an end: a file that stops after a whole part of it is a valid file.
    harmless = [content.rindex(b"\n", 0, -1) + 1] if name == "go" else []
    for length in range(len(content)):
        if content[length:].strip() and length not in harmless:
            found = outcome(content[:length])
            assert isinstance(found, ReportError) or not passes(found), content[:length]
