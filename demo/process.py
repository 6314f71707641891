"""The parent's side of a child process: start it, wait until it serves, end it."""

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from io import FileIO
from pathlib import Path

from demo.wiring import DRAIN_S, Wiring

START_S = 20.0

_ROOT = Path(__file__).resolve().parent.parent
# The folder comes last on the path: nothing beside our package can hide a module of the standard library.
_PROGRAM = "import sys; sys.path.append(sys.argv[1]); from demo.child import main; main(sys.argv[2])"


class DemoStartError(RuntimeError):
    """The target could not be started. Everything that had been started was ended again."""


@dataclass(frozen=True, slots=True)
class Child:
    """A running process; `report` is our end of its report pipe; `log` takes its standard output and error."""

    name: str
    process: subprocess.Popen[bytes]
    report: FileIO
    log: Path


def command(wiring: Wiring) -> list[str]:
    """The child's command line: isolated from PYTHON* variables, site-packages and the working directory."""
    writes_bytecode = [] if not sys.dont_write_bytecode else ["-B"]
    return [
        sys.executable,
        "-I",
        "-S",
        *writes_bytecode,
        "-c",
        _PROGRAM,
        wiring.sources or str(_ROOT),
        wiring.to_json(),
    ]


def spawn(wiring: Wiring) -> Child:
    """Start a process that inherits the descriptors of its wiring and a new report pipe.

    It has its own session: a terminal's Ctrl-C reaches the parent only, which then stops it in order.
    """
    ours, theirs = os.pipe()
    report, log = FileIO(ours), Path(wiring.scratch) / f"{wiring.name}.log"
    try:
        with log.open("wb") as output:
            process = subprocess.Popen(
                command(replace(wiring, report_fd=theirs)),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=[fd for fd in (wiring.life_fd, wiring.plain_fd, wiring.tls_fd, theirs) if fd is not None],
                cwd=wiring.scratch,
                start_new_session=True,
            )
    except BaseException:
        report.close()
        raise
    finally:
        os.close(theirs)
    return Child(wiring.name, process, report, log)


def wait_until_serving(children: Iterable[Child], seconds: float = START_S) -> None:
    """Return when every child has said that it serves. Raises DemoStartError with the last lines of its log."""
    end = time.monotonic() + seconds
    for child in children:
        with selectors.DefaultSelector() as selector:  # select() itself can't look at descriptors above 1023
            selector.register(child.report, selectors.EVENT_READ)
            has_spoken = selector.select(max(0.0, end - time.monotonic()))
        if not has_spoken:
            raise DemoStartError(f"the demo target did not start: {child.name} was not serving after {seconds:g} s")
        if not child.report.read(100):  # end of file: it ended without a word
            code = child.process.wait()
            raise DemoStartError(f"the demo target did not start: {child.name} ended with {code}{_last_lines(child)}")


def end(children: Sequence[Child]) -> None:
    """SIGTERM to all, a wait for the replies that they have begun, then SIGKILL to what is left. Never raises for
    a process that has ended by itself."""
    try:
        for child in children:
            child.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + DRAIN_S + 1
        for child in children:
            try:
                child.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                continue  # killed below
    finally:
        for child in children:  # also when a second Ctrl-C interrupted the wait
            child.process.kill()
            child.process.wait()
            child.report.close()


def _last_lines(child: Child, count: int = 5) -> str:
    lines = child.log.read_text(errors="replace").splitlines()[-count:]
    return "".join(f"\n  {line}" for line in lines) or ", its log is empty"
