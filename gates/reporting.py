"""`tidegate report`: judges what other jobs measured, by an environment's gates or as one gate "tests"."""

import os
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from gates.assembly import assemble, gate_of
from gates.measured.seam import Say
from gates.plan import Plan, plan_for
from gates.release import from_environ, from_git
from gates.reported.judge import judge
from gates.reported.junit import Mapped, judge_files, releases_of, run_gaps
from gates.reported.made import Place, place_of
from gates.reported.making import make
from reports.case import Case
from reports.gate_report import GateReport, GateResult, Release
from reports.read.problem import Effect
from reports.read.results import read_tests

if TYPE_CHECKING:
    from gates.environment.model import Environment

#: The one gate where no environment maps files to gates.
TESTS = "tests"


@dataclass(frozen=True, slots=True)
class Asked:
    """What `tidegate report` was asked for. `named`: the release on the command line; `here`: where globs start."""

    patterns: tuple[str, ...]
    named: Release
    here: Path
    observed: bool = False
    min_tests: int = 1
    max_age: float | None = None
    required_tests: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Own:
    """What Tidegate's own files hold: cases, why they are not everything, and the releases that they are of."""

    cases: tuple[Case, ...] = ()
    incomplete: tuple[str, ...] = ()
    releases: tuple[Release, ...] = ()


def report_files(asked: Asked) -> GateReport:
    """One required gate "tests" over the files of the patterns."""
    started = time.time()
    named = named_release(asked)
    mapped = Mapped(dict.fromkeys(asked.patterns, asked.max_age), asked.min_tests, asked.required_tests)
    reported = judge_files(TESTS, mapped, named, asked.here)
    release, conflict = settled(named, reported.releases, asked.here)
    gate = GateResult(TESTS, True, reported.judgements, reported.duration, reported.notes)
    took = time.time() - started
    return GateReport("", "", release, "", started, took, (gate,), incomplete=conflict, observed=asked.observed)


def report_environment(
    asked: Asked, env: str, env_dir: str | None, stage: str | None, say: Say = lambda _: None
) -> GateReport:
    """The gates of a stage: those with `reports:` from their files, the others from what Tidegate wrote itself.

    `say`: takes lines for a person who waits. Raises ConfigurationError.
    """
    started = time.time()
    plan = plan_for(env, env_dir, stage)
    named = named_release(asked)
    own = _own_evidence(asked, plan, named) if asked.patterns else _Own()
    release, conflict = settled(named, own.releases, asked.here)
    lived = {gate.name: gate for gate in assemble(plan.gates, own.cases)}
    with ExitStack() as ends:
        at_end = partial(_at_end, ends)
        folder, note = make(plan.environment, plan.gate_names, release, asked.here, at_end=at_end, say=say)
        place = place_of(asked.here, folder)
        gates = tuple(_gate(plan.environment, declared.name, lived, release, place) for declared in plan.gates)
    return GateReport(
        service=plan.environment.service,
        environment=plan.name,
        release=release,
        stage=plan.stage,
        started=started,
        duration=time.time() - started,
        gates=gates,
        incomplete=(*own.incomplete, *conflict),
        notes=(note,) if note else (),
        observed=asked.observed,
    )


def named_release(asked: Asked) -> Release:
    """The release on the command line, else the CI system's; unknown where neither names one."""
    return asked.named if asked.named.known else from_environ(os.environ)


def settled(named: Release, found: Sequence[Release], here: Path) -> tuple[Release, tuple[str, ...]]:
    """The release that is judged: the named one, else that of Tidegate's own files, else what is checked out here.

    Files of several releases, where nobody says which one is meant, are a reason to hold.
    """
    if named.known:
        return named, ()
    if len(found) > 1:
        return Release(), (f"the files are of several releases: {', '.join(release.label for release in found)}",)
    return (found[0] if found else from_git(str(here))), ()


def _gate(
    environment: "Environment", name: str, lived: dict[str, GateResult], release: Release, place: Place
) -> GateResult:
    settings = environment.gates[name]
    if not settings.reports:
        return lived[name]
    reported = judge(name, settings, release, place)
    return GateResult(
        name, settings.required, reported.judgements, reported.duration, reported.notes, reported.exhibits
    )


def _at_end(ends: ExitStack, call: Callable[[], None]) -> None:
    ends.callback(call)


def _own_evidence(asked: Asked, plan: Plan, release: Release) -> _Own:
    """The cases of Tidegate's own files, and why they may not be all of it."""
    cases: list[Case] = []
    results = read_tests(asked.patterns, max_age=asked.max_age, base=asked.here, on_case=cases.append)
    incomplete = [
        f"{problem.file}: {problem.message}" if problem.file else problem.message
        for problem in results.problems
        if problem.effect is not Effect.NOTE
    ]
    incomplete.extend(f"{gap.subject}: {gap.reason}" for gap in run_gaps(results.files, cases, release, plan.name))
    foreign = results.tests - len(cases)
    if foreign:
        files = ", ".join(file.path for file in results.files if file.run is None) or "the files"
        incomplete.append(f"{foreign} tests of {files} belong to no gate: map them under `gates:` with `reports:`")
    strangers = sorted({gate_of(case) for case in cases} - set(plan.gate_names))
    if strangers:
        incomplete.append(f"the files hold gates that stage {plan.stage!r} doesn't name: {', '.join(strangers)}")
    return _Own(tuple(cases), tuple(incomplete), releases_of(results.files))
