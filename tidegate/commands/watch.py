"""`tidegate watch`: judge a stage again and again while a release is young, and exit with what was confirmed."""

import argparse
import shutil
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from checks.secrets import mask
from checks.units import format_value, parse_in
from gates.errors import ConfigurationError
from gates.exit_codes import ExitCode

if TYPE_CHECKING:
    from gates.environment.watch import Watch
    from gates.plan import Plan
    from gates.watching.outcome import Outcome
    from gates.watching.turn import Turn
    from gates.watching.watcher import Rhythm, Watched

_DURATIONS = ("for", "every", "recheck", "back_off", "turn_timeout")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is watched, for how long, and how often."""
    parser.add_argument("--env", required=True, metavar="NAME", help="watch this environment: a name, or a YAML file")
    parser.add_argument("--env-dir", default="", metavar="DIR", help="where environment files are looked for")
    parser.add_argument("--stage", default="", metavar="NAME", help="the stage that is judged (default: `watch.stage`)")
    parser.add_argument("--for", metavar="TIME", help="how long: 900s, 15min (default: `watch.for`)")
    parser.add_argument("--every", metavar="TIME", help="from one turn to the next (default: `watch.every`, 60s)")
    parser.add_argument("--recheck", metavar="TIME", help="how long after a failure it is judged again (30s)")
    parser.add_argument("--back-off", metavar="TIME", help="the pause after a turn that could not measure (30s)")
    parser.add_argument("--turn-timeout", metavar="TIME", help="how long one turn may take (10min)")
    parser.add_argument("--keep-going", action="store_true", help="watch to the end after a confirmed failure, too")
    parser.add_argument("--release", default="", metavar="ID", help="what is judged: image digest, version or commit")
    parser.add_argument("--version", default="", metavar="VERSION", dest="release_version", help="its version")
    parser.add_argument("--commit", default="", metavar="SHA", help="its commit")
    parser.add_argument("--previous", default="", metavar="ID", help="the release before it")
    parser.add_argument("--report-dir", default="tidegate-report", metavar="DIR", help="where the reports are written")


def run(args: argparse.Namespace) -> int:
    """Watch, report, and return the exit code. Raises ConfigurationError for wrong usage."""
    from gates.plan import plan_for

    first = plan_for(args.env, args.env_dir or None, args.stage or None)
    stage = args.stage or first.environment.watch.stage or first.stage
    plan = first if stage == first.stage else plan_for(args.env, args.env_dir or None, stage)
    watching = _Watching(plan, _rhythm(args, plan.environment.watch), Path(args.report_dir))
    return watching.run(args)


def _rhythm(args: argparse.Namespace, declared: "Watch") -> "Rhythm":
    from gates.watching.watcher import Rhythm

    given: dict[str, float] = {}
    for name in _DURATIONS:
        text = getattr(args, name)
        if text is not None:
            given[name] = _seconds(name, text)
    rhythm = Rhythm(
        given.get("for", declared.duration),
        given.get("every", declared.every),
        given.get("recheck", declared.recheck),
        given.get("back_off", declared.back_off),
        declared.flaps,
        args.keep_going or declared.keep_going,
    )
    args.turn_timeout = given.get("turn_timeout", declared.turn_timeout)
    return rhythm


def _seconds(name: str, text: str) -> float:
    flag = f"--{name.replace('_', '-')}"
    try:
        seconds = parse_in(text, "s")
    except ValueError as error:
        raise ConfigurationError(f"{flag}: {error}") from None
    least = 0.0 if name in ("recheck", "back_off") else 0.1
    if not least <= seconds <= 604_800:
        raise ConfigurationError(f"{flag}={text} is out of range: from {format_value(least, 's')} to 7d")
    return seconds


@dataclass(slots=True)
class _Watching:
    """One watch of the command line."""

    plan: "Plan"
    rhythm: "Rhythm"
    directory: Path

    def run(self, args: argparse.Namespace) -> int:
        from gates.watching.outcome import outcome_of
        from gates.watching.process import Verification
        from gates.watching.watcher import Watcher
        from gates.watching.writing import begin, write
        from reports.writing import WritingError

        try:
            begin(self.directory)
        except WritingError as error:
            raise ConfigurationError(str(error)) from error
        previous = signal.signal(signal.SIGTERM, _interrupt)
        try:
            verification = Verification(
                _options(args), self.plan.name, self.plan.stage, self.directory / "turns", args.turn_timeout
            )
            self._say_head()
            watched = Watcher(self.rhythm, verification.turn, time.monotonic, time.sleep, self._told).run()
        finally:
            signal.signal(signal.SIGTERM, previous)
        outcome = outcome_of(watched)
        try:
            written = write(self.directory, watched, outcome, self.rhythm, self._about(watched))
        except (WritingError, OSError) as error:
            _say(f"tidegate: the report of the watch can't be written: {error}")
            return ExitCode.INTERNAL_ERROR
        kept = _keep(outcome)
        self._say_end(outcome, written, kept)
        return outcome.code

    def _say_head(self) -> None:
        rhythm = self.rhythm
        times = f"{format_value(rhythm.duration, 's')}, every {format_value(rhythm.every, 's')}"
        service = self.plan.environment.service
        _say(f"tidegate · watching {service} in {self.plan.name} · stage {self.plan.stage} · {times}")

    def _told(self, turn: "Turn") -> None:
        from gates.watching.turn import Kind

        what = "recheck" if turn.kind is Kind.RECHECK else "turn"
        at = format_value(round(turn.at, 1), "s")
        took = format_value(round(turn.took, 1), "s")
        _say(_cut(f"  {turn.number:>3}  {at:>8}  {what:<7}  {turn.verdict.value:<12}  {turn.headline} (in {took})"))

    def _say_end(self, outcome: "Outcome", written: tuple[Path, ...], kept: str) -> None:
        _say(f"{outcome.verdict.value}  {outcome.headline}")
        if kept:
            _say(f"  {kept}")
        if written:
            _say(f"        {written[0]}")

    def _about(self, watched: "Watched") -> dict[str, str]:
        release = next((turn.report.release for turn in watched.turns if turn.report is not None), None)
        return {
            "service": self.plan.environment.service,
            "environment": self.plan.name,
            "stage": self.plan.stage,
            "release": release.label if release is not None else "",
        }


def _options(args: argparse.Namespace) -> dict[str, str]:
    return {
        "--env": args.env,
        "--env-dir": args.env_dir,
        "--release": args.release,
        "--release-version": args.release_version,
        "--release-commit": args.commit,
        "--release-previous": args.previous,
    }


def _keep(outcome: "Outcome") -> str:
    """Keep the deciding turn's run in the state store; a note where that fails, which changes no verdict."""
    from reports.render.json import load
    from reports.store import StoreError, open_store
    from reports.writing import DECIDING

    if outcome.deciding is None:
        return ""
    try:
        text = (Path(outcome.deciding.folder) / DECIDING).read_text(encoding="utf-8")
        report, decision = load(text)
        store = open_store()
        try:
            store.save(text, report, decision)
        finally:
            store.close()
    except (StoreError, OSError, ValueError) as error:
        return f"this watch is not kept in the state store: {mask(str(error))}"
    return ""


def _interrupt(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001 - as signal.signal wants it
    """SIGTERM ends a watch as Ctrl-C does: with its report."""
    raise KeyboardInterrupt("SIGTERM")


def _cut(line: str) -> str:
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 200
    return line if len(line) <= width else f"{line[: width - 1]}…"


def _say(line: str) -> None:
    sys.stdout.write(f"{mask(line)}\n")
    sys.stdout.flush()
