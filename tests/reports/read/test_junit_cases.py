"""What a case's elements and attributes make of it."""

import pytest

from reports.case import Outcome
from reports.read.junit import read_junit
from reports.read.problem import Effect


def suite(body, attributes=""):
    return f'<testsuites><testsuite name="s" {attributes}>{body}</testsuite></testsuites>'


def case(body="", attributes=""):
    return suite(f'<testcase classname="C" name="n" time="0.5" {attributes}>{body}</testcase>')


OUTCOMES = {
    "": Outcome.PASSED,
    "<failure/>": Outcome.FAILED,
    "<failure></failure>": Outcome.FAILED,
    "<error/>": Outcome.ERROR,
    "<skipped/>": Outcome.SKIPPED,
    "<skipped/><failure/>": Outcome.FAILED,
    "<failure/><skipped/>": Outcome.FAILED,
    "<error/><skipped/>": Outcome.ERROR,
    "<error/><failure/>": Outcome.FAILED,
    "<failure/><failure/><error/>": Outcome.FAILED,
    "<system-out>passed</system-out>": Outcome.PASSED,
    "<system-out/><failure/>": Outcome.FAILED,
    "<x:failure xmlns:x='urn:x'/>": Outcome.FAILED,
    "<Failure/>": Outcome.FAILED,
    "<rerunFailure/><failure/>": Outcome.FAILED,
    "<rerunFailure/>": Outcome.FAILED,
    "<rerunError/>": Outcome.FAILED,
    "<error/><rerunError/>": Outcome.ERROR,
    "<flakyFailure/>": Outcome.PASSED,
    "<flakyError/>": Outcome.PASSED,
    "<flakyFailure/><failure/>": Outcome.FAILED,
    "<properties><property name='a' value='b'/></properties>": Outcome.PASSED,
    "<steps><failure/></steps>": Outcome.FAILED,
}


@pytest.mark.parametrize("body", OUTCOMES)
def test_elements_decide_the_outcome(read, body):
    """The worst element of a case decides: failure over error over skipped; each case is in one class only."""
    file, cases = read(case(body))
    assert [found.outcome for found in cases] == [OUTCOMES[body]]
    counted = {Outcome.FAILED: file.failures, Outcome.ERROR: file.errors, Outcome.SKIPPED: file.skipped}
    assert counted == {outcome: int(outcome is OUTCOMES[body]) for outcome in counted}
    assert file.tests == 1


ATTRIBUTES = {
    'status="run"': Outcome.PASSED,
    'status="run" result="completed"': Outcome.PASSED,
    'status="OK"': Outcome.PASSED,
    'status=""': Outcome.PASSED,
    'status="notrun"': Outcome.SKIPPED,
    'status="run" result="skipped"': Outcome.SKIPPED,
    'status="notrun" result="suppressed"': Outcome.SKIPPED,
    'status="Disabled"': Outcome.SKIPPED,
    'status="not run"': Outcome.SKIPPED,
    'status="Inconclusive"': Outcome.SKIPPED,
    'disabled="true"': Outcome.SKIPPED,
    'disabled="false"': Outcome.PASSED,
    'executed="False"': Outcome.SKIPPED,
    'executed="True"': Outcome.PASSED,
    'status="failed"': Outcome.FAILED,
    'result="Error"': Outcome.FAILED,
}


@pytest.mark.parametrize("attributes", ATTRIBUTES)
def test_attributes_decide_where_elements_say_nothing(read, attributes):
    """`status="notrun"`, `disabled="true"`, `status="failed"` count though there is no element."""
    _, cases = read(case("", attributes))
    assert [found.outcome for found in cases] == [ATTRIBUTES[attributes]]


def test_a_failure_in_a_disabled_case_is_a_contradiction(read):
    """A disabled case that holds a failure counts as skipped and is INCONCLUSIVE; without the failure it is fine."""
    contradiction, _ = read(case("<failure/>", 'status="disabled"'))
    assert (contradiction.skipped, contradiction.failures) == (1, 0)
    assert [problem.effect for problem in contradiction.problems] == [Effect.INCONCLUSIVE]
    plain, _ = read(case("", 'status="disabled"'))
    assert (plain.skipped, plain.problems) == (1, ())


