"""Criteria: evidence in, judgement out; what is not known never passes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence import Gap, Reading
from gates.criteria import AtLeast, AtMost, Between, CriterionError, Equals, Matches, OneOf
from reports.verdict import Verdict

PASS, FAIL, INCONCLUSIVE = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE

EVERY_KIND = [
    AtMost(1.0, "s"),
    AtLeast(1.0, "s"),
    Between(1.0, 2.0, "s"),
    Equals(1.0, "s"),
    OneOf((200, 204)),
    Matches("^ok"),
]


@pytest.mark.parametrize("criterion", EVERY_KIND, ids=str)
def test_a_gap_is_inconclusive(criterion):
    """What could not be measured is neither good nor bad, whatever was wanted; its remedy is handed on."""
    judgement = criterion.judge(Gap("api.x", "prometheus did not answer in 5 s", remedy="look at prometheus"))
    assert judgement.verdict is INCONCLUSIVE
    assert judgement.reason == "prometheus did not answer in 5 s"
    assert judgement.remedy == "look at prometheus"


@pytest.mark.parametrize("criterion", EVERY_KIND, ids=str)
def test_what_is_not_there_fails(criterion):
    """A thing that was looked for and is absent fails every criterion."""
    judgement = criterion.judge(Reading("api.json.x", False, "present", detail="no key 'x'"))
    assert judgement.verdict is FAIL
    assert judgement.reason.startswith("not there (no key 'x'), wanted ")


@pytest.mark.parametrize(
    ("criterion", "samples", "verdict"),
    [
        (AtMost(0.01, "ratio", min_samples=500), 12, INCONCLUSIVE),
        (AtMost(0.01, "ratio", min_samples=500), 499, INCONCLUSIVE),
        (AtMost(0.01, "ratio", min_samples=500), 500, PASS),
        (AtMost(0.01, "ratio"), 0, INCONCLUSIVE),
        (AtMost(0.01, "ratio"), 1, PASS),
    ],
)
def test_too_few_samples_are_inconclusive(criterion, samples, verdict):
    """A value that stands on fewer observations than needed is not judged, however good it looks."""
    judgement = criterion.judge(Reading("api.5xx_ratio", 0.0, "ratio", samples=samples))
    assert judgement.verdict is verdict


@pytest.mark.parametrize(
    ("criterion", "value", "unit", "verdict", "reason"),
    [
        (AtMost(0.5, "s"), 0.8, "s", FAIL, "800 ms, wanted <= 500 ms"),
        (AtMost(0.5, "s"), 0.5, "s", PASS, "500 ms, is <= 500 ms"),
        (AtMost(0.5, "s", exclusive=True), 0.5, "s", FAIL, "500 ms, wanted < 500 ms"),
        (AtMost(0.5, "s"), 0.50001, "s", FAIL, "500.01 ms, wanted <= 500 ms"),
        (AtMost(1.0, "s"), 0.99996, "s", PASS, "999.96 ms, is <= 1 s"),
        (AtMost(0.5, "s"), 0.1, "ratio", INCONCLUSIVE, "measured in 'ratio', the limit is in 's'"),
        (AtMost(0.5, "s"), True, "bool", INCONCLUSIVE, "measured in 'bool', the limit is in 's'"),
        (AtMost(5), "4", "text", INCONCLUSIVE, "measured in 'text', the limit is in '1'"),
        (AtLeast(0.99, "ratio"), 0.98999, "ratio", FAIL, "98.999 %, wanted >= 99 %"),
        (AtLeast(0.99, "ratio"), 0.99, "ratio", PASS, "99 %, is >= 99 %"),
        (AtLeast(0, exclusive=True), 0, "1", FAIL, "0, wanted > 0"),
        (AtLeast(0, exclusive=True), 1, "1", PASS, "1, is > 0"),
        (Between(10, 20, "s"), 9.0, "s", FAIL, "9 s, wanted between 10 s and 20 s"),
        (Between(10, 20, "s"), 20.0, "s", PASS, "20 s, is between 10 s and 20 s"),
        (Between(10, 20, "s"), 15, "B", INCONCLUSIVE, "measured in 'B', the limit is in 's'"),
        (Equals(200), 503, "1", FAIL, "503, wanted = 200"),
        (Equals(200), 200, "1", PASS, "200, is = 200"),
        (Equals(200), "200", "text", FAIL, "'200', wanted = 200"),
        (Equals("healthy"), "unhealthy", "text", FAIL, "'unhealthy', wanted = 'healthy'"),
        (Equals(True), True, "bool", PASS, "yes, is = yes"),
        (Equals(True), 1, "1", FAIL, "1, wanted = yes"),
        (Equals(True), True, "present", PASS, "there, is = there"),
        (Equals(True, unit="present"), False, "present", FAIL, "not there, wanted = there"),
        (Equals(False), True, "present", FAIL, "there, wanted = not there"),
        (Equals(1), True, "bool", FAIL, "yes, wanted = 1"),
        (Equals(0.5, "s"), 0.5, "ratio", INCONCLUSIVE, "measured in 'ratio', the limit is in 's'"),
        (OneOf((200, 204)), 404, "1", FAIL, "404, wanted one of 200, 204"),
        (OneOf((200, 204)), 204, "1", PASS, "204, is one of 200, 204"),
        (OneOf((1, "a")), True, "bool", FAIL, "yes, wanted one of 1, 'a'"),
        (OneOf((1,)), 1.0, "s", INCONCLUSIVE, "measured in 's', 'one of' lists plain values"),
        (Matches("^ok"), "not ok", "text", FAIL, "'not ok', wanted ~ ^ok"),
        (Matches("^ok"), "ok then", "text", PASS, "'ok then', is ~ ^ok"),
        (Matches("^2"), 204, "1", PASS, "'204', is ~ ^2"),
        (Matches("^ok"), True, "bool", INCONCLUSIVE, "measured in 'bool', a pattern needs text"),
    ],
)
def test_a_reading_is_judged(criterion, value, unit, verdict, reason):
    """Each verdict comes with what was got and what was wanted."""
    judgement = criterion.judge(Reading("api.x", value, unit))
    assert (judgement.verdict, judgement.reason) == (verdict, reason)
    assert judgement.criterion == str(criterion)


def test_a_pass_needs_no_next_step():
    """The remedy is said where something is wrong, and only there."""
    assert Equals(200).judge(Reading("api.status", 200), "page someone").remedy == ""
    assert Equals(200).judge(Reading("api.status", 500), "page someone").remedy == "page someone"


def test_a_long_text_is_shown_shortened():
    """A whole HTML page does not land in the reason; the pattern still sees all of it."""
    judgement = Matches("end$").judge(Reading("api.body", "x" * 5000 + "end", "text"))
    assert judgement.verdict is PASS
    assert len(judgement.reason) < 200


@pytest.mark.parametrize(
    "make",
    [
        lambda: AtMost(float("nan")),
        lambda: AtMost(float("inf"), "s"),
        lambda: AtMost(10**400),
        lambda: AtMost(True),
        lambda: AtMost("5"),
        lambda: AtMost(5, "parsec"),
        lambda: AtMost(5, "text"),
        lambda: AtLeast(None),
        lambda: Between(2, 1),
        lambda: Between(1, float("nan")),
        lambda: Equals(float("nan")),
        lambda: Equals(None),
        lambda: Equals([1]),
        lambda: Equals(5, "text"),
        lambda: Equals("x", "s"),
        lambda: Equals(True, "1"),
        lambda: Equals(5, "parsec"),
        lambda: OneOf(()),
        lambda: OneOf((float("inf"),)),
        lambda: OneOf((None,)),
        lambda: Matches(""),
        lambda: Matches("("),
        lambda: Matches("[[a]"),
        lambda: AtMost(1, min_samples=0),
        lambda: AtMost(1, min_samples=1.5),
        lambda: AtMost(1, min_samples=True),
    ],
)
def test_a_criterion_that_can_not_be_applied_is_refused(make):
    """What could never be judged is a mistake in the configuration, found before the run."""
    with pytest.raises(CriterionError):
        make()


_VALUES = st.one_of(
    st.tuples(st.booleans(), st.sampled_from(["bool", "present"])),
    st.tuples(st.text(max_size=9), st.just("text")),
    st.tuples(
        st.one_of(st.integers(-(10**300), 10**300), st.floats(allow_nan=False, allow_infinity=False)),
        st.sampled_from(["s", "B", "ratio", "1/s", "1"]),
    ),
)


@given(
    st.sampled_from(EVERY_KIND),
    st.one_of(_VALUES.map(lambda pair: Reading("x", *pair)), st.just(Gap("x", "no answer"))),
)
def test_judging_never_raises(criterion, evidence):
    """Evidence of any kind gets a verdict and a reason; a Gap never passes."""
    judgement = criterion.judge(evidence)
    assert judgement.reason
    assert not (isinstance(evidence, Gap) and judgement.verdict is PASS)
