"""The one way in which scanners run: evidence that the scan happened, or a Gap with the tool's own last words."""

import os
import re
import shlex
import signal
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from checks.evidence import Gap
from checks.scanners.process import Ended, Limits, find_program, run_program, signal_name
from checks.scanners.report import Unproven, document_of
from checks.scanners.scanner import About, Scan, Scanned
from checks.scanners.words import harmless, last_words, printed
from checks.secrets import remember, reveal

#: What every program is handed on: where things are, how to get out, whom to trust. Everything else stays here, as a
#: variable like TRIVY_SEVERITY would hide findings.
_PASSED: Final = (
    *("PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"),
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
)
_SECRET: Final = re.compile("PASSWORD|TOKEN|SECRET")
_LARGEST: Final = 1 << 30
_VERSION_LIMITS: Final = Limits(60, 1 << 20)


class _Failed(Exception):  # noqa: N818 - it never leaves this module: it becomes a Gap
    """The scan proves nothing: why, and what to do about it."""

    def __init__(self, reason: str, remedy: str = "", took: float = 0.0) -> None:
        super().__init__(reason)
        self.reason, self.remedy, self.took = reason, remedy, took


def scan(what: Scan, waiting: Callable[[float], None] | None = None) -> Scanned | Gap:
    """Run a scanner. Whatever keeps it from a report that proves something is a Gap `SUBJECT.scan`, never no findings.

    `waiting`: is told again and again for how many seconds it has been running. The report that an earlier run left at
    `what.output` is removed first. Ctrl-C goes through, and leaves no process.
    """
    command = harmless(shlex.join((what.tool.name, *what.arguments)))
    try:
        return _scan(what, command, waiting)
    except _Failed as error:
        # Half a report, where a pattern could find it, would look like a whole one.
        with suppress(OSError):
            what.output.unlink(missing_ok=True)
        return Gap(f"{what.subject}.scan", error.reason, source=command, took=error.took, remedy=error.remedy)


def _scan(what: Scan, command: str, waiting: Callable[[float], None] | None) -> Scanned:
    environment = _environment(what)
    program = find_program(what.tool.name, environment.get("PATH", ""))
    if program is None:
        raise _Failed(f"{what.tool.name} is not installed: there is no such program on PATH", what.tool.install)
    if not what.root.is_dir():
        raise _Failed(f"there is no folder {what.root}: nothing was scanned", "name the folder that the targets are in")
    for path in what.needs:
        if not (what.root / path).exists():
            raise _Failed(f"there is no {path}: nothing was scanned", f"paths are relative to {what.root.absolute()}")
    with tempfile.TemporaryDirectory(prefix="tidegate-scan-") as name:
        folder = Path(name)
        ended = _run(what, program, environment, folder, waiting)
        try:
            document = document_of(what.output)
        except Unproven as error:
            words = _last_words(what, folder)
            raise _Failed(f"{what.tool.name}: {error}{words}", took=ended.took) from None
        if document is not None and (nothing := what.tool.nothing(document)):
            raise _Failed(f"{what.tool.name}: {nothing}", "check the target that it was given", ended.took)
        # Afterwards: the scan may have fetched a newer database.
        about = _about(what, document, program, environment, folder)
    return Scanned(
        tool=what.tool.name,
        version=about.version,
        command=command,
        output=what.output,
        started=ended.started,
        took=ended.took,
        exit_code=ended.exit_code,
        subject=what.subject,
        database=about.database,
        gaps=tuple(
            Gap(f"{what.subject}.{part}", f"{what.tool.name}: {reason}", source=command)
            for part, reason in (what.parts(document) if document is not None else {}).items()
        ),
    )


def _run(
    what: Scan,
    program: str,
    environment: dict[str, str],
    folder: Path,
    waiting: Callable[[float], None] | None,
) -> Ended:
    """Run the tool itself. Raises _Failed for every end but a good one."""
    name = what.tool.name
    stdout = what.output if what.to_stdout else folder / "stdout"
    try:
        what.output.parent.mkdir(parents=True, exist_ok=True)
        # What an earlier run left must not be taken for the report of this one.
        what.output.unlink(missing_ok=True)
        ended = run_program(
            (program, *what.arguments),
            root=what.root,
            environment=environment,
            stdout=stdout,
            stderr=folder / "stderr",
            limits=Limits(what.deadline, _LARGEST),
            report=what.output,
            waiting=waiting,
        )
    except OSError as error:
        raise _Failed(f"{name} could not be started: {error.strerror or error}", what.tool.install) from error
    words = _last_words(what, folder)
    if ended.stopped:
        raise _Failed(f"{name} {ended.stopped}{words}", "allow it more time, or give it less to scan", ended.took)
    if ended.exit_code < 0:
        remedy = "the machine may be out of memory" if -ended.exit_code == signal.SIGKILL else ""
        raise _Failed(f"{name} was ended by {signal_name(-ended.exit_code)}{words}", remedy, ended.took)
    if ended.exit_code not in what.tool.ran:
        said = printed(folder / "stderr") + printed(folder / "stdout")
        for meaning in what.tool.known:
            if meaning.words.search(said):
                raise _Failed(f"{name}: {meaning.reason}{words}", meaning.remedy, ended.took)
        raise _Failed(f"{name} failed with exit code {ended.exit_code}{words}", took=ended.took)
    return ended


def _about(what: Scan, document: object, program: str, environment: dict[str, str], folder: Path) -> About:
    """What the tool says of itself; nothing where it fails to: the scan stands on its own."""
    if document is not None and (version := what.tool.tells(document)):
        return About(version)
    out, err = folder / "version", folder / "version-errors"
    try:
        run_program(
            (program, *what.version),
            root=what.root,
            environment=environment,
            stdout=out,
            stderr=err,
            limits=_VERSION_LIMITS,
        )
    except OSError:
        return what.tool.about("", what.subject)
    return what.tool.about(printed(out) or printed(err), what.subject)


def _environment(what: Scan) -> dict[str, str]:
    names = {*_PASSED, *what.tool.passes}
    inherited = {name: os.environ[name] for name in sorted(names) if name in os.environ}
    for name, value in inherited.items():
        if _SECRET.search(name):
            remember(value)  # a tool may say it in its last words
    return {**inherited, **what.tool.sets, **{name: reveal(value) for name, value in what.environment.items()}}


def _last_words(what: Scan, folder: Path) -> str:
    # What went to the report is no message.
    said = last_words(printed(folder / "stderr"), "" if what.to_stdout else printed(folder / "stdout"))
    return f"; its last words: {said}" if said else ""
