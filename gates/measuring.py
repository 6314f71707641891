"""Measures what a stage looks at, once: starts the demo target, waits until ready, sweeps, learns the release."""

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from checks.evidence import Evidence, Gap, Reading
from gates.criteria import Equals
from gates.judging import why_not
from gates.looking import Looks, marks_of
from gates.measured.registry import MEASURED
from gates.measured.seam import AtEnd, Say
from gates.measurement import Measurement
from gates.plan import Check, Kind, Plan
from gates.probing import READY_PROBE, RELEASE_PROBE, probes, trust_of
from gates.release import completed
from reports.gate_report import Release
from reports.verdict import Verdict

if TYPE_CHECKING:
    from checks.probes import HttpProbe, Probe
    from gates.environment.model import Environment, Readiness

#: Switches faults of the demo target on, over what the environment's file says: `error_ratio=0.2,latency_ms=800`.
FAULTS_VARIABLE = "TIDEGATE_DEMO_FAULTS"

#: How often, and how many at the same time, is measured again what our own busy machine spoilt.
_TURNS = 5
_GENTLE = 4
#: Seconds after which a person who waits wants to hear something.
_PATIENCE = 3.0


def measure(plan: Plan, ids: Sequence[str], named: Release, *, directory: Path, at_end: AtEnd, say: Say) -> Measurement:
    """Measure what the tests of these node ids need.

    `named`: the release that somebody named; `directory`: where the reports go; `at_end`: takes what has to be called
    when the run ends; `say`: takes lines for a person who waits. A target that does not start or get ready leaves a
    Gap for everything but what it stands on.
    """
    from gates.demo_target import start_demo

    addresses, started = start_demo(plan.environment, os.environ.get(FAULTS_VARIABLE, ""), at_end, say)
    environment = plan.resolved(addresses).environment
    # What the demo was started as is the release, unless somebody named another one on purpose.
    named = named if started is None or named.source.startswith("command line") else started
    ready = _wait(environment, environment.readiness, say) if environment.readiness else None
    up = ready is None or _is_ready(ready)
    looks = Looks(plan, environment, ids, up)
    looks.begin(named, directory, say, at_end)
    if not up:
        measured = looks.finish(Measurement(addresses, named, Release(), ready))
        return _with_reports(plan, environment, ids, measured, at_end=at_end, say=say)
    names = _needed(plan, environment, ids)
    looked_at = probes(environment, names)
    evidence, notes = _sweep(environment, looked_at, say) if looked_at else ({}, ())
    target = target_release(environment, evidence.get(RELEASE_PROBE, ()))
    measured = looks.finish(Measurement(addresses, completed(named, target), target, ready, evidence, notes=notes))
    # Last: a scanner or a job that takes all processors must not be measured as the target's slowness.
    return _with_reports(plan, environment, ids, measured, at_end=at_end, say=say)


def _with_reports(
    plan: Plan, environment: "Environment", ids: Sequence[str], measured: Measurement, *, at_end: AtEnd, say: Say
) -> Measurement:
    """The same with the reports that nobody else makes: Tidegate scans and runs jobs once, whoever judges them."""
    if measured.interrupted:
        return measured
    marks = marks_of(ids)
    gates = [check.gate for check in plan.checks if check.id in marks and environment.gates[check.gate].reports]
    if not any(source.maker for gate in gates for source in environment.gates[gate].reports):
        return measured
    from gates.reported.making import make

    folder, note = make(environment, gates, measured.release, Path.cwd(), at_end=at_end, say=say)
    return replace(measured, made=folder, notes=(*measured.notes, *filter(None, (note,))))


def _sweep(
    environment: "Environment", looked_at: Sequence["Probe"], say: Say
) -> tuple[Mapping[str, tuple[Evidence, ...]], tuple[str, ...]]:
    """Sweep, and look again at what our own busy machine spoilt: that is no retry, the target is not forgiven anything.

    Returns the evidence and notes for the report.
    """
    from checks.sweep import spoilt, sweep

    declared = environment.measure
    swept = sweep(
        looked_at,
        concurrency=declared.concurrency,
        per_host=declared.per_host,
        max_lag=declared.max_lag,
        on_done=_Progress(len(looked_at), say).done,
    )
    many = "1 probe" if len(looked_at) == 1 else f"{len(looked_at)} probes"
    notes = [f"{many} in {swept.duration:.2g} s, up to {swept.concurrency} at the same time"]
    say(f"measured {notes[0]}")
    evidence = dict(swept.evidence)
    again: set[str] = set()
    for turn in range(_TURNS):
        left = [probe for probe in looked_at if _repeatable(probe) and spoilt(evidence[probe.name])]
        if not left:
            break
        again.update(probe.name for probe in left)
        time.sleep(0.1 * 2**turn)  # what keeps the machine busy may pass
        evidence.update(sweep(left, concurrency=_GENTLE, per_host=_GENTLE, max_lag=declared.max_lag).evidence)
    if again:
        notes.append(
            f"this machine was busy: {len(again)} of them were measured again ({', '.join(sorted(again)[:5])})"
        )
    return evidence, tuple(notes)


