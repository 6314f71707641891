"""Go coverage profiles: statements in blocks."""

import pytest

from reports.coverage import Lines
from reports.read.errors import ReportError
from reports.read.problem import Effect


@pytest.mark.parametrize("content", ["mode: set\n", "mode: atomic\n\n", "mode: count"])
def test_a_mode_alone_is_nothing_to_cover(cover, doubts, content):
    """`go test` without a package to cover writes no more."""
    coverage = cover(content)
    assert coverage.lines.ratio is None
    assert any("nothing to cover" in text for text in doubts(coverage))


def test_statements_are_counted_and_lines_known(cover):
    """Totals are what `go tool cover -func` says; a line is covered where a block over it was executed."""
    coverage = cover("mode: count\nexample.com/a.go:5.12,8.22 3 1\nexample.com/a.go:8.22,9.2 2 0\n")
    assert (coverage.lines, coverage.unit, coverage.branches) == (Lines(3, 5), "statements", None)
    file = coverage.files["example.com/a.go"]
    assert (file.covered_lines, file.missed_lines) == ([5, 6, 7, 8], [9])


def test_a_block_that_is_listed_twice_counts_once(cover):
    """Profiles of several packages repeat blocks; executed in one is executed."""
    coverage = cover("mode: set\na.go:1.1,2.2 3 0\na.go:1.1,2.2 3 1\nmode: set\na.go:1.1,2.2 3 0\n")
    assert coverage.lines == Lines(3, 3)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("mode: sometimes\na.go:1.1,2.2 1 1\n", "any.name:1: 'mode: sometimes' is not known"),
        ("mode:\na.go:1.1,2.2 1 1\n", "is not known"),
        ("mode: set\na.go:1.1,2.2 1 1\nmode: count\n", "any.name:3: profiles of different modes"),
        ("mode: set\na.go:1.1,2.2 1\n", "any.name:2: 'a.go:1.1,2.2 1'"),
        ("mode: set\na.go:1.1,2.2 1 -1\n", "any.name:2"),
        ("mode: set\na.go:1.1,2.2 1 NaN\n", "any.name:2"),
        ("mode: set\na.go:1.1 1 1\n", "any.name:2"),
        ("mode: set\na.go:3.1,2.2 1 1\n", "ends before it begins"),
        ("mode: set\na.go:2.3,2.2 1 1\n", "ends before it begins"),
        ("mode: set\na.go:1.1,99999999.2 1 1\n", "can't be"),
        ("mode: set\na.go:1.1,2.2 1 1\na.go:1.1,2.2 2 1\n", "any.name:3: the block 1.1,2.2 has 2 statements"),
        ("mode: set\n<html>\n", "<html>"),
    ],
)
def test_what_is_no_block_is_an_error(cover, content, words):
    """The message names the line."""
    with pytest.raises(ReportError) as caught:
        cover(content)
    assert words in str(caught.value)


def test_a_last_line_without_an_end_is_a_doubt(cover):
    """The Go tool always ends it."""
    assert cover("mode: set\na.go:1.1,2.2 1 12").problems[0].effect is Effect.INCONCLUSIVE
    assert cover("mode: set\na.go:1.1,2.2 1 12\n").problems == ()


def test_line_ends_of_windows_and_huge_counts(cover):
    """CRLF; a counter of 64 bits; a drive letter in the path."""
    coverage = cover("mode: atomic\r\nC:\\a b\\a.go:1.1,2.2 1 18446744073709551615\r\n")
    assert coverage.lines == Lines(1, 1)
    assert list(coverage.files) == ["C:\\a b\\a.go"]
