"""Jobs that Tidegate runs itself: each once, and nothing that a broken one left behind is judged."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest

from tests.gates.reported.samples import share
from tests.gates.reported.world import HOLD, PROMOTE, REJECT, USAGE, git, put
from tidegate.cli import main

INTERRUPTED = 2
JUNIT = '<testsuite name="s" tests="1"><testcase classname="c" name="a"/></testsuite>'
FAILED = '<testsuite name="s" tests="1"><testcase classname="c" name="a"><failure message="no"/></testcase></testsuite>'
ENVIRONMENT = """
service: shop
jobs:
  unit:
    run: [[{python}, job.py, "{{{{ output }}}}"]]
    {more}
gates:
  tests: {{reports: [{{junit: junit.xml, job: unit}}]}}
  coverage: {{limits: {{lines: ">= 80 %"}}, reports: [{{coverage: "*.cov", job: unit, binding: none}}]}}
  budget: {{limits: {{tests: "<= 1min"}}, reports: [{{durations: durations.json, job: unit, binding: none}}]}}
"""


def job(source: str, *, junit: str = JUNIT, coverage: str = share(8, 10)) -> None:
    """A job that counts its runs, writes its reports, and then does this."""
    text = f"""
    import sys, time, os
    from pathlib import Path
    out = Path(sys.argv[1])
    assert not list(out.iterdir())
    with open("runs", "a") as runs: runs.write(".")
    (out / "junit.xml").write_text({junit!r})
    (out / "a.cov").write_text({coverage!r})
    """
    put("job.py", textwrap.dedent(text) + textwrap.dedent(source))


@pytest.fixture
def judged(capsys: pytest.CaptureFixture[str]):
    """`judged("deadline: 1s")` judges the environment above with more keys of the job: code, and what was said."""

    def _judged(more: str = "step: tests", *args: str) -> tuple[int, str]:
        put("env.yaml", ENVIRONMENT.format(python=sys.executable, more=more))
        code = main(["report", "--env=./env.yaml", *(args or ("--release=1.4.2",))])
        done = capsys.readouterr()
        return code, " ".join((done.out + done.err).split())

    return _judged


def test_a_job_runs_once_for_all_its_gates(judged) -> None:
    """Its files are judged as those of others are; its own time is that of a step."""
    job("")
    code, said = judged()
    assert code == PROMOTE, said
    assert Path("runs").read_text() == "."
    assert "made here in" in said


@pytest.mark.parametrize(
    ("source", "more", "words"),
    [
        ("sys.exit('no module named shop')", "step: tests", "ended with exit code 1, wanted 0; its last words: no mod"),
        ("sys.exit(2)", "step: tests\n    exit_codes: [0, 1]", "ended with exit code 2, wanted 0 or 1"),
        ("time.sleep(60)", "step: tests\n    deadline: 1s", "did not finish within the job's 1 s"),
        ("os.kill(os.getpid(), 9)", "step: tests", "was ended by SIGKILL"),
    ],
)
def test_what_a_broken_job_wrote_is_not_judged(judged, source: str, more: str, words: str) -> None:
    """Neither as good nor as bad, in none of its gates."""
    for junit in (JUNIT, FAILED):
        job(source, junit=junit)
        code, said = judged(more)
        assert code == HOLD, said
        assert words in said
        assert "nor could coverage, budget" in said
    job("sys.exit(0)")
    assert judged(more)[0] == PROMOTE


def test_a_test_that_failed_is_no_broken_job(judged) -> None:
    """Where its exit code says so."""
    job("sys.exit(1)", junit=FAILED)
    assert judged("step: tests\n    exit_codes: [0, 1]")[0] == REJECT


def test_a_file_that_a_job_did_not_write(judged) -> None:
    """A file of that name in the working directory is not its own."""
    job("(out / 'junit.xml').unlink(); (out / 'a.cov').unlink()")
    put("junit.xml", JUNIT)
    put("a.cov", share(8, 10))
    code, said = judged()
    assert code == HOLD
    assert "it wrote no junit.xml and no *.cov" in said
    assert "nor could coverage, budget" in said
    job("(out / 'junit.xml').write_text(''); print('No module named coverage', file=sys.stderr); sys.exit(1)")
    code, said = judged("step: tests\n    exit_codes: [0, 1]")
    assert code == HOLD
    assert "it wrote no junit.xml; its last words: No module named coverage" in said


def test_without_a_step_there_is_no_duration(judged) -> None:
    """The gate that wants it is held."""
    job("")
    code, said = judged("deadline: 1min")
    assert code == HOLD
    assert "it wrote no durations.json" in said


def test_what_a_job_measured_is_of_the_commit_that_is_checked_out(judged) -> None:
    """Unless a file was changed."""
    job("")
    git("init", "-q")
    git("add", "job.py")
    git("commit", "-qm", "one")
    head = git("rev-parse", "HEAD")
    bound = ENVIRONMENT.replace(", binding: none", "").replace("{more}", "step: tests")
    put("bound.yaml", bound.format(python=sys.executable))
    assert main(["report", "--env=./bound.yaml", f"--commit={head}"]) == PROMOTE
    assert main(["report", "--env=./bound.yaml", f"--commit={'1' * 40}"]) == HOLD
    job("# changed")
    assert main(["report", "--env=./bound.yaml", f"--commit={head}"]) == HOLD


@pytest.mark.parametrize("workers", [[], ["-n", "2"]])
def test_pytest_runs_it_once(workers: list[str]) -> None:
    """Also where several processes judge what it wrote."""
    job("")
    put("env.yaml", ENVIRONMENT.format(python=sys.executable, more="step: tests"))
    pytest_ = Path(sys.executable).with_name("pytest")
    done = subprocess.run(
        [pytest_, "--env=./env.yaml", "--release=1.4.2", *workers], capture_output=True, text=True, check=False
    )
    assert done.returncode == PROMOTE, done.stdout
    assert Path("runs").read_text() == "."
    assert "made here in" in done.stdout


def test_pytest_makes_only_what_the_selected_gates_need() -> None:
    """And says that this was not the whole stage."""
    job("")
    text = ENVIRONMENT.format(python=sys.executable, more="step: tests") + "  health: {}\n"
    put("env.yaml", text + "base_url: http://127.0.0.1:9\nendpoints: {down: {http: /, timeout: 1s}}\n")
    pytest_ = Path(sys.executable).with_name("pytest")
    done = subprocess.run([pytest_, "--env=./env.yaml", "-k", "health"], capture_output=True, text=True, check=False)
    assert done.returncode == REJECT, done.stdout
    assert not Path("runs").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("program", [("pytest",), ("tidegate", "report")])
def test_an_interrupted_run_leaves_nothing(program: tuple[str, ...], number: int, tmp_path: Path) -> None:
    """Neither the job's process nor its folder, and no decision but to hold."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    job("open('pid', 'w').write(f'{os.getpid()}\\n'); time.sleep(60)")
    put("env.yaml", ENVIRONMENT.format(python=sys.executable, more="step: tests"))
    command = [Path(sys.executable).with_name(program[0]), *program[1:], "--env=./env.yaml", "--release=1.4.2"]
    environ = {**os.environ, "TMPDIR": str(scratch)}
    process = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    until = time.monotonic() + 60
    while not (Path("pid").exists() and Path("pid").read_text()) and time.monotonic() < until:
        time.sleep(0.05)
    process.send_signal(number)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == INTERRUPTED, said
    assert not psutil.pid_exists(int(Path("pid").read_text()))
    assert [path.name for path in scratch.iterdir() if path.name.startswith("tidegate-")] == []


