"""A stage is judged by its report, judged again; whatever else a process says is no verdict."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from demo.fleet import Fleet
from releases.deployers.interface import DeployerError, Version
from releases.deployers.process import ProcessDeployer, version_of
from releases.judging import StageJudge
from reports.verdict import Verdict

ENVIRONMENT = """\
service: shop
gates:
  unit:
    reports: [{junit: "RESULTS"}]
stages: {quick: [unit]}
default_stage: quick
"""
PASSED = '<testsuite name="s" tests="1"><testcase classname="c" name="n"/></testsuite>'
FAILED = '<testsuite name="s" tests="1"><testcase classname="c" name="n"><failure message="no"/></testcase></testsuite>'
RELEASE = Version("sha256:" + "ab" * 32, "1.4.2")


@pytest.fixture
def judge(tmp_path, monkeypatch):
    """A judge whose verification reads one JUnit file. `with_results(text)` -> a judge."""
    monkeypatch.setenv("TIDEGATE_STATE", str(tmp_path / "state.sqlite"))
    results = tmp_path / "results.xml"
    path = tmp_path / "ci.yaml"
    path.write_text(ENVIRONMENT.replace("RESULTS", str(results)))

    def with_results(text, **more):
        if text:
            results.write_text(text)
        given = {"deadline": 60.0, "variables": lambda release: {}, **more}
        return StageJudge(str(path), "ci", tmp_path / "reports", **given)

    return with_results


def test_no_report_is_inconclusive_with_the_words_of_pytest(judge):
    """A stage that there is not: pytest refuses, and says why."""
    judged = judge(PASSED)("nightly", RELEASE)
    assert (judged.verdict, judged.report) == (Verdict.INCONCLUSIVE, "")
    assert "stage nightly left no report: pytest ended with 4: ERROR" in judged.headline
    assert "nightly" in judged.headline


@pytest.mark.parametrize(
    ("results", "verdict", "words"),
    [
        (PASSED, Verdict.PASS, "promote shop 1.4.2"),
        (FAILED, Verdict.FAIL, "do not promote shop 1.4.2: unit failed"),
        ("", Verdict.INCONCLUSIVE, "hold shop 1.4.2: unit could not be judged"),
    ],
)
def test_a_report_is_judged(judge, results, verdict, words):
    """By its evidence; its digest is that of the file."""
    judged = judge(results)("quick", RELEASE)
    assert judged.verdict is verdict
    assert words in judged.headline
    done = subprocess.run(["sha256sum", judged.path], capture_output=True, text=True, check=True)
    assert done.stdout.split()[0] == judged.report


def test_each_run_has_a_folder_of_its_own(judge):
    """Nothing of an earlier one can be taken for this one's."""
    one = judge(PASSED)
    first, second = one("quick", RELEASE), one("quick", RELEASE)
    assert [Path(judged.path).parent.name for judged in (first, second)] == ["001-quick", "002-quick"]


def ends(pid):
    """A process has ended, or does so in a moment."""
    until = time.monotonic() + 15
    with contextlib.suppress(psutil.NoSuchProcess):
        while psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() < until
            time.sleep(0.05)


