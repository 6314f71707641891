"""coverage.py's JSON, format 1 to 3, with and without branches, and what a real run of it writes."""

import json
import subprocess
import sys

import pytest

from reports.coverage import Branches, Lines
from reports.read.errors import ReportError


def report(files=None, totals=None, **meta):
    """A document around some files."""
    return json.dumps(
        {
            "meta": {"format": 3, "branch_coverage": False} | meta,
            "files": files or {},
            "totals": totals or {"covered_lines": 0, "num_statements": 0},
        }
    )


def source(executed, missing, **more):
    """A file."""
    return {"executed_lines": executed, "missing_lines": missing, "excluded_lines": []} | more


ONE = {"a.py": source([1, 2], [3])}
TOTALS = {"covered_lines": 2, "num_statements": 3, "percent_covered": 66.67, "percent_covered_display": "67"}


def test_without_files_there_is_nothing_to_cover(cover, doubts):
    """coverage.py itself calls that 100 %."""
    coverage = cover(report(totals={"covered_lines": 0, "num_statements": 0, "percent_covered": 100.0}))
    assert coverage.lines.ratio is None
    assert any("nothing to cover" in text for text in doubts(coverage))


def test_lines(cover, doubts):
    """Executed and missing make the total."""
    coverage = cover(report(ONE, TOTALS, timestamp="2026-01-02T03:04:05"))
    assert (coverage.lines, coverage.branches) == (Lines(2, 3), None)
    assert coverage.files["a.py"].missed_lines == [3]
    assert coverage.timestamp.year == 2026
    assert doubts(coverage) == []


def test_branches_have_names(cover, doubts):
    """From line to line; a negative end leaves the function."""
    file = source([1, 2], [3], executed_branches=[[1, 2]], missing_branches=[[1, 3], [2, -1]])
    totals = TOTALS | {"covered_branches": 1, "num_branches": 3}
    coverage = cover(report({"a.py": file}, totals, branch_coverage=True))
    assert coverage.branches == Branches(1, 3)
    assert doubts(coverage) == []


def test_branches_of_the_first_format_are_totals(cover):
    """Before 6.5 only the summary has them."""
    file = source([1, 2], [3], summary=TOTALS | {"covered_branches": 1, "num_branches": 2})
    assert cover(report({"a.py": file}, TOTALS | {"covered_branches": 1, "num_branches": 2})).branches == Branches(1, 2)


@pytest.mark.parametrize(
    "totals",
    [
        {"covered_lines": 3, "num_statements": 3},
        {"covered_lines": 2, "num_statements": 2},
        {"covered_lines": 20, "num_statements": 30},
        TOTALS | {"covered_branches": 2, "num_branches": 2},
    ],
)
def test_totals_that_are_not_those_of_the_files_are_a_doubt(cover, doubts, totals):
    """The files count; the report can't pass."""
    coverage = cover(report(ONE, totals))
    assert coverage.lines == Lines(2, 3)
    assert len(doubts(coverage)) == 1


def test_a_summary_that_is_not_that_of_the_lines_is_a_doubt(cover, doubts):
    """The same for a single file."""
    assert doubts(
        cover(report({"a.py": source([1, 2], [3], summary={"covered_lines": 3, "num_statements": 3})}, TOTALS))
    )
    assert not doubts(cover(report({"a.py": source([1, 2], [3], summary=TOTALS)}, TOTALS)))


def test_an_unknown_format_is_a_doubt(cover, doubts):
    """Its numbers may mean something else."""
    assert doubts(cover(report(ONE, TOTALS, format=4)))
    assert doubts(cover(report(ONE, TOTALS, format="new")))
    assert not doubts(cover(report(ONE, TOTALS, format=2)))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"meta": {"branch_coverage": true}, "totals": {}}', "no files"),
        ('{"meta": {"branch_coverage": true}, "files": {}}', "no totals"),
        (report({"a": source([1.5], [])}, TOTALS), "1.5"),
        (report({"a": source([-1], [])}, TOTALS), "-1"),
        (report({"a": source([True], [])}, TOTALS), "True"),
        (report({"a": source("1", [])}, TOTALS), "wanted a list"),
        (report({"a": {"executed_lines": [1]}}, TOTALS), "missing_lines of a is missing"),
        (report({"a": []}, TOTALS), "wanted an object"),
        (report({"a": source([1], [], missing_branches=[[1]])}, TOTALS), "pairs"),
        (report(ONE, {"covered_lines": 4, "num_statements": 3}), "4 of 3"),
        (report(ONE, {"covered_lines": None, "num_statements": 3}), "covered_lines of totals is missing"),
        (report(ONE, TOTALS)[:-40], "ends in the middle"),
        (report(ONE, TOTALS) + "{}", "more follows"),
        (report(ONE, TOTALS).replace("[3]", "[NaN]"), "NaN"),
    ],
)
def test_what_makes_no_sense_is_an_error(cover, content, words):
    """The message says what stands there."""
    with pytest.raises(ReportError) as caught:
        cover(content)
    assert words in caught.value.message


def test_one_real_run_is_the_same_in_every_format_that_coverage_writes(tmp_path, write):
    """JSON, XML and LCOV of one run of coverage.py agree in lines and branches, and so does their merger."""
    from reports.coverage import merge
    from reports.read.coverage.formats import read_coverage

    pytest.importorskip("coverage")
    (tmp_path / "code.py").write_text(
        "def f(x):\n    if x:\n        return 1\n    for _ in range(3):\n        x = 1\n    return 2\nf(1)\n"
    )
    coverage = [sys.executable, "-m", "coverage"]
    for command in (["run", "--branch", "code.py"], ["json"], ["xml"], ["lcov"]):
        subprocess.run([*coverage, *command], cwd=tmp_path, check=True, capture_output=True)
    parts = [read_coverage(tmp_path / name) for name in ("coverage.json", "coverage.xml", "coverage.lcov")]
    assert {part.lines for part in parts} == {Lines(4, 7)}
    assert {part.branches for part in parts} == {Branches(1, 4)}
    assert [part.problems for part in parts] == [(), (), ()]
    assert merge(parts).lines == Lines(4, 7)
