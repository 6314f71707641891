"""What a watch leaves: one document of all turns, a page for people, and no decision that it did not make."""

import json
from pathlib import Path

import pytest

from checks.secrets import Secret
from gates.watching.outcome import outcome_of
from gates.watching.turn import Kind, Turn
from gates.watching.watcher import Watched
from gates.watching.writing import begin, write
from reports.verdict import Verdict
from tests.gates.watching.conftest import RHYTHM, report

ABOUT = {"service": "shop", "environment": "staging", "stage": "watch", "release": "1.4.2"}


def turn(number, said, folder, kind=Kind.TURN):
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("gate-report.html", "gate-report.md", "junit.xml", "gate-report.json"):
        (folder / name).write_text(f"{name} of turn {number}")
    return Turn(number, kind, 60.0 * number, 1e9, 2.0, str(folder), report(said))


@pytest.fixture
def watched(tmp_path):
    def make(*said, **given):
        turns = (turn(n, one, tmp_path / "turns" / f"{n:03}-turn") for n, one in enumerate(said, 1))
        return Watched(tuple(turns), **given)

    return make


def test_the_document_of_all_turns(watched, tmp_path):
    """Each with its verdict and its folder, in one file."""
    seen = watched({"errors": 0}, {"errors": 5}, {"errors": 0})
    write(tmp_path, seen, outcome_of(seen), RHYTHM, ABOUT)
    found = json.loads((tmp_path / "watch.json").read_text())
    assert found["schema"] == "tidegate/watch@1"
    assert (found["verdict"], found["exit_code"], found["deciding_turn"]) == ("PASS", 0, 3)
    assert [one["verdict"] for one in found["turns"]] == ["PASS", "FAIL", "PASS"]
    assert found["turns"][1]["failed"] == [
        {"gate": "metrics", "subject": "errors", "criterion": "<= 1", "reason": "5, wanted <= 1"}
    ]
    assert found["turns"][0]["folder"] == "turns/001-turn"
    assert found["asked"] == {
        "for": 180,
        "every": 60,
        "recheck": 30,
        "back_off": 20,
        "flaps": 3,
        "keep_going": False,
    }


def test_the_page_for_people(watched, tmp_path):
    """A table of the turns; what services say can't break it."""
    seen = watched({"a | b <script>": 5})
    write(tmp_path, seen, outcome_of(seen), RHYTHM, ABOUT)
    text = (tmp_path / "watch.md").read_text()
    assert text.startswith("# Watch: INCONCLUSIVE\n")
    (row,) = [line for line in text.splitlines() if line.startswith("| 1 ")]
    assert row.count(" | ") == 4
    assert "<script>" not in row


def test_the_report_of_the_turn_that_decided(watched, tmp_path):
    """It stands beside the watch's own."""
    seen = watched({"errors": 0}, {"errors": 0})
    written = write(tmp_path, seen, outcome_of(seen), RHYTHM, ABOUT)
    assert (tmp_path / "gate-report.json").read_text() == "gate-report.json of turn 2"
    assert written[-1].name == "gate-report.json"


def test_a_watch_that_holds_leaves_no_report_that_promotes(watched, tmp_path):
    """Its last turn passed, and too many others were blind; or it was interrupted."""
    seen = watched({"errors": None}, {"errors": None}, {"errors": 0})
    outcome = outcome_of(seen)
    assert outcome.verdict is Verdict.INCONCLUSIVE
    write(tmp_path, seen, outcome, RHYTHM, ABOUT)
    assert (tmp_path / "gate-report.json").read_text() == "gate-report.json of turn 2"
    (tmp_path / "gate-report.json").unlink()
    seen = watched({"errors": 0}, interrupted=True)
    write(tmp_path, seen, outcome_of(seen), RHYTHM, ABOUT)
    assert not (tmp_path / "gate-report.json").exists()


def test_nothing_of_an_earlier_watch_stays(watched, tmp_path):
    """Neither its decision nor its turns."""
    seen = watched({"errors": 0})
    write(tmp_path, seen, outcome_of(seen), RHYTHM, ABOUT)
    begin(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_no_secret_is_written(watched, tmp_path):
    """Whatever a turn said."""
    Secret("hunter-4711", "PASSWORD")
    seen = Watched((Turn(1, Kind.TURN, 0.0, 0.0, 1.0, str(tmp_path), None, "no such user hunter-4711"),))
    write(tmp_path, seen, outcome_of(seen), RHYTHM, ABOUT)
    assert all("4711" not in Path(path).read_text() for path in (tmp_path / "watch.json", tmp_path / "watch.md"))
