"""From test cases to gates: the worse of what the properties say and what the runner said."""

import pytest

from checks.evidence import Reading
from gates.assembly import DeclaredGate, assemble
from gates.carrying import CHECK, GATE, JUDGEMENT, NOTE, to_property
from gates.criteria import AtMost
from reports.case import Case, Outcome
from reports.verdict import Verdict

PASSING = to_property(AtMost(1, "s").judge(Reading("x", 0.1, "s")))
FAILING = to_property(AtMost(1, "s").judge(Reading("x", 2.0, "s")))


def case(outcome: Outcome = Outcome.PASSED, *judgements: str, gate: str = "health", check: str = "api", **more) -> Case:
    """A case of a gate with these judgements."""
    properties = [(GATE, gate), (CHECK, check), *((JUDGEMENT, text) for text in judgements)]
    return Case("test_x", "gates.gate_health", outcome, properties=tuple(properties), **more)


HEALTH = DeclaredGate("health")


@pytest.mark.parametrize(
    ("outcome", "judgements", "verdict", "words"),
    [
        (Outcome.PASSED, [PASSING], Verdict.PASS, ""),
        (Outcome.PASSED, [], Verdict.INCONCLUSIVE, "made no judgement"),
        (Outcome.PASSED, [PASSING, FAILING], Verdict.FAIL, "2 s, wanted <= 1 s"),
        (Outcome.FAILED, [PASSING], Verdict.FAIL, "assert 1 == 2"),
        (Outcome.FAILED, [], Verdict.FAIL, "assert 1 == 2"),
        (Outcome.ERROR, [PASSING], Verdict.INCONCLUSIVE, "assert 1 == 2"),
        (Outcome.ERROR, [FAILING], Verdict.FAIL, "2 s, wanted <= 1 s"),
        (Outcome.SKIPPED, [PASSING], Verdict.INCONCLUSIVE, "skipped: assert 1 == 2"),
        (Outcome.SKIPPED, [], Verdict.INCONCLUSIVE, "skipped"),
        (Outcome.SKIPPED, [FAILING], Verdict.FAIL, "2 s, wanted <= 1 s"),
    ],
)
def test_worst_of_property_and_element(outcome: Outcome, judgements: list[str], verdict: Verdict, words: str) -> None:
    """Neither a passing element hides a failing property, nor the other way round; a skip is never a pass."""
    (gate,) = assemble([HEALTH], [case(outcome, *judgements, message="assert 1 == 2")])
    assert gate.verdict is verdict
    assert words in (gate.not_passed[0].reason if words else "")


def test_a_declared_gate_without_cases_is_inconclusive() -> None:
    """A gate that did not run says so, and its twin with one passing case passes."""
    (missing,) = assemble([HEALTH], [])
    assert missing.verdict is Verdict.INCONCLUSIVE
    assert missing.not_passed[0].reason == "the gate did not run"
    (present,) = assemble([HEALTH], [case(Outcome.PASSED, PASSING)])
    assert present.verdict is Verdict.PASS


def test_a_planned_check_that_nobody_judged_is_inconclusive() -> None:
    """One check judged and one not is not a pass; its twin plans only the one."""
    (partial,) = assemble(
        [DeclaredGate("health", checks=frozenset({"api", "database"}))], [case(Outcome.PASSED, PASSING)]
    )
    assert partial.verdict is Verdict.INCONCLUSIVE
    assert (partial.not_passed[0].subject, partial.not_passed[0].reason) == ("database", "was not judged in this run")
    (whole,) = assemble([DeclaredGate("health", checks=frozenset({"api"}))], [case(Outcome.PASSED, PASSING)])
    assert whole.verdict is Verdict.PASS


def test_gates_come_in_their_declared_order_with_notes_and_time() -> None:
    """Order, policy, notes and durations are kept; a note is said once."""
    noted = case(Outcome.PASSED, PASSING, gate="smoke", duration=1.5)
    noted = Case(noted.name, noted.classname, noted.outcome, duration=1.5, properties=(*noted.properties, (NOTE, "n")))
    smoke, health = assemble(
        [DeclaredGate("smoke", required=False), HEALTH], [case(Outcome.PASSED, PASSING), noted, noted]
    )
    assert (smoke.name, smoke.required, smoke.duration, smoke.notes) == ("smoke", False, 3.0, ("n",))
    assert health.name == "health"


def test_a_flaky_case_is_noted() -> None:
    """A pass after reruns says so."""
    (gate,) = assemble([HEALTH], [case(Outcome.PASSED, PASSING, flaky=True, attempts=3)])
    assert gate.notes == ("test_x passed only after 3 attempts",)
