"""Coverage as a value: shares that are never rounded up, and parts that merge in any order."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.coverage import Branches, Coverage, FileCoverage, Lines, Source, Stated, merge
from reports.coverage_file import Marks, bits, numbers
from reports.read.problem import Effect, Problem

QUICK = settings(max_examples=80, deadline=None)


def coverage(*files, sha="1", path="a.xml", branches=True, stated=(), form="lcov", problems=()):
    """A report that shows these files."""
    return Coverage(
        (form,), {file.path: file for file in files}, (Source(path, sha),), branches, frozenset(stated), problems
    )


def source_file(path="a", found=(), hit=(), **more):
    """A file with these lines."""
    return FileCoverage(path, bits(found), bits(hit), **more)


def test_nothing_of_nothing_has_no_ratio():
    """0 of 0 is nothing to cover, and never 100 %."""
    assert Lines(0, 0).ratio is None
    assert Lines(0, 0).percent == str(Lines(0, 0)) == "nothing to cover"


@pytest.mark.parametrize(("covered", "total"), [(2, 1), (-1, 1), (0, -1)])
def test_what_cannot_be_covered_is_an_error(covered, total):
    """More covered than there is, or less than nothing."""
    with pytest.raises(ValueError, match="can't be covered"):
        Branches(covered, total)


@pytest.mark.parametrize(
    ("covered", "total", "percent"),
    [
        (0, 3, "0 %"),
        (16, 24, "66.6 %"),
        (1, 1000, "0.1 %"),
        (1, 10_000, "0 %"),
        (9_999, 10_000, "99.9 %"),
        (10**20 - 1, 10**20, "99.9 %"),
        (7, 7, "100 %"),
        (799_999, 1_000_000, "79.9 %"),
        (8, 10, "80 %"),
    ],
)
def test_percentages_are_cut_off_and_not_rounded(covered, total, percent):
    """100 % and a limit are printed only where they are really reached."""
    assert Lines(covered, total).percent == percent


@pytest.mark.parametrize(("covered", "total"), [(10**20 - 1, 10**20), (2**60 - 1, 2**60)])
def test_a_ratio_below_one_stays_below_one(covered, total):
    """Where a float would round up to 1.0."""
    assert Lines(covered, total).ratio < 1.0
    assert Lines(total, total).ratio == 1.0


def test_a_file_knows_its_lines():
    """Covered, missed, or nothing to execute."""
    file = source_file(found=[0, 1, 5, 1000], hit=[1, 1000])
    assert (file.covered_lines, file.missed_lines) == ([1, 1000], [0, 5])
    assert [file.covers(line) for line in (-1, 0, 1, 2, 5000)] == [None, False, True, None, None]
    assert file.lines == Lines(2, 4)


def test_branches_with_and_without_names_are_not_counted_twice():
    """The same file from LCOV (names) and from Cobertura (counts): per line the larger of both."""
    named = source_file(arms=Marks.of({"1:0,0": True, "1:0,1": False, "2:1,0": False}))
    counted = source_file(conditions={1: (2, 2), 3: (1, 4)})
    assert (named | counted).branches == Branches(3, 7)


def test_merging_nothing_is_an_error():
    """No part is no coverage of 0 lines."""
    with pytest.raises(ValueError, match="no coverage"):
        merge([])


def test_a_line_counts_once_and_is_covered_where_any_part_covers_it():
    """Unit and integration tests run over the same files."""
    unit = coverage(source_file(found=[1, 2, 3], hit=[1]), sha="1")
    integration = coverage(source_file(found=[1, 2, 3, 4], hit=[2]), source_file("b", [1], []), sha="2")
    merged = merge([unit, integration])
    assert merged.lines == Lines(2, 5)
    assert merged.files["a"].missed_lines == [3, 4]
    assert [source.sha256 for source in merged.sources] == ["1", "2"]


def test_totals_without_files_cannot_be_merged_with_another_report():
    """Nobody knows which of their lines are the same; alone, or twice the same, they are no problem."""
    totals = coverage(sha="1", stated=[Stated("1", Lines(5, 10))])
    other = coverage(source_file(found=[1]), sha="2")
    assert merge([totals, totals]).problems == ()
    merged = merge([totals, other])
    assert merged.lines == Lines(5, 11)
    assert merged.problems[0].effect is Effect.INCONCLUSIVE


def test_a_part_without_branches_leaves_the_branches_of_the_whole_unknown():
    """They are not those of the other parts alone."""
    with_branches = coverage(source_file(conditions={1: (1, 2)}), sha="1")
    without = coverage(source_file("b", [1]), sha="2", branches=False)
    assert merge([with_branches]).branches == Branches(1, 2)
    assert merge([with_branches, without]).branches is None


def test_branches_that_no_line_shows_cannot_be_merged_with_another_report():
    """Nobody knows which of them are the same."""
    declared = coverage(source_file(found=[1]), sha="1", stated=[Stated("1", None, Branches(1, 2))])
    other = coverage(source_file("b", [1]), sha="2")
    assert merge([declared, declared]).branches == Branches(1, 2)
    merged = merge([declared, other])
    assert (merged.lines, merged.branches) == (Lines(0, 2), None)
    assert [problem.effect for problem in merged.problems] == [Effect.NOTE]


def test_the_problems_of_all_parts_stay():
    """An empty part keeps the whole from passing."""
    doubt = Problem(Effect.INCONCLUSIVE, "nothing to cover")
    merged = merge([coverage(sha="1", problems=(doubt,)), coverage(source_file(found=[1], hit=[1]), sha="2")])
    assert merged.problems == (doubt,)


def test_the_unit_is_said():
    """Go counts statements."""
    go, lcov = coverage(form="go", sha="1"), coverage(sha="2")
    assert (go.unit, lcov.unit, merge([go, lcov]).unit) == ("statements", "lines", "lines and statements")
    assert merge([go, lcov]).format == "go+lcov"


@pytest.mark.parametrize("lines", [[], [0], [7], [1, 1, 5], list(range(0, 5000, 3))])
def test_bits_and_numbers_are_inverse(lines):
    """Any set of lines survives."""
    assert numbers(bits(lines)) == sorted(set(lines))


shares = st.tuples(st.integers(0, 9), st.integers(0, 9)).map(sorted)
marks = st.dictionaries(st.integers(0, 5).map(lambda n: f"{n}:x"), st.booleans(), max_size=6)
blocks = st.dictionaries(st.integers(0, 5).map(lambda n: f"{n}.1,{n}.9 {n}"), st.booleans(), min_size=1, max_size=4)


@st.composite
def source_files(draw):
    """A file of any kind."""
    found = draw(st.sets(st.integers(0, 40)))
    return FileCoverage(
        draw(st.sampled_from("abc")),
        bits(found),
        bits(draw(st.sets(st.sampled_from(sorted(found)))) if found else ()),
        draw(st.dictionaries(st.integers(0, 9), shares.map(tuple), max_size=5)),
        draw(st.none() | marks.map(Marks.of)),
        draw(st.none() | blocks.map(Marks.of)),
        draw(st.none() | shares.map(lambda it: Lines(*it))),
        draw(st.none() | shares.map(lambda it: Branches(*it))),
    )


@st.composite
def reports(draw):
    """A report; the same digest always stands for the same totals."""
    sha = draw(st.sampled_from(string.digits))
    number = int(sha)
    stated = [Stated(sha, Lines(number, 9) if number % 2 else None, Branches(number, 9) if number % 3 else None)]
    stated = stated if number > 4 else []
    return Coverage(
        (draw(st.sampled_from(["go", "lcov"])),),
        {file.path: file for file in draw(st.lists(source_files(), max_size=3))},
        (Source("r" + sha, sha),),
        draw(st.booleans()),
        frozenset(stated),
        tuple(draw(st.lists(st.just(Problem(Effect.NOTE, "n")), max_size=1))),
    )


@QUICK
@given(reports(), reports())
def test_merging_is_commutative(one, two):
    """The order in which jobs finish does not matter."""
    assert merge([one, two]) == merge([two, one])


@QUICK
@given(reports(), reports(), reports())
def test_merging_is_associative(one, two, three):
    """Nor does it matter who merges what first."""
    at_once = merge([one, two, three])
    assert at_once == merge([merge([one, two]), three]) == merge([one, merge([two, three])])


@QUICK
@given(reports())
def test_merging_is_idempotent(one):
    """A report that is given twice counts once."""
    once = merge([one])
    assert once == merge([one, one]) == merge([once])
    assert (once.lines, once.branches, once.sha256) == (one.lines, one.branches, one.sha256)


@QUICK
@given(reports(), reports())
def test_merging_uncovers_nothing_and_loses_no_line(one, two):
    """What a part covers is covered in the whole, and every line of a part is a line of the whole."""
    merged = merge([one, two])
    for part in (one, two):
        for path, file in part.files.items():
            whole = merged.files[path]
            assert set(file.covered_lines) <= set(whole.covered_lines)
            assert set(file.missed_lines) <= set(whole.covered_lines) | set(whole.missed_lines)
            assert 0 <= whole.lines.covered <= whole.lines.total
