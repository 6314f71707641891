"""From test cases to gate results: what the properties say and what the runner said, the worse of the two."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from checks.evidence import Gap, Reading
from gates.carrying import CHECK, EXHIBIT, GATE, JUDGEMENT, NOTE, exhibit_from_property, from_property, gap
from gates.criteria import Equals
from reports.case import Case, Outcome
from reports.exhibit import Exhibit, ExhibitError
from reports.gate_report import GateResult
from reports.judgement import Judgement
from reports.verdict import Verdict, worst

_SUCCEEDED = Equals(value=True)


@dataclass(frozen=True, slots=True)
class DeclaredGate:
    """What a stage says about a gate: whether it is required, and the checks that it has to judge."""

    name: str
    required: bool = True
    checks: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Tally:
    judgements: list[Judgement] = field(default_factory=list)
    checks: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    exhibits: list[Exhibit] = field(default_factory=list)
    duration: float = 0.0


def assemble(declared: Sequence[DeclaredGate], cases: Iterable[Case]) -> tuple[GateResult, ...]:
    """One result for each declared gate, in their order.

    A gate that no case belongs to, and a check that no case judged, are INCONCLUSIVE. Cases of other gates are left
    out: who calls this has to see to it that there are none.
    """
    tallies: Mapping[str, _Tally] = {gate.name: _Tally() for gate in declared}
    for case in cases:
        tally = tallies.get(gate_of(case))
        if tally is not None:
            _add(tally, case)
    return tuple(_result(gate, tallies[gate.name]) for gate in declared)


def gate_of(case: Case) -> str:
    """The gate that a case says it belongs to, or nothing."""
    return next((value for name, value in case.properties if name == GATE), "")


def judgements_of(case: Case) -> tuple[Judgement, ...]:
    """Every judgement that a case stands for: those it carries, judged again, and what its outcome adds to them."""
    carried = [from_property(value, case.name) for name, value in case.properties if name == JUDGEMENT]
    added = _from_outcome(case, worst(judgement.verdict for judgement in carried), bool(carried))
    return (*carried, *added)


def _from_outcome(case: Case, carried: Verdict, judged: bool) -> tuple[Judgement, ...]:
    match case.outcome:
        case Outcome.FAILED:
            if carried is not Verdict.FAIL:
                reading = Reading(case.name, value=False, unit="bool", detail=case.message or "the test failed")
                judgement = dataclasses.replace(_SUCCEEDED.judge(reading), details=case.details)
                return (dataclasses.replace(judgement, test=case.name, reason=case.message or "the test failed"),)
        case Outcome.ERROR:
            if carried is Verdict.PASS or not judged:
                return (_unclear(case, case.message or "the test could not be carried out"),)
        case Outcome.SKIPPED:
            if carried is Verdict.PASS or not judged:
                return (_unclear(case, f"skipped: {case.message}" if case.message else "skipped"),)
        case Outcome.PASSED:
            if not judged:
                remedy = "let the test call require(evidence, criterion)"
                return (_unclear(case, "the test made no judgement", remedy),)
    return ()


def _unclear(case: Case, reason: str, remedy: str = "") -> Judgement:
    return dataclasses.replace(gap(Gap(case.name, reason, remedy=remedy)), test=case.name, details=case.details)


def _add(tally: _Tally, case: Case) -> None:
    tally.judgements.extend(judgements_of(case))
    tally.checks.update(value for name, value in case.properties if name == CHECK)
    tally.notes.extend(value for name, value in case.properties if name == NOTE)
    for value in (value for name, value in case.properties if name == EXHIBIT):
        try:
            tally.exhibits.append(exhibit_from_property(value))
        except ExhibitError as error:
            tally.notes.append(f"{case.name}: what it shows can't be read: {error}")
    if case.flaky:
        tally.notes.append(f"{case.name} passed only after {case.attempts} attempts")
    if case.duration is not None:
        tally.duration += case.duration


def _result(gate: DeclaredGate, tally: _Tally) -> GateResult:
    missing = [gap(Gap(check, "was not judged in this run")) for check in sorted(gate.checks - tally.checks)]
    if not tally.judgements and not missing:
        missing = [gap(Gap(gate.name, "the gate did not run"))]
    return GateResult(
        gate.name,
        gate.required,
        (*tally.judgements, *missing),
        tally.duration,
        tuple(dict.fromkeys(tally.notes)),
        tuple(tally.exhibits),
    )
