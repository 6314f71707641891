"""The load generator's own health: where it was the bottleneck, nobody knows what the target would have done."""

from dataclasses import dataclass
from typing import Final

from checks.evidence import Evidence, Gap, Reading
from gates.criteria import AtMost, Criterion
from gates.objectives.observed import Observed
from reports.verdict import Verdict

#: How late the loop wakes up is judged by this percentile.
_SHARE = 0.99
REMEDY = "give it more processes (`processes: 2`) or machines (`workers:`), or ask for less"


_CPU: Final = AtMost(0.9, "ratio")
_LATENESS: Final = AtMost(0.1, "s")


@dataclass(frozen=True, slots=True)
class GeneratorLimits:
    """`cpu`: of the busiest generator process, as a share of one core; `lateness`: of its loop, p99."""

    cpu: Criterion = _CPU
    lateness: Criterion = _LATENESS


def health(observed: Observed, limits: GeneratorLimits, prefix: str, source: str) -> list[tuple[Evidence, Criterion]]:
    """The generator's CPU and lateness with their limits; a Gap where it was the bottleneck or said nothing."""
    start, end = observed.start, min(observed.end, observed.settled)
    lateness = observed.measured.lateness(start, end)
    latest = observed.measured.latest(start, end)
    detail = "" if latest is None else f"{latest * 1000:,.3g} ms at worst"
    found = (
        ("cpu", observed.measured.cpu(start, end), "ratio", limits.cpu, "of one core, the busiest process", 1),
        ("lateness", lateness.percentile(_SHARE), "s", limits.lateness, detail, lateness.count),
    )
    out: list[tuple[Evidence, Criterion]] = []
    for name, value, unit, limit, words, samples in found:
        subject = f"{prefix}generator.{name}"
        if value is None or observed.broken:
            reason = observed.why or "the load generator did not say how it was"
            out.append((Gap(subject, reason, source=source), limit))
            continue
        reading = Reading(subject, value, unit, samples=samples, source=source, detail=words)
        judged = limit.judge(reading)
        gap = Gap(subject, f"the generator was the bottleneck: {name} {judged.reason}", source=source, remedy=REMEDY)
        out.append((reading if judged.verdict is Verdict.PASS else gap, limit))
    return out


def bottleneck(observed: Observed, limits: GeneratorLimits) -> str:
    """Why response times say nothing of the target; empty where they do."""
    gaps = [evidence for evidence, _ in health(observed, limits, "", "") if isinstance(evidence, Gap)]
    return gaps[0].reason if gaps else ""
