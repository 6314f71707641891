"""What every format says first, in the same words: the run, a line per gate, the decision and the next step."""

import re
from dataclasses import dataclass
from typing import assert_never

from checks.evidence import Gap, Reading
from checks.units import NUMERIC_UNITS, format_apart, format_value
from reports.gate_report import Decision, DecisionKind, GateReport, GateResult
from reports.judgement import Judgement
from reports.render.plain import one_line
from reports.verdict import Verdict

_LIMIT = re.compile(
    r"(<=|>=|<|>|=) (-?\d{1,15}(?:\.\d{1,17})?(?:e[-+]\d{1,2})?)(?: ([A-Za-z/1]+))?((?: with >= \d+ samples)?)"
)
#: A text that needs no escape; others stay as the criterion writes them.
_TEXT = re.compile(r'= "([^"\\]*)"')
_FLAGS = {"= true": "= yes", "= false": "= no"}


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do: the remedy, and what it is for (`load: api.p95`)."""

    remedy: str
    where: str


def title(report: GateReport) -> tuple[str, ...]:
    """The pieces of the header: environment, service and release, stage, duration, where the release was learnt."""
    release = " ".join(filter(None, (report.service, report.release.label)))
    pieces = [report.environment, release]
    if report.stage:
        pieces.append(f"stage {report.stage}")
    pieces.append(format_value(round(report.duration, 3), "s"))
    if report.release.known and report.release.source:
        pieces.append(f"release from {report.release.source}")
    return tuple(one_line(piece, 160) for piece in pieces if piece)


def count(gate: GateResult) -> str:
    """`12 of 12`: how many judgements passed of how many."""
    return f"{gate.passed:,} of {len(gate.judgements):,}"


def sentence(judgement: Judgement, most: int = 600) -> str:
    """What was judged and the reason, with the number of samples and attempts where they are not 1."""
    evidence, reason = judgement.evidence, judgement.reason
    extra = []
    if isinstance(evidence, Reading) and evidence.samples > 1 and "samples" not in reason:
        extra.append(f"{evidence.samples:,} samples")
    if evidence.attempts > 1 and "attempts" not in reason:
        extra.append(attempts(judgement))
    tail = f" ({', '.join(extra)})" if extra else ""
    return one_line(f"{judgement.subject}: {reason}", most) + tail


def attempts(judgement: Judgement) -> str:
    """`3 attempts in 6.2 s`."""
    evidence = judgement.evidence
    took = f" in {format_value(evidence.took, 's')}" if evidence.took else ""
    return f"{evidence.attempts} attempts{took}" if evidence.attempts != 1 else f"1 attempt{took}"


def got(judgement: Judgement) -> str:
    """What was found, for people: `812 ms`; of a Gap, that nothing could be measured."""
    match judgement.evidence:
        case Gap():
            return "nothing could be measured"
        case Reading(value=value, unit=unit) if unit in NUMERIC_UNITS and not isinstance(value, str):
            limit = _LIMIT.fullmatch(judgement.criterion)
            if limit and (limit[3] or "1") == unit:
                return format_apart(float(value), float(limit[2]), unit)[0]
            return format_value(value, unit, 6)
        case Reading(value=value, unit=unit):
            return format_value(value, unit)


def wanted(judgement: Judgement) -> str:
    """What was wanted, for people: `<= 500 ms`. It never rounds onto what was found. Empty without a criterion."""
    if judgement.criterion in _FLAGS:
        return _FLAGS[judgement.criterion]
    if text := _TEXT.fullmatch(judgement.criterion):
        return f"= {format_value(text[1], 'text')}"
    limit = _LIMIT.fullmatch(judgement.criterion)
    if limit is None or (limit[3] or "1") not in NUMERIC_UNITS:
        return judgement.criterion
    unit, amount, evidence = limit[3] or "1", float(limit[2]), judgement.evidence
    shown = format_value(amount, unit, 6)
    if isinstance(evidence, Reading) and evidence.unit == unit:
        shown = format_apart(float(evidence.value), amount, unit)[1]
    return f"{limit[1]} {shown}{limit[4]}"


def steps(report: GateReport) -> tuple[Step, ...]:
    """The remedies of what did not pass, each once, those of required gates first, then by badness."""
    found: dict[str, Step] = {}
    bad = [(gate, judgement) for gate in report.gates for judgement in gate.not_passed if judgement.remedy]
    bad.sort(key=lambda pair: (not pair[0].required, -pair[1].verdict.badness))
    for gate, judgement in bad:
        remedy = one_line(judgement.remedy)
        found.setdefault(remedy, Step(remedy, one_line(f"{gate.name}: {judgement.subject}", 300)))
    return tuple(found.values())


def what_now(report: GateReport, decision: Decision) -> str:
    """One sentence that says what to do with the release."""
    if report.observed:
        return "Nothing is decided while observing. Read what would have stopped the release, then drop --observe."
    match decision.kind:
        case DecisionKind.PROMOTE:
            return "Promote exactly this release."
        case DecisionKind.HOLD:
            return "Do not promote yet. The release is not proven bad: close the gaps, then run again."
        case DecisionKind.REJECT:
            previous = one_line(report.release.previous, 120)
            return (
                f"Do not promote. Keep {previous or 'the previous release'} serving, fix what failed, then run again."
            )
        case unreachable:
            assert_never(unreachable)


def tally(report: GateReport) -> dict[Verdict, int]:
    """How many judgements have each verdict, worst first."""
    numbers = dict.fromkeys((Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS), 0)
    for gate in report.gates:
        for judgement in gate.judgements:
            numbers[judgement.verdict] += 1
    return numbers
