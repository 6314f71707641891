"""Cobertura in its dialects: coverage.py, gcovr, coverlet, dotnet-coverage, istanbul, PHPUnit, MATLAB and others."""

import pytest

from reports.coverage import Branches, Lines
from reports.read.errors import ReportError
from reports.read.problem import Effect


def report(classes, root=""):
    """A Cobertura document around some classes."""
    packages = f"<packages><package name='p'><classes>{classes}</classes></package></packages>"
    return f"<?xml version='1.0'?><coverage {root}>{packages}</coverage>"


def cls(lines, methods="", filename="a.py"):
    """A class."""
    return f"<class name='n' filename='{filename}'><methods>{methods}</methods><lines>{lines}</lines></class>"


def line(number, hits, more=""):
    """A line."""
    return f"<line number='{number}' hits='{hits}' {more}/>"


@pytest.mark.parametrize(
    "content",
    ["<coverage/>", report(""), report(cls("")), report("", "line-rate='1' lines-valid='0' lines-covered='0'")],
)
def test_without_lines_there_is_nothing_to_cover(cover, doubts, content):
    """A report without a line says so and can't pass, even where it declares a rate of 1."""
    coverage = cover(content)
    assert (coverage.lines, coverage.lines.ratio) == (Lines(0, 0), None)
    assert any("nothing to cover" in text for text in doubts(coverage))


def test_with_one_line_there_is_something_to_cover(cover, doubts):
    """The passing twin."""
    coverage = cover(report(cls(line(1, 1))))
    assert coverage.lines == Lines(1, 1)
    assert doubts(coverage) == []


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (line(1, "NaN"), "hits='NaN'"),
        (line(1, ""), "hits=''"),
        (line(1, "1.5"), "hits='1.5'"),
        ("<line number='1'/>", "hits=None"),
        ("<line hits='1'/>", "number=None"),
        (line(-1, 1), "line -1"),
        (line("x", 1), "number='x'"),
        (line(10**9, 1), "line 1000000000"),
        (line(1, 1, "condition-coverage='200% (4/2)'"), "4 of 2"),
        (line(1, 1, "condition-coverage='-50% (-1/2)'"), "-1 of 2"),
    ],
)
def test_a_line_that_makes_no_sense_is_an_error(cover, broken, words):
    """The message says what stands there; nothing is guessed."""
    with pytest.raises(ReportError, match=words.replace("(", r"\(")):
        cover(report(cls(line(2, 1) + broken)))


def test_a_class_without_any_name_is_an_error(cover):
    """Lines that belong to no file can't be merged."""
    with pytest.raises(ReportError, match="filename"):
        cover(report("<class><lines/></class>"))


def test_lines_outside_of_classes_are_a_problem(cover, doubts):
    """They are not counted, and not forgotten."""
    coverage = cover(report(cls(line(1, 1)) + line(2, 0)))
    assert coverage.lines == Lines(1, 1)
    assert any("outside" in text for text in doubts(coverage))


def test_negative_hits_are_no_hits(cover):
    """gcov's counters overflow: such a line is not covered, with a note."""
    coverage = cover(report(cls(line(1, -5) + line(2, "18446744073709551615") + line(3, "1.2e+10"))))
    assert coverage.lines == Lines(2, 3)
    assert [problem.effect for problem in coverage.problems] == [Effect.NOTE]


def test_lines_of_methods_and_class_count_once(cover):
    """The methods' lines are a second listing of the class's."""
    method = f"<method name='m'><lines>{line(1, 1)}{line(9, 0)}</lines></method>"
    assert cover(report(cls(line(1, 1) + line(2, 0), method))).lines == Lines(1, 2)


def test_lines_of_methods_count_where_the_class_has_none(cover):
    """Some writers list lines below methods only."""
    methods = (
        f"<method name='m'><lines>{line(1, 1)}</lines></method><method name='n'><lines>{line(2, 0)}</lines></method>"
    )
    assert cover(report(cls("", methods))).lines == Lines(1, 2)
    assert cover(report(f"<class filename='a'>{methods}</class>")).lines == Lines(1, 2)


def test_classes_of_one_file_are_one_file(cover):
    """A line that two classes list is one line, covered where either covers it."""
    coverage = cover(
        report(cls(line(1, 0) + line(2, 1)) + cls(line(5, 1), filename="b") + cls(line(1, 1) + line(3, 0)))
    )
    assert coverage.lines == Lines(3, 4)
    assert coverage.files["a.py"].missed_lines == [3]
    assert coverage.files["a.py"].covered_lines == [1, 2]


def test_conditions_are_branches(cover):
    """`50% (1/2)` are one of two; a line listed twice has the larger of both, and 0/0 is no branch."""
    lines = line(1, 1, "branch='true' condition-coverage='50% (1/2)'") * 2
    lines += line(2, 1, "branch='True' condition-coverage='100% ( 4 / 4 )'") + line(
        3, 1, "condition-coverage='100% (0/0)'"
    )
    assert cover(report(cls(lines))).branches == Branches(5, 6)


def test_conditions_without_counts_are_said(cover):
    """A percentage alone can't be counted."""
    coverage = cover(report(cls(line(1, 1, "condition-coverage='50%'"))))
    assert coverage.branches is None
    assert any("has no counts" in problem.message for problem in coverage.problems)


@pytest.mark.parametrize(
    ("root", "branches"),
    [
        ("", None),
        ("branches-covered='NaN' branches-valid='NaN' branch-rate='NaN'", None),
        ("branches-covered='0' branches-valid='0' branch-rate='1'", Branches(0, 0)),
        ("branches-covered='3' branches-valid='4'", Branches(3, 4)),
    ],
)
def test_branches_that_no_line_shows(cover, root, branches):
    """Unknown, none at all, or what the root states."""
    assert cover(report(cls(line(1, 1)), root)).branches == branches


