"""Clover from OpenClover, PHPUnit and istanbul."""

import pytest

from reports.coverage import Branches, Lines
from reports.read.errors import ReportError


def report(files, metrics=""):
    """A Clover document."""
    project = f'<project timestamp="1547410715686">{metrics}<package name="p">{files}</package></project>'
    return f'<coverage generated="1547410716458" clover="4.3.1">{project}</coverage>'


def source(lines, metrics="", path="/a.php"):
    """A file."""
    return f'<file name="a" path="{path}">{metrics}{lines}</file>'


def line(number, count, kind="stmt", more=""):
    """A line."""
    return f'<line num="{number}" count="{count}" type="{kind}" {more}/>'


def metrics(statements, covered, conditionals=0, taken=0, more=""):
    """Metrics."""
    return (
        f'<metrics statements="{statements}" coveredstatements="{covered}" conditionals="{conditionals}" '
        f'coveredconditionals="{taken}" {more}/>'
    )


@pytest.mark.parametrize(
    "content", ['<coverage clover="3.2.0"/>', report(""), report(source("")), report("", metrics(0, 0))]
)
def test_without_lines_there_is_nothing_to_cover(cover, doubts, content):
    """An empty report can't pass."""
    coverage = cover(content)
    assert coverage.lines.ratio is None
    assert any("nothing to cover" in text for text in doubts(coverage))


def test_lines_are_those_of_statements_and_conditions(cover, doubts):
    """The head of a method is no statement; a line with two statements is one line."""
    lines = (
        line(1, 1, "method")
        + line(2, 1)
        + line(2, 0)
        + line(3, 0)
        + '<line num="4" type="cond" truecount="0" falsecount="2"/>'
    )
    coverage = cover(report(source(lines, metrics(4, 2, 2, 1)), metrics(4, 2, 2, 1, 'files="1"')))
    assert (coverage.lines, coverage.branches) == (Lines(2, 3), Branches(1, 2))
    assert coverage.timestamp.year == 2019
    assert doubts(coverage) == []


def test_without_metrics_there_are_no_branches(cover):
    """The lines don't say it alike in all writers."""
    assert cover(report(source(line(1, 1)))).branches is None


def test_the_coverage_of_the_tests_themselves_does_not_count(cover):
    """OpenClover reports it in a project of its own."""
    content = report(source(line(1, 1)))
    tests = f"<testproject><file path='t'>{line(1, 0)}</file></testproject></coverage>"
    assert cover(content.replace("</coverage>", tests)).lines == Lines(1, 1)


def test_metrics_without_lines_are_totals(cover, doubts):
    """Of a file, or of the project."""
    of_file = cover(report(source("", metrics(4, 3, 2, 1))))
    of_project = cover(report("", metrics(4, 3, 2, 1)))
    for coverage in (of_file, of_project):
        assert (coverage.lines, coverage.branches) == (Lines(3, 4), Branches(1, 2))
        assert doubts(coverage) == []


def test_files_that_are_declared_and_missing_are_a_doubt(cover, doubts):
    """A file that was cut down is not whole."""
    assert doubts(cover(report(source(line(1, 1)), metrics(1, 1, more='files="2"'))))
    assert not doubts(cover(report(source(line(1, 1)), metrics(1, 1, more='files="1"'))))


def test_more_lines_than_statements_are_a_doubt(cover, doubts):
    """A line of a statement needs a statement."""
    assert doubts(cover(report(source(line(1, 1) + line(2, 1), metrics(1, 1)))))
    assert not doubts(cover(report(source(line(1, 1) + line(2, 1), metrics(2, 2)))))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (report(line(1, 1)), "outside of any <file>"),
        (report(source(line("x", 1))), "num='x'"),
        (report(source(line(1, "NaN"))), "count='NaN'"),
        (report(source('<line num="1" type="cond"/>')), "truecount=None"),
        (report(source(line(1, 1), metrics(1, 2))), "2 of 1"),
        (report("<file/>"), "without a path"),
    ],
)
def test_what_makes_no_sense_is_an_error(cover, content, words):
    """The message says what stands there."""
    with pytest.raises(ReportError) as caught:
        cover(content)
    assert words in caught.value.message


def test_a_negative_count_is_none(cover):
    """With a note."""
    coverage = cover(report(source(line(1, -1))))
    assert coverage.lines == Lines(0, 1)
    assert "negative" in coverage.problems[0].message
