"""Puts the declared load on the target, one profile after the other, and judges it by its objectives."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from checks.evidence import Evidence, Gap, Reading
from gates.carrying import gap
from gates.criteria import Criterion
from gates.measured.load_objectives import objectives_of
from gates.measured.seam import Finish, Looked, Looking, Seen
from gates.objectives.metric import Kind
from gates.objectives.objective import Objective
from reports.exhibit import Exhibit
from reports.judgement import Judgement

if TYPE_CHECKING:
    from gates.environment.load_section import LoadProfile
    from gates.environment.model import Environment

SECTION = "load"
#: A target that is not ready is not put under load.
ALONE = False

_REMEDIES = {
    Kind.PERCENTILE: "look at the table of requests for the slow one, and at what the target used meanwhile",
    Kind.MEAN: "look at the table of requests for the slow one, and at what the target used meanwhile",
    Kind.ERROR_RATIO: "look at the kinds of failures, then into the target's log",
    Kind.FAILURES: "look at the kinds of failures, then into the target's log",
    Kind.RATE: "look at what the target used meanwhile, and at the response times",
    Kind.REQUESTS: "let the run take longer, or ask more often",
    Kind.ACHIEVED: "the target held the arrivals up: look at the response times; or raise max_in_flight",
    Kind.DROPPED: "the target held the arrivals up: look at the response times; or raise max_in_flight",
    Kind.LATE: "the target held the arrivals up: look at the response times; or raise max_in_flight",
}


def names(environment: "Environment") -> Sequence[str]:
    """The profiles that are declared."""
    return list(environment.load.profiles)


def needs(environment: "Environment", name: str) -> Sequence[str]:
    """The endpoints without which a profile can't be judged."""
    return environment.load.profiles[name].needs


def begin(looking: Looking) -> Finish:
    """Load comes last: it would disturb whatever else is looked at."""

    def finish() -> Looked:
        from gates.measured.load_run import Interrupted, run_profile

        evidence: dict[str, tuple[Evidence, ...]] = {}
        exhibits: dict[str, tuple[Exhibit, ...]] = {}
        notes: list[str] = []
        stopped = ""
        for name in looking.names:
            if stopped:
                evidence[name] = (Gap(name, stopped),)
                continue
            try:
                ran = run_profile(looking, name)
            except Interrupted as ended:
                ran, stopped = ended.ran, f"the load was interrupted, in the profile {name!r}"
            evidence[name], exhibits[name] = ran.evidence, ran.exhibits
            notes += ran.notes
        return Looked(evidence, tuple(notes), exhibits, interrupted=bool(stopped))

    return finish


def judge(seen: Seen) -> Sequence[Judgement]:
    """Every judgement of one profile; never none."""
    if len(seen.evidence) == 1 and seen.evidence[0].subject == seen.name and isinstance(seen.evidence[0], Gap):
        return [gap(seen.evidence[0])]
    profile = seen.environment.load.profiles[seen.name]
    objectives = objectives_of(seen.environment, seen.name, seen.limits)
    return list(judge_profile(seen.name, profile, objectives, seen.evidence, _usage_limits(seen.environment)))


def judge_profile(
    name: str,
    profile: "LoadProfile",
    objectives: Sequence[Objective],
    evidence: Sequence[Evidence],
    usage: Mapping[str, Criterion],
) -> Iterator[Judgement]:
    """Judge what a run brought. What should have been measured and was not is a Gap."""
    seen = {one.subject: one for one in evidence}

    def found(subject: str) -> Evidence:
        return seen.get(subject) or Gap(subject, "was not measured in this run")

    for objective in objectives:
        one = found(f"{name}.{objective.subject}")
        # A miss that no number of further samples could have changed is one, however few there are.
        certain = isinstance(one, Reading) and one.samples < objective.fewest
        criterion = objective.bare if certain else objective.criterion
        # What to do about a target that misses it is no advice where nothing could be measured.
        remedy = (profile.remedy or _REMEDIES[objective.metric.kind]) if isinstance(one, Reading) else ""
        yield criterion.judge(one, remedy)
    for part, limit in (("cpu", profile.generator.cpu), ("lateness", profile.generator.lateness)):
        yield limit.judge(found(f"{name}.generator.{part}"))
    for subject, limit in usage.items():
        yield limit.judge(found(f"{name}.{subject}"), profile.remedy or "give it more of it, or find out what takes it")
    if profile.baseline is not None:
        for subject, limit in profile.baseline.limits.items():
            # Without a baseline nothing was compared, which a note says; it is missed where it is required.
            if f"{name}.baseline.{subject}" in seen or profile.baseline.required:
                yield limit.judge(found(f"{name}.baseline.{subject}"), profile.remedy or _SLOWER)


_SLOWER = "compare the changes since the baseline; where being slower is meant, keep this run as the new baseline"


def _usage_limits(environment: "Environment") -> dict[str, Criterion]:
    """The limits on watched targets, by target and subject."""
    return {
        f"{target}.{subject}": limit
        for target, watched in environment.load.watch.items()
        for subject, limit in watched.limits.items()
    }
