"""One profile: the run, what it says about the objectives, and what is shown of it."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from checks.evidence import Artefact, Evidence, Gap
from checks.units import format_value
from gates.measured.load_baseline import baseline_evidence
from gates.measured.load_exhibits import exhibits_of
from gates.measured.load_objectives import objectives_of
from gates.measured.load_plan import plan_of, selectors_of
from gates.measured.load_watch import watch_of
from gates.measured.seam import Looking, Say
from gates.objectives.coming import most_to_come
from gates.objectives.generator import GeneratorLimits, bottleneck, health
from gates.objectives.measuring import certain_miss, evidence_of
from gates.objectives.objective import Objective
from gates.objectives.observed import Observed
from gates.objectives.targets import usage_evidence
from load.measured import Snapshot
from load.plan import LoadPlan
from load.result import Ending, LoadResult
from reports.exhibit import Exhibit

if TYPE_CHECKING:
    from gates.environment.load_section import LoadProfile
    from gates.environment.model import Environment

#: A person who waits is told about twenty times how it goes, at most once in so many seconds.
_PATIENCE: Final = 2.0
_TIMES: Final = 20


@dataclass(frozen=True, slots=True)
class Ran:
    """What one profile brought."""

    evidence: tuple[Evidence, ...]
    exhibits: tuple[Exhibit, ...] = ()
    notes: tuple[str, ...] = ()


class Interrupted(Exception):  # noqa: N818 - it is a turn in the road, not an error
    """Somebody pressed Ctrl-C: what was measured so far."""

    def __init__(self, ran: Ran) -> None:
        super().__init__()
        self.ran = ran


def run_profile(looking: Looking, name: str) -> Ran:
    """Run a profile. Raises Interrupted with what there is; what can't be run is a Gap."""
    from load.run import LOG, RESULT, run

    environment, profile = looking.environment, looking.environment.load.profiles[name]
    directory = looking.directory.absolute() / "load" / name
    watching = watch_of(environment)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        plan = plan_of(environment, profile, watching.targets)
        decisive = [objective for objective in objectives_of(environment, name) if objective.abort]
        follower = _Follower(f"load {name}", plan, _Hope(plan, environment, profile, decisive), looking.say)
        looking.say(f"load {name}: {_words(plan)}")
        with watching:
            hosts = watching.hosts
            result = run(
                plan, directory=directory, on_progress=follower.show, should_abort=follower.hopeless, hosts=hosts
            )
    except OSError as error:
        words = f"the folder {_near(directory)} can't be written: {error.strerror or error}"
        return Ran((Gap(name, words, remedy="let the reports go where files can be written"),))
    except ValueError as error:  # what the file does not show, as the demo target's address
        return Ran((Gap(name, f"it can't be run: {error}"),))
    observed = observe(result, plan, selectors_of(environment, profile))
    ran = _ran(looking, name, result, observed, _near(directory / RESULT))
    ran = replace(ran, evidence=(*ran.evidence, *(_unwatched(name, subject, why) for subject, why in watching.missing)))
    if result.ending is Ending.BROKEN:
        ran = replace(ran, notes=(*ran.notes, f"load {name}: the load generator's log is {_near(directory / LOG)}"))
    if result.ending is Ending.INTERRUPTED:
        raise Interrupted(ran)
    return ran


def _ran(looking: Looking, name: str, result: LoadResult, observed: Observed, file: Path) -> Ran:
    environment, profile = looking.environment, looking.environment.load.profiles[name]
    objectives = objectives_of(environment, name)
    limits = limits_of(profile)
    busy = bottleneck(observed, limits)
    source, artefact = str(file), Artefact.of(file)
    evidence: list[Evidence] = [
        evidence_of(one, observed, subject=f"{name}.{one.subject}", source=source, bottleneck=busy)
        for one in objectives
    ]
    evidence[0] = replace(evidence[0], artefacts=(artefact,))
    evidence += [one for one, _ in health(observed, limits, f"{name}.", source)]
    watch = environment.load.watch
    for target in result.targets:
        subjects = tuple(watch[target.name].limits)
        evidence += usage_evidence(target, f"{name}.", subjects, observed.start, result.elapsed)
    against, notes = baseline_evidence(looking, name, observed, result, artefact)
    note = f"load {name}: {file} (SHA-256 {artefact.sha256})"
    return Ran((*evidence, *against), exhibits_of(name, result, observed, objectives), (note, *notes))