@pytest.mark.parametrize(
    ("root", "doubted"),
    [
        ("lines-covered='1' lines-valid='2'", False),
        ("lines-covered='2' lines-valid='2'", True),
        ("lines-covered='1' lines-valid='3'", True),
        ("lines-covered='0' lines-valid='0'", True),
        ("lines-covered='NaN' lines-valid='NaN' line-rate='NaN'", False),
        ("line-rate='0.5'", False),
        ("line-rate='0.4951'", False),
        ("line-rate='0.49'", True),
        ("line-rate='0.9'", True),
        ("line-rate='0'", True),
        ("line-rate='NaN'", False),
    ],
)
def test_what_the_root_declares_is_compared_with_the_lines(cover, doubts, root, doubted):
    """A contradiction keeps the report from passing; the lines count."""
    coverage = cover(report(cls(line(1, 1) + line(2, 0)), root))
    assert coverage.lines == Lines(1, 2)
    assert bool(doubts(coverage)) == doubted


def test_a_root_that_covers_more_than_there_is_is_an_error(cover):
    """3 of 2 can't be."""
    with pytest.raises(ReportError, match="3 of 2"):
        cover(report(cls(line(1, 1)), "lines-covered='3' lines-valid='2'"))


def test_a_line_that_was_declared_twice_is_a_note(cover, doubts):
    """dotnet-coverage counts a line once for each method that it is in."""
    method = f"<method><lines>{line(1, 1)}</lines></method>"
    coverage = cover(
        report(
            cls(line(1, 1) + line(2, 0), method * 2 + f"<method><lines>{line(2, 0)}</lines></method>"),
            "lines-covered='2' lines-valid='3'",
        )
    )
    assert doubts(coverage) == []
    assert "more than once" in coverage.problems[0].message


def test_branches_that_are_declared_and_not_shown_are_added(cover, doubts):
    """istanbul leaves out those on lines where no statement begins; without them the share would be another one."""
    lines = line(1, 1, "condition-coverage='50% (1/2)'")
    root = "lines-covered='1' lines-valid='1' branches-covered='{}' branches-valid='{}'"
    coverage = cover(report(cls(lines), root.format(4, 10)))
    assert (coverage.branches, doubts(coverage)) == (Branches(4, 10), [])
    assert "8 of 10 branches are not shown" in coverage.problems[0].message
    assert cover(report(cls(lines), root.format(1, 2))).problems == ()


def test_branches_of_a_file_that_is_not_whole_are_those_shown(cover, doubts):
    """What a cut file declares is no evidence."""
    lines = line(1, 1, "condition-coverage='50% (1/2)'")
    root = "lines-covered='5' lines-valid='9' branches-covered='4' branches-valid='10'"
    coverage = cover(report(cls(lines), root))
    assert coverage.branches == Branches(1, 2)
    assert doubts(coverage)


def test_branches_that_were_declared_lower_are_a_doubt(cover, doubts):
    """Where the lines show a better share than the root, one of both is wrong."""
    lines = line(1, 1, "condition-coverage='100% (2/2)'")
    assert doubts(cover(report(cls(lines), "branches-covered='1' branches-valid='2'")))
    assert not doubts(cover(report(cls(lines), "branches-covered='2' branches-valid='2'")))


@pytest.mark.parametrize(
    ("stamp", "year"), [("1663310122", 2022), ("1663310122000", 2022), ("1656158672.7938", 2022), ("never", None)]
)
def test_the_timestamp_is_in_seconds_or_milliseconds(cover, stamp, year):
    """Python writes milliseconds, .NET seconds, MATLAB a fraction."""
    moment = cover(report(cls(line(1, 1)), f"timestamp='{stamp}'")).timestamp
    assert (moment.year if moment else None) == year


def test_a_path_is_only_a_name(cover):
    """Names with `..`, of Windows, or of anything else are kept as they are."""
    names = ["../../etc/passwd", r"C:\temp\A.cs", "src/&lt;generated&gt;"]
    coverage = cover(report("".join(cls(line(1, 1), filename=name) for name in names)))
    assert list(coverage.files) == ["../../etc/passwd", r"C:\temp\A.cs", "src/<generated>"]


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd">',
        '<!DOCTYPE coverage SYSTEM "file:///etc/passwd">',
        "<!DOCTYPE coverage>",
    ],
)
def test_a_dtd_is_tolerated_and_not_fetched(cover, doctype):
    """Most writers name one; there is no network here."""
    assert cover(doctype + report(cls(line(1, 1))).partition("?>")[2]).lines == Lines(1, 1)


@pytest.mark.parametrize(
    "content",
    [
        '<!DOCTYPE coverage [<!ENTITY a "1">]><coverage/>',
        '<!DOCTYPE coverage [<!ATTLIST line hits CDATA "1">]><coverage/>',
        '<!DOCTYPE coverage SYSTEM "x.dtd"><coverage>&unknown;</coverage>',
        "<coverage>" + "<packages>" * 200 + "</packages>" * 200 + "</coverage>",
    ],
)
def test_hostile_documents_are_errors(cover, content):
    """Declarations, entities and depth."""
    with pytest.raises(ReportError):
        cover(content)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_encodings(cover, encoding):
    """With a byte order mark, and in UTF-16."""
    content = report(cls(line(1, 1), filename="ä.py")).partition("?>")[2]
    assert list(cover(content.encode(encoding)).files) == ["ä.py"]


def test_half_a_file_is_an_error(cover):
    """The run that wrote it did not finish."""
    content = report(cls(line(1, 1)))
    with pytest.raises(ReportError, match="ends in the middle"):
        cover(content[: len(content) // 2])
