"""`tidegate release`: bring a version out step by step, judged at each, or bring the old one back."""

import argparse
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from checks.secrets import mask
from checks.units import format_value
from gates.environment import load
from gates.environment.loading import LoadedEnvironment
from gates.environment.releasing import Releasing
from gates.errors import ConfigurationError, ProblemError
from gates.exit_codes import ExitCode
from releases.approvals.asking import APPROVE, SIGNERS, TAKE_BACK, missing_roles
from releases.approvals.errors import SigningError
from releases.demo_fleet import DemoFleet
from releases.deployers.command import CommandDeployer
from releases.deployers.interface import DeployerError, Version
from releases.deployers.process import ProcessDeployer
from releases.exit_codes import UNKNOWN, code_of
from releases.journal.errors import BusyError
from releases.journal.journal import Journal, Pen
from releases.journal.record import Kind, Record
from releases.judging import StageJudge
from releases.own_site import OwnSite
from releases.plan import Plan, lines
from releases.planning import plan_of
from releases.requiring import missing_pass
from releases.way import Outcome, Ports, Way
from reports.store import StoreError, open_store


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is released, where, and how far."""
    parser.add_argument("--env", metavar="NAME", required=True, help="where: an environment's name, or its file")
    parser.add_argument("--env-dir", metavar="DIR", help="where environment files are looked for")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--version", default="", metavar="VERSION", dest="release_version", help="the version to bring out"
    )
    what.add_argument("--resume", action="store_true", help="go on with the release that was cut off or waits")
    parser.add_argument(
        "--release",
        default="",
        metavar="ID",
        dest="release_id",
        help="its id: the image's digest (default: the version)",
    )
    parser.add_argument("--dry-run", action="store_true", help="print the plan and stop: nothing moves")
    parser.add_argument("--report-dir", default="tidegate-report", metavar="DIR", help="where stages are reported")


def run(args: argparse.Namespace) -> int:
    """Release. Raises ConfigurationError for wrong usage."""
    if args.resume and args.release_id:
        raise ConfigurationError("--resume goes on with what was begun: it takes no --release")
    if args.resume and args.dry_run:
        raise ConfigurationError(
            "--dry-run shows what a new release would do; `tidegate history --releases` shows this one"
        )
    loaded = load(args.env, args.env_dir)
    releasing = loaded.model.releasing
    if releasing is None:
        raise ConfigurationError(
            "says nothing of how a release comes in here",
            file=str(loaded.path),
            key="releasing",
            hint="docs/releases.md",
        )
    journal = Journal()
    try:
        with journal.holding(loaded.model.service, loaded.name) as pen, _once_interrupted():
            return _Release(args, loaded, releasing, pen).run()
    except (BusyError, SigningError) as error:
        raise ProblemError(str(error)) from error
    except StoreError as error:
        print(f"tidegate: the journal can't be written: {mask(str(error))}", file=sys.stderr)  # noqa: T201
        _say("nothing is done that is not written down first; `--resume` goes on from there")
        return UNKNOWN


@dataclass(frozen=True, slots=True)
class _Clock:
    def now(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class _Release:
    """One call of the command, while it holds the journal's lock."""

    def __init__(self, args: argparse.Namespace, loaded: LoadedEnvironment, releasing: Releasing, pen: Pen) -> None:
        self._args = args
        self._loaded = loaded
        self._releasing = releasing
        self._pen = pen
        self._site: DemoFleet | OwnSite = (
            DemoFleet(loaded.model.service, loaded.name)
            if releasing.deployer == "process"
            else OwnSite(releasing, pen.inherited)
        )
        self._deployer: ProcessDeployer | CommandDeployer = self._site.deployer

    def run(self) -> int:
        open_one = self._pen.unfinished()
        if self._args.resume:
            return self._resume(open_one)
        if open_one is not None and not self._args.dry_run:
            raise ProblemError(
                f"the release of {_version(open_one)} that began at {_when(open_one)} has not come to its end: "
                f"tidegate release --env={self._args.env} --resume"
            )
        return self._begin()

    def _begin(self) -> int:
        candidate = self._site.version(self._args.release_version, self._args.release_id)
        kept = False
        try:
            self._site.begin()
            plan = plan_of(self._loaded, self._releasing, self._deployer, candidate)
            problems = self._deployer.problems(candidate, plan.back_to)
            if problems:
                raise ProblemError("; ".join(problems))
            sys.stdout.write("\n".join(lines(plan)) + "\n")
            sys.stdout.flush()
            if self._args.dry_run:
                return ExitCode.PROMOTE
            if why := self._not_required(candidate):
                _say(f"HELD  nothing has moved: {why}")
                return ExitCode.HOLD
            release = self._pen.begin(plan.to_dict())
            outcome = self._go(plan, release, None)
            kept = outcome in (Outcome.WAITING, Outcome.UNKNOWN)
            return code_of(outcome)
        except DeployerError as error:
            raise ProblemError(str(error)) from error
        except StoreError:
            kept = True
            raise
        finally:
            self._site.leave(kept=kept, say=_say)

    def _resume(self, record: Record | None) -> int:
        if record is None:
            raise ProblemError(
                f"no release of {self._loaded.model.service} in {self._loaded.name} waits to be resumed: "
                "the last one has come to its end"
            )
        try:
            plan = Plan.from_dict(record.entries[0].data)
        except (KeyError, TypeError, ValueError) as error:
            raise ProblemError(f"the plan of release {record.id} can't be read from the journal: {error}") from error
        if not self._site.runs:
            self._pen.write(
                record.id, Kind.CLOSED, Outcome.UNKNOWN.value, {"why": "the demo fleet has ended meanwhile"}
            )
            _say(
                f"the demo fleet of the release of {plan.candidate.label} has ended meanwhile: nothing serves any more"
            )
            return UNKNOWN
        self._pen.write(record.id, Kind.RESUMED)
        _say(f"goes on with the release of {plan.candidate.label} that began at {_when(record)}")
        outcome = self._go(plan, record.id, record)
        self._site.leave(kept=outcome in (Outcome.WAITING, Outcome.UNKNOWN), say=_say)
        return code_of(outcome)

    def _go(self, plan: Plan, release: str, record: Record | None) -> Outcome:
        def write(kind: Kind, name: str = "", data: dict[str, object] | None = None) -> None:
            self._pen.write(release, kind, name, data)
            _tell(kind, name, data or {})

        judge = StageJudge(
            environment=self._args.env,
            name=self._loaded.name,
            folder=Path(self._args.report_dir) / "release" / release,
            deadline=self._releasing.stage_deadline,
            variables=self._deployer.judged_as,
            env_dir=self._args.env_dir or "",
            previous=plan.back_to.id if plan.back_to is not None else "",
        )
        began = time.monotonic()
        signers = self._loaded.path.parent / SIGNERS
        ports = Ports(
            self._deployer,
            judge,
            write,
            _Clock(),
            _say,
            missing=lambda _: missing_roles(plan, record, signers, APPROVE),
            may_return=lambda: missing_roles(plan, record, signers, TAKE_BACK),
        )
        outcome = Way(plan, ports, record).go()
        took = format_value(time.monotonic() - began, "s")
        sys.stdout.write(f"{_words(outcome, plan)} · {took} · release {release}\n")
        if outcome is Outcome.WAITING:
            _say(f"next: tidegate approve {release} --as ROLE, then tidegate release --env={self._args.env} --resume")
        return outcome

    def _not_required(self, candidate: Version) -> str:
        requires = self._releasing.requires
        if requires is None:
            return ""
        store = open_store()
        try:
            return missing_pass(store, self._loaded.model.service, requires, candidate)
        finally:
            store.close()


