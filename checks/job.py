"""Runs the commands of a job that leaves reports behind, or says as a Gap why what they left proves nothing."""

import os
import shlex
import tempfile
import time as clock
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

from checks.evidence import Gap
from checks.scanners.process import Ended, Limits, find_program, run_program, signal_name
from checks.scanners.words import harmless, last_words, printed
from checks.secrets import Secret, reveal

#: Where the job is told to write, besides what its arguments say.
OUTPUT: Final = "TIDEGATE_OUTPUT"
#: Variables of the run that judges: a job that runs pytest or coverage must not take them for its own.
_OURS: Final = ("PYTEST_", "TIDEGATE_", "COV_CORE_", "COVERAGE_")
_LARGEST: Final = 1 << 30


@dataclass(frozen=True, slots=True)
class Job:
    """Commands that run one after the other, until one of them ends with another code than these.

    `name`: what the evidence is called; `commands`: lists of arguments, run without a shell; `output`: the folder for
    what they write, empty and absolute; `root`: their working folder; `deadline`: seconds for all of them;
    `exit_codes`: those by which a command says that it did its work; `variables`: over those of this process.
    """

    name: str
    commands: tuple[tuple[str, ...], ...]
    output: Path
    root: Path = Path()
    deadline: float = 600.0
    exit_codes: frozenset[int] = frozenset({0})
    variables: Mapping[str, str | Secret] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class JobEnded:
    """A job whose commands all did their work. `command`: to paste, without secrets; `started`: seconds since the
    epoch; `took`: seconds."""

    command: str
    started: float
    took: float


def run_job(job: Job, waiting: Callable[[float], None] | None = None) -> JobEnded | Gap:
    """Run a job. Whatever keeps it from its end is a Gap `NAME.job`, with the last words of the command that broke.

    `waiting`: is told again and again for how many seconds it has been running. Ctrl-C goes through, and leaves no
    process.
    """
    began, started = clock.monotonic(), clock.time()
    environment = _environment(job)
    shown = harmless(" && ".join(map(shlex.join, job.commands)))
    for command in job.commands:
        left = job.deadline - (clock.monotonic() - began)
        before = clock.monotonic() - began
        reason = _run(job, command, environment, left, _later(waiting, before))
        if reason:
            took = clock.monotonic() - began
            return Gap(f"{job.name}.job", reason, source=harmless(shlex.join(command)), took=took)
    return JobEnded(shown, started, clock.monotonic() - began)


def _run(
    job: Job,
    command: tuple[str, ...],
    environment: Mapping[str, str],
    left: float,
    waiting: Callable[[float], None] | None,
) -> str:
    """Why a command did not do its work; empty where it did."""
    if not job.root.is_dir():
        return f"there is no folder {job.root}"
    # A path is relative to the job's folder, as in a shell; a name is looked for.
    program = command[0] if "/" in command[0] else find_program(command[0], environment.get("PATH", ""))
    if program is None:
        return f"{command[0]} is not installed: there is no such program on PATH"
    with tempfile.TemporaryDirectory(prefix="tidegate-job-") as name:
        stdout, stderr = Path(name) / "stdout", Path(name) / "stderr"
        try:
            ended = run_program(
                (program, *command[1:]),
                root=job.root,
                environment=environment,
                stdout=stdout,
                stderr=stderr,
                limits=Limits(max(left, 0.0), _LARGEST),
                waiting=waiting,
            )
        except OSError as error:
            return f"{command[0]} could not be started: {error.strerror or error}"
        return _why_not(job, command[0], ended, last_words(printed(stderr), printed(stdout)))


def _why_not(job: Job, program: str, ended: Ended, said: str) -> str:
    words = f"; its last words: {said}" if said else ""
    if ended.stopped:
        return f"{program} {ended.stopped}{words}"
    if ended.exit_code < 0:
        return f"{program} was ended by {signal_name(-ended.exit_code)}{words}"
    if ended.exit_code not in job.exit_codes:
        wanted = " or ".join(map(str, sorted(job.exit_codes)))
        return f"{program} ended with exit code {ended.exit_code}, wanted {wanted}{words}"
    return ""


def _environment(job: Job) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    given = {name: reveal(value) for name, value in job.variables.items()}
    return {**inherited, **given, OUTPUT: str(job.output)}


def _later(waiting: Callable[[float], None] | None, before: float) -> Callable[[float], None] | None:
    return None if waiting is None else lambda seconds: waiting(before + seconds)
