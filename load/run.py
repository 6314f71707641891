"""Run a plan: Locust in its own process, what it says as it goes on, and what came of it."""

import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from checks.evidence import Artefact
from checks.secrets import mask
from load.book import Book
from load.measured import Snapshot
from load.measured_json import measured_from
from load.plan import External, LoadPlan
from load.plan_file import plan_to_dict
from load.process import GeneratorProcess
from load.result import Ending, LoadResult, TargetUsage, Usage
from load.result_file import save_result
from load.strict import parse
from load.watching import Watch

#: The names of the files in `directory`.
RESULT: Final = "load-result.json"
LOG: Final = "load-generator.log"
RAW: Final = "load-raw.jsonl"
_FOLDER: Final = "load-generator"
_FINAL: Final = "final.json"
#: Seconds until the generator has to have begun, external workers not included.
_START: Final = 60.0
#: Seconds beyond the end, the drain and the generator's own patience, until it has to have written its document.
_GRACE: Final = 20.0
#: Seconds that requests under way still have after Ctrl-C.
_HASTE: Final = 1.0
_TICK: Final = 0.1
_PROGRESS: Final = 1.0
_INSTALL: Final = "pip install tidegate"


def run(
    plan: LoadPlan,
    *,
    directory: Path,
    on_progress: Callable[[Snapshot], None] = lambda _: None,
    should_abort: Callable[[Snapshot], str | None] = lambda _: None,
    hosts: Mapping[str, Callable[[], Usage]] | None = None,
) -> LoadResult:
    """Run `plan`, and write the result to `directory` (which exists) as RESULT, beside the generator's LOG.

    Once a second `on_progress` is shown a Snapshot; then `should_abort` sees the same, and words from it end the run
    (Ending.ABORTED). `hosts`: for each HostTarget of the plan the callable that reads it; what it raises is its gap.

    Whatever goes wrong with the generators is a result that is not whole, with the reason, and no exception. The first
    Ctrl-C ends the run (Ending.INTERRUPTED) and the result is returned; another one while it ends is raised, after
    all processes have been ended. Raises OSError where `directory` can't be written, and ValueError for a HostTarget
    without a callable. What the callables raise is raised, and nothing is left running.
    """
    watch = Watch(plan.targets, hosts or {})
    if missing := [name for name in ("locust", "httptools", "psutil") if find_spec(name) is None]:
        return _saved(_broken(plan, f"the Python package {missing[0]} is not installed: {_INSTALL}"), directory)
    directory = directory.absolute()  # the generator works elsewhere
    folder = directory / _FOLDER
    folder.mkdir(exist_ok=True)
    final = folder / _FINAL
    final.unlink(missing_ok=True)
    running = _Run(plan, folder, directory / LOG, final)
    with contextlib.closing(running.process), watch:
        running.watch = watch
        try:
            running.follow(on_progress, should_abort)
        except KeyboardInterrupt:
            running.tell(Ending.INTERRUPTED, "interrupted", _HASTE)
            running.follow(lambda _: None, lambda _: None)
    result = _result(plan, running, final, directory)
    return _saved(replace(result, targets=watch.usage()), directory)