def _words(outcome: Outcome, plan: Plan) -> str:
    """The last line: what it came to, and what serves."""
    old = plan.back_to.label if plan.back_to is not None else "nothing"
    new = plan.candidate.label
    return {
        Outcome.PROMOTED: f"PROMOTED     {new} serves everybody",
        Outcome.ROLLED_BACK: f"ROLLED BACK  {old} serves everybody, and was proven to",
        Outcome.REFUSED: f"REFUSED      nothing has moved; {old} serves",
        Outcome.HELD: f"HELD         nothing has moved; {old} serves",
        Outcome.WAITING: f"WAITING      for people; no user is on {new}",
        Outcome.INTERRUPTED: f"INTERRUPTED  {old} serves everybody",
        Outcome.UNKNOWN: "UNKNOWN      CALL SOMEBODY: look what serves; `--resume` goes on when its cause is gone",
    }[outcome]


def _tell(kind: Kind, name: str, data: dict[str, object]) -> None:
    """A line of progress for what was just written down and says something new."""
    match kind:
        case Kind.INTENT:
            _say(f"{name} …")
        case Kind.JUDGED:
            _say(f"stage {name}: {data.get('headline')}")
        case Kind.DECIDED:
            _say(f"decided: {name}")
        case _:
            pass


def _say(text: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {mask(text)}\n")
    sys.stderr.flush()


def _version(record: Record) -> str:
    candidate = record.entries[0].data.get("candidate", {})
    return str(candidate.get("version") or candidate.get("id")) if isinstance(candidate, dict) else record.id


def _when(record: Record) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(record.entries[0].at))


@contextmanager
def _once_interrupted() -> Iterator[None]:
    """The first Ctrl-C (or SIGTERM, SIGHUP) interrupts; later ones don't stop the way back."""
    told = False

    def handle(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - as signal wants it
        nonlocal told
        if told:
            _say("on the way back already; it is not left half-way")
            return
        told = True
        raise KeyboardInterrupt

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, handle) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
