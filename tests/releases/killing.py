"""Runs the real `tidegate release` in processes of their own, and kills them at any point of what they do.

A point is before and after each journal write, each act, and each thing that an act does to the world. They are found
by wrapping what the product calls, so a new act or write is covered by itself; the product knows nothing of it.
"""

import contextlib
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from demo.fleet import Fleet
from releases.pathfinding import demo_folder
from reports.verdict import Verdict

ENVIRONMENT = """\
service: shop
demo: {}
base_url: ${demo.url}
release: {url: /version, id: release_id, version: version}
endpoints:
  health: {http: /health, timeout: 5s, expect: {version: version, release: release_id, json: {status: healthy}}}
gates: {health: {}}
stages: {quick: [health]}
default_stage: quick
releasing:
  deployer: process
  stages: {pre: quick, step: quick, post: quick}
  steps: [20, 60, 100]
  pause: 0s
  bake: 100ms
  every: 50ms
  recheck: 0s
  hold_deadline: 5s
policy: {rollback: automatic}
"""

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.releases.killing", "tidegate.commands.release", "demo.certificates"])


@dataclass(frozen=True)
class Place:
    """Where one release is tried: its own state store, its own fleet."""

    folder: Path

    @property
    def environment(self) -> Path:
        return self.folder / "shop.yaml"

    @property
    def fleet(self) -> Fleet:
        os.environ["TIDEGATE_STATE"] = str(self.folder / "state.sqlite")
        return Fleet(demo_folder("shop", "shop"))

    def prepare(self) -> Fleet:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.environment.write_text(ENVIRONMENT)
        fleet = self.fleet
        fleet.begin("1")
        return fleet


@dataclass(frozen=True)
class Run:
    """How one process ended: its exit code (negative: the signal), and the points that it came by."""

    code: int
    points: tuple[str, ...]


def release(place: Place, *arguments: str, kill_at: int = -1, bad_from: int = 101) -> Run:
    """One process; it is killed at the point of this number, counted from 0."""
    process = _CONTEXT.Process(target=_child, args=(place, arguments, kill_at, bad_from))
    process.start()
    process.join(120)
    if process.is_alive():
        process.kill()
        raise TimeoutError(f"the release did not end: {(place.folder / 'output.txt').read_text()}")
    points = place.folder / "points.txt"
    return Run(process.exitcode or 0, tuple(points.read_text().splitlines()))


def to_the_end(place: Place, kills: tuple[int, ...], *, bad_from: int = 101) -> Run:
    """A release that is killed, its resumes that are killed, and a last one that is not."""
    begun = ("--version=2",)
    for kill in (*kills, -1):
        run = release(place, f"--env={place.environment}", *begun, kill_at=kill, bad_from=bad_from)
        if run.code == 4 and begun == ("--resume",):  # killed before it was written down that it began, or at its end
            text = (place.folder / "output.txt").read_text()
            if "waits to be resumed" in text and place.fleet.traffic().versions[place.fleet.traffic().stable] == "1":
                run = release(place, f"--env={place.environment}", "--version=2", kill_at=kill, bad_from=bad_from)
        begun = ("--resume",)
    return run


def _child(place: Place, arguments: tuple[str, ...], kill_at: int, bad_from: int) -> None:
    os.environ["TIDEGATE_STATE"] = str(place.folder / "state.sqlite")
    os.chdir(place.folder)
    output = os.open(place.folder / "output.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)
    points = (place.folder / "points.txt").open("w", buffering=1)
    seen = 0

    def point(name: str) -> None:
        nonlocal seen
        points.write(f"{name}\n")
        if seen == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        seen += 1

    _watch(point, bad_from)
    from tidegate.cli import main

    code = main(["release", *arguments])
    sys.stdout.flush()
    os._exit(int(code))


def _around(owner: Any, name: str, point: Callable[[str], None]) -> None:
    before = getattr(owner, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        point(f"before {name}")
        result = before(*args, **kwargs)
        point(f"after {name}")
        return result

    setattr(owner, name, wrapped)


def _watch(point: Callable[[str], None], bad_from: int) -> None:
    import releases.way
    from demo.fleet_files import FleetFiles
    from releases.demo_fleet import DemoFleet
    from releases.journal.journal import Pen
    from releases.judging import StageJudge
    from releases.way import Judged

    for owner, name in ((Pen, "begin"), (Pen, "write"), (Fleet, "_spawn"), (Fleet, "_signal"), (FleetFiles, "direct")):
        _around(owner, name, point)
    perform = vars(releases.way)["perform"]

    def performed(acts: Any, write: Any) -> None:
        def around(act: Any) -> Any:
            def do() -> None:
                point(f"before {act.name}")
                act.do()
                point(f"after {act.name}")

            return replace(act, do=do)

        perform([around(act) for act in acts], write)

    setattr(releases.way, "perform", performed)  # noqa: B010 - mypy: it is not exported

    def judged(judge: StageJudge, stage: str, version: Any) -> Judged:
        """In place of a second of pytest: does it answer, as what it should be, and is it to be called bad?"""
        fleet = Fleet(Path(judge.variables(version)["TIDEGATE_DEMO_FLEET"]))
        slot = fleet.slot_of(version.version)
        told = fleet.traffic()
        if slot is not None and fleet.unready(slot, version.version):
            return Judged(stage, Verdict.FAIL, "not ready")
        bad = version.version == "2" and told.share >= bad_from
        return Judged(stage, Verdict.FAIL if bad else Verdict.PASS, f"{stage} at {told.share} %")

    setattr(StageJudge, "__call__", judged)  # noqa: B010 - mypy: it is a method
    # The client asks on until the test ends: the fleet is the test's.
    setattr(DemoFleet, "leave", lambda *_, **__: None)  # noqa: B010 - mypy: it is a method


@contextlib.contextmanager
def prepared(folder: Path) -> Any:
    """A place with a fleet of version 1, which is ended for certain."""
    place = Place(folder)
    fleet = place.prepare()
    try:
        yield place, fleet
    finally:
        fleet.end()
