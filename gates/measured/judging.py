"""Judges one check of a gate that looked before the tests began; what was not seen is a Gap, never nothing."""

from typing import TYPE_CHECKING

from checks.evidence import Gap
from gates.carrying import gap
from gates.health import Health
from gates.measured.registry import MEASURED
from gates.measured.seam import Seen
from gates.measurement import Measurement
from gates.plan import Check, Kind
from reports.judgement import Judgement

if TYPE_CHECKING:
    from gates.environment.model import Environment


def judge_check(check: Check, environment: "Environment", measurement: Measurement) -> list[Judgement]:
    """Every judgement of a check; never none."""
    registered = MEASURED[check.built_in]
    if check.kind is Kind.NOTHING:
        remedy = f"declare what is looked at under `{registered.section}:`"
        return [gap(Gap(check.gate, f"nothing is declared under `{registered.section}:`", remedy=remedy))]
    gate = registered.gate
    health = Health(environment, measurement)
    # What a target stands on is judged whether the target became ready or not.
    needs = gate.needs(environment, check.name)
    reason = health.missing(needs) if needs or not gate.ALONE else ""
    if reason:
        return [gap(Gap(check.name, reason))]
    seen = Seen(
        check.name,
        measurement.look(check.built_in, check.name),
        environment.gates[check.gate].limits,
        environment,
        measurement.release,
    )
    judged = list(gate.judge(seen))
    return judged or [gap(Gap(check.name, f"the {check.built_in} gate judged nothing of it"))]
