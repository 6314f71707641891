"""`tidegate release` as people call it: real processes, real gates, and what it refuses before anything moves."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from demo.fleet import Fleet
from releases.journal.journal import Journal
from releases.pathfinding import demo_folder
from tests.releases.deployers.test_command import PLATFORM
from tests.releases.killing import ENVIRONMENT, Place, release
from tidegate.cli import main

#: Before anything moves there is nothing of the candidate to ask: a report of its tests is judged.
REAL = ENVIRONMENT.replace("pre: quick", "pre: sources").replace(
    "gates: {health: {}}\nstages: {quick: [health]}",
    'gates: {health: {}, unit: {reports: [{junit: "results.xml"}]}}\nstages: {quick: [health], sources: [unit]}',
)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with an environment and a state store of its own; no fleet outlives the test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TIDEGATE_STATE", str(tmp_path / "state.sqlite"))
    (tmp_path / "shop.yaml").write_text(REAL)
    (tmp_path / "results.xml").write_text('<testsuite tests="1"><testcase classname="c" name="n"/></testsuite>')
    yield tmp_path
    Fleet(demo_folder("shop", "shop")).end()


def called(capsys, *argv):
    code = main(["release", *argv])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def nothing_is_left():
    folder = demo_folder("shop", "shop")
    mine = [p for p in psutil.process_iter(["cmdline"]) if str(folder) in " ".join(p.info["cmdline"] or [])]
    return not folder.exists() and not [p for p in mine if p.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("--env=shop.yaml",), "one of the arguments --version --resume is required"),
        (("--env=shop.yaml", "--version=2", "--resume"), "not allowed with"),
        (("--env=shop.yaml", "--resume", "--dry-run"), "--dry-run shows what a new release would do"),
        (("--env=shop.yaml", "--version=twoo"), "the demo service has no such version"),
        (("--env=shop.yaml", "--version=1"), "1 serves already"),
        (("--env=shop.yaml", "--resume"), "no release of shop in shop waits to be resumed"),
        (("--env=nowhere", "--version=2"), "nowhere"),
        (("--env=plain.yaml", "--version=2"), "releasing: says nothing of how a release comes in here"),
    ],
)
def test_wrong_usage_is_4_and_nothing_moves(place, capsys, argv, words):
    """One clear line; no release is begun, and no process is left."""
    (place / "plain.yaml").write_text(ENVIRONMENT[: ENVIRONMENT.index("releasing:")])
    code, _, err = called(capsys, *argv)
    assert (code, words in err) == (4, True), err
    assert Journal().records() == ()
    assert nothing_is_left()


def test_a_dry_run_prints_the_plan_and_leaves_nothing(place, capsys):
    """No line in the journal, no process."""
    code, out, _ = called(capsys, "--env=shop.yaml", "--version=2", "--dry-run")
    assert code == 0
    assert "shop in shop: 1 → 2, strategy process" in out
    assert "back to 1" in out
    assert Journal().records() == ()
    assert nothing_is_left()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("version", "code", "end"),
    [("2", 0, "promoted"), ("bad", 1, "rolled back"), ("half-bad", 1, "rolled back")],
)
def test_a_version_is_promoted_or_comes_back(place, capsys, version, code, end):
    """By the real gates; the journal ends as the command does."""
    found, out, err = called(capsys, "--env=shop.yaml", f"--version={version}")
    assert (found, end.upper() in out) == (code, True), err
    (record,) = Journal().records()
    assert [entry.name for entry in record.entries if entry.kind.value == "closed"] == [end]
    assert nothing_is_left()
    reports = sorted((place / "tidegate-report" / "release" / record.id).glob("*/gate-report.json"))
    judged = [entry for entry in record.entries if entry.kind.value == "judged"]
    assert len(reports) == len(judged) >= 2


def start(place, *argv):
    """The command as a process of its own; its lines come out of `stderr`."""
    program = "import sys; from tidegate.cli import main; sys.exit(main())"
    return subprocess.Popen(
        [sys.executable, "-c", program, "release", *argv],
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(process, words):
    """Read its progress until it says so."""
    assert process.stderr is not None
    seen = []
    for line in process.stderr:
        seen.append(line)
        if words in line:
            return
    pytest.fail("".join(seen))


@pytest.mark.slow
def test_ctrl_c_brings_the_old_one_back_and_a_second_release_has_to_wait(place, capsys):
    """While one runs the other is told who; interrupted in the middle, it ends with 2 and nothing is left."""
    (place / "shop.yaml").write_text(REAL.replace("pause: 0s", "pause: 10min"))
    process = start(place, "--env=shop.yaml", "--version=2")
    try:
        wait_for(process, "20 % of the users are on 2")
        code, _, err = called(capsys, "--env=shop.yaml", "--version=2")
        assert code == 4
        assert f"another release of shop runs in shop: {process.pid}@" in err
        process.send_signal(signal.SIGINT)
        wait_for(process, "back to 1: interrupted")
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()
    assert (process.returncode, "INTERRUPTED  1 serves everybody" in out) == (2, True)
    assert Journal().records()[0].entries[-1].name == "rolled back"
    assert nothing_is_left()


@pytest.mark.slow
def test_a_killed_release_has_to_be_resumed_before_another_one(place, capsys):
    """The new one is told so; the resume brings the killed one to its end."""
    (place / "shop.yaml").write_text(REAL.replace("pause: 0s", "pause: 1s"))
    process = start(place, "--env=shop.yaml", "--version=2")
    try:
        wait_for(process, "20 % of the users are on 2")
    finally:
        process.kill()
        process.communicate()
    assert Fleet(demo_folder("shop", "shop")).traffic().share == 20
    code, _, err = called(capsys, "--env=shop.yaml", "--version=2")
    assert (code, "has not come to its end: tidegate release --env=shop.yaml --resume" in err) == (4, True)
    code, out, err = called(capsys, "--env=shop.yaml", "--resume")
    assert (code, "PROMOTED" in out) == (0, True), err
    assert "goes on with the release of 2" in err
    assert nothing_is_left()


@pytest.mark.slow
def test_a_release_whose_fleet_has_ended_is_closed_loudly(place, capsys):
    """Nobody can go on with what is not there; afterwards a new one may begin."""
    where = Place(place)
    where.prepare()
    assert release(where, f"--env={where.environment}", "--version=2", kill_at=20).code < 0
    where.fleet.end()
    code, _, err = called(capsys, "--env=shop.yaml", "--resume")
    assert (code, "has ended meanwhile: nothing serves any more" in err) == (12, True)
    assert called(capsys, "--env=shop.yaml", "--resume")[0] == 4
    assert called(capsys, "--env=shop.yaml", "--version=2", "--dry-run")[0] == 0


OWN = """\
service: shop
gates: {unit: {reports: [{junit: "results.xml"}]}}
releasing:
  deployer: command
  commands:
    current: [PYTHON, platform.py, state.json, current]
    deploy: [PYTHON, platform.py, state.json, deploy, "{{ id }}", "{{ version }}"]
    shift: [PYTHON, platform.py, state.json, shift, "{{ id }}", "{{ share }}"]
    promote: [PYTHON, platform.py, state.json, promote, "{{ id }}"]
    rollback: [PYTHON, platform.py, state.json, rollback, "{{ id }}"]
  stages: {pre: full, step: full, post: full}
  steps: [50, 100]
  pause: 0s
  bake: 0s
  recheck: 0s
policy: {rollback: automatic}
"""


@pytest.mark.slow
def test_own_commands_bring_a_release_out_or_are_never_called(place, capsys):
    """By its id; where its tests failed nothing is called but `current`."""
    (place / "shop.yaml").write_text(OWN.replace("PYTHON", sys.executable))
    (place / "platform.py").write_text(PLATFORM)
    before = '{"stable": {"id": "sha256:aa", "version": "1"}, "candidate": null, "share": 0}'
    (place / "state.json").write_text(before)
    good = (place / "results.xml").read_text()
    (place / "results.xml").write_text(
        good.replace("/></testsuite>", '><failure message="no"/></testcase></testsuite>')
    )
    code, out, err = called(capsys, "--env=shop.yaml", "--version=2", "--release=sha256:bb")
    assert (code, "REFUSED" in out, (place / "state.json").read_text()) == (1, True, before), err
    (place / "results.xml").write_text(good)
    code, out, err = called(capsys, "--env=shop.yaml", "--version=2", "--release=sha256:bb")
    assert (code, "PROMOTED" in out) == (0, True), err
    assert json.loads((place / "state.json").read_text())["stable"] == {"id": "sha256:bb", "version": "2"}
