"""Runs a program within limits of time and size, in a process group of its own that does not outlive the run."""

import os
import shutil
import signal
import subprocess
import sys
import time as clock
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from checks.units import format_value

#: After so many seconds a program that was asked to end is killed.
_GRACE: Final = 2.0
_LOOK_AGAIN: Final = 0.1
_LATE: Final = "did not finish"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended.

    `exit_code`: negative for a signal; `stopped`: why it was stopped by us, empty where it ended by itself;
    `late`: because its time was over; `started`: seconds since the epoch; `took`: seconds.
    """

    exit_code: int
    stopped: str
    started: float
    took: float
    late: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """`deadline`: seconds; `largest`: bytes that each file which the program writes may have."""

    deadline: float
    largest: int


def run_program(
    arguments: Sequence[str],
    *,
    root: Path,
    environment: Mapping[str, str],
    stdout: Path,
    stderr: Path,
    limits: Limits,
    report: Path | None = None,
    waiting: Callable[[float], None] | None = None,
) -> Ended:
    """Run a program to its end, or to the end of its limits. Raises OSError where it can't be started.

    `environment`: all of it, nothing is inherited; `report`: a file that it writes besides its output, whose size is
    limited, too; `waiting`: is told again and again for how many seconds it has been running, so that a person who
    waits can be told. However this function is left, KeyboardInterrupt included, the program and its children are gone.
    """
    started, began = clock.time(), clock.monotonic()
    with stdout.open("wb") as out, stderr.open("wb") as err:
        process = subprocess.Popen(
            list(arguments),
            cwd=root,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
        try:
            watched = [path for path in (stdout, stderr, report) if path is not None]
            stopped = _wait(process, began, limits, watched, waiting)
            if stopped:
                _signal_group(process, signal.SIGTERM)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(_GRACE)
        finally:
            # Also after a good end: what the program left running would go on writing into the report.
            _signal_group(process, signal.SIGKILL)
            process.wait()
    return Ended(process.returncode, stopped, started, clock.monotonic() - began, stopped.startswith(_LATE))


def _wait(
    process: subprocess.Popen[bytes],
    began: float,
    limits: Limits,
    watched: list[Path],
    waiting: Callable[[float], None] | None,
) -> str:
    while True:
        left = began + limits.deadline - clock.monotonic()
        if left <= 0:
            return f"{_LATE} within {format_value(limits.deadline, 's')}"
        with suppress(subprocess.TimeoutExpired):
            process.wait(min(left, _LOOK_AGAIN))
        if any(_size(path) > limits.largest for path in watched):
            return f"wrote more than {format_value(limits.largest, 'B')}"
        if process.returncode is not None:
            return ""
        if waiting is not None:
            waiting(clock.monotonic() - began)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # it is not written yet, or never will be
        return 0


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    # macOS says PermissionError where only processes are left that have ended.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def find_program(name: str, path: str) -> str | None:
    """A program's path: from the folders of `path`, else from beside the Python that runs this, where pip puts it."""
    for folders in (path, str(Path(sys.executable).parent)):
        if folders and (found := shutil.which(name, path=folders)):
            return str(Path(found).absolute())
    return None


def signal_name(number: int) -> str:
    """`SIGKILL`, or the number where the system has no name for it."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
