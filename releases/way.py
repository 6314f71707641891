"""The way of a release: judged at each step, promoted or brought back, and resumed wherever it was cut off.

Who resumes follows a decision that was written down. Without one, the world is looked at and judged again: acts that
are done already are not done twice.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol, assert_never

from checks.units import format_value
from releases.acting import Writes, perform
from releases.deployers.interface import Act, Deployer, DeployerError, UnknownStateError, Version
from releases.journal.record import Kind, Record
from releases.plan import Plan
from reports.verdict import Verdict


class Outcome(Enum):
    """How it ended."""

    PROMOTED = "promoted"
    ROLLED_BACK = "rolled back"
    REFUSED = "refused"
    HELD = "held"
    WAITING = "waiting"
    INTERRUPTED = "interrupted"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Judged:
    """What the gates of a stage said.

    `headline`: its one line; `report`: the SHA-256 of the `gate-report.json`, and `path`: where it is; both are empty
    where there is none.
    """

    stage: str
    verdict: Verdict
    headline: str
    report: str = ""
    path: str = ""


class Judge(Protocol):
    """Runs the gates of a stage on one release, as `pytest --env` does."""

    def __call__(self, stage: str, release: Version) -> Judged:
        """Never raises: what could not be judged is INCONCLUSIVE."""


class Clock(Protocol):
    """Time, so that tests need not wait."""

    def now(self) -> float:
        """Seconds; only differences count."""

    def sleep(self, seconds: float) -> None:
        """Wait. Ctrl-C ends the wait."""


#: The decisions that are written down.
PROMOTE: Final = "promote"
ROLL_BACK: Final = "roll back"


@dataclass(frozen=True, slots=True)
class Ports:
    """What the way needs from outside.

    `missing`: the roles that have not approved on this report yet; `may_return`: those that have not approved that it
    is taken back, where it is not taken back by itself.
    """

    deployer: Deployer
    judge: Judge
    write: Writes
    clock: Clock
    say: Callable[[str], None]
    missing: Callable[[Judged], Sequence[str]]
    may_return: Callable[[], Sequence[str]] = tuple


class _BadError(Exception):
    """The candidate must not go on; the message says why."""


class Way:
    """One release on its way."""

    def __init__(self, plan: Plan, ports: Ports, record: Record | None = None) -> None:
        """`record`: what was written of it so far, where it is resumed."""
        self._plan = plan
        self._ports = ports
        self._deployer = ports.deployer
        decision = record.decision if record is not None else None
        self._decision = decision.name if decision is not None else ""
        self._why = str(decision.data.get("why", "it was decided before")) if decision is not None else ""
        self._moved = record is not None and record.last(Kind.INTENT) is not None
        self._shown = _passed_before(record, plan.stages.pre) if record is not None else None

    def go(self) -> Outcome:
        """From where it stands to its end. Raises StoreError where it can't be written down: then nothing is done.

        An interruption (KeyboardInterrupt) takes the release back, unless it was decided to promote it: then that is
        finished. Whoever calls lets no second one through.
        """
        try:
            return self._go()
        except KeyboardInterrupt:
            return self._interrupted()

    def _go(self) -> Outcome:
        if self._decision == ROLL_BACK:
            return self._back(self._why)
        if self._decision == PROMOTE:
            return self._promote()
        if not self._moved:
            refused = self._before()
            if refused is not None:
                return refused
        try:
            self._bring_out()
        except (_BadError, DeployerError) as error:
            return self._back(str(error))
        return self._promote()

    def _interrupted(self) -> Outcome:
        if self._decision == PROMOTE:
            self._ports.say("interrupted after it was decided to promote: that is finished first")
            return self._promote()
        if not self._moved:
            return self._closed(Outcome.INTERRUPTED, "interrupted before anything moved")
        outcome = self._back(self._why or "interrupted", approved=True)
        return Outcome.INTERRUPTED if outcome is Outcome.ROLLED_BACK else outcome

    def _before(self) -> Outcome | None:
        """Judge before anything moves; None where it may go on.

        What people sign is the report that they were shown. Until all have signed, it is not replaced by another one.
        """
        if self._shown is not None and self._ports.missing(self._shown):
            return self._waits(self._shown)
        judged = self._judged(self._plan.stages.pre, self._plan.candidate)
        match judged.verdict:
            case Verdict.FAIL:
                return self._closed(Outcome.REFUSED, judged.headline)
            case Verdict.INCONCLUSIVE:
                return self._closed(Outcome.HELD, judged.headline)
            case Verdict.PASS:
                shown = self._shown or judged
                return self._waits(shown) if self._ports.missing(shown) else None
            case unreachable:
                assert_never(unreachable)

    def _waits(self, shown: Judged) -> Outcome:
        roles = ", ".join(self._ports.missing(shown))
        self._ports.say(f"waiting for the approval of {roles}; nothing has moved")
        return Outcome.WAITING

    def _bring_out(self) -> None:
        plan, deployer = self._plan, self._deployer
        self._perform(deployer.deploy(plan.candidate))
        if deployer.shares:
            self._has_to_pass(plan.stages.step)
        reached = self._share()
        for share in plan.pace.steps if deployer.shares else (100,):
            if share < reached:
                continue
            self._perform(deployer.shift(plan.candidate, share))
            self._ports.say(f"{share} % of the users are on {plan.candidate.label}")
            if plan.pace.pause:
                self._ports.clock.sleep(plan.pace.pause)
            self._has_to_pass(plan.stages.step)
        self._watch()

    def _share(self) -> int:
        serving = self._deployer.current()
        return serving.share if serving.candidate == self._plan.candidate else 0

    def _watch(self) -> None:
        pace, clock = self._plan.pace, self._ports.clock
        until = clock.now() + pace.bake
        while clock.now() < until:
            clock.sleep(min(pace.every, until - clock.now()))
            self._has_to_pass(self._plan.stages.step)

    def _has_to_pass(self, stage: str) -> None:
        """Judge until it passes; a failure counts when it fails again, and not knowing counts after a while."""
        pace, clock = self._plan.pace, self._ports.clock
        since, failed = clock.now(), False
        while True:
            judged = self._judged(stage, self._plan.candidate)
            match judged.verdict:
                case Verdict.PASS:
                    return
                case Verdict.FAIL if failed:
                    raise _BadError(judged.headline)
                case Verdict.FAIL:
                    failed = True
                    self._ports.say(f"judged again in {format_value(pace.recheck, 's')}: {judged.headline}")
                case Verdict.INCONCLUSIVE:
                    failed = False
                    if clock.now() - since >= pace.hold_deadline:
                        raise _BadError(
                            f"it could not be judged for {format_value(pace.hold_deadline, 's')}: {judged.headline}"
                        )
                    self._ports.say(f"the share is frozen, and it is judged again: {judged.headline}")
                case unreachable:
                    assert_never(unreachable)
            clock.sleep(pace.recheck)

    def _promote(self) -> Outcome:
        plan = self._plan
        self._decide(PROMOTE)
        try:
            self._perform(self._deployer.promote(plan.candidate))
            self._serves(plan.candidate)
            after = self._judged(plan.stages.post, plan.candidate)
            if after.verdict is Verdict.FAIL:
                return self._back(f"after the promotion: {after.headline}")
            keep = [version for version in (plan.candidate, plan.back_to) if version is not None]
            self._perform(self._deployer.clean(keep))
        except DeployerError as error:
            return self._unknown(f"the promotion was not finished: {error}")
        return self._closed(Outcome.PROMOTED, f"{plan.candidate.label} serves everybody")

    def _back(self, why: str, *, approved: bool = False) -> Outcome:
        """Back to the old release. `approved`: a person is there who wants it so."""
        plan = self._plan
        if plan.back_to is None:
            self._decide(ROLL_BACK, why)
            return self._unknown(f"{why}; and there is no release to go back to")
        if not plan.returns_by_itself and not approved and self._ports.may_return():
            return self._out_of_traffic(plan.back_to, why)
        self._decide(ROLL_BACK, why)
        self._ports.say(f"back to {plan.back_to.label}: {why}")
        try:
            self._perform(self._deployer.rollback(plan.back_to))
            self._serves(plan.back_to)
        except DeployerError as error:
            return self._unknown(f"the rollback failed: {error}")
        after = self._judged(plan.stages.post, plan.back_to)
        if after.verdict is not Verdict.PASS:
            return self._unknown(f"{plan.back_to.label} is back and not proven to serve: {after.headline}")
        return self._closed(Outcome.ROLLED_BACK, why)

    def _out_of_traffic(self, back_to: Version, why: str) -> Outcome:
        """Take all users off the candidate at once where that can be done; the rest waits for people."""
        self._decide(ROLL_BACK, why)
        roles = ", ".join(self._ports.may_return())
        if not self._deployer.shares:
            return self._unknown(f"{why}; users are on it, and it goes back when {roles} approve")
        try:
            self._perform(self._deployer.shift(self._plan.candidate, 0))
            self._serves(back_to)
        except DeployerError as error:
            return self._unknown(f"{why}; it could not be taken out of traffic: {error}")
        self._ports.say(f"out of traffic: {why}; {back_to.label} serves everybody, and the rest waits for {roles}")
        return Outcome.WAITING

    def _decide(self, decision: str, why: str = "") -> None:
        """Write it down, once."""
        if self._decision != decision:
            self._ports.write(Kind.DECIDED, decision, {"why": why} if why else {})
            self._decision, self._why = decision, why

    def _serves(self, version: Version) -> None:
        serving = self._deployer.current()
        if serving.stable != version or serving.share:
            got = serving.stable.label if serving.stable is not None else "nothing"
            beside = f", {serving.share} % of the users on another one" if serving.share else ""
            raise UnknownStateError(f"{got} serves{beside}, wanted {version.label} alone")

    def _perform(self, acts: Sequence[Act]) -> None:
        perform(acts, self._write)

    def _write(self, kind: Kind, name: str = "", data: dict[str, object] | None = None) -> None:
        self._moved = self._moved or kind is Kind.INTENT
        self._ports.write(kind, name, data)

    def _judged(self, stage: str, release: Version) -> Judged:
        judged = self._ports.judge(stage, release)
        data: dict[str, object] = {
            "verdict": judged.verdict.value,
            "headline": judged.headline,
            "report": judged.report,
            "path": judged.path,
        }
        self._ports.write(Kind.JUDGED, stage, data)
        return judged

    def _unknown(self, why: str) -> Outcome:
        # Not closed: somebody has to look, and `--resume` goes on from here.
        self._ports.say(f"CALL SOMEBODY: {why}")
        return Outcome.UNKNOWN

    def _closed(self, outcome: Outcome, why: str) -> Outcome:
        self._ports.write(Kind.CLOSED, outcome.value, {"why": why})
        return outcome


def _passed_before(record: Record, stage: str) -> Judged | None:
    """The report that people were shown when the release began to wait."""
    entry = record.last(Kind.JUDGED, stage)
    if entry is None or entry.data.get("verdict") != Verdict.PASS.value:
        return None
    texts = (str(entry.data.get(key, "")) for key in ("headline", "report", "path"))
    return Judged(stage, Verdict.PASS, *texts)
