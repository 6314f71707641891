"""What a gate report leads to."""

import pytest

from checks.evidence import Gap, Reading
from gates.carrying import gap
from gates.criteria import AtMost
from gates.decision import decide
from reports.gate_report import DecisionKind, GateReport, GateResult, Release

PASS = AtMost(0.5, "s").judge(Reading("api.response_time", 0.1, "s"))
FAIL = AtMost(0.5, "s").judge(Reading("api.response_time", 0.8, "s"))
GAP = gap(Gap("api.response_time", "nothing was measured"))


def report(*gates: GateResult, incomplete: tuple[str, ...] = (), release: str = "1.4.2", environment: str = "e"):
    """A report of these gates."""
    return GateReport("shop", environment, Release(release, release), "full", 0.0, 1.0, gates, incomplete)


def gate(*judgements, required: bool = True, name: str = "health") -> GateResult:
    """A gate of these judgements."""
    return GateResult(name, required, judgements)


PROMOTE, HOLD, REJECT = DecisionKind.PROMOTE, DecisionKind.HOLD, DecisionKind.REJECT


@pytest.mark.parametrize(
    ("given", "kind", "words"),
    [
        (report(), HOLD, "no required gate was judged"),
        (report(gate()), HOLD, "health could not be judged: it made no judgement"),
        (report(gate(PASS)), PROMOTE, "promote shop 1.4.2: the gate passed"),
        (report(gate(PASS, required=False)), HOLD, "no required gate was judged"),
        (report(gate(PASS), gate(FAIL, required=False)), PROMOTE, "promote"),
        (report(gate(PASS, GAP)), HOLD, "health could not be judged: api.response_time: nothing was measured"),
        (report(gate(PASS, FAIL)), REJECT, "health failed: api.response_time: 800 ms, wanted <= 500 ms"),
        (report(gate(FAIL, FAIL, GAP)), REJECT, "(and 1 more)"),
        (report(gate(FAIL), gate(GAP, name="smoke")), REJECT, "smoke could not be judged"),
        (report(gate(PASS), incomplete=("-k selects tests",)), HOLD, "not the whole stage: -k selects tests"),
        (report(gate(FAIL), incomplete=("-k selects tests",)), REJECT, "health failed"),
        (report(gate(PASS), release=""), HOLD, "nobody named the release"),
        (report(gate(PASS), release="", environment=""), PROMOTE, "promote"),
    ],
)
def test_decision(given: GateReport, kind: DecisionKind, words: str) -> None:
    """Only a whole stage of passed required gates for a named release promotes; a FAIL outweighs everything."""
    decision = decide(given)
    assert decision.kind is kind
    assert words in decision.headline


def test_because_names_the_judgements_of_required_gates_worst_first() -> None:
    """The judgements that caused a decision are those that did not pass, of required gates only."""
    decision = decide(report(gate(GAP, FAIL, PASS), gate(FAIL, required=False, name="extra")))
    assert decision.because == (FAIL, GAP)
