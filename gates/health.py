"""Judges the checks of the health gate from what the sweep measured."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, assert_never

from checks.evidence import Evidence, Gap, Reading
from checks.units import format_value
from gates.carrying import gap
from gates.criteria import Equals
from gates.judging import Wanted, because, judge_expectations, judge_group, judge_probe
from gates.measurement import Measurement
from gates.plan import Check, Kind
from gates.probing import READY_PROBE, RELEASE_PROBE, wanted_of
from gates.release import contradictions
from reports.judgement import Judgement
from reports.verdict import Verdict

if TYPE_CHECKING:
    from gates.environment.model import Environment

_TRUE = Equals(value=True)
_READABLE = Wanted({"status": Equals(200)}, {}, {})


class Health:
    """Judges by one environment and one measurement."""

    def __init__(self, environment: "Environment", measurement: Measurement) -> None:
        self._environment = environment
        self._measurement = measurement

    def judge(self, check: Check) -> list[Judgement]:
        """Every judgement of a check; never none."""
        match check.kind:
            case Kind.READINESS:
                ready = self._measurement.ready or Gap(READY_PROBE, "was not measured in this run")
                return [_TRUE.judge(ready, "read the service's log: why is it not ready?")]
            case Kind.RELEASE:
                return self._unready(check.name) or self._judge_release()
            case Kind.ENDPOINT | Kind.EXTERNAL:
                return self._unready(check.name) or self._judge_probe(check.name)
            case Kind.GROUP:
                return self._unready(check.name) or [self._judge_group(check.name)]
            case Kind.NOTHING:
                remedy = f"declare what the {check.gate} gate looks at under `{check.name}:`"
                return [gap(Gap(check.gate, f"no {check.name} are declared", remedy=remedy))]
            case (
                Kind.JOURNEY
                | Kind.MEASURED
                | Kind.REPORTS
                | Kind.COVERAGE
                | Kind.FINDINGS
                | Kind.QUALITY
                | Kind.BUDGET
                | Kind.PAGES
            ):
                raise ValueError(f"{check.kind.value} is not judged by the health gate")
            case unreachable:
                assert_never(unreachable)

    def missing(self, needs: Sequence[str]) -> str:
        """Why something that needs these endpoints can't be judged, or nothing where it can."""
        ready = self._measurement.ready
        if ready is not None and _TRUE.judge(ready).verdict is not Verdict.PASS:
            return "because the target is not ready"
        for need in needs:
            wanted = wanted_of(self._environment, need)
            endpoint = self._environment.endpoints.get(need)
            above = self.missing(endpoint.needs) if endpoint is not None else ""
            judged = judge_expectations(need, self._measurement.of(need), wanted, self._measurement.release)
            reason = above or because(need, judged)
            if reason:
                return reason
        return ""

    def _unready(self, name: str) -> list[Judgement]:
        reason = self.missing(())
        return [gap(Gap(name, reason))] if reason else []

    def _judge_probe(self, name: str) -> list[Judgement]:
        endpoint = self._environment.endpoints.get(name)
        reason = self.missing(endpoint.needs) if endpoint is not None else ""
        if reason:
            return [gap(Gap(name, reason))]
        wanted = wanted_of(self._environment, name)
        return judge_probe(name, self._measurement.of(name), wanted, self._measurement.release)

    def _judge_group(self, name: str) -> Judgement:
        group = self._environment.groups[name]
        return judge_group(name, {member: self._judge_probe(member) for member in group.members}, group.at_least)

    def _judge_release(self) -> list[Judgement]:
        seen = self._measurement.of(RELEASE_PROBE)
        wanted = judge_expectations(RELEASE_PROBE, seen, _READABLE, self._measurement.release)
        if any(judgement.verdict is not Verdict.PASS for judgement in wanted):
            return wanted
        release, target = self._measurement.release, self._measurement.target
        source = next((evidence.source for evidence in seen), "")
        judged: list[Judgement] = []
        differing = contradictions(release, target)
        for field, got in (("version", target.version), ("id", target.id), ("commit", target.commit)):
            expected = getattr(release, field)
            if got and expected:
                # What means the same (an abbreviated commit) is judged as the same.
                criterion = Equals(differing[field][1] if field in differing else got)
                judged.append(criterion.judge(_said(field, got, source), "is the new release deployed everywhere?"))
        return judged or [
            *wanted,
            gap(Gap(RELEASE_PROBE, "the target does not say which release it is", source=source)),
        ]


def retry_note(name: str, judgements: Sequence[Judgement]) -> str:
    """That a check took more than one attempt, or nothing where the first one was enough.

    Readiness is waited for on purpose; that it took attempts is no news.
    """
    tried = max(judgements, key=lambda judgement: judgement.evidence.attempts, default=None)
    if tried is None or tried.evidence.attempts == 1 or name == READY_PROBE:
        return ""
    passed = all(judgement.verdict is Verdict.PASS for judgement in judgements)
    ended = "passed after a retry" if passed else "was tried again"
    return f"{name} {ended} ({tried.evidence.attempts} attempts in {format_value(tried.evidence.took, 's')})"


def _said(field: str, value: str, source: str) -> Evidence:
    return Reading(f"{RELEASE_PROBE}.{field}", value, "text", source=source)
