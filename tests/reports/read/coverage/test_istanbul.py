"""istanbul's summary and full report, as nyc, c8, jest and vitest write them."""

import json

import pytest

from reports.coverage import Branches, Lines
from reports.read.errors import ReportError


def share(covered, total, pct=50):
    """A part of a summary."""
    return {"total": total, "covered": covered, "skipped": 0, "pct": pct}


def entry(lines, branches):
    """A file of a summary."""
    return {"lines": share(*lines), "statements": share(*lines), "functions": share(0, 0), "branches": share(*branches)}


def place(line):
    """A place in a source file."""
    return {"start": {"line": line, "column": 0}, "end": {"line": line, "column": None}}


def source(statements, branches=()):
    """A file of the full report: (line, hits) of statements, (line, [hits]) of branches."""
    return {
        "path": "/a.js",
        "statementMap": {str(number): place(line) for number, (line, _) in enumerate(statements)},
        "s": {str(number): hits for number, (_, hits) in enumerate(statements)},
        "branchMap": {
            str(n): {"loc": place(line), "type": "if", "locations": []} for n, (line, _) in enumerate(branches)
        },
        "b": {str(number): hits for number, (_, hits) in enumerate(branches)},
        "fnMap": {},
        "f": {},
    }


def dumps(**files):
    """A document."""
    return json.dumps(files)


def test_a_summary_of_nothing_is_nothing_to_cover(cover, doubts):
    """istanbul states 'Unknown' there, older ones 100."""
    for pct in ("Unknown", 100):
        coverage = cover(dumps(total=entry((0, 0, pct), (0, 0, pct))))
        assert coverage.lines.ratio is None
        assert any("nothing to cover" in text for text in doubts(coverage))


def test_a_summary(cover, doubts):
    """Totals of each file, without lines."""
    content = dumps(total=entry((3, 5), (1, 2)), a=entry((1, 2), (1, 2)), b=entry((2, 3), (0, 0, "Unknown")))
    coverage = cover(content)
    assert (coverage.lines, coverage.branches) == (Lines(3, 5), Branches(1, 2))
    assert coverage.files["b"].lines == Lines(2, 3)
    assert coverage.problems == ()


def test_a_summary_without_files_is_its_total(cover):
    """Some tools keep only that."""
    coverage = cover(dumps(total=entry((3, 5), (1, 2))))
    assert (coverage.lines, coverage.branches, coverage.problems) == (Lines(3, 5), Branches(1, 2), ())


def test_a_total_that_is_not_that_of_the_files_is_a_doubt(cover, doubts):
    """In lines or in branches."""
    assert doubts(cover(dumps(total=entry((5, 5), (1, 2)), a=entry((1, 2), (1, 2)))))
    assert doubts(cover(dumps(total=entry((1, 2), (2, 2)), a=entry((1, 2), (1, 2)))))
    assert doubts(cover(dumps(a=entry((1, 2), (1, 2)))))


def test_the_full_report(cover, doubts):
    """Lines come from statements by where they begin, hit as often as the most frequent."""
    coverage = cover(dumps(a=source([(1, 1), (1, 0), (2, 0), (7, 3)], [(1, [1, 0]), (2, [0, 0, 0])])))
    assert (coverage.lines, coverage.branches) == (Lines(2, 3), Branches(1, 5))
    assert coverage.files["a"].missed_lines == [2]
    assert coverage.problems == ()


def test_a_file_without_statements_beside_one_with_some(cover):
    """It counts for nothing."""
    assert cover(dumps(a=source([]), b=source([(1, 1)]))).lines == Lines(1, 1)


def test_files_without_statements_are_nothing_to_cover(cover, doubts):
    """And can't pass."""
    assert any("nothing to cover" in text for text in doubts(cover(dumps(a=source([])))))


def test_the_wrapped_form_of_old_versions(cover):
    """istanbul 0.x kept `data` and the line of a branch."""
    file = source([(1, 1)], [(1, [1, 0])])
    file["branchMap"]["0"] = {"line": 4, "type": "if"}
    assert cover(dumps(a={"data": file})).branches == Branches(1, 2)


def _without(key):
    return {name: value for name, value in source([(1, 1)]).items() if name != key}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (dumps(a=_without("s")), "s of a is missing"),
        (dumps(a=_without("b")), "b of a is missing"),
        (dumps(a=_without("branchMap")), "branchMap of a is missing"),
        (dumps(a=source([(1, 1)]) | {"s": {"0": 1, "1": 1}}), "not of the same statements"),
        (dumps(a=source([(1, 1)]) | {"b": {"0": [1]}}), "not of the same branches"),
        (dumps(a=source([(1, "1")])), "s.0 of a is '1'"),
        (dumps(a=source([(-1, 1)])), "wanted a count"),
        (dumps(a=source([(10**9, 1)])), "line 1000000000"),
        (dumps(a=source([(1, 1)], [(1, 5)])), "no list"),
        (dumps(a=source([(1, 1)]))[:-30], "ends in the middle"),
        (dumps(a=source([(1, 1)])) + "{}", "more follows"),
        (dumps(total=entry((1, 1), (0, 0))) + "{}", "more follows"),
        (dumps(total=entry((3, 2), (0, 0))), "3 of 2"),
        (dumps(total=entry((-1, 2), (0, 0))), "-1"),
        (dumps(total=entry(("1", 2), (0, 0))), "'1'"),
        (dumps(total=entry((1, 2), (0, 0)), a={"lines": {"pct": 1}}), "lines.covered of a is missing"),
        (dumps(total=entry((1, 2), (0, 0)), a=[]), "wanted an object"),
    ],
)
def test_what_makes_no_sense_is_an_error(cover, content, words):
    """The message says what stands there."""
    with pytest.raises(ReportError) as caught:
        cover(content)
    assert words in caught.value.message


def test_negative_hits_are_no_hits(cover):
    """With a note."""
    coverage = cover(dumps(a=source([(1, -1)])))
    assert coverage.lines == Lines(0, 1)
    assert "negative" in coverage.problems[0].message
