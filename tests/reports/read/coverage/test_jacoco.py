"""JaCoCo: lines below source files, counters at every level, groups, and reports that have counters only."""

import pytest

from reports.coverage import Branches, Lines
from reports.read.errors import ReportError

DOCTYPE = '<?xml version="1.0"?><!DOCTYPE report PUBLIC "-//JACOCO//DTD Report 1.1//EN" "report.dtd">'


def report(content):
    """A JaCoCo document."""
    return f'{DOCTYPE}<report name="r"><sessioninfo id="i" start="1" dump="1690537659683"/>{content}</report>'


def package(content, name="p"):
    """A package."""
    return f'<package name="{name}">{content}</package>'


def source(lines, name="A.java"):
    """A source file."""
    return f'<sourcefile name="{name}">{lines}</sourcefile>'


def counter(kind, missed, covered):
    """A counter."""
    return f'<counter type="{kind}" missed="{missed}" covered="{covered}"/>'


HALF = '<line nr="1" mi="0" ci="3" mb="1" cb="1"/><line nr="2" mi="2" ci="0" mb="0" cb="0"/>'


@pytest.mark.parametrize(
    "content",
    ["", package(""), package(source("")), counter("INSTRUCTION", 1, 2), package(source(counter("INSTRUCTION", 1, 2)))],
)
def test_without_lines_there_is_nothing_to_cover(cover, doubts, content):
    """An empty report, and one that counts instructions only."""
    coverage = cover(report(content))
    assert coverage.lines.ratio is None
    assert any("nothing to cover" in text for text in doubts(coverage))


def test_counters_of_instructions_alone_are_said(cover, doubts):
    """Classes without line numbers can't be judged by lines."""
    assert any("javac -g:lines" in text for text in doubts(cover(report(counter("INSTRUCTION", 1, 2)))))
    assert not any("javac" in text for text in doubts(cover(report(""))))


def test_lines_and_branches(cover, doubts):
    """A line is covered where one of its instructions was executed."""
    coverage = cover(
        report(
            package(
                source(HALF)
                + '<class name="A"><method name="m"><counter type="LINE" missed="9" covered="9"/></method></class>'
            )
        )
    )
    assert (coverage.lines, coverage.branches) == (Lines(1, 2), Branches(1, 2))
    assert coverage.files["p/A.java"].missed_lines == [2]
    assert coverage.timestamp.year == 2023
    assert doubts(coverage) == []


def test_a_line_without_instructions_is_none(cover):
    """JaCoCo's own counter leaves it out."""
    assert cover(report(package(source(HALF + '<line nr="3" mi="0" ci="0" mb="0" cb="0"/>')))).lines == Lines(1, 2)


@pytest.mark.parametrize(
    "content",
    [
        counter("LINE", 1, 3) + counter("BRANCH", 0, 2),
        package(counter("LINE", 1, 3) + counter("BRANCH", 0, 2)),
        package(source(counter("LINE", 1, 3) + counter("BRANCH", 0, 2))),
        '<group name="g">' + counter("LINE", 1, 3) + counter("BRANCH", 0, 2) + "</group>",
    ],
)
def test_counters_without_lines_are_totals(cover, doubts, content):
    """At whatever level they stand."""
    coverage = cover(report(content))
    assert (coverage.lines, coverage.branches) == (Lines(3, 4), Branches(2, 2))
    assert doubts(coverage) == []


def test_counters_of_every_level_count_once(cover, doubts):
    """The report's counters are the sum of its packages', and not counted again."""
    counters = counter("LINE", 1, 1) + counter("BRANCH", 1, 1)
    coverage = cover(report(package(source(HALF + counters) + counters) + counters))
    assert (coverage.lines, coverage.branches) == (Lines(1, 2), Branches(1, 2))
    assert doubts(coverage) == []


@pytest.mark.parametrize("wrong", [counter("LINE", 0, 2), counter("LINE", 1, 9), counter("BRANCH", 2, 0)])
def test_counters_that_contradict_the_lines_are_a_doubt(cover, doubts, wrong):
    """The lines count; the report can't pass."""
    for content in (package(source(HALF + wrong)), package(source(HALF) + wrong), package(source(HALF)) + wrong):
        coverage = cover(report(content))
        assert coverage.lines == Lines(1, 2)
        assert len(doubts(coverage)) == 1


def test_groups_keep_packages_of_one_name_apart(cover):
    """Modules of an aggregate report may have the same packages and files."""
    coverage = cover(
        report(f'<group name="one">{package(source(HALF))}</group><group name="two">{package(source(HALF))}</group>')
    )
    assert list(coverage.files) == ["one/p/A.java", "two/p/A.java"]
    assert coverage.lines == Lines(2, 4)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (package('<line nr="1" ci="1"/>'), "outside of any <sourcefile>"),
        (package(source('<line nr="NaN" ci="1"/>')), "nr='NaN'"),
        (package(source('<line ci="1"/>')), "nr=None"),
        (package(source('<line nr="1" ci="-1"/>')), "ci='-1'"),
        (package(source(counter("LINE", -1, 1))), "wanted missed and covered"),
        (package("<sourcefile/>"), "without a name"),
    ],
)
def test_what_makes_no_sense_is_an_error(cover, content, words):
    """The message says what stands there."""
    with pytest.raises(ReportError) as caught:
        cover(report(content))
    assert words in caught.value.message


def test_another_report_is_not_jacoco(cover):
    """`<report>` is a common name of a root."""
    with pytest.raises(ReportError):
        cover("<report><bug/></report>")