def _near(path: Path) -> Path:
    """A path as people name it who stand in the working directory."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def observe(result: LoadResult, plan: LoadPlan, selectors: "dict[str, tuple[str, ...]]") -> Observed:
    """A run that is over, as objectives see it."""
    why = {
        Ending.FINISHED: "",
        Ending.ABORTED: "the run was aborted",
        Ending.CAPPED: "a guard rail ended the run",
        Ending.INTERRUPTED: "the run was interrupted",
        Ending.BROKEN: "the run is not whole",
    }[result.ending]
    if result.ending is Ending.BROKEN:
        return Observed(result.measured, plan.warm_up, plan.seconds, 0.0, f"{why}: {result.why}", float("inf"))
    to_come, settled = 0.0, float(plan.seconds)
    if why:
        # What it was ended for stands in full at the objective itself.
        why = f"{why} after {format_value(round(result.elapsed, 1), 's')}: {result.why.partition(' (')[0]}"
        to_come = most_to_come(plan, result.elapsed, result.measured.tally().intended)
        settled = result.elapsed
    return Observed(
        result.measured, plan.warm_up, plan.seconds, settled, why, to_come, selectors, late_after=plan.late_after
    )


def limits_of(profile: "LoadProfile") -> GeneratorLimits:
    """How healthy the generator has to be."""
    return GeneratorLimits(profile.generator.cpu, profile.generator.lateness)


class _Hope:
    """Whether a run that goes on can still keep the objectives that may abort it."""

    def __init__(
        self, plan: LoadPlan, environment: "Environment", profile: "LoadProfile", decisive: Sequence[Objective]
    ) -> None:
        self._plan, self._decisive = plan, decisive
        self._selectors, self._limits = selectors_of(environment, profile), limits_of(profile)

    def lost(self, snapshot: Snapshot) -> str | None:
        """Why it can be ended: an objective is missed, whatever comes."""
        if not self._decisive:
            return None
        made = snapshot.measured.tally().intended
        observed = Observed(
            snapshot.measured,
            self._plan.warm_up,
            self._plan.seconds,
            snapshot.settled,
            "it goes on",
            most_to_come(self._plan, snapshot.elapsed, made, snapshot.outstanding),
            self._selectors,
            late_after=self._plan.late_after,
        )
        busy = bottleneck(observed, self._limits)
        words = (certain_miss(objective, observed, busy) for objective in self._decisive)
        return next(filter(None, words), None)


class _Follower:
    """Says to a person who waits how a run goes, and ends it where it is hopeless."""

    def __init__(self, name: str, plan: LoadPlan, hope: _Hope, say: Say) -> None:
        self._name, self._seconds, self._hope, self._say = name, plan.seconds, hope, say
        self._every = max(_PATIENCE, plan.seconds / _TIMES)
        self._next = time.monotonic() + self._every

    def show(self, snapshot: Snapshot) -> None:
        """Say how it goes, now and then."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + self._every
        whole = snapshot.measured.tally()
        # Later windows are not complete yet: their fast answers are here, and their slow ones are not.
        until = snapshot.settled or snapshot.elapsed
        tally = snapshot.measured.tally(None, max(0.0, until - math.ceil(self._every)), until)
        p95 = tally.response.percentile(0.95)
        shown = "unknown" if p95 is None else "endless" if math.isinf(p95) else format_value(p95, "s")
        rate = format_value(whole.answered / snapshot.elapsed, "1/s")
        self._say(
            f"{self._name}: {snapshot.elapsed:.0f} of {self._seconds} s, {snapshot.users:,} users, {rate}, "
            f"p95 {shown}, {whole.failed:,} of {whole.answered:,} failed"
        )

    def hopeless(self, snapshot: Snapshot) -> str | None:
        """Why the run can be ended."""
        words = self._hope.lost(snapshot)
        if words:
            self._say(f"{self._name}: ended after {snapshot.elapsed:.0f} s, as the verdict can't change: {words}")
        return words


def _unwatched(name: str, subject: str, why: str) -> Gap:
    return Gap(f"{name}.{subject}", why)


def _words(plan: LoadPlan) -> str:
    from load.plan import Open

    unit = "/s" if isinstance(plan.model, Open) else " users"
    return f"{plan.shape.name}, {plan.shape.peak:g}{unit} for {plan.seconds} s"
