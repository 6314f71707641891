"""What is left behind when a run ends, and when it breaks while it ends."""

from dataclasses import replace
from pathlib import Path

import pytest

import reports.render.markdown
import reports.store
from gates.conclusion import conclude
from reports.gate_report import DecisionKind
from tests.reports import samples


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state store of the test's own, outside of any CI system."""
    monkeypatch.setenv("TIDEGATE_STATE", str(tmp_path / "state.sqlite3"))
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    return tmp_path / "state.sqlite3"


def test_a_run_is_written_and_kept(tmp_path: Path, state: Path) -> None:
    """The decision, the files, the store; nothing went wrong."""
    conclusion = conclude(samples.passing(), (), tmp_path / "out")
    assert conclusion.decision.kind is DecisionKind.PROMOTE
    assert (conclusion.warnings, conclusion.unwritten) == ((), "")
    assert (tmp_path / "out" / "gate-report.json").exists()
    assert state.exists()


def test_a_store_that_cannot_be_written_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The decision stands; a later question finds nothing, and nothing is not a pass."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TIDEGATE_STATE", str(tmp_path / "file" / "state.sqlite3"))
    conclusion = conclude(samples.passing(), (), tmp_path / "out")
    assert conclusion.decision.kind is DecisionKind.PROMOTE
    assert "is not kept in the state store" in conclusion.warnings[0]


def test_a_defect_at_the_end_leaves_no_decision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Tidegate itself breaks after the report was written, no file says promote; without the defect one does."""
    monkeypatch.setattr(reports.store, "open_store", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        conclude(samples.passing(), (), tmp_path / "out")
    assert not (tmp_path / "out" / "gate-report.json").exists()


def test_a_defect_in_the_annotations_leaves_no_decision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last step, too, may break; outside of GitHub it isn't taken."""
    monkeypatch.setattr(reports.render.markdown, "annotations", lambda report: 1 / 0)
    assert conclude(samples.passing(), (), tmp_path / "out").annotations == ""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    with pytest.raises(ZeroDivisionError):
        conclude(samples.passing(), (), tmp_path / "out")
    assert not (tmp_path / "out" / "gate-report.json").exists()


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """No file, and the reason why."""
    (tmp_path / "out").write_text("")
    conclusion = conclude(samples.passing(), (), tmp_path / "out")
    assert conclusion.written == ()
    assert "can't be written" in conclusion.unwritten


def test_github_gets_annotations_and_a_summary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only there, and for what did not pass."""
    assert conclude(samples.failing(), (), tmp_path / "out").annotations == ""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    conclusion = conclude(replace(samples.failing(), started=1.0), (), tmp_path / "out")
    assert "::error" in conclusion.annotations
    assert "REJECT" in (tmp_path / "summary.md").read_text()
