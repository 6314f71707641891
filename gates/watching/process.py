"""Runs `pytest --env` once, in a process of its own: the very verification that people run.

Nothing of one turn reaches the next: each has its own process, folder and state store. It dies with the watch.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time as clock
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from checks.secrets import mask
from gates.exit_codes import ExitCode
from gates.release import same
from gates.watching.turn import Kind, Stopped, Turn
from reports.gate_report import GateReport
from reports.render.json import ReportFormatError, load
from reports.writing import DECIDING

#: Seconds that a turn which is told to end has for its clean-up and its report.
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
#: What would change what a turn judges, or would have it tell somebody else.
_NOT_PASSED_ON: Final = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "GITHUB_STEP_SUMMARY")
_STOPS: Final[Mapping[int, tuple[Stopped, str]]] = {
    ExitCode.USAGE: (Stopped.USAGE, "wrong usage or configuration"),
    ExitCode.INTERNAL_ERROR: (Stopped.INTERNAL_ERROR, "a defect of Tidegate"),
    ExitCode.INTERRUPTED: (Stopped.INTERRUPTED, "the turn was interrupted"),
}


@dataclass(frozen=True, slots=True)
class Verification:
    """What every turn runs.

    `options`: of `pytest --env`, among them `--env`; `environment` and `stage`: as its reports call them; `folder`:
    where each turn gets a folder of its own; `timeout`: seconds for one turn; `arguments`: for pytest itself.
    """

    options: Mapping[str, str]
    environment: str
    stage: str
    folder: Path
    timeout: float
    arguments: Sequence[str] = ("-q", "-p", "no:cacheprovider")
    now: Callable[[], float] = clock.monotonic

    def turn(self, number: int, kind: Kind, at: float) -> Turn:
        """One turn. Raises KeyboardInterrupt after the run was ended; OSError where its folder can't be made."""
        folder = self.folder / f"{number:03}-{kind.value}"
        folder.mkdir(parents=True, exist_ok=True)
        began, start = clock.time(), self.now()
        code = self._run(folder)
        turn = Turn(number, kind, at, began, round(self.now() - start, 3), str(folder))
        return _read(self, turn, code)

    def _run(self, folder: Path) -> int | None:
        """Run it to its end; the exit code, None where it took too long."""
        given = [f"{flag}={value}" for flag, value in self.options.items() if value]
        given += [f"--stage={self.stage}", f"--report-dir={folder.resolve()}", *self.arguments]
        environ = {name: value for name, value in os.environ.items() if name not in _NOT_PASSED_ON}
        environ |= {"TIDEGATE_STATE": str(folder.resolve() / "state.sqlite3"), "NO_COLOR": "1"}
        # -P: what lies in the working directory does not take the place of an installed package.
        command = [sys.executable, "-P", "-c", _PROGRAM, str(os.getpid()), *given]
        with (folder / "output.txt").open("wb") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environ,
                # A terminal's Ctrl-C is for the watch: it ends the turn in order.
                start_new_session=True,
            )
            try:
                return process.wait(self.timeout)
            except subprocess.TimeoutExpired:
                return None
            finally:
                _end(process)


def _read(verification: Verification, turn: Turn, code: int | None) -> Turn:
    """The turn with what its report says, judged again."""
    folder = Path(turn.folder)
    said = last_line(folder / "output.txt")
    if code is None:
        return _troubled(turn, f"it was ended after {verification.timeout:g} s")
    if code in _STOPS:
        stopped, words = _STOPS[code]
        return _troubled(turn, f"{words}{said}", stopped)
    try:
        report, _ = load((folder / DECIDING).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return _troubled(turn, f"it left no report, and ended with {code}{said}")
    except (OSError, UnicodeDecodeError, ReportFormatError) as error:
        return _troubled(turn, f"its report can't be read: {error}")
    if (report.environment, report.stage) != (verification.environment, verification.stage):
        return _troubled(turn, f"its report is of stage {report.stage} in {report.environment}")
    if report.started < turn.began - 1:
        return _troubled(turn, "its report is older than the turn")
    return Turn(turn.number, turn.kind, turn.at, turn.began, turn.took, turn.folder, report)


def another_release(first: GateReport | None, report: GateReport | None) -> str:
    """Why two reports are not of one release; nothing where they are, or where one of them does not know."""
    if first is None or report is None or not first.release.known or not report.release.known:
        return ""
    if same("id", first.release.id, report.release.id):
        return ""
    return f"{report.release.label} answers now, and {first.release.label} was watched"


def last_line(path: Path) -> str:
    """What a run said last, for people: `: the message`; nothing where it said nothing."""
    lines = [line.strip() for line in path.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    told = next(
        (line for line in reversed(lines) if line.startswith(("ERROR", "tidegate:"))), lines[-1] if lines else ""
    )
    return f": {mask(told)[:500]}" if told else ""


def _troubled(turn: Turn, trouble: str, stopped: Stopped | None = None) -> Turn:
    return Turn(turn.number, turn.kind, turn.at, turn.began, turn.took, turn.folder, None, trouble, stopped)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the run and what it started, first by asking: it still writes what it knows, and stops its target."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_CLEAN_UP)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
