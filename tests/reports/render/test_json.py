"""`gate-report.json`: written, described by its schema, read back strictly."""

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import reports
from checks.evidence import Gap, Reading
from gates.criteria import parse
from reports.gate_report import Decision, DecisionKind, GateResult
from reports.render.json import ReportFormatError, iso, load, render, to_dict
from tests.reports import samples

SCHEMA = json.loads((Path(reports.__file__).parent / "schema/gate-report.schema.json").read_text())
MAKERS = [samples.passing, samples.failing, samples.inconclusive, samples.observed, samples.hostile]


def data_of(report):
    return json.loads(render(report, samples.decided(report)))


def valid(data):
    return jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker()).is_valid(data)


@pytest.mark.parametrize("make", MAKERS)
def test_round_trip(make):
    """What was written is read back as the same report and the same decision."""
    report = make()
    decision = samples.decided(report)
    assert load(render(report, decision)) == (report, decision)


@pytest.mark.parametrize("make", MAKERS)
def test_it_follows_its_schema(make):
    """The JSON Schema in the repository describes every report."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(data_of(make()), SCHEMA, jsonschema.Draft202012Validator)


def test_the_keys_that_automation_reads():
    """Decision, completeness and release stand at the top, in the words of the documentation."""
    data = data_of(samples.failing())
    assert data["schema"] == "tidegate/gate-report@1"
    assert (data["decision"], data["verdict"], data["complete"]) == ("reject", "FAIL", True)
    assert data["release"]["id"] == samples.DIGEST
    assert data["commit"] == data["release"]["commit"] == "4b1d2aa90c"
    assert data["started"] == "2026-03-01T12:00:00.125Z"
    assert data["because"][0]["gate"] == "load"
    assert "exit_code" not in data
    slow = data["gates"][2]["judgements"][0]
    assert (slow["got"], slow["wanted"]) == ("812 ms", "<= 500 ms with >= 500 samples")
    assert data["gates"][3]["judgements"][0]["got"] is None


def test_got_and_wanted_are_told_apart():
    """A value just over its limit is never rounded onto it."""
    report = replace(
        samples.passing(),
        gates=(
            GateResult(
                "g",
                True,
                (
                    samples.judged("a", 0.50001, "<= 500ms", "s"),
                    samples.judged("b", False, "= true"),
                    samples.judged("c", "down", "= ok"),
                ),
            ),
        ),
    )
    over, flag, word = data_of(report)["gates"][0]["judgements"]
    assert over["got"] != over["wanted"].removeprefix("<= ")
    assert (flag["got"], flag["wanted"]) == ("no", "= yes")
    assert (word["got"], word["wanted"]) == ("'down'", "= 'ok'")


BROKEN = {
    "nothing": ("", "not JSON"),
    "a list": ("[]", "an object"),
    "cut": (render(samples.passing(), samples.decided(samples.passing()))[:-50], "not JSON"),
    "deep": ("[" * 100_000, "not JSON"),
    "NaN": ('{"schema": NaN}', "NaN"),
    "a double key": ('{"schema": "a", "schema": "b"}', "schema: the key is there twice"),
}


@pytest.mark.parametrize(("text", "words"), BROKEN.values(), ids=BROKEN)
def test_what_is_no_report_is_refused(text, words):
    """A text that is not a whole JSON object is refused in words."""
    with pytest.raises(ReportFormatError, match=words):
        load(text)


def changed(path, value):
    """The failing report with one value changed; a `...` removes the key."""
    data = data_of(samples.failing())
    *parents, last = path
    place = data
    for key in parents:
        place = place[key]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return data


CHANGES = [
    (["schema"], "tidegate/gate-report@2", "schema"),
    (["decision"], "promote", "decision"),
    (["decision"], "yes", "decision"),
    (["verdict"], "PASS", "verdict"),
    (["complete"], False, "complete"),
    (["complete"], 1, "complete"),
    (["extra"], 1, "extra"),
    (["observed"], ..., "observed"),
    (["release", "id"], None, "release.id"),
    (["commit"], "other", "commit"),
    (["started"], "yesterday", "started"),
    (["started"], "2026-03-01T12:00:00", "started"),
    (["duration_seconds"], -1, "duration_seconds"),
    (["duration_seconds"], "41", "duration_seconds"),
    (["incomplete"], ["-k", 1], "incomplete.1"),
    (["gates"], {}, "gates"),
    (["gates", 2, "verdict"], "PASS", "gates.2.verdict"),
    (["gates", 2, "required"], "yes", "gates.2.required"),
    (["gates", 2, "passed"], 4, "gates.2.passed"),
    (["gates", 2, "judgements", 0, "verdict"], "PASS", "verdict"),
    (["gates", 2, "judgements", 0, "evidence", "value"], None, "gates.2.judgements.0.evidence"),
    (["gates", 2, "judgements", 0, "evidence", "unit"], "furlong", "gates.2.judgements.0.evidence"),
    (["gates", 2, "judgements", 0, "evidence"], ..., "gates.2.judgements.0.evidence"),
    (["gates", 2, "judgements", 0, "got"], 7, "gates.2.judgements.0.got"),
    (["because", 0, "gate"], "loud", "because.0"),
    (["because", 0, "index"], 99, "because.0"),
    (["because", 0, "reason"], "other", "because.0.reason"),
]


@pytest.mark.parametrize(
    ("path", "value", "key"), CHANGES, ids=[f"{'.'.join(map(str, p))}={v!r:.20}" for p, v, _ in CHANGES]
)
def test_one_changed_value_is_refused_by_its_key(path, value, key):
    """A report that was changed by hand decides nothing, and the message names the key."""
    load(json.dumps(data_of(samples.failing())))
    with pytest.raises(ReportFormatError, match=key):
        load(json.dumps(changed(path, value)))


def test_the_schema_refuses_a_promotion_of_what_did_not_pass():
    """A consumer that has only the schema is protected, too."""
    assert valid(data_of(samples.passing()))
    assert not valid(data_of(samples.passing()) | {"verdict": "FAIL"})
    assert not valid(data_of(samples.passing()) | {"complete": False, "incomplete": ["-k"]})
    assert not valid(data_of(samples.passing()) | {"incomplete": ["-k"]})


def test_other_words_for_people_are_no_contradiction():
    """`got` and `wanted` may be worded otherwise by another version; the verdict may not."""
    data = changed(["gates", 2, "judgements", 0, "got"], "0.812 seconds")
    assert load(json.dumps(data))[0] == samples.failing()


def test_a_cause_outside_the_gates_is_kept():
    """A decision that names a judgement of no gate still comes back whole."""
    report, other = samples.passing(), samples.judged("waiver.age", 40, "<= 30")
    decision = Decision(DecisionKind.HOLD, "hold", (other,))
    text = render(report, decision)
    assert load(text) == (report, decision)
    jsonschema.validate(json.loads(text), SCHEMA)


def test_a_clock_that_was_set_back():
    """A negative duration is written as none, so that the report can be read."""
    report = replace(samples.passing(), duration=-3.0)
    assert load(render(report, samples.decided(report)))[0].duration == 0


def test_times_are_utc_with_milliseconds():
    """`started` is ISO 8601 in UTC whatever the zone of the machine."""
    assert iso(0) == "1970-01-01T00:00:00.000Z"
    assert iso(1_772_366_400.9996) == "2026-03-01T12:00:01.000Z"


VALUES = st.one_of(
    st.builds(lambda v: (v, "bool"), st.booleans()),
    st.builds(lambda v: (v, "text"), st.text(max_size=30)),
    st.builds(lambda v: (v, "s"), st.floats(allow_nan=False, allow_infinity=False)),
    st.builds(lambda v: (v, "1"), st.integers()),
)
LIMITS = st.sampled_from(["<= 0.5 s", "= 200", '~ "x"', "between 1 s and 2 s", "one of 1, 2", ">= 1e300", "= true"])
TIMES = st.floats(0, 4e9).map(lambda t: round(t, 3))


@given(VALUES, LIMITS, st.text(max_size=30), TIMES, st.text(max_size=30), st.booleans(), st.integers(1, 10**9))
@settings(max_examples=150, deadline=None)
def test_any_evidence_survives(value, limit, subject, moment, words, gap, samples_count):  # noqa: PLR0917 - drawn values
    """Whatever was measured and said, the file gives back exactly that, and follows the schema."""
    if gap:
        evidence = Gap(subject, words, time=moment, source=words, remedy=subject)
    else:
        evidence = Reading(subject, value[0], value[1], samples=samples_count, time=moment, detail=words)
    judgement = replace(parse(limit).judge(evidence, words), details=words, test=subject)
    report = replace(samples.passing(), gates=(GateResult("g", True, (judgement,)),), started=moment, notes=(words,))
    decision = samples.decided(report)
    text = render(report, decision)
    assert load(text) == (report, decision)
    assert valid(json.loads(text))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)


@given(st.data(), JSON)
@settings(max_examples=200, deadline=None)
def test_any_damage_is_a_format_error_or_the_same_decision(data, value):
    """Whatever one value is replaced by, reading either refuses in words or decides as before."""
    whole = to_dict(samples.failing(), samples.decided(samples.failing()))
    place = whole
    while isinstance(place, dict | list) and place:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(place[key], dict | list) or data.draw(st.booleans()):
            place[key] = value
            break
        place = place[key]
    try:
        _, decision = load(json.dumps(whole))
    except ReportFormatError:
        return
    assert decision.kind is DecisionKind.REJECT
