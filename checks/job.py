"""Runs the commands of a job that leaves reports behind, or says as a Gap why what they left proves nothing."""

import glob
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
from checks.units import format_value

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
    `exit_codes`: those by which a command says that it did its work; `writes`: patterns of the files that it has to
    leave in `output`; `variables`: over those of this process.
    """

    name: str
    commands: tuple[tuple[str, ...], ...]
    output: Path
    root: Path = Path()
    deadline: float = 600.0
    exit_codes: frozenset[int] = frozenset({0})
    writes: tuple[str, ...] = ()
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
    said = ""
    for command in job.commands:
        before = clock.monotonic() - began
        done = _run(job, command, environment, job.deadline - before, _later(waiting, before))
        took = clock.monotonic() - began
        if done.reason:
            return Gap(f"{job.name}.job", done.reason, source=harmless(shlex.join(command)), took=took)
        # A command that ends as if it had done its work may have told why it did not.
        said = done.said if done.exit_code or not said else said
    took = clock.monotonic() - began
    if missing := [pattern for pattern in job.writes if not _is_written(job.output, pattern)]:
        words = f"; its last words: {said}" if said else ""
        return Gap(f"{job.name}.job", f"it wrote no {' and no '.join(missing)}{words}", source=shown, took=took)
    return JobEnded(shown, started, took)


@dataclass(frozen=True, slots=True)
class _Done:
    """How a command ended: `reason` why it did not do its work, empty where it did."""

    reason: str
    said: str = ""
    exit_code: int = 0


def _run(
    job: Job,
    command: tuple[str, ...],
    environment: Mapping[str, str],
    left: float,
    waiting: Callable[[float], None] | None,
) -> _Done:
    if not job.root.is_dir():
        return _Done(f"there is no folder {job.root}")
    # A path is relative to the job's folder, as in a shell; a name is looked for.
    program = command[0] if "/" in command[0] else find_program(command[0], environment.get("PATH", ""))
    if program is None:
        return _Done(f"{command[0]} is not installed: there is no such program on PATH")
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
            return _Done(f"{command[0]} could not be started: {error.strerror or error}")
        said = last_words(printed(stderr), printed(stdout))
        return _Done(_why_not(job, command[0], ended, said), said, ended.exit_code)


def _why_not(job: Job, program: str, ended: Ended, said: str) -> str:
    words = f"; its last words: {said}" if said else ""
    if ended.late:
        # What was left of the job's time for this command is not what somebody wrote.
        return f"{program} did not finish within the job's {format_value(job.deadline, 's')}{words}"
    if ended.stopped:
        return f"{program} {ended.stopped}{words}"
    if ended.exit_code < 0:
        return f"{program} was ended by {signal_name(-ended.exit_code)}{words}"
    if ended.exit_code not in job.exit_codes:
        wanted = " or ".join(map(str, sorted(job.exit_codes)))
        return f"{program} ended with exit code {ended.exit_code}, wanted {wanted}{words}"
    return ""


def _is_written(output: Path, pattern: str) -> bool:
    found = glob.iglob(str(Path(glob.escape(str(output))) / pattern), recursive=True, include_hidden=True)  # noqa: PTH207 - of Python 3.13
    return any(path.is_file() and path.stat().st_size for path in map(Path, found))


def _environment(job: Job) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    given = {name: reveal(value) for name, value in job.variables.items()}
    return {**inherited, **given, OUTPUT: str(job.output)}


def _later(waiting: Callable[[float], None] | None, before: float) -> Callable[[float], None] | None:
    return None if waiting is None else lambda seconds: waiting(before + seconds)
