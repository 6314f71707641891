"""Which format a file has; what is refused by its name; what `tidegate read --json` prints."""

import json

import pytest

from reports.coverage import Lines
from reports.read.coverage.formats import FORMATS, read_coverage, read_coverage_reading
from reports.read.errors import ReportError
from reports.read.recognise import read_any
from tidegate.cli import main

SAMPLES = {
    "cobertura": "<coverage><packages><package><classes><class filename='a'><lines><line number='1' hits='1'/></lines>"
    "</class></classes></package></packages></coverage>",
    "clover": "<coverage generated='1'><!-- c --><project><file path='a'><line num='1' count='1' type='stmt'/></file>"
    "</project></coverage>",
    "jacoco": "<report name='r'><package name='p'><sourcefile name='a'><line nr='1' mi='0' ci='1'/></sourcefile>"
    "</package></report>",
    "lcov": "# made by hand\n\nSF:a\nDA:1,1\nend_of_record\n",
    "go": "mode: set\na.go:1.1,1.9 1 1\n",
    "coverage.py": '{"files": {"a": {"executed_lines": [1], "missing_lines": []}}, '
    '"totals": {"covered_lines": 1, "num_statements": 1}, "meta": {"format": 2}}',
    "istanbul": '{"a": {"path": "a", "statementMap": {"0": {"start": {"line": 1}}}, "s": {"0": 1}, "branchMap": {}, '
    '"b": {}}}',
    "istanbul-summary": '{"total": {"lines": {"total": 1, "covered": 1, "pct": 100}}, '
    '"a": {"lines": {"total": 1, "covered": 1, "pct": 100}}}',
}


def test_every_format_has_a_sample():
    """The table holds each format once, and each is tried here."""
    assert sorted(SAMPLES) == sorted(known.name for known in FORMATS)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_format_is_told_from_the_content(write, name):
    """Whatever the file is called, with a byte order mark and in UTF-16."""
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        reading = read_any(write(SAMPLES[name].encode(encoding), "anything.dat"))
        assert (reading.kind, reading.coverage.format, reading.coverage.lines) == ("coverage", name, Lines(1, 1))
        assert reading.problems == ()


@pytest.mark.parametrize("name", SAMPLES)
def test_blanks_and_error_pages_are_no_coverage(write, name):
    """A file of blanks, an error page, an error object."""
    for content in (" \n", "<html><body>502</body></html>", '{"error": {"message": "no"}}', "{}", "[]", "null"):
        with pytest.raises(ReportError):
            read_coverage(write(content))


def test_keys_that_come_late_are_found(write):
    """A JSON report whose first file fills more than the beginning of it."""
    late = json.loads(SAMPLES["coverage.py"])
    late["files"] = {"a": {"contexts": {str(number): ["x" * 30] for number in range(5000)}} | late["files"]["a"]}
    assert read_coverage(write(json.dumps(late))).lines == Lines(1, 1)
    assert read_any(write(json.dumps(late))).kind == "coverage"


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("<CoverageSession><Modules/></CoverageSession>", "OpenCover"),
        ("<coverage version='1'><file path='a'/></coverage>", "SonarQube"),
        ("<results><modules><module block_coverage='1'/></modules></results>", "Microsoft"),
        ("<CoverageDSPriv/>", "Visual Studio"),
        ("<Root CoveredStatements='1'/>", "dotCover"),
        ('{"RSpec": {"coverage": {"/a.rb": {"lines": [1, null]}}, "timestamp": 1}}', "SimpleCov"),
        ('{"result": {"covered_percent": 88.89}}', "SimpleCov"),
        ('{"gcovr/format_version": "0.5", "files": []}', "gcovr"),
        ('{"data": [{"files": [], "totals": {}}], "type": "llvm.coverage.json.export"}', "llvm-cov"),
        ('{"result": [{"scriptId": "1", "functions": []}]}', "V8"),
        ("Name    Stmts   Miss  Cover\n---\na.py   1  0  100%\n", "table for people"),
        ("============ test session starts =======\nName    Stmts   Miss Branch\n", "table for people"),
        ("!coverage.py: This is a private format", "data file"),
        (b"\x01\xc0\xc0\x10\x07", "JaCoCo's execution data"),
        ("        -:    0:Source:a.c\n", "gcov"),
        ("File      | % Stmts | % Branch |\n", "istanbul's table"),
    ],
)
def test_other_formats_are_refused_by_name(write, content, name):
    """The message says what it is and what to do."""
    for read in (read_any, read_coverage):
        with pytest.raises(ReportError, match="which Tidegate does not read: ") as caught:
            read(write(content))
        assert name in caught.value.message


@pytest.mark.parametrize("content", ["<testsuites/>", "<results><cppcheck/></results>", "words"])
def test_what_is_no_coverage_is_said_to_be_none(write, content):
    """The message lists the formats."""
    with pytest.raises(ReportError, match="cobertura, clover"):
        read_coverage(write(content))


def test_read_json_prints_the_agreed_keys(write, capsys):
    """Kind, format, lines and branches, where null is not measured."""
    lcov = str(write(SAMPLES["lcov"] + "SF:b\nDA:1,0\nBRDA:1,0,0,-\nend_of_record\n", "b"))
    go = str(write(SAMPLES["go"], "g"))
    assert main(["read", "--json", lcov, go]) == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["file"], first["kind"], first["format"]) == (lcov, "coverage", "lcov")
    assert first["lines"] == {"covered": 1, "total": 2}
    assert first["branches"] == {"covered": 0, "total": 1}
    assert first["problems"] == []
    assert (second["branches"], second["unit"]) == (None, "statements")


def test_people_see_shares_and_the_files_that_miss_the_most(write):
    """Cut off, never rounded up; the worst file first."""
    records = "".join(
        f"SF:{number}\n" + "DA:1,1\n" + "".join(f"DA:{n + 2},0\n" for n in range(number)) + "end_of_record\n"
        for number in range(12)
    )
    lines = read_coverage_reading(write(records)).lines()
    assert lines[0] == "coverage: lcov · 12 files · lines 12 of 78 (15.3 %) · branches not measured"
    assert lines[1] == "  11: 1 of 12 (8.3 %)"
    assert lines[-1] == "  and 1 file more with lines that no test reached"


def test_people_see_that_there_was_nothing_to_cover(write):
    """And why the report can't pass."""
    reading = read_coverage_reading(write("TN:\n"))
    assert "nothing to cover" in reading.lines()[0]
    assert "nothing to cover" in str(reading.problems[0])
