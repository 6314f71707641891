"""Judges a gate by JUnit files: what ran, what failed, what is missing, and our own evidence again."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from checks.evidence import Gap, Reading
from gates.assembly import gate_of, judgements_of
from gates.carrying import gap
from gates.criteria import AtLeast, AtMost, Criterion, Equals
from gates.release import commit_time
from gates.reported.made import Place
from gates.reported.value import Reported
from reports.case import Case, Outcome
from reports.gate_report import Release
from reports.judgement import Judgement
from reports.read.junit_file import JunitFile
from reports.read.problem import Effect, Problem
from reports.read.results import TestResults, read_tests

if TYPE_CHECKING:
    from gates.environment.policy import GateSettings

_RELEASE_KEYS = ("id", "version", "commit", "previous")
_TRUE = Equals(value=True)
_NONE = AtMost(0)


@dataclass(frozen=True, slots=True)
class Mapped:
    """What a gate wants of test reports.

    `patterns`: globs, each with the seconds that its files may be old (None: any age); `min_tests`: how many tests
    have to be really executed; `required_tests`: `classname::name` of tests that have to have run; `limits`: on
    `flaky`, `skipped` and `duration`; `not_before`: the commit's time, seconds since the epoch, None where unknown.
    """

    patterns: Mapping[str, float | None]
    min_tests: int = 1
    required_tests: tuple[str, ...] = ()
    limits: Mapping[str, Criterion] = field(default_factory=dict)
    not_before: float | None = None


def mapped_of(settings: "GateSettings", release: Release, place: Place) -> Mapped:
    """What the environment's file wants of a gate's JUnit files."""
    return Mapped(
        patterns={
            source.junit: source.max_age
            for source in settings.reports
            if source.junit is not None and _is_there(source.junit, place)
        },
        min_tests=settings.min_tests,
        required_tests=settings.required_tests,
        limits=settings.limits,
        not_before=commit_time(str(place.base), release.commit),
    )


def judge_gate(gate: str, settings: "GateSettings", release: Release, place: Place) -> Reported:
    """Judge the JUnit files of a gate. A file older than the release's commit is stale."""
    patterns = [source.junit for source in settings.reports if source.junit is not None]
    missing = tuple(gap(one) for pattern in patterns if (made := place.of(pattern)) for one in made.failed)
    mapped = mapped_of(settings, release, place)
    if missing and not mapped.patterns:
        return Reported(missing)
    judged = judge_files(gate, mapped, release, place.base)
    return replace(judged, judgements=(*judged.judgements, *missing))


def _is_there(pattern: str, place: Place) -> bool:
    """Whether there is something to read: not where the job that writes it broke."""
    made = place.of(pattern)
    return made is None or made.some


def judge_files(gate: str, mapped: Mapped, release: Release, base: Path) -> Reported:
    """Read the files (relative to `base`) and judge them. Never raises for files: what can't be read is a judgement."""
    own: list[Case] = []
    judgements: list[Judgement] = []
    notes: list[str] = []
    duration = 0.0
    executed = skipped = flaky = failing = 0
    found: list[JunitFile] = []
    for max_age, patterns in _by_age(mapped.patterns).items():
        results = read_tests(
            patterns,
            required=mapped.required_tests,
            max_age=max_age,
            not_before=mapped.not_before,
            base=base,
            on_case=own.append,
        )
        executed, skipped, flaky = executed + results.executed, skipped + results.skipped, flaky + results.flaky
        failing, duration = failing + results.failing, duration + results.duration
        judgements.extend(_twice(found, results.files))
        found.extend(results.files)
        judgements.extend(_failures(gate, results))
        judgements.extend(_problems(gate, results.problems))
        notes.extend(f"{_place(p)}{p.message}" for p in results.problems if p.effect is Effect.NOTE)
        notes.extend(f"{c.identity} passed only after {c.attempts} attempts" for c in results.flaky_cases[:20])
    # Our own cases are judged by their evidence: an INCONCLUSIVE one stands in the file as an error, and is no failure.
    failing -= sum(case.outcome in (Outcome.FAILED, Outcome.ERROR) for case in own)
    source = ", ".join(mapped.patterns)
    if executed:  # that nothing was executed at all is a problem of the files, and said above
        judgements.append(_executed(gate, executed, mapped.min_tests, source))
        judgements.append(_NONE.judge(Reading(f"{gate}.failing", failing, samples=executed, source=source)))
    measured = {"flaky": (flaky, "1"), "skipped": (skipped, "1"), "duration": (duration, "s")}
    for subject, criterion in mapped.limits.items():
        if subject not in measured:
            continue  # a limit of another kind of reports of the same gate
        value, unit = measured[subject]
        judgements.append(criterion.judge(Reading(f"{gate}.{subject}", value, unit, source=source)))
    judgements.extend(_own_evidence(own))
    judgements.extend(run_gaps(found, own, release))
    return Reported(tuple(judgements), tuple(dict.fromkeys(notes)), duration, releases_of(found))