def fake_pytest(monkeypatch, tmp_path, text):
    """A verification that does something else."""
    module = tmp_path / "fake" / "pytest"
    module.mkdir(parents=True)
    (module / "__init__.py").write_text("")
    (module / "__main__.py").write_text(text)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "fake"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda report: report[: len(report) // 2], "can't be read"),
        (lambda report: report.replace('"complete": true', '"complete": false'), "contradicts"),
        (lambda report: report.replace("abab", "abac"), "it is of 1.4.2"),
        (lambda report: report.replace('"environment": "ci"', '"environment": "dev"'), "of stage quick in dev"),
        (lambda report: report, ""),
    ],
    ids=["torn", "changed", "another release", "another environment", "as it was"],
)
def test_a_report_that_is_not_what_was_asked_does_not_count(judge, tmp_path, monkeypatch, change, words):
    """Exit code 0 beside it changes nothing; the twin is the same file as it was."""
    good = Path(judge(PASSED)("quick", RELEASE).path).read_text()
    started = json.loads(good)["started"]
    now = time.strftime("%Y-%m-%dT%H:%M:%S.999Z", time.gmtime(time.time() + 5))
    kept = tmp_path / "kept.json"
    kept.write_text(change(good.replace(started, now)))
    fake_pytest(
        monkeypatch,
        tmp_path,
        "import sys, pathlib\n"
        "folder = next(a for a in sys.argv if a.startswith('--report-dir=')).partition('=')[2]\n"
        f"pathlib.Path(folder, 'gate-report.json').write_text(pathlib.Path({str(kept)!r}).read_text())\n",
    )
    judged = judge("")("quick", RELEASE)
    assert judged.verdict is (Verdict.INCONCLUSIVE if words else Verdict.PASS)
    assert words in judged.headline


def test_a_run_that_does_not_end_is_ended(judge, tmp_path, monkeypatch):
    """With what it started; what it did not say is not known."""
    fake_pytest(
        monkeypatch,
        tmp_path,
        "import subprocess, sys, time, pathlib\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(child.pid)); time.sleep(600)\n",
    )
    judged = judge("", deadline=2.0)("quick", RELEASE)
    assert judged.verdict is Verdict.INCONCLUSIVE
    assert "it was ended after 2 s" in judged.headline
    pid = int((tmp_path / "pid").read_text())
    ends(pid)


def test_what_can_not_be_found_is_inconclusive(judge):
    """A deployer that does not know where the release is."""

    def lost(release):
        raise DeployerError("nothing runs")

    judged = judge(PASSED, variables=lost)("quick", RELEASE)
    assert (judged.verdict, judged.headline) == (
        Verdict.INCONCLUSIVE,
        "stage quick could not be run: nothing runs",
    )


def test_a_verification_dies_with_who_asked_for_it(tmp_path):
    """Killed without mercy: nothing goes on judging beside who resumes."""
    program = (
        "import sys\nfrom pathlib import Path\nfrom releases.deployers.interface import Version\n"
        "from releases.judging import StageJudge\n"
        "StageJudge('x', 'x', Path(sys.argv[1]), 600, lambda release: {})('quick', Version('1', '1'))\n"
    )
    module = tmp_path / "fake" / "pytest"
    module.mkdir(parents=True)
    (module / "__init__.py").write_text("")
    pid_file = tmp_path / "pid"
    (module / "__main__.py").write_text(
        f"import os, time, pathlib\npathlib.Path({str(pid_file)!r}).write_text(str(os.getpid()))\ntime.sleep(600)\n"
    )
    path = f"{tmp_path / 'fake'}{os.pathsep}{Path(__file__).resolve().parents[2]}"
    judging = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "reports")], env={**os.environ, "PYTHONPATH": path}
    )
    until = time.monotonic() + 20
    while not (pid_file.exists() and pid_file.read_text()):
        assert time.monotonic() < until
        time.sleep(0.05)
    judging.send_signal(signal.SIGKILL)
    judging.wait()
    pid = int(pid_file.read_text())
    ends(pid)


def test_each_slot_of_a_fleet_is_judged_by_itself(tmp_path, monkeypatch):
    """The candidate with 500s fails before any user sees it, and the stable release passes beside it."""
    monkeypatch.setenv("TIDEGATE_STATE", str(tmp_path / "state.sqlite"))
    fleet = Fleet(tmp_path / "fleet")
    fleet.begin("1")
    try:
        deployer = ProcessDeployer(fleet.files.folder)
        bad, old = version_of("bad"), version_of("1")
        for act in deployer.deploy(bad):
            act.do()
        judge = StageJudge("demo", "demo", tmp_path / "reports", 60.0, deployer.judged_as)
        assert judge("quick", old).verdict is Verdict.PASS
        judged = judge("quick", bad)
        assert judged.verdict is Verdict.FAIL
        assert "500" in judged.headline
    finally:
        fleet.end()
