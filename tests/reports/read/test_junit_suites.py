"""What suites say: totals, times, properties, failures outside of cases."""

from datetime import UTC, datetime

import pytest

from reports.read.problem import Effect

PASS = '<testcase classname="C" name="p{}"/>'
FAIL = '<testcase classname="C" name="f{}"><failure/></testcase>'
SKIP = '<testcase classname="C" name="s{}"><skipped/></testcase>'
FLAKY = '<testcase classname="C" name="y{}"><flakyFailure/></testcase>'


def cases(passed=0, failed=0, skipped=0, flaky=0):
    kinds = ((PASS, passed), (FAIL, failed), (SKIP, skipped), (FLAKY, flaky))
    return "".join(text.format(number) for text, count in kinds for number in range(count))


def effects(file):
    return [problem.effect for problem in file.problems]


DECLARED = {
    # declared, what is there -> effects of the problems
    ('tests="2" failures="0" errors="0" skipped="0"', (2, 0, 0, 0)): [],
    ("", (2, 0, 0, 0)): [],
    ('tests="many" failures="" errors="-1"', (2, 0, 0, 0)): [],
    ('tests="3"', (2, 0, 0, 0)): [Effect.INCONCLUSIVE],
    ('tests="1,000"', (2, 0, 0, 0)): [Effect.INCONCLUSIVE],
    ('tests="1"', (2, 0, 0, 0)): [Effect.NOTE],
    ('tests="0"', (0, 1, 0, 0)): [Effect.NOTE],
    ('tests="0" failures="0"', (0, 1, 0, 0)): [Effect.NOTE, Effect.NOTE],
    ('tests="3" skipped="1"', (2, 0, 1, 0)): [],
    ('tests="2" skipped="1"', (2, 0, 1, 0)): [],  # executed ones only
    ('tests="3" skipped="1"', (2, 0, 0, 0)): [Effect.NOTE],  # skipped ones are not listed
    ('tests="4" skipped="1"', (2, 0, 0, 0)): [Effect.INCONCLUSIVE],
    ('tests="2" skipped="1"', (2, 0, 0, 0)): [Effect.INCONCLUSIVE],
    ('tests="2" disabled="2"', (2, 0, 0, 0)): [Effect.INCONCLUSIVE],
    ('tests="1" failures="1"', (1, 0, 0, 0)): [Effect.FAIL],
    ('tests="1" errors="1"', (1, 0, 0, 0)): [Effect.FAIL],
    ('tests="2" failures="1"', (1, 1, 0, 0)): [],
    ('tests="2" errors="1"', (1, 1, 0, 0)): [],  # counted, under the other name
    ('tests="2" failures="2"', (1, 1, 0, 0)): [Effect.FAIL],
    ('tests="2" failures="1"', (0, 0, 0, 1)): [Effect.NOTE],  # Surefire counts runs
    ('tests="1" failures="0"', (0, 0, 0, 1)): [],
    ('tests="3" failures="1"', (0, 0, 0, 1)): [Effect.INCONCLUSIVE, Effect.NOTE],
    ('tests="2" failures="2"', (0, 0, 0, 1)): [Effect.FAIL],
}


@pytest.mark.parametrize(("declared", "found"), DECLARED)
def test_declared_totals_are_compared_with_the_cases(read, declared, found):
    """More declared than found: evidence is missing or a failure is hidden. Fewer: all that is found counts."""
    file, _ = read(f"<testsuites><testsuite {declared}>{cases(*found)}</testsuite></testsuites>")
    assert effects(file) == DECLARED[declared, found]
    assert (file.tests, file.failures) == (sum(found), found[1])


def test_nested_suites_may_count_with_or_without_their_children(read):
    """Both ways of counting are in use; a number that is neither is a problem."""
    nested = (
        "<testsuites><testsuite tests='{}'>"
        + PASS
        + "<testsuite tests='1'>"
        + FAIL
        + "</testsuite></testsuite></testsuites>"
    )
    assert effects(read(nested.format(1, 1, 1))[0]) == []
    assert effects(read(nested.format(2, 1, 1))[0]) == []
    assert effects(read(nested.format(3, 1, 1))[0]) == [Effect.INCONCLUSIVE]


def test_the_root_is_compared_too(read):
    """`errors="1"` of `<testsuites>` without a case is a build that broke (go test): FAIL."""
    body = f"<testsuite>{cases(1)}</testsuite>"
    assert effects(read(f'<testsuites errors="1">{body}</testsuites>')[0]) == [Effect.FAIL]
    assert effects(read(f'<testsuites errors="0">{body}</testsuites>')[0]) == []


def test_an_error_outside_of_a_case_fails(read):
    """`<error>` and `<failure>` that stand in a suite count; the same inside of a case is the case's."""
    file, _ = read(f'<testsuite name="s"><error message="set-up broke"/>{cases(1)}</testsuite>')
    assert effects(file) == [Effect.FAIL]
    assert "set-up broke" in file.problems[0].message
    assert effects(read(f"<testsuite><properties><failure/></properties>{cases(1)}</testsuite>")[0]) == [Effect.FAIL]
    assert effects(read('<testsuite><testcase name="n"><error/></testcase></testsuite>')[0]) == []


def test_problems_name_their_line(read):
    """The line of the suite whose numbers disagree."""
    file, _ = read(f'<testsuites>\n\n<testsuite name="s" tests="5">\n{cases(1)}</testsuite></testsuites>')
    assert (file.problems[0].line, file.problems[0].file) == (3, file.path)
    assert "declares 5 tests, holds 1" in str(file.problems[0])


