"""Judges a stage by the very verification that people run: `pytest --env`, in a process of its own.

What counts is its `gate-report.json`, judged again here. Exit codes say nothing: a missing or torn report, one of
another release, of another stage or of a part of it, is INCONCLUSIVE. The process changes nothing and dies with this
one, so it is not given the journal's lock: who resumes need not wait for it.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, assert_never

from checks.secrets import mask
from gates.decision import decide
from gates.release import same
from releases.deployers.interface import DeployerError, Version
from releases.way import Judged
from reports.gate_report import DecisionKind, GateReport
from reports.render.json import ReportFormatError, load
from reports.store.interface import digest
from reports.verdict import Verdict
from reports.writing import DECIDING

#: Seconds that a verification which is told to end has for its clean-up.
_CLEAN_UP: Final = 10.0
#: PR_SET_PDEATHSIG of prctl(2): SIGTERM when the parent is gone, which ends a run as Ctrl-C does.
_PROGRAM: Final = """\
import ctypes, os, runpy, sys
parent = int(sys.argv.pop(1))
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, 15, 0, 0, 0)
if os.getppid() != parent:
    sys.exit(2)
runpy.run_module("pytest", run_name="__main__", alter_sys=True)
"""


@dataclass(frozen=True, slots=True)
class StageJudge:
    """Runs the gates of a stage on one release.

    `environment`: as `--env` takes it, `name`: as its reports call it; `folder`: where each run gets a folder of its
    own; `deadline`: seconds for a run; `variables`: what the run has to know to look at this release and no other.
    """

    environment: str
    name: str
    folder: Path
    deadline: float
    variables: Callable[[Version], Mapping[str, str]]
    env_dir: str = ""
    previous: str = ""

    def __call__(self, stage: str, release: Version) -> Judged:
        """Never raises but for an interruption: what could not be judged is INCONCLUSIVE."""
        try:
            variables = self.variables(release)
            folder = self._fresh(stage)
            began = time.time()
            ended = self._run(stage, release, folder, variables)
        except (OSError, DeployerError) as error:
            return Judged(stage, Verdict.INCONCLUSIVE, f"stage {stage} could not be run: {mask(str(error))}")
        return self._read(stage, release, folder, began, ended)

    def _fresh(self, stage: str) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        number = sum(1 for _ in self.folder.iterdir()) + 1
        while True:
            folder = self.folder / f"{number:03}-{stage}"
            try:
                folder.mkdir()
            except FileExistsError:
                number += 1
                continue
            return folder

    def _run(self, stage: str, release: Version, folder: Path, variables: Mapping[str, str]) -> str:
        """Run it to its end; returns how it ended, in words."""
        options = {
            "--env": self.environment,
            "--env-dir": self.env_dir,
            "--stage": stage,
            "--release": release.id,
            "--release-version": release.version,
            "--release-previous": self.previous if self.previous != release.id else "",
            "--report-dir": str(folder.resolve()),
        }
        given = [f"{flag}={value}" for flag, value in options.items() if value]
        command = [sys.executable, "-P", "-c", _PROGRAM, str(os.getpid()), *given, "-q", "-p", "no:cacheprovider"]
        with (folder / "output.txt").open("wb") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **variables, "NO_COLOR": "1"},
                # A terminal's Ctrl-C is for us: we end the run in order.
                start_new_session=True,
            )
            try:
                code = process.wait(self.deadline)
            except subprocess.TimeoutExpired:
                return f"it was ended after {self.deadline:g} s"
            finally:
                _end(process)
        return f"pytest ended with {code}{_last_line(folder / 'output.txt')}"

    def _read(self, stage: str, release: Version, folder: Path, began: float, ended: str) -> Judged:
        path = folder / DECIDING
        try:
            text = path.read_text(encoding="utf-8")
            report, _ = load(text)
        except FileNotFoundError:
            return Judged(stage, Verdict.INCONCLUSIVE, f"stage {stage} left no report: {ended}")
        except (OSError, UnicodeDecodeError, ReportFormatError) as error:
            return Judged(stage, Verdict.INCONCLUSIVE, f"the report of stage {stage} can't be read: {error}")
        if why := self._not_this(report, stage, release, began):
            return Judged(stage, Verdict.INCONCLUSIVE, f"the report of stage {stage} does not count: {why}")
        decision = decide(report)
        return Judged(stage, _verdict(decision.kind), decision.headline, digest(text), str(path))

    def _not_this(self, report: GateReport, stage: str, release: Version, began: float) -> str:
        """Why the report is not about what was asked; nothing where it is."""
        judged = report.release
        if report.observed:
            return "it was made with --observe, which decides nothing"
        if (report.environment, report.stage) != (self.name, stage):
            return f"it is of stage {report.stage} in {report.environment}"
        if not same("id", judged.id, release.id) and judged.id != release.version:
            return f"it is of {judged.label}, wanted {release.label}"
        # Its clock is ours; a second for what rounding does.
        if report.started < began - 1:
            return "it is older than this run"
        return ""


def _verdict(kind: DecisionKind) -> Verdict:
    match kind:
        case DecisionKind.PROMOTE:
            return Verdict.PASS
        case DecisionKind.HOLD:
            return Verdict.INCONCLUSIVE
        case DecisionKind.REJECT:
            return Verdict.FAIL
        case unreachable:
            assert_never(unreachable)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the run and what it started, first by asking."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_CLEAN_UP)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _last_line(path: Path) -> str:
    lines = [line.strip() for line in path.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    told = next(
        (line for line in reversed(lines) if line.startswith(("ERROR", "tidegate"))), lines[-1] if lines else ""
    )
    return f": {mask(told)[:300]}" if told else ""
