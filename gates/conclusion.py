"""What follows when everything is judged: the decision, the files, the state store, the CI system's own places."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gates.decision import decide
from reports.case import Case
from reports.gate_report import Decision, GateReport
from reports.writing import DECIDING, SummaryError, WritingError, withdraw, write_reports


@dataclass(frozen=True, slots=True)
class Conclusion:
    """How a run ended.

    `written`: the report's files; `warnings`: what went wrong and changes no verdict (the state store is locked);
    `unwritten`: why the report could not be written, empty where it was; `annotations`: GitHub's workflow commands.
    """

    report: GateReport
    decision: Decision
    written: tuple[Path, ...]
    warnings: tuple[str, ...]
    unwritten: str
    annotations: str

    @property
    def html(self) -> str:
        """Path of the HTML report, empty where there is none."""
        return next((str(path) for path in self.written if path.suffix == ".html"), "")


def conclude(report: GateReport, cases: Sequence[Case], directory: Path) -> Conclusion:
    """Decide, write the reports into `directory`, and keep the run in the state store."""
    from reports.render.markdown import annotations

    decision = decide(report)
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    written: tuple[Path, ...] = ()
    warnings: list[str] = []
    unwritten = ""
    try:
        written = write_reports(directory, report, decision, cases, summary=Path(summary) if summary else None)
    except SummaryError as error:
        written = error.paths
        warnings.append(str(error))
    except WritingError as error:
        unwritten = str(error)
    try:
        if not unwritten:
            warnings.extend(_keep(written, report, decision))
        told = annotations(report) if os.environ.get("GITHUB_ACTIONS") == "true" else ""
    except BaseException:
        # The exit code will say that this run broke; a file that says "promote" must not contradict it.
        withdraw(directory)
        raise
    return Conclusion(report, decision, written, tuple(warnings), unwritten, told)


def _keep(written: tuple[Path, ...], report: GateReport, decision: Decision) -> list[str]:
    from reports.store import StoreError, open_store

    try:
        # The very text that was written: the id of a kept run is the digest of its gate-report.json.
        text = next(path for path in written if path.name == DECIDING).read_text(encoding="utf-8")
        store = open_store()
        try:
            store.save(text, report, decision)
        finally:
            store.close()
    except (StoreError, OSError) as error:
        # A later question ("did it pass in staging?") then finds nothing, and nothing is not a pass.
        return [f"this run is not kept in the state store: {error}"]
    return []