class _Progress:
    """Tells a person who waits, every few seconds, how far it is; a sweep that is quick says nothing."""

    def __init__(self, total: int, say: Say) -> None:
        self._total = total
        self._say = say
        self._done = 0
        self._next = time.monotonic() + _PATIENCE

    def done(self, name: str) -> None:
        """One more probe is measured."""
        self._done += 1
        if time.monotonic() >= self._next and self._done < self._total:
            self._next = time.monotonic() + _PATIENCE
            self._say(f"measuring: {self._done} of {self._total} (just now {name})")

    def not_ready(self, attempt: int, why: str) -> None:
        """The target is not ready yet."""
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + _PATIENCE
            self._say(f"waiting until the target is ready (attempt {attempt}: {why})")


def _repeatable(probe: "Probe") -> bool:
    return getattr(probe, "method", "GET") in ("GET", "HEAD")


def target_release(environment: "Environment", seen: Sequence[Evidence]) -> Release:
    """What the target says it is; unknown where it could not be read."""
    source = environment.release
    if source is None:
        return Release()
    said = {
        evidence.subject.removeprefix(f"{RELEASE_PROBE}.json."): evidence
        for evidence in seen
        if isinstance(evidence, Reading) and evidence.unit == "text"
    }

    def field(path: str | None) -> str:
        return str(said[path].value) if path is not None and path in said else ""

    release_id, version, commit = field(source.id), field(source.version), field(source.commit)
    shown = next((evidence.source for evidence in seen if evidence.source), "the target")
    return Release(release_id or version or commit, version, commit, "", f"the target ({shown})")


def _is_ready(ready: Evidence) -> bool:
    return Equals(value=True).judge(ready).verdict is Verdict.PASS


def _needed(plan: Plan, environment: "Environment", ids: Sequence[str]) -> set[str]:
    """The probes that the selected checks judge, those that they need, and the members of their groups."""
    marks = marks_of(ids)
    chosen = [check for check in plan.checks if check.id in marks]
    # Users' own tests may ask for any endpoint; where one runs, everything is measured.
    if not marks <= {check.id for check in chosen}:
        return {*environment.endpoints, *environment.external_services}
    todo = [name for check in chosen for name in _direct(environment, check)]
    needed: set[str] = set()
    while todo:
        name = todo.pop()
        if name not in needed:
            needed.add(name)
            if name in environment.endpoints:
                todo.extend(environment.endpoints[name].needs)
    return needed


def _direct(environment: "Environment", check: Check) -> Sequence[str]:
    match check.kind:
        case Kind.ENDPOINT | Kind.EXTERNAL:
            return (check.name,)
        case Kind.GROUP:
            return environment.groups[check.name].members
        case Kind.JOURNEY:
            return environment.journeys[check.name].needs
        case Kind.MEASURED:
            return MEASURED[check.built_in].gate.needs(environment, check.name)
        case _:
            return ()


def _wait(environment: "Environment", readiness: "Readiness", say: Say) -> Evidence:
    from checks.readiness import wait_until_ready

    def is_ready(seen: Sequence[Evidence]) -> str:
        by_subject = {evidence.subject: evidence for evidence in seen}
        up = by_subject.get(f"{READY_PROBE}.up", Gap(READY_PROBE, "was not measured"))
        judged = [Equals(value=True).judge(up)]
        if judged[0].verdict is Verdict.PASS:
            status = by_subject.get(f"{READY_PROBE}.status", Gap(f"{READY_PROBE}.status", "was not measured"))
            judged.append(readiness.status.judge(status))
        return why_not(READY_PROBE, judged)

    probe = _ready_probe(environment, readiness)
    evidence = wait_until_ready(
        probe,
        is_ready,
        deadline=readiness.deadline,
        interval=readiness.interval,
        on_attempt=_Progress(0, say).not_ready,
    )
    if evidence.attempts > 1 and _is_ready(evidence):
        say(f"waited {evidence.took:.2g} s until the target was ready ({evidence.attempts} attempts)")
    return evidence


def _ready_probe(environment: "Environment", readiness: "Readiness") -> "HttpProbe":
    from checks.probes import HttpProbe

    trust = trust_of(environment.tls_for())
    return HttpProbe(name=READY_PROBE, url=environment.url(readiness.http), timeout=readiness.timeout, **trust)
