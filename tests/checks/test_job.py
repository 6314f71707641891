"""A job is its commands, run to their end; whatever keeps it from there is a Gap with the command's last words."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from checks.evidence import Gap
from checks.job import Job, JobEnded, run_job
from checks.secrets import Secret


@pytest.fixture
def job(tmp_path):
    """`job(source, ...)` is a job of Python programs; changes go to the Job."""
    out = tmp_path / "out"
    out.mkdir()

    def _job(*sources: str, **changes) -> Job:
        commands = tuple((sys.executable, "-c", textwrap.dedent(source)) for source in sources)
        return Job("unit", **({"commands": commands, "output": out, "root": tmp_path, "deadline": 30.0} | changes))

    return _job


def gap(ended) -> Gap:
    """The Gap that a job has to be."""
    assert isinstance(ended, Gap), ended
    assert ended.subject == "unit.job"
    return ended


def test_commands_run_one_after_the_other(job, tmp_path):
    """In their folder, and they are told where to write."""
    first = "import os; open(os.environ['TIDEGATE_OUTPUT'] + '/a', 'w').write(os.getcwd())"
    second = "import os; p = os.environ['TIDEGATE_OUTPUT']; open(p + '/b', 'w').write(open(p + '/a').read())"
    ended = run_job(job(first, second))
    assert isinstance(ended, JobEnded)
    assert (tmp_path / "out" / "b").read_text() == str(tmp_path)
    assert ended.command.count(" && ") == 1
    assert 0 < ended.took < 30


def test_the_first_that_breaks_ends_it(job, tmp_path):
    """Its exit code and last words are told; the next command does not run."""
    found = gap(run_job(job("import sys; sys.exit('no module named shop')", "open('later', 'w')")))
    assert "ended with exit code 1, wanted 0; its last words: no module named shop" in found.reason
    assert not (tmp_path / "later").exists()
    twin = run_job(job("import sys; sys.exit('1 failed')", "open('later', 'w')", exit_codes=frozenset({0, 1})))
    assert isinstance(twin, JobEnded)
    assert (tmp_path / "later").exists()


@pytest.mark.parametrize(
    ("commands", "words"),
    [
        ((("no-such-program-here", "x"),), "no-such-program-here is not installed"),
        ((("./no-such-file",),), "./no-such-file could not be started: No such file"),
        ((("./out",),), "./out could not be started: Permission denied"),
    ],
)
def test_a_program_that_can_not_be_started(job, commands, words):
    """A gap, and no traceback."""
    assert words in gap(run_job(job(commands=commands))).reason


def test_a_folder_that_is_not_there(job, tmp_path):
    """Nothing runs elsewhere instead."""
    assert "there is no folder" in gap(run_job(job("pass", root=tmp_path / "gone"))).reason


def test_a_signal_is_named(job):
    """The kernel kills what takes too much memory."""
    found = gap(run_job(job("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")))
    assert "was ended by SIGKILL" in found.reason


def test_the_deadline_is_of_all_commands(job):
    """The second has what the first left; its last words are told."""
    endless = "import time; print('still at it', flush=True); time.sleep(60)"
    began = time.monotonic()
    found = gap(run_job(job("import time; time.sleep(0.5)", endless, deadline=2.0)))
    assert "did not finish within" in found.reason
    assert "still at it" in found.reason
    assert time.monotonic() - began < 20


def test_a_person_who_waits_is_told(job):
    """The seconds go on from one command to the next."""
    told: list[float] = []
    run_job(job("import time; time.sleep(0.4)", "import time; time.sleep(0.4)"), told.append)
    assert told == sorted(told)
    assert told[-1] > 0.4


def test_variables_of_the_run_that_judges_stay_out(job, tmp_path, monkeypatch):
    """PYTEST_ADDOPTS=--env=staging would make a job's pytest judge staging."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "--env=staging")
    monkeypatch.setenv("TIDEGATE_RELEASE", "1.2")
    monkeypatch.setenv("SHOP_DATABASE", "sqlite:")
    source = "import os; open('env', 'w').write(' '.join(sorted(os.environ)))"
    assert isinstance(run_job(job(source, variables={"SHOP_TOKEN": Secret("hunter22")})), JobEnded)
    names = set((tmp_path / "env").read_text().split())
    assert {"SHOP_DATABASE", "SHOP_TOKEN", "TIDEGATE_OUTPUT"} <= names
    assert not {"PYTEST_ADDOPTS", "TIDEGATE_RELEASE"} & names


def test_secrets_are_masked(job):
    """In what the command said."""
    source = "import os, sys; sys.exit('refused: ' + os.environ['SHOP_TOKEN'])"
    found = gap(run_job(job(source, variables={"SHOP_TOKEN": Secret("hunter22")})))
    assert "refused: ***" in found.reason


def test_ctrl_c_leaves_no_process(tmp_path):
    """Neither the command nor its children."""
    program = f"""
        import sys
        from pathlib import Path
        from checks.job import Job, run_job
        sleeper = "[sys.executable, '-c', 'import time; time.sleep(60)']"
        child = f"import subprocess, sys, os, time; p = subprocess.Popen({{sleeper}});"
        child += "open('pids', 'w').write(f'{{os.getpid()}} {{p.pid}} '); time.sleep(60)"
        run_job(Job("unit", ((sys.executable, "-c", child),), Path({str(tmp_path)!r}), Path({str(tmp_path)!r})))
    """
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)], stderr=subprocess.PIPE)
    pids = tmp_path / "pids"
    until = time.monotonic() + 20
    while not (pids.exists() and pids.read_text().endswith(" ")) and time.monotonic() < until:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert b"KeyboardInterrupt" in process.communicate(timeout=20)[1]
    for pid in map(int, pids.read_text().split()):
        for _ in range(100):
            if not _is_running(pid):
                break
            time.sleep(0.05)
        assert not _is_running(pid)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
