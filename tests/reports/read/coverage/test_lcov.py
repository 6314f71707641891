"""LCOV from geninfo 1.x and 2.x, istanbul, llvm-cov, Dart and others."""

import pytest

from reports.coverage import Branches, Lines
from reports.read.errors import ReportError


@pytest.mark.parametrize("content", ["TN:\n", "TN:\nSF:a\nend_of_record\n", "SF:a\nLF:0\nLH:0\nend_of_record\n"])
def test_without_lines_there_is_nothing_to_cover(cover, doubts, content):
    """No line at all is never 100 %."""
    coverage = cover(content)
    assert coverage.lines.ratio is None
    assert any("nothing to cover" in text for text in doubts(coverage))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("TN:\nDA:1,1\n", "any.name:2: a record before any SF"),
        ("SF:\n", "names no source file"),
        ("SF:a\nDA:1\nend_of_record\n", "any.name:2: DA:'1'"),
        ("SF:a\nDA:x,1\nend_of_record\n", "DA:'x,1'"),
        ("SF:a\nDA:1,NaN\nend_of_record\n", "DA:'1,NaN'"),
        ("SF:a\nDA:-1,1\nend_of_record\n", "DA:'-1,1'"),
        ("SF:a\nDA:99999999999,1\nend_of_record\n", "line 99999999999"),
        ("SF:a\nBRDA:1,0\nend_of_record\n", "BRDA"),
        ("SF:a\nBRDA:1,0,0,x\nend_of_record\n", "BRDA"),
        ("SF:a\nLF:many\nend_of_record\n", "LF"),
        ("SF:a\nDA:1,1\nLF:1\nLH:2\nend_of_record\n", "2 of 1"),
        ("SF:a\nDA:1,1\n<html>\nend_of_record\n", "<html>"),
        ("SF:a\nDA:1,1\n", "ends in the middle"),
        ("TN:\nnonsense\n", "no LCOV record"),
        ("SF:" + "a" * (2 << 20), "longer than"),
    ],
)
def test_what_is_no_record_is_an_error(cover, content, words):
    """The message names the line."""
    with pytest.raises(ReportError) as caught:
        cover(content)
    assert words in str(caught.value)


def test_a_record_without_its_end_before_the_next_is_a_doubt(cover, doubts):
    """Its end was lost, so more of it may be."""
    assert doubts(cover("SF:a\nDA:1,1\nSF:b\nDA:1,1\nend_of_record\n"))
    assert not doubts(cover("SF:a\nDA:1,1\nend_of_record\nSF:b\nDA:1,1\nend_of_record\n"))


def test_counts_of_every_size(cover):
    """Negative is not covered; above 64 bits, with a checksum, in scientific notation is."""
    lines = "DA:0,1\nDA:1,-1\nDA:2,18446744073709551615\nDA:3,1e+10,abc/+==\nDA:4,0,abc\n"
    coverage = cover(f"SF:a\n{lines}end_of_record\n")
    assert coverage.lines == Lines(3, 5)
    assert any("negative" in problem.message for problem in coverage.problems)


def test_branches_have_names(cover):
    """A branch is one by line, block and name; `-` was never reached, and names may hold commas (lcov 2)."""
    branches = "BRDA:1,0,0,-\nBRDA:1,0,1,2\nBRDA:1,e1,0,0\nBRDA:2,0,f(a, b),1\nBRDA:2,0,f(a, b),0\nBRF:4\nBRH:2\n"
    coverage = cover(f"SF:a\nDA:1,1\n{branches}end_of_record\n")
    assert coverage.branches == Branches(2, 4)


@pytest.mark.parametrize(
    ("records", "branches"), [("", None), ("BRF:0\nBRH:0\n", Branches(0, 0)), ("BRF:4\nBRH:1\n", Branches(1, 4))]
)
def test_branches_that_no_record_shows(cover, records, branches):
    """Unknown, none at all, or what is stated of the file."""
    assert cover(f"SF:a\nDA:1,1\n{records}end_of_record\n").branches == branches


@pytest.mark.parametrize(
    ("totals", "doubted"),
    [
        ("", False),
        ("LF:2\nLH:1\n", False),
        ("LF:3\nLH:1\n", True),
        ("LF:2\nLH:0\n", True),
        ("LF:2\nLH:2\n", False),  # what is shown is the stricter share
        ("LF:1000\nLH:499\n", False),  # LLVM counts lines once for each function that they are in
        ("LF:1000\nLH:490\n", True),
    ],
)
def test_stated_totals_are_compared(cover, doubts, totals, doubted):
    """A report that shows a better share than it states can't pass."""
    assert bool(doubts(cover(f"SF:a\nDA:1,1\nDA:2,0\n{totals}end_of_record\n"))) == doubted


def test_totals_without_lines_are_totals(cover):
    """`llvm-cov export -summary-only` shows no lines."""
    coverage = cover("SF:a\nLF:10\nLH:7\nend_of_record\n")
    assert coverage.lines == Lines(7, 10)
    assert coverage.files["a"].covers(1) is None


def test_records_of_one_file_are_one_file(cover):
    """Tests that ran apart (TN) write a record each."""
    coverage = cover("TN:a\nSF:x\nDA:1,1\nDA:2,0\nend_of_record\nTN:b\nSF:x\nDA:1,0\nDA:2,1\nDA:3,0\nend_of_record\n")
    assert coverage.lines == Lines(2, 3)


def test_the_records_of_lcov_2_are_passed_over(cover, doubts):
    """Functions and MC/DC are known and not counted; comments and CRLF are no trouble; other records are noted."""
    records = "# comment\r\nTN:\r\nSF:a\r\nVER:1\r\nFNL:0,1,2\r\nFNA:0,3,f(int, char)\r\nFNF:1\r\nFNH:1\r\n"
    coverage = cover(records + "MCDC:1,2,t,1,0,a\r\nMCF:2\r\nMCH:1\r\nDA:1,1\r\nLF:1\r\nLH:1\r\nend_of_record\r\n")
    assert coverage.lines == Lines(1, 1)
    assert coverage.problems == ()
    other = cover("SF:a\nXYZ:1\nDA:1,1\nend_of_record\n")
    assert "XYZ" in other.problems[0].message
    assert not doubts(other)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_encodings(cover, encoding):
    """PowerShell writes UTF-16."""
    assert list(cover("TN:\nSF:ä\nDA:1,1\nend_of_record\n".encode(encoding)).files) == ["ä"]
