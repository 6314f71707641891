"""Writes the reports: each file whole or not at all, `gate-report.json` last.

WritingError        a report can't be written: there is no decision for automation
└── SummaryError    only the CI step summary can't be written: every report is there
"""

import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from reports.case import Case
from reports.gate_report import Decision, GateReport

DECIDING: Final = "gate-report.json"


class WritingError(Exception):
    """A file can't be written. The message names it and says why."""


class SummaryError(WritingError):
    """The step summary can't be written. `paths`: the reports, all of which were."""

    def __init__(self, message: str, paths: tuple[Path, ...]) -> None:
        super().__init__(message)
        self.paths = paths


def write_reports(
    directory: Path,
    report: GateReport,
    decision: Decision,
    cases: Sequence[Case] = (),
    *,
    summary: Path | None = None,
) -> tuple[Path, ...]:
    """Write `gate-report.html`, `gate-report.md`, `junit.xml` and, when they are there, `gate-report.json`.

    An older `gate-report.json` is removed first, so that a failing run never leaves somebody else's decision behind.
    `summary`: the file that `GITHUB_STEP_SUMMARY` names; the Markdown is appended to it. Returns the paths of the
    reports. Raises WritingError; a SummaryError comes after everything else has been written.
    """
    from reports.render import html, json, junit, markdown

    withdraw(directory)
    texts = {
        "gate-report.html": html.render(report, decision),
        "gate-report.md": markdown.render(report, decision),
        "junit.xml": junit.render(cases, run_of(report), name="tidegate"),
        DECIDING: json.render(report, decision),
    }
    paths = []
    for name, text in texts.items():
        paths.append(directory / name)
        write_atomically(paths[-1], text)
    written = tuple(paths)
    if summary is not None:
        try:
            append_summary(summary, report, decision)
        except OSError as error:
            message = f"the step summary {summary} can't be written ({error.strerror}); every report is in {directory}"
            raise SummaryError(message, written) from error
    return written


def withdraw(directory: Path) -> None:
    """Make `directory` and remove the decision that an earlier run left there. Raises WritingError.

    To be called before anything is measured: what is interrupted then leaves no decision, and that means HOLD.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        (directory / DECIDING).unlink(missing_ok=True)
    except OSError as error:
        raise WritingError(_why(directory, error)) from error


def write_atomically(path: Path, text: str) -> None:
    """Put `text` (UTF-8) at `path`: either the whole of it is there, or what was there before. Raises WritingError."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        # Not `tempfile`: its files are private, and reports are read by other users of a CI machine.
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        with open(handle, "wb") as file:  # noqa: PTH123 - a handle, not a path
            file.write(text.encode("utf-8", errors="backslashreplace"))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise WritingError(_why(path, error)) from error
    finally:
        _remove(temporary)


def append_summary(path: Path, report: GateReport, decision: Decision) -> None:
    """Append the Markdown to a CI step summary, within what is left of GitHub's limit. Raises OSError."""
    from reports.render import markdown

    used = path.stat().st_size if path.exists() else 0
    text = markdown.render(report, decision, limit=max(0, markdown.LIMIT - used - 2))
    with path.open("a", encoding="utf-8", errors="backslashreplace") as file:
        file.write(("\n\n" if used else "") + text)


def run_of(report: GateReport) -> dict[str, object]:
    """What the property `tidegate.run` of our own JUnit file says of the run."""
    from reports.render.json import iso, release_values

    return {
        "service": report.service,
        "environment": report.environment,
        "stage": report.stage,
        "release": release_values(report.release),
        "gates": {gate.name: gate.required for gate in report.gates},
        "started": iso(report.started),
        "complete": report.complete,
        "incomplete": list(report.incomplete),
        "observed": report.observed,
    }


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return  # the folder itself is gone or read-only: the error that brought us here has said so


def _why(path: Path, error: OSError) -> str:
    return f"{path} can't be written: {error.strerror or error}; name another folder with --report-dir"
