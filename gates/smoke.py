"""Walks a journey of the smoke gate: each step is judged before the next one is taken."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checks.evidence import Gap, Reading
from checks.units import format_value
from gates.carrying import gap
from gates.criteria import Equals
from gates.judging import Wanted, judge_probe
from gates.probing import expectations_of, identity_of, trust_of
from reports.gate_report import Release
from reports.judgement import Judgement
from reports.verdict import Verdict

if TYPE_CHECKING:
    from checks.journey import Capture, JourneyRun, StepRequest
    from gates.environment.journeys import Capture as EnvironmentCapture
    from gates.environment.journeys import Step
    from gates.environment.model import Environment

#: A value that was captured is there; one that is absent FAILs whatever is wanted of it.
_CAPTURED = Equals(value=True)


@dataclass(frozen=True, slots=True)
class Walked:
    """A journey as it went: its judgements, the attempts that it took, and the seconds of all of them together."""

    judgements: tuple[Judgement, ...]
    attempts: int
    took: float

    @property
    def passed(self) -> bool:
        """Whether every step was judged and passed."""
        return all(judgement.verdict is Verdict.PASS for judgement in self.judgements)

    @property
    def note(self) -> str:
        """That it took more than one attempt, where it did."""
        if self.attempts == 1:
            return ""
        ended = "passed after a retry" if self.passed else "failed in every attempt"
        return f"{ended} ({self.attempts} attempts in {format_value(self.took, 's')})"


def walk(environment: "Environment", name: str, release: Release) -> Walked:
    """Walk a journey until it passes or its attempts are used up; the last attempt is what counts."""
    walker = _Walker(environment, name, release)
    began = time.monotonic()
    for attempts in range(1, walker.journey.attempts + 1):
        walked = Walked(tuple(walker.once(attempts, began)), attempts, time.monotonic() - began)
        if walked.passed:
            break
    return walked


class _Walker:
    """Walks one journey of one environment."""

    def __init__(self, environment: "Environment", name: str, release: Release) -> None:
        gate = environment.gates.get("smoke")
        self.journey = environment.journeys[name]
        self._environment = environment
        self._name = name
        self._release = release
        self._limits = dict(gate.limits) if gate is not None else {}
        self._whole = self._limits.pop("duration", None)

    def once(self, attempt: int, first: float) -> list[Judgement]:
        """One attempt. `first`: when the first one began (time.monotonic)."""
        from checks.journey import JourneyRun

        judgements: list[Judgement] = []
        broken = ""
        began = time.monotonic()
        trust = trust_of(self._environment.tls_for())
        with JourneyRun(self._name, attempt=attempt, began=first, **trust) as run:
            for step in self.journey.steps:
                if broken:
                    subject = run.subject(step.name)
                    judgements.append(gap(Gap(subject, f"because the step {broken!r} did not pass")))
                    continue
                taken = self._take(run, step)
                judgements.extend(taken)
                if any(judgement.verdict is not Verdict.PASS for judgement in taken):
                    broken = step.name
        if self._whole is not None and not broken:
            judgements.append(self._whole.judge(Reading(f"{self._name}.duration", time.monotonic() - began, "s")))
        return judgements

    def _take(self, run: "JourneyRun", step: "Step") -> list[Judgement]:
        seen = run.run(self._request(step))
        wanted = Wanted(expectations_of(step.expect), {**self._limits, **step.limits}, identity_of(step.expect))
        subject = run.subject(step.name)
        judgements = judge_probe(subject, seen, wanted, self._release)
        if all(judgement.verdict is Verdict.PASS for judgement in judgements):
            found = (evidence for evidence in seen if evidence.subject.startswith(f"{subject}.capture."))
            judgements.extend(_CAPTURED.judge(evidence) for evidence in found)
        return judgements

    def _request(self, step: "Step") -> "StepRequest":
        from checks.journey import StepRequest

        request, expect = step.request, step.expect
        return StepRequest(
            name=step.name,
            method=request.method,
            url=self._environment.url(request.url),
            headers=tuple(request.headers.items()),
            params=tuple(request.params.items()),
            json=request.json_body,
            body=request.body,
            timeout=self.journey.timeout,
            json_paths=(*expect.json_values, *identity_of(expect)),
            header_names=tuple(expect.headers),
            want_body=expect.body is not None,
            captures=tuple(_captured(name, capture) for name, capture in step.capture.items()),
        )


def _captured(name: str, capture: "EnvironmentCapture") -> "Capture":
    from checks.journey import Capture

    if capture.json_path is not None:
        return Capture(name, "json", capture.json_path)
    if capture.header is not None:
        return Capture(name, "header", capture.header)
    return (
        Capture(name, "body", capture.body)
        if capture.body is not None
        else Capture(name, "cookie", capture.cookie or "")
    )
