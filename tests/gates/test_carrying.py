"""Judgements as properties: what arrives is judged again, and what can't be read is INCONCLUSIVE."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence import Gap, Reading
from checks.secrets import Secret
from gates.carrying import from_property, gap, to_property
from gates.criteria import AtMost
from reports.verdict import Verdict

SLOW = AtMost(0.5, "s").judge(Reading("api.response_time", 0.8, "s", source="http://x/"), "look at the database")


def test_a_judgement_survives_the_way() -> None:
    """Evidence, criterion, reason and remedy are the same on the other side."""
    back = from_property(to_property(SLOW), "test_x")
    assert (back.verdict, back.reason, back.remedy) == (Verdict.FAIL, SLOW.reason, "look at the database")
    assert back.criterion == "<= 0.5 s"
    assert back.test == "test_x"


def test_no_verdict_is_carried() -> None:
    """A property that claims PASS beside evidence that fails is judged by the evidence."""
    data = json.loads(to_property(SLOW))
    assert "verdict" not in data
    data["verdict"] = "PASS"
    assert from_property(json.dumps(data), "t").verdict is Verdict.FAIL


def test_a_gap_stays_inconclusive_without_a_criterion() -> None:
    """A Gap needs no criterion to be judged."""
    assert from_property(to_property(gap(Gap("x", "nothing there"))), "t").verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    "change",
    [
        {"criterion": ""},
        {"criterion": "<= almost 5"},
        {"criterion": None},
        {"evidence": {}},
        {"evidence": {"kind": "reading", "subject": "x", "value": 1, "unit": "parsec", "samples": 1, "time": 0}},
        {"evidence": {"kind": "reading", "subject": "x", "value": None, "unit": "s", "samples": 1, "time": 0}},
        {"remedy": 5},
    ],
)
def test_what_cannot_be_read_is_inconclusive(change: dict[str, object]) -> None:
    """A property that is broken in one key is INCONCLUSIVE and says so; unbroken it passes."""
    good = json.loads(to_property(AtMost(0.5, "s").judge(Reading("x", 0.1, "s"))))
    assert from_property(json.dumps(good), "t").verdict is Verdict.PASS
    broken = from_property(json.dumps({**good, **change}), "t")
    assert broken.verdict is Verdict.INCONCLUSIVE
    assert "can't be read" in broken.reason


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"evidence": NaN, "criterion": ""}', "[" * 100_000])
def test_text_that_is_no_judgement_is_inconclusive(text: str) -> None:
    """Nothing that stands in a file makes the reader raise, or pass."""
    assert from_property(text, "t").verdict is Verdict.INCONCLUSIVE


@given(st.text())
def test_any_text_is_survived(text: str) -> None:
    """Random text is INCONCLUSIVE."""
    assert from_property(text, "t").verdict is Verdict.INCONCLUSIVE


def test_secrets_stay_behind() -> None:
    """A secret that found its way into evidence is masked before it travels."""
    Secret("hunter2-and-more")
    text = to_property(gap(Gap("x", "no", source="http://u:hunter2-and-more@x/")))
    assert "hunter2" not in text
    assert "***" in text
