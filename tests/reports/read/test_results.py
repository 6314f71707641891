"""All files of a gate as one result."""

import os
import shutil
import time

import pytest

from reports.case import Outcome
from reports.read.problem import Effect
from reports.read.results import RequiredTests, read_tests

PASS = (
    '<testsuite name="{0}" timestamp="2026-05-01T00:00:00Z"><testcase classname="{0}" name="t" time="0.1"/></testsuite>'
)
FAIL = (
    '<testsuite name="{0}"><testcase classname="{0}" name="t" time="0.1"><failure message="no"/></testcase></testsuite>'
)


@pytest.fixture
def results(tmp_path, write):
    """Write files and read them all."""

    def _results(*contents, patterns=("*.xml",), **options):
        for number, content in enumerate(contents):
            write(content, f"{number}.xml")
        return read_tests(patterns, base=tmp_path, **options)

    return _results


def held(found):
    """The problems that keep the result from passing."""
    return [problem for problem in found.problems if problem.effect is not Effect.NOTE]


def test_no_patterns_hold(results):
    """Nothing named is nothing proven."""
    found = results(patterns=())
    assert (found.tests, [problem.effect for problem in held(found)]) == (0, [Effect.INCONCLUSIVE] * 2)


def test_a_glob_that_matches_nothing_holds(results):
    """Even where another pattern matches."""
    found = results(PASS.format("a"), patterns=("*.xml", "sub/*.xml"))
    assert found.tests == 1
    assert ["no file matches" in problem.message for problem in held(found)] == [True]
    assert held(results(PASS.format("a"))) == []


def test_nothing_executed_holds(results):
    """No case at all, or only skipped ones."""
    skipped = '<testsuite><testcase name="a"><skipped/></testcase></testsuite>'
    assert "no test was found" in held(results("<testsuites/>"))[0].message
    assert "1 test, all skipped" in held(results(skipped))[0].message
    found = results(skipped, PASS.format("a"))
    assert (found.executed, found.skipped, held(found)) == (1, 1, [])


def test_an_unreadable_file_holds_and_the_others_are_read(results):
    """Truncated, empty, missing: each a problem with its file; what a broken file held until there does not count."""
    found = results(PASS.format("a"), PASS.format("b")[:-5], "", patterns=("0.xml", "1.xml", "2.xml", "3.xml"))
    assert [(problem.effect, problem.file[-5:]) for problem in held(found)] == [
        (Effect.INCONCLUSIVE, "1.xml"),
        (Effect.INCONCLUSIVE, "2.xml"),
        (Effect.INCONCLUSIVE, "3.xml"),
    ]
    assert (found.tests, len(found.files)) == (1, 1)


def test_required_tests_of_a_broken_file_did_not_run(results):
    """A file that breaks off proves nothing of the cases before."""
    found = results(PASS.format("a"), PASS.format("b")[:-5], required={"a::t", "b::t"})
    assert found.required == RequiredTests(executed=("a::t",), missing=("b::t",))


def test_totals_and_failures_over_all_files(results):
    """Sums, the failing cases with their report, the durations."""
    found = results(PASS.format("a"), FAIL.format("b"), FAIL.format("c"))
    assert (found.tests, found.failures, found.errors, found.failing, found.executed) == (3, 2, 0, 2, 3)
    assert [(case.classname, case.outcome) for case in found.failed] == [("b", Outcome.FAILED), ("c", Outcome.FAILED)]
    assert found.failed[0].report.endswith("1.xml")
    assert found.duration == pytest.approx(0.3)
    assert held(found) == []


def test_a_merged_file_beside_its_parts_counts_once(results):
    """Suites found twice are counted once, failures included; each case is listed and handed over once."""
    parts = [PASS.format("a"), FAIL.format("b")]
    found = results(*parts, f'<testsuites name="all">{"".join(parts)}</testsuites>')
    assert (found.tests, found.failures, found.doubled, len(found.failed)) == (2, 1, 2, 1)
    assert [problem.message for problem in found.problems] == ["2 cases in suites that were found twice, counted once"]


def test_a_copy_of_a_file_counts_once(tmp_path, results):
    """Under another name, or by a link."""
    results(FAIL.format("a"))
    shutil.copy(tmp_path / "0.xml", tmp_path / "copy.xml")
    (tmp_path / "link.xml").symlink_to("0.xml")
    found = results()
    assert (found.tests, found.failures, found.doubled, len(found.files)) == (1, 1, 1, 2)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('time="0.1"', 'time="0.2"'),
        ('name="t"', 'name="u"'),
        ('classname="a"', 'classname="b"'),
        ("2026-05-01", "2026-05-02"),
        ("/></testsuite>", "><failure/></testcase></testsuite>"),
        ('<testsuite name="a"', '<testsuite name="b"'),
    ],
)
def test_suites_that_differ_in_one_fact_both_count(results, old, new):
    """The same tests run in another job differ in name, time or outcome: they are no doubles."""
    assert old in PASS.format("a")
    found = results(PASS.format("a"), PASS.format("a").replace(old, new))
    assert (found.tests, found.doubled) == (2, 0)


