"""The decision: what to do with a release, and the one line that says why."""

from reports.gate_report import Decision, DecisionKind, GateReport, GateResult
from reports.judgement import Judgement
from reports.verdict import Verdict


def decide(report: GateReport) -> Decision:
    """PROMOTE only where every required gate of the whole stage passed for a release that has a name.

    A FAIL of a required gate is REJECT, whatever else could not be judged. Everything between is HOLD.
    """
    required = [gate for gate in report.gates if gate.required]
    failed = [gate for gate in required if gate.verdict is Verdict.FAIL]
    unclear = [gate for gate in required if gate.verdict is Verdict.INCONCLUSIVE]
    because = tuple(judgement for gate in (*failed, *unclear) for judgement in gate.not_passed)
    name = _name(report)
    if failed:
        also = f"; {_listed(unclear)} could not be judged" if unclear else ""
        return Decision(DecisionKind.REJECT, f"do not promote {name}: {_failures(failed)}{also}", because)
    if required and not report.complete:
        also = f"; {_listed(unclear)} could not be judged" if unclear else ""
        whole = "; ".join(report.incomplete)
        return Decision(DecisionKind.HOLD, f"hold {name}: this was not the whole stage: {whole}{also}", because)
    if unclear:
        return Decision(DecisionKind.HOLD, f"hold {name}: {_gaps(unclear)}", because)
    if not required:
        return Decision(DecisionKind.HOLD, f"hold {name}: no required gate was judged", because)
    if report.environment and not report.release.known:
        text = f"hold {name}: nobody named the release · remedy: --release=ID, or `release:` in the environment's file"
        return Decision(DecisionKind.HOLD, text, because)
    passed = f"{len(required)} of {len(required)} required gates passed" if len(required) > 1 else "the gate passed"
    return Decision(DecisionKind.PROMOTE, f"promote {name}: {passed}", because)


def _name(report: GateReport) -> str:
    return f"{report.service} {report.release.version or report.release.label}".strip()


def _failures(gates: list[GateResult]) -> str:
    first, *rest = gates
    more = f"; {_listed(rest)} failed too" if rest else ""
    return f"{first.name} failed: {_first(first)}{more}"


def _gaps(gates: list[GateResult]) -> str:
    first, *rest = gates
    more = f"; nor could {_listed(rest)}" if rest else ""
    return f"{first.name} could not be judged: {_first(first)}{more}"


def _first(gate: GateResult) -> str:
    bad = gate.not_passed
    if not bad:
        return "it made no judgement"
    alike = sum(judgement.verdict is bad[0].verdict for judgement in bad)
    more = f" (and {alike - 1} more)" if alike > 1 else ""
    return f"{told(bad[0])}{more}"


def told(judgement: Judgement) -> str:
    """A judgement in one line: `api.status: 500, wanted = 200`."""
    subject = judgement.subject.removesuffix(".up").removesuffix(".resolves")
    return f"{subject}: {judgement.reason}" if subject else judgement.reason


def _listed(gates: list[GateResult]) -> str:
    return ", ".join(gate.name for gate in gates)