def test_an_element_outweighs_a_status(read):
    """`status="passed"` does not undo a failure, nor `status="failed"` a skip that says so."""
    assert read(case("<failure/>", 'status="passed"'))[1][0].outcome is Outcome.FAILED
    assert read(case("<skipped/>", 'status="NotRunnable"'))[1][0].outcome is Outcome.SKIPPED


def test_surefire_reruns_are_flaky_or_failed(read):
    """Failures before a success make a case flaky, failures to the end do not; both count their attempts."""
    file, (flaky,) = read(
        case('<flakyFailure message="first"><stackTrace>at X</stackTrace></flakyFailure><flakyError/>')
    )
    assert (file.flaky, flaky.flaky, flaky.attempts, flaky.message) == (1, True, 3, "first")
    assert "at X" in flaky.details
    file, (failed,) = read(case('<failure message="first"/><rerunFailure message="second"/>'))
    assert (file.flaky, failed.flaky, failed.attempts, failed.message) == (0, False, 2, "first")


def test_the_same_name_twice_is_not_flaky(read):
    """Fail and pass under one name, marked by nothing, are two cases; the failure stands and the file says so."""
    one = '<testcase classname="C" name="n"><failure/></testcase>'
    file, _ = read(suite(f'{one}<testcase classname="C" name="n"/>'))
    assert (file.tests, file.failures, file.flaky, file.repeated) == (2, 1, 0, 1)
    assert [(problem.effect, "a failure stands" in problem.message) for problem in file.problems] == [
        (Effect.NOTE, True)
    ]
    file, _ = read(suite(f'{one}<testcase classname="C" name="m"/>'))
    assert (file.repeated, file.problems) == (0, ())


def test_a_case_carries_everything_about_itself(read):
    """Suites, names, time, message, text, properties, file and line of the report."""
    file, cases = read(
        '<testsuites><testsuite name="outer"><testsuite name="inner">\n'
        '<testcase classname="pkg.C" name="n" time="1.5" file="tests/n.py">\n'
        '<properties><property name="a" value="1"/><property name="b">two</property><property name="a" value="3"/>'
        '</properties><failure message="got\n1" type="T"> long\ntext </failure><system-out>printed</system-out>'
        "</testcase></testsuite></testsuite></testsuites>"
    )
    (found,) = cases
    assert found.suite == ("outer", "inner")
    assert found.identity == "pkg.C::n"
    assert (found.duration, found.file, found.line) == (1.5, "tests/n.py", 3)
    assert found.report == file.path
    assert found.message == "got 1"  # XML makes a blank of a line end in an attribute
    assert found.properties == (("a", "1"), ("b", "two"), ("a", "3"))
    assert "long\ntext" in found.details
    assert "printed" in found.details


def test_the_message_comes_from_the_text_where_no_attribute_has_it(read):
    """`<failure>` with text only, with a type only, with nothing."""
    assert read(case("<failure>\n  first line \n second</failure>"))[1][0].message == "first line"
    assert read(case('<failure type="ValueError"/>'))[1][0].message == "ValueError"
    assert read(case("<failure/>"))[1][0].message == ""


def test_long_texts_keep_beginning_and_end(read):
    """A text of a megabyte is cut to a bounded length, in which its first and last words are kept."""
    _, (found,) = read(case(f"<failure>FIRST{'x' * 1_000_000}LAST</failure>"))
    assert len(found.details) < 10_000
    assert found.details.startswith("FIRST")
    assert found.details.endswith("LAST")
    assert "characters left out" in found.details


def test_own_properties_are_kept_whole_and_others_are_cut(read):
    """Evidence in `tidegate.*` is never cut; a property of somebody else's is."""
    long = "v" * 50_000
    _, (found,) = read(
        case(
            f'<properties><property name="tidegate.x" value="{long}"/><property name="y" value="{long}"/></properties>'
        )
    )
    lengths = {name: len(value) for name, value in found.properties}
    assert lengths == {"tidegate.x": 50_000, "y": 2_000}


