"""Tidegate's own JUnit file, read back by its own reader."""

import json
import re
from dataclasses import replace
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from reports.case import Case, Outcome
from reports.read.junit import read_junit
from reports.render.junit import render
from reports.writing import run_of
from tests.reports import samples

RUN = run_of(samples.failing())


def parsed(cases, name="tidegate"):
    return ElementTree.fromstring(render(cases, RUN, name=name))


def read_back(cases, folder):
    path = folder / "junit.xml"
    path.write_text(render(cases, RUN, name="tidegate"), encoding="utf-8")
    found = []
    file = read_junit(path, found.append)
    return file, found


def test_a_run_without_cases_is_a_file_without_tests(tmp_path):
    """Nothing ran: the file says zero tests, which its reader does not take for a pass."""
    root = parsed([])
    assert root.get("tests") == "0"
    assert read_back([], tmp_path)[0].tests == 0


def test_totals_and_elements():
    """Failures, errors and skips are counted as what they are, in suites by gate."""
    root = parsed(samples.cases(8))
    assert {key: root.get(key) for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "8",
        "failures": "2",
        "errors": "2",
        "skipped": "2",
    }
    suites = {suite.get("name"): suite for suite in root}
    assert list(suites) == ["smoke", "health"]
    assert suites["health"].get("failures") == "2"
    assert suites["smoke"].get("timestamp") == "2026-03-01T12:00:00.125Z"


def test_the_run_travels_in_every_suite():
    """Service, environment, release and completeness are in the property `tidegate.run`."""
    for suite in parsed(samples.cases(4)):
        properties = {p.get("name"): p.get("value") for p in suite.find("properties")}
        run = json.loads(properties["tidegate.run"])
        assert (run["service"], run["environment"], run["complete"]) == ("stock-quotes", "staging", True)
        assert run["release"]["id"] == samples.DIGEST


def test_properties_keep_their_order_and_messages_their_length():
    """Repeated properties stay as they were; nothing is cut at 500 characters."""
    case = samples.cases(2)[1]
    element = parsed([case]).find(".//testcase")
    assert [(p.get("name"), p.get("value")) for p in element.find("properties")] == list(case.properties)
    assert element.find("failure").get("message") == case.message
    assert len(case.message) > 1000
    assert element.find("failure").text == case.details


def test_the_reader_reads_what_the_writer_wrote(tmp_path):
    """Every outcome, property, message and attempt comes back, without a problem."""
    cases = [
        *samples.cases(8),
        Case("flaky", "gates.gate_smoke", Outcome.PASSED, attempts=3, flaky=True, duration=1.5),
        Case("hopeless", "gates.gate_smoke", Outcome.FAILED, attempts=2, message="no"),
        Case("without a time", "", Outcome.PASSED),
    ]
    file, found = read_back(cases, tmp_path)
    assert (file.tests, file.failures, file.errors, file.skipped) == (11, 3, 2, 2)
    assert not list(file.problems)
    by_name = {case.identity: case for case in found}
    for case in cases:
        other = by_name[case.identity]
        assert other.message[:400] == case.message[:400], "the reader shortens what the writer wrote in full"
        for field in ("outcome", "properties", "attempts", "flaky", "duration", "file"):
            assert getattr(other, field) == getattr(case, field), (case.name, field)


def test_characters_that_xml_can_not_hold_are_shown():
    """Control characters and lone surrogates become visible text; all others stay."""
    case = Case("a\x00b", "c\x1b", Outcome.FAILED, message='x\x08\ud800 漢字 <&>"', details="]]>\uffff")
    element = parsed([case]).find(".//testcase")
    assert element.get("name") == "a\\x00b"
    assert element.find("failure").get("message") == 'x\\x08\\xd800 漢字 <&>"'
    assert element.find("failure").text == "]]>\\xffff"


def test_cases_without_a_gate_are_in_a_suite_of_their_own():
    """A case that belongs to no gate is not lost."""
    assert [suite.get("name") for suite in parsed([Case("a", "b", Outcome.PASSED)], name="other")] == ["other"]


TEXT = st.text(max_size=40)


@given(TEXT, TEXT, TEXT, st.sampled_from(Outcome), TEXT, TEXT)
@settings(max_examples=150, deadline=None)
def test_any_text_is_well_formed(name, classname, message, outcome, details, gate):  # noqa: PLR0917 - drawn values
    """Whatever texts a case holds, the file is XML and counts one test."""
    case = Case(name, classname, outcome, message=message, details=details, properties=(("tidegate.gate", gate),))
    assert parsed([case]).get("tests") == "1"


def test_thousands_of_cases_take_linear_work():
    """Four times the cases make about four times the text: nothing is written twice."""
    small, big = (len(render(samples.cases(n), RUN, name="t")) for n in (500, 2000))
    assert 3.5 < big / small < 4.5


def test_a_secret_inside_a_property_is_masked_and_the_property_stays_json():
    """Masking `FAIL` or a token leaves JSON that can be read."""
    from checks.secrets import remember

    remember("tok-12345")
    value = json.dumps({"evidence": {"kind": "gap", "subject": "a", "reason": "tok-12345 refused"}, "criterion": "= 1"})
    case = replace(samples.cases(2)[1], properties=(("tidegate.judgement", value),), message="got tok-12345")
    written = render([case], {**RUN, "release": {"id": "tok-12345"}}, name="t")
    assert "tok-12345" not in written
    found = re.search(r'name="tidegate.judgement" value="([^"]*)"', written)[1].replace("&quot;", '"')
    assert json.loads(found)["evidence"]["reason"] == "*** refused"