def test_an_empty_file_of_suites_is_noted(read):
    """No case at all is a note of the file; whether it may be empty is for the gate to say."""
    for text in ("<testsuites/>", '<testsuite tests="0"></testsuite>', "<testsuites>\n<testsuite/>\n</testsuites>"):
        file, _ = read(text)
        assert (file.tests, effects(file)) == (0, [Effect.NOTE])


def test_suites_nest_to_any_sensible_depth(read):
    """A case thirty suites deep is counted, with the names of all of them."""
    file, (case,) = read('<testsuite name="s">' * 30 + PASS + "</testsuite>" * 30)
    assert (file.tests, file.suites, len(case.suite)) == (1, 30, 30)


def test_unknown_containers_do_not_hide_cases(read):
    """Cases inside of an element that is no suite are counted, and the element is noted."""
    file, _ = read(f"<testsuite><group>{cases(1, 1)}</group></testsuite>")
    assert (file.tests, file.failures, effects(file)) == (2, 1, [Effect.NOTE])


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ('<testsuites time="9"><testsuite time="5"/></testsuites>', 9),
        ('<testsuites><testsuite time="5"/><testsuite time="1,234.5"/></testsuites>', 1239.5),
        ('<testsuite time="5"><testcase name="a" time="7"/></testsuite>', 5),
        ('<testsuite><testcase name="a" time="7"/><testcase name="b" time="12 ms"/></testsuite>', 7.012),
        ('<testsuite><testcase name="a" time="1"/><testsuite time="2"/><testcase name="b" time="4"/></testsuite>', 7),
        ('<testsuite time="NaN"><testcase name="a" time="-1"/><testcase name="b" time="1"/></testsuite>', 1),
        ('<testsuite><testcase name="a" time="0:01:02.5"/></testsuite>', 62.5),
        ('<testsuite><testcase name="a" time="soon"/></testsuite>', 0),
        ('<testsuite><testcase name="a"/></testsuite>', 0),
    ],
)
def test_durations(read, text, seconds):
    """A suite's own time counts, else the sum of what it holds; what is no duration is left out."""
    file, _ = read(text)
    assert file.duration == pytest.approx(seconds)
    odd = any(word in text for word in ("NaN", "-1", "soon"))
    assert any("can't be a duration" in problem.message for problem in file.problems) is odd


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05", datetime(2026, 1, 2, 3, 4, 5)),  # noqa: DTZ001 - the file names no zone
        ("2026-01-02 03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("1767323045", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("1767323045000", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", None),
        ("9999-12-31T23:59:59-12:00", None),
        ("yesterday", None),
        ("nan", None),
        ("", None),
    ],
)
def test_timestamps(read, text, moment):
    """ISO 8601 and seconds since 1970 are read; Go's zero time and words are no time."""
    assert read(f'<testsuite timestamp="{text}"/>')[0].newest == moment


def test_the_newest_timestamp_counts(read):
    """Of all suites, with and without zones."""
    suites = "".join(
        f'<testsuite timestamp="{text}"/>'
        for text in ("2026-01-02T00:00:00", "2026-01-01T23:30:00-02:00", "2025-01-01")
    )
    assert read(f"<testsuites>{suites}</testsuites>")[0].newest == datetime.fromisoformat("2026-01-01T23:30:00-02:00")


def test_suite_properties_and_the_run(read):
    """Properties of suites are kept; `tidegate.run` is parsed."""
    file, _ = read(
        '<testsuites><testsuite><properties><property name="a" value="1"/><property name="b">two</property>'
        '<property name="tidegate.run" value="{&quot;service&quot;: &quot;x&quot;, &quot;complete&quot;: true}"/>'
        f"</properties>{cases(1)}</testsuite></testsuites>"
    )
    assert file.properties == (("a", "1"), ("b", "two"))
    assert file.run == {"service": "x", "complete": True}
    assert file.problems == ()


@pytest.mark.parametrize("value", ["", "{", "[]", "null", "7", "[" * 100_000])
def test_a_run_that_is_no_object_holds(read, value):
    """A `tidegate.run` that can't be read makes the file INCONCLUSIVE."""
    file, _ = read(f'<testsuite><property name="tidegate.run" value="{value}"/>{cases(1)}</testsuite>')
    assert (file.run, effects(file)) == (None, [Effect.INCONCLUSIVE])


def test_two_runs_in_one_file_hold_unless_they_are_the_same(read):
    """Merged files of two runs can't say which one is judged."""
    one, two = '<property name="tidegate.run" value="{}"/>', "<property name='tidegate.run' value='{\"a\": 1}'/>"
    assert effects(read(f"<testsuite>{one}{two}{cases(1)}</testsuite>")[0]) == [Effect.INCONCLUSIVE]
    assert effects(read(f"<testsuite>{one}{one}{cases(1)}</testsuite>")[0]) == []


def test_problems_are_bounded_and_none_of_an_effect_is_lost(read):
    """A hundred suites with hidden failures are twenty problems and a count; the worst come first."""
    bad = f'<testsuite tests="1" failures="1">{cases(1)}</testsuite><testsuite tests="0">{cases(1)}</testsuite>'
    file, _ = read(f"<testsuites>{bad * 100}</testsuites>")
    fails = [problem for problem in file.problems if problem.effect is Effect.FAIL]
    assert len(fails) == 21
    assert "80 more problems" in fails[-1].message
    assert effects(file) == sorted(effects(file), key=list(Effect).index)