@pytest.mark.parametrize(
    ("position", "change", "doubled"),
    [
        (2, ('time="0.1"', 'time="0.2"'), 0),
        (90, ('name="t', 'name="u'), 0),
        (150, ('time="0.1"', 'time="0.2"'), 200),  # passed cases beyond the hundredth are not compared
        (150, ("/>", "><skipped/></testcase>"), 0),
        (150, ("/>", "><failure/></testcase>"), 0),
    ],
)
def test_long_suites_are_known_by_their_first_cases_and_by_all_that_did_not_pass(results, position, change, doubled):
    """One suite differs from the other in one case."""
    cases = [f'<testcase classname="C" name="t{number}" time="0.1"/>' for number in range(200)]
    other = [case.replace(*change) if number == position else case for number, case in enumerate(cases)]
    found = results(*(f'<testsuite name="s">{"".join(rows)}</testsuite>' for rows in (cases, other)))
    assert (found.doubled, found.tests) == (doubled, 400 - doubled)


def test_required_tests(results):
    """By class and name or by name alone: executed, only skipped, missing; skipped here and executed there counts."""
    skip = '<testsuite name="s{0}"><testcase classname="{1}" name="{2}"><skipped/></testcase></testsuite>'
    found = results(
        PASS.format("a"),
        skip.format(1, "pkg::C", "once"),
        skip.format(2, "a", "t"),
        FAIL.format("f"),
        required={"a::t", "t", "pkg::C::once", "f::t", "z::t", "once-more"},
    )
    assert found.required == RequiredTests(
        executed=("a::t", "f::t", "t"), skipped=("pkg::C::once",), missing=("once-more", "z::t")
    )
    messages = [problem.message for problem in held(found)]
    assert len(messages) == 3
    assert any("'z::t' is in no file; there is 'a::t'" in message for message in messages)
    assert any("'pkg::C::once' was skipped" in message for message in messages)


def test_required_tests_that_ran_are_no_problem(results):
    """The passing twin."""
    assert held(results(PASS.format("a"), required={"a::t"})) == []


def test_stale_files_hold(results, tmp_path):
    """`max_age` and `not_before` apply to each file."""
    now = time.time()
    old, fresh = PASS.format("a"), PASS.format("b").replace(' timestamp="2026-05-01T00:00:00Z"', "")
    found = results(old, fresh, max_age=3600, now=now + 10**9)
    assert len(held(found)) == 2
    assert held(results(fresh, patterns=("0.xml",), max_age=3600, now=now)) == []
    os.utime(tmp_path / "0.xml", (now - 9000, now - 9000))
    assert "stale" in held(results(patterns=("0.xml",), max_age=3600, now=now))[0].message
    assert "before the commit" in held(results(patterns=("0.xml",), not_before=now - 3600, now=now))[0].message


def test_gate_cases_are_handed_over_once(results):
    """Cases with `tidegate.gate` go to the callback, whatever their outcome, and not again from a merged file."""
    tagged = '<testcase name="{}"><properties><property name="tidegate.gate" value="smoke"/></properties></testcase>'
    part = f'<testsuite name="s">{tagged.format("x")}{tagged.format("y")}<testcase name="z"/></testsuite>'
    cases = []
    found = results(part, f"<testsuites>{part}</testsuites>", on_case=cases.append)
    assert [case.name for case in cases] == ["x", "y"]
    assert found.tests == 3


def test_lists_are_bounded(results):
    """The first 200 failing cases are kept and the others counted; a flaky one is listed apart."""
    failing = "".join(f'<testcase name="f{number}"><failure/></testcase>' for number in range(500))
    found = results(f'<testsuite>{failing}<testcase name="y"><flakyFailure/></testcase></testsuite>')
    assert (found.failures, len(found.failed), found.more_failed) == (500, 200, 300)
    assert (found.flaky, [case.name for case in found.flaky_cases]) == (1, ["y"])


def test_problems_of_the_worst_effect_come_first(results):
    """FAIL before INCONCLUSIVE before notes, over all files."""
    found = results('<testsuite tests="0"><testcase name="a"/></testsuite>', "", "<testsuite errors='1'/>")
    effects = [problem.effect for problem in found.problems]
    assert set(effects) == set(Effect)
    assert effects == sorted(effects, key=list(Effect).index)