def test_too_many_own_properties_are_a_problem(read):
    """Evidence that had to be dropped makes the file INCONCLUSIVE; as many properties of others do not."""
    own, _ = read(case('<property name="tidegate.x" value="1"/>' * 10_001))
    assert [problem.effect for problem in own.problems] == [Effect.INCONCLUSIVE]
    others, (found,) = read(case('<property name="x" value="1"/>' * 10_001))
    assert (others.problems, len(found.properties)) == ((), 100)


def test_a_case_without_a_name_counts_and_is_noted(read, write):
    """A nameless case is counted; its passing twin has a name."""
    file, cases = read(suite("<testcase><name>n</name></testcase>"))
    assert (file.tests, cases[0].name) == (1, "")
    assert [problem.effect for problem in file.problems] == [Effect.NOTE]
    assert read(suite('<testcase name="n"/>'))[0].problems == ()
    assert read_junit(write(suite("<testcase/><testcase></testcase>"))).tests == 2


def test_a_case_inside_a_case_is_a_problem(read):
    """Nested cases hide results: INCONCLUSIVE; a failure among them fails the outer one."""
    file, _ = read(case('<testcase name="inner"/>'))
    assert (file.tests, [problem.effect for problem in file.problems]) == (1, [Effect.INCONCLUSIVE])
    file, _ = read(case('<testcase name="inner"><failure/></testcase>'))
    assert file.failures == 1


@pytest.mark.parametrize(("element", "effect"), [("crashed", Effect.INCONCLUSIVE), ("rating", Effect.NOTE)])
def test_unknown_elements_are_noted_and_alarming_ones_hold(read, element, effect):
    """An element that nobody knows is noted once; one that sounds like a failure keeps the file from passing."""
    file, _ = read(suite(f'<testcase name="a"><{element}/></testcase><testcase name="b"><{element}/></testcase>'))
    assert [problem.effect for problem in file.problems] == [effect]


def test_a_single_case_as_the_root_is_read(read):
    """Some tools write a lone `<testcase>`."""
    file, cases = read('<testcase name="n"><error/></testcase>')
    assert (file.tests, file.errors, cases[0].suite) == (1, 1, ())


@pytest.mark.parametrize(
    "attributes",
    [
        'name="n" classname="C" time="1"',
        'time="1" classname="C" name="n"',
        'name="n" time="1"',
        'name="n"',
        'classname="C" name="n" time="1" file="f" line="1"',
        'file="f" classname="C" line="1" name="n" time="1"',
        'time="1"',
        "",
    ],
)
def test_the_short_way_of_passed_cases_counts_as_the_long_way(write, attributes):
    """Whatever attributes cases have and in whatever order, changing from case to case, all ways of reading agree."""
    usual = '<testcase classname="C" name="u" time="0.5"/>'
    odd = f"<testcase {attributes}/>"
    path = write(suite(f"{odd}{odd}{usual}{odd}{usual}<testcase {attributes}><failure/></testcase>{odd}{usual}{odd}"))
    cases, suites = [], []
    every = read_junit(path, cases.append)
    notable = read_junit(path, lambda _: None, only=frozenset({"C::n"}), on_suite=suites.append)
    assert every == notable == read_junit(path)
    assert (every.tests, every.failures, len(cases), suites[0].tests) == (9, 1, 9, 9)
    assert every.repeated == 7
    assert every.duration == pytest.approx(sum(case.duration or 0 for case in cases))


def test_notable_cases_only(write):
    """With `only`, passed cases are counted and not handed over, but for those that are asked for."""
    path = write(
        suite(
            '<testcase classname="C" name="a"/><testcase classname="C" name="b"><failure/></testcase>'
            '<testcase classname="C" name="c"><skipped/></testcase><testcase classname="C" name="d"/>'
            '<testcase classname="C" name="e"><property name="tidegate.gate" value="g"/></testcase>'
        )
    )
    cases = []
    file = read_junit(path, cases.append, only=frozenset({"C::d"}))
    assert file.tests == 5
    assert [found.name for found in cases] == ["b", "d", "e"]


def test_secrets_are_masked_in_messages_and_details(read):
    """A secret that a test printed does not leave through its report."""
    from checks.secrets import forget_all, remember

    remember("hunter2-planted")
    try:
        _, (found,) = read(case('<failure message="got hunter2-planted">hunter2-planted</failure>'))
    finally:
        forget_all()
    assert "hunter2" not in found.message + found.details