class _Run:
    """The state of a run, as this process sees it."""

    def __init__(self, plan: LoadPlan, folder: Path, log: Path, final: Path) -> None:
        self.plan = plan
        self.log = log
        self.book = Book(plan.interval)
        self.began = 0.0
        self.monotonic: float | None = None
        self.size = 1
        self.late = ""
        self.told: tuple[Ending, str] | None = None
        self.watch: Watch
        self._reached: dict[int, float] = {}
        self._final = False
        wait = plan.workers.wait if isinstance(plan.workers, External) else 0.0
        self._deadline = time.monotonic() + _START + wait
        self._shown = 0.0
        self.process = GeneratorProcess(folder, log, final)
        self.process.send({"plan": plan_to_dict(plan, secrets=True), "raw": str(log.with_name(RAW))})

    def tell(self, ending: Ending, why: str, drain: float) -> None:
        """End the run. The first reason is the one that counts."""
        if self.told is None:
            self.told = ending, why
            self.process.send({"ending": ending.value, "why": why, "drain": drain})
            self._deadline = min(self._deadline, time.monotonic() + drain + _GRACE)

    def follow(self, on_progress: Callable[[Snapshot], None], should_abort: Callable[[Snapshot], str | None]) -> None:
        """Until the generator has said that it wrote its document, or can't any more."""
        while not self._final and self.process.running:
            for document in self.process.heard(_TICK):
                self._take(document)
            if time.monotonic() > self._deadline:
                self.late = "the generator did not end in time" if self.monotonic else "the generator did not begin"
                return
            snapshot = self._snapshot()
            if snapshot is None:
                continue
            on_progress(snapshot)
            if self.told is None and (words := should_abort(snapshot)):
                self.tell(Ending.ABORTED, words, self.plan.drain)
        for document in self.process.heard(_TICK):
            self._take(document)
        self.process.wait(_HASTE)

    def _take(self, document: dict[str, Any]) -> None:
        match document["kind"]:
            case "began":
                self.began, self.monotonic, self.size = document["began"], document["monotonic"], document["size"]
                self._deadline = document["monotonic"] + self.plan.seconds + self.plan.drain + _GRACE
                self.watch.begin(document["monotonic"])
            case "report":
                self.book.absorb(document["page"])
                self.book.note_vitals(document["worker"], document["vitals"])
                self._reached[document["worker"]] = document["elapsed"]
            case "final":
                self._final = True

    def _snapshot(self) -> Snapshot | None:
        """What is known, if it is a second more than the last time."""
        # The slowest generator's last report is how far it goes.
        reached = min(self._reached.values()) if len(self._reached) == self.size else 0.0
        if reached < self._shown + _PROGRESS:
            return None
        self._shown = float(int(reached))
        waiting, outstanding = self.book.settled()
        settled = min(waiting * self.plan.interval, int(reached) // self.plan.interval * self.plan.interval)
        measured = self.book.measured()
        users = measured.users[max(measured.users)] if measured.users else 0
        return Snapshot(reached, float(settled), users, outstanding, measured)


def _result(plan: LoadPlan, running: _Run, final: Path, directory: Path) -> LoadResult:
    """The result from the final document: nothing else counts, whatever was streamed and however processes ended."""
    try:
        place = parse(final.read_bytes(), "the generator's document")
        ending, why, began, elapsed, generators, reported, tools, measured = place.fields(
            "ending", "why", "began", "elapsed", "generators", "reported", "tools", "measured"
        )
        raw = directory / RAW
        return place.built(
            lambda: LoadResult(
                began=began.amount(),
                plan=plan_to_dict(plan),
                seconds=plan.seconds,
                elapsed=elapsed.amount(),
                ending=Ending(ending.text()),
                why=why.text(),
                measured=measured_from(measured),
                generators=generators.count(),
                reported=reported.count(),
                tools={name: version.text() for name, version in tools.items()},
                raw=Artefact.of(raw) if plan.keep_raw and raw.exists() else None,
            )
        )
    except OSError:
        words = running.late or f"the generator left no document: {running.process.ending}"
        if running.told is not None and running.told[0] is Ending.INTERRUPTED:
            words = f"interrupted, and {words}"
        return _broken(plan, f"{words}{_last_words(running.log)}", running)
    except ValueError as error:
        return _broken(plan, str(error), running)


def _broken(plan: LoadPlan, why: str, running: _Run | None = None) -> LoadResult:
    began = running.began if running and running.began else time.time()
    size = running.size if running else 1
    return LoadResult(began, plan_to_dict(plan), plan.seconds, 0.0, Ending.BROKEN, mask(why), generators=size)


def _last_words(log: Path) -> str:
    """The last line of a log, which is where a traceback says what happened."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except OSError:
        return ""
    return f"; the last line of {log} is: {mask(lines[-1])[:300]}" if lines else f"; {log} is empty"


def _saved(result: LoadResult, directory: Path) -> LoadResult:
    save_result(result, directory / RESULT)
    return result


__all__ = ["LOG", "RAW", "RESULT", "TargetUsage", "run"]
