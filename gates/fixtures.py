"""The fixtures of gate files, Tidegate's own and users'."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from checks.evidence import Evidence, Gap
from gates.plan import Check, Kind
from gates.recorder import Recorder
from gates.verification import VERIFICATION, Verification
from reports.gate_report import Release

if TYPE_CHECKING:
    from checks.journey import JourneyRun
    from gates.client import TargetClient
    from gates.environment.model import Environment


@pytest.fixture(scope="session")
def tidegate_verification(pytestconfig: pytest.Config) -> Verification:
    """The verification that this run is."""
    return pytestconfig.stash[VERIFICATION]


@pytest.fixture(scope="session")
def environment(tidegate_verification: Verification) -> "Environment":
    """The environment's file, merged and checked, with the demo target's addresses filled in."""
    return tidegate_verification.resolved.environment


@pytest.fixture(scope="session")
def release(tidegate_verification: Verification) -> Release:
    """What is being judged."""
    return tidegate_verification.measurement.release


@pytest.fixture(scope="session")
def require(tidegate_verification: Verification) -> Recorder:
    """`require(evidence, criterion)` judges, records, and lets the test end as the worst of its judgements."""
    return tidegate_verification.recorder


@pytest.fixture(scope="session")
def measured_evidence(tidegate_verification: Verification) -> Callable[[str], tuple[Evidence, ...]]:
    """`measured_evidence("health")`: what the sweep saw of an endpoint or external service."""
    return tidegate_verification.measurement.of


@pytest.fixture
def http(tidegate_verification: Verification) -> "Iterator[TargetClient]":
    """A client of the target: `http.get("/api/v1/stocks").json()`. A target that is down ends the test as FAIL."""
    from gates.client import TargetClient
    from gates.probing import trust_of

    environment = tidegate_verification.resolved.environment
    client = TargetClient(environment.base_url, tidegate_verification.recorder, trust_of(environment.tls_for()))
    yield client
    client.session.close()


@pytest.fixture
def journey(tidegate_verification: Verification) -> "Iterator[Callable[[str], JourneyRun]]":
    """`journey("check-out")`: a walk of steps in one session; `run(StepRequest(...))` returns the step's evidence."""
    from checks.journey import JourneyRun
    from gates.probing import trust_of

    environment = tidegate_verification.resolved.environment
    trust = trust_of(environment.tls_for())
    with ExitStack() as walks:
        yield lambda name: walks.enter_context(JourneyRun(name, environment.base_url or "", **trust))


@pytest.fixture(scope="session")
def judge(tidegate_verification: Verification) -> Callable[[Check], None]:
    """Judges one check of the health gate."""
    from gates.health import Health, retry_note

    health = Health(tidegate_verification.resolved.environment, tidegate_verification.measurement)
    recorder = tidegate_verification.recorder

    def judge_check(check: Check) -> None:
        recorder.judging(check.name)
        judgements = health.judge(check)
        for judgement in judgements:
            recorder.add(judgement)
        note = retry_note(check.name, judgements)
        if note:
            recorder.note(note)

    return judge_check


@pytest.fixture(scope="session")
def walk(tidegate_verification: Verification) -> Callable[[Check], None]:
    """Walks one journey of the smoke gate, where what it needs is up."""
    from gates.carrying import gap
    from gates.health import Health
    from gates.smoke import walk as walk_journey

    environment, measurement = tidegate_verification.resolved.environment, tidegate_verification.measurement
    health, recorder = Health(environment, measurement), tidegate_verification.recorder

    def walk_check(check: Check) -> None:
        recorder.judging(check.name)
        if check.kind is Kind.NOTHING:
            for judgement in health.judge(check):
                recorder.add(judgement)
            return
        reason = health.missing(environment.journeys[check.name].needs)
        if reason:
            recorder.add(gap(Gap(check.name, reason)))
            return
        walked = walk_journey(environment, check.name, measurement.release)
        for judgement in walked.judgements:
            recorder.add(judgement)
        if walked.note:
            recorder.note(f"{check.name} {walked.note}")

    return walk_check


@pytest.fixture(scope="session")
def judge_measured(tidegate_verification: Verification) -> Callable[[Check], None]:
    """Judges one check of a gate that looked before the tests began."""
    from gates.measured.judging import judge_check

    environment, measurement = tidegate_verification.resolved.environment, tidegate_verification.measurement
    recorder = tidegate_verification.recorder

    def judge(check: Check) -> None:
        recorder.judging(check.id)
        for judgement in judge_check(check, environment, measurement):
            recorder.add(judgement)
        for exhibit in measurement.shown(check.built_in, check.name):
            recorder.show(exhibit)

    return judge


@pytest.fixture(scope="session")
def judge_reports(tidegate_verification: Verification) -> Callable[[Check], None]:
    """Judges the report files that the environment maps to a gate."""
    from gates.reported.judge import judge
    from gates.reported.made import place_of

    environment, measurement = tidegate_verification.resolved.environment, tidegate_verification.measurement
    recorder, release = tidegate_verification.recorder, measurement.release
    place = place_of(tidegate_verification.config.invocation_params.dir, measurement.made)

    def judge_check(check: Check) -> None:
        recorder.judging(check.name)
        reported = judge(check.gate, environment.gates[check.gate], release, place)
        for judgement in reported.judgements:
            recorder.add(judgement)
        for note in reported.notes:
            recorder.note(note)
        for exhibit in reported.exhibits:
            recorder.show(exhibit)

    return judge_check