def releases_of(files: Iterable[JunitFile]) -> tuple[Release, ...]:
    """The releases that Tidegate's own files were written for, each once."""
    releases: dict[str, Release] = {}
    for file in files:
        about = file.run.get("release") if file.run is not None else None
        if isinstance(about, Mapping) and isinstance(about.get("id"), str) and about["id"]:
            said = {key: about[key] for key in _RELEASE_KEYS if isinstance(about.get(key), str)}
            releases.setdefault(about["id"], Release(**said, source=f"the run that wrote {file.path}"))
    return tuple(releases.values())


def run_gaps(
    files: Iterable[JunitFile], own: Iterable[Case], release: Release, environment: str = ""
) -> Iterator[Judgement]:
    """What is missing from files that Tidegate wrote: an incomplete run, a gate without cases, another release or
    environment (where one is named)."""
    judged = {gate_of(case) for case in own}
    for file in files:
        if file.run is None:
            continue
        if file.run.get("complete") is not True:
            incomplete = file.run.get("incomplete")
            why = "; ".join(map(str, incomplete)) if isinstance(incomplete, list) else "it does not say why"
            yield _gap_of(file, f"the run that wrote it was not a whole stage: {why}")
        gates = file.run.get("gates")
        for name in gates if isinstance(gates, dict | list) else ():
            if name not in judged:
                yield _gap_of(file, f"its gate {name!r} did not run")
        if environment and file.run.get("environment") != environment:
            yield _gap_of(file, f"it is of the environment {file.run.get('environment')!r}, wanted {environment!r}")
        theirs = file.run.get("release")
        their_id = theirs.get("id") if isinstance(theirs, dict) else None
        if release.known and their_id != release.id and not _same_commit(theirs, release):
            yield _gap_of(file, f"it is of another release: {their_id or 'unknown'}, wanted {release.id}")


def _by_age(patterns: Mapping[str, float | None]) -> dict[float | None, list[str]]:
    by_age: dict[float | None, list[str]] = {}
    for pattern, max_age in patterns.items():
        by_age.setdefault(max_age, []).append(pattern)
    return by_age


def _twice(before: Iterable[JunitFile], files: Iterable[JunitFile]) -> Iterator[Judgement]:
    """Tests that count twice would hide that others are missing."""
    known = {Path(file.path).resolve() for file in before}
    for file in files:
        if Path(file.path).resolve() in known:
            yield _gap_of(file, "two patterns with different `max_age` match it: its tests would count twice")


def _executed(gate: str, executed: int, wanted: int, source: str) -> Judgement:
    criterion, subject = AtLeast(wanted), f"{gate}.executed"
    if executed < wanted:
        # Too few tests are missing evidence, not bad evidence: what did not run may be good or bad.
        tests = "1 test was" if executed == 1 else f"{executed:,} tests were"
        return criterion.judge(Gap(subject, f"{tests} executed, at least {wanted:,} wanted", source=source))
    return criterion.judge(Reading(subject, executed, source=source))


def _failures(gate: str, results: TestResults) -> Iterator[Judgement]:
    for case in results.failed:
        if gate_of(case):
            continue  # Tidegate's own evidence is judged again below
        detail = case.message or f"the test ended as {case.outcome.value}"
        reading = Reading(case.identity, value=False, unit="bool", source=case.file, detail=detail)
        yield replace(_TRUE.judge(reading), test=case.identity, details=case.details)
    if results.more_failed:
        reading = Reading(f"{gate}.more_failing", results.more_failed, source=", ".join(results.patterns))
        yield _NONE.judge(reading)


def _problems(gate: str, problems: Iterable[Problem]) -> Iterator[Judgement]:
    for problem in problems:
        subject, source = (
            problem.file or f"{gate}.reports",
            f"{problem.file}:{problem.line}" if problem.line else problem.file,
        )
        match problem.effect:
            case Effect.FAIL:
                reading = Reading(subject, value=False, unit="bool", source=source, detail=problem.message)
                yield _TRUE.judge(reading)
            case Effect.INCONCLUSIVE:
                yield gap(Gap(subject, problem.message, source=source))
            case Effect.NOTE:
                pass


def _own_evidence(cases: Iterable[Case]) -> Iterator[Judgement]:
    for case in cases:
        yield from judgements_of(case)


def _gap_of(file: JunitFile, reason: str) -> Judgement:
    return gap(Gap(file.path, reason, source=file.path))


def _same_commit(theirs: object, release: Release) -> bool:
    commit = theirs.get("commit") if isinstance(theirs, dict) else None
    return bool(commit) and commit == release.commit


def _place(problem: Problem) -> str:
    return f"{problem.file}: " if problem.file else ""
