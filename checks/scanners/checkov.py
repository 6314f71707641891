"""Checkov (PyPI `checkov`): misconfiguration of infrastructure as code. With `--soft-fail` exit code 0 means it ran."""

from pathlib import Path
from typing import Final

from checks.scanners.scanner import DEADLINE, Scan, Tool, target, targets


def _nothing(document: object) -> str:
    # One object per framework, in a list where there are several. Without any input the totals stand alone, all zero.
    reports = document if isinstance(document, list) else [document]
    checked = 0
    for report in reports:
        summary = report.get("summary", report) if isinstance(report, dict) else None
        if not isinstance(summary, dict):
            return "its report has no `summary`"
        for name in ("passed", "failed", "skipped"):
            count = summary.get(name)
            if not isinstance(count, int):
                return f"its report does not say how many checks {name}"
            checked += count
    return "" if checked else "it found nothing to check"


def _version(document: object) -> str:
    # Asking for it would take as long as a scan.
    report = document[0] if isinstance(document, list) and document else document
    summary = report.get("summary", report) if isinstance(report, dict) else {}
    version = summary.get("checkov_version") if isinstance(summary, dict) else None
    return version if isinstance(version, str) else ""


CHECKOV: Final = Tool(
    "checkov", "pip install checkov", frozenset({0}), _nothing, sets={"PYTHONUTF8": "1"}, tells=_version
)


def checkov(
    subject: str,
    directory: str,
    folder: Path,
    *,
    frameworks: tuple[str, ...] = (),
    root: Path = Path(),
    deadline: float = DEADLINE,
) -> Scan:
    """Check a folder; the report is `checkov.json` in `folder`. Raises ValueError for a target that is none.

    `frameworks`: `dockerfile`, `terraform`, `kubernetes`, ...; empty for all. Nothing is downloaded or sent.
    A `.checkov.yaml` in the folder and `# checkov:skip=` comments are the project's own words and are followed.
    """
    name = target(directory)
    arguments = (
        *("--directory", name, "--output", "json", "--quiet", "--compact", "--soft-fail", "--skip-download"),
        *(("--framework", *targets(frameworks)) if frameworks else ()),
    )
    return Scan(
        CHECKOV,
        subject,
        arguments,
        folder.absolute() / "checkov.json",
        root=root,
        to_stdout=True,
        needs=(Path(name),),
        deadline=deadline,
    )