@pytest.mark.parametrize(
    ("jobs", "report", "words"),
    [
        ("unit: {run: []}", "{junit: a.xml, job: unit}", "nothing would be run"),
        ("unit: {run: [[]]}", "{junit: a.xml, job: unit}", "a program and its arguments"),
        ("unit: {run: [true]}", "{junit: a.xml, job: unit}", "list"),
        ("unit: {run: [[a]], exit_codes: [256]}", "{junit: a.xml, job: unit}", "from 0 to 255"),
        ("unit: {run: [[a]], exit_codes: []}", "{junit: a.xml, job: unit}", "no command could ever do its work"),
        ("unit: {run: [[a]], step: testing}", "{junit: a.xml, job: unit}", "tests"),
        ("unit: {run: [[a]]}", "{junit: a.xml, job: units}", "did you mean 'unit'"),
        ("unit: {run: [[a]]}", "{junit: a.xml}", "no report is written by it"),
        ("unit: {run: [[a]]}", "{junit: ../a.xml, job: unit}", "lie in the job's own folder"),
        ("unit: {run: [[a]]}", "{junit: /a.xml, job: unit}", "lie in the job's own folder"),
        ("unit: {run: [[a]]}", "{image: shop, job: unit}", "means nothing for `image:`"),
    ],
)
def test_a_job_that_makes_no_sense(capsys: pytest.CaptureFixture[str], jobs: str, report: str, words: str) -> None:
    """It is an error in the file, and nothing runs."""
    put("env.yaml", f"service: shop\njobs: {{{jobs}}}\ngates: {{tests: {{reports: [{report}]}}}}\n")
    assert main(["report", "--env=./env.yaml", "--release=1"]) == USAGE
    assert words in " ".join(capsys.readouterr().err.split())


def test_marks_that_nobody_knows(judged, capsys: pytest.CaptureFixture[str]) -> None:
    """A name that is not there, and a release that nobody named."""
    for mark, words in (("{{ outptu }}", "not known here; there are release.id"), ("{{ release.commit }}", "commit")):
        gates = "gates: {t: {reports: [{junit: a.xml, job: a}]}}"
        put("env.yaml", f"service: s\njobs: {{a: {{run: [[echo, '{mark}']]}}}}\n{gates}\n")
        assert main(["report", "--env=./env.yaml", "--release=1"]) == HOLD
        assert words in capsys.readouterr().out
