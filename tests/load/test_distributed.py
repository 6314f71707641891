"""Workers elsewhere, over loopback: each starts by itself, knows the token, and is missed when it is gone."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from checks.secrets import Secret
from load.mix import Locustfile
from load.plan import Caps, Closed, External, LoadPlan
from load.result import Ending
from load.shape import Shape
from tests.load.conftest import opened
from tests.load.examples import get

TOKEN = "a-token-of-the-workers"


def worker(port, *more, token=TOKEN, **settings):
    """A worker as a supervisor elsewhere would start it."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path.cwd()), "TIDEGATE_LOAD_TOKEN": token, **settings}
    arguments = [sys.executable, "-m", "load.worker", "--master", f"127.0.0.1:{port}", *more]
    return subprocess.Popen(arguments, env=environment, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def workers():
    """Workers that are ended with the test."""
    started = []
    yield started
    for one in started:
        one.kill()
        one.wait()
        one.stderr.close()


def external(port, count=2, wait=20.0):
    """A plan's workers."""
    return External(count, Secret(TOKEN), port=port, wait=wait)


def test_a_run_over_workers_is_one_run(load_run, target, free_port, workers):
    """Two workers share one schedule, one result has everything, and both end well by themselves."""
    workers += [worker(free_port), worker(free_port)]
    plan = opened(target.url, get("/ok", weight=2), get("/spread"), rate=60, seconds=2, workers=external(free_port))
    result = load_run(plan)
    assert (result.ending, result.why, result.generators, result.reported) == (Ending.FINISHED, "", 2, 2)
    total = result.measured.tally()
    assert total.successes == total.intended == 120
    assert result.measured.health[0].processes == 2
    assert target.told("/seen")["/ok"] == result.measured.tally("GET /ok").intended
    assert [one.wait(10) for one in workers] == [0, 0]


def test_a_worker_that_vanishes_is_missed(load_run, target, free_port, workers):
    """Its machine is gone in the middle of the run: what the other one measured is not the whole."""
    workers += [worker(free_port), worker(free_port)]
    plan = opened(target.url, seconds=20, workers=external(free_port))
    result = load_run(plan, on_progress=lambda _: workers[0].kill())
    assert result.ending is Ending.BROKEN
    assert "of 2 stopped answering before the run was over" in result.why
    assert result.measured.tally().successes > 0


def test_too_few_workers_do_not_begin(load_run, target, free_port, workers):
    """One of two is there in time."""
    workers.append(worker(free_port))
    result = load_run(opened(target.url, workers=external(free_port, wait=3.0)))
    assert (result.ending, result.why) == (Ending.BROKEN, "1 of 2 workers were there after 3 s")
    assert target.told("/seen").keys() == {"/seen"}


def test_a_worker_without_the_token_learns_nothing(load_run, target, free_port, workers):
    """It gets no plan and says why it ends; the run waits for others."""
    workers.append(worker(free_port, token="another-token-altogether"))
    secret = get("/ok", headers=(("X-Key", Secret("hush-hush-4711")),))
    result = load_run(opened(target.url, secret, workers=external(free_port, count=1, wait=3.0)))
    assert result.ending is Ending.BROKEN
    assert result.why == "0 of 1 workers were there after 3 s, 1 with another token"
    said = workers[0].communicate(timeout=10)[1]
    assert said.endswith("load worker: this worker and its master have different tokens\n")
    assert workers[0].returncode == 1
    assert "hush-hush" not in said


def test_who_comes_uninvited_takes_no_part(load_run, target, free_port, workers):
    """A wrong token beside the right one, one worker too many, and one that comes when all has begun."""
    workers += [worker(free_port, token="another-token-altogether"), worker(free_port), worker(free_port)]

    def join_late(snapshot):
        if len(workers) == 3:
            workers.append(worker(free_port))

    result = load_run(opened(target.url, seconds=4, workers=external(free_port, count=1)), on_progress=join_late)
    assert (result.ending, result.why, result.reported) == (Ending.FINISHED, "", 1)
    assert result.measured.tally().successes == 200
    assert sorted(one.wait(10) for one in workers) == [0, 1, 1, 1]


def test_workers_may_be_there_before_the_master(load_run, target, free_port, workers):
    """They try again until somebody listens."""
    workers.append(worker(free_port))
    time.sleep(2)
    result = load_run(opened(target.url, workers=external(free_port, count=1)))
    assert result.ending is Ending.FINISHED


def test_a_locustfile_lies_elsewhere_on_another_machine(load_run, target, free_port, workers, tmp_path):
    """`--locustfile` names it; a worker that does not have it ends the run with that reason."""
    text = "from locust import *\nclass A(FastHttpUser):\n    wait_time = constant(0.1)\n    @task\n"
    text += "    def a(self): self.client.get('/ok')\n"
    here, there = tmp_path / "here.py", tmp_path / "there.py"
    here.write_text(text)
    there.write_text(text)
    work = Locustfile(str(here))
    plan = LoadPlan(
        target.url, work, Closed(), Shape.constant(2, 1), workers=external(free_port, count=1), caps=Caps(), drain=1.0
    )
    workers.append(worker(free_port, "--locustfile", str(there)))
    result = load_run(plan)
    assert result.ending is Ending.FINISHED
    assert result.measured.tally("GET /ok").successes > 0
    there.write_text(text + "nonsense")
    workers.append(worker(free_port, "--locustfile", str(there)))
    result = load_run(plan)
    assert result.ending is Ending.BROKEN
    assert "a worker can't begin" in result.why
    assert "there.py can't be loaded: line 6: NameError" in result.why


@pytest.mark.parametrize(
    ("arguments", "settings", "words"),
    [
        (["--master", "nowhere"], {}, "--master is HOST:PORT, not 'nowhere'"),
        (["--master", "h:1", "--locustfile", "/no/such.py"], {}, "/no/such.py is not there"),
        (["--master", "h:1"], {"TIDEGATE_LOAD_TOKEN": "short"}, "at least 16 characters"),
        (["--master", "h:1"], {"TIDEGATE_LOAD_TOKEN_FILE": "/no/such"}, "the token can't be read"),
    ],
    ids=["master", "locustfile", "token", "token-file"],
)
def test_a_worker_that_is_started_wrongly_says_so(arguments, settings, words):
    """One line, exit code 4, and the token is not in it."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path.cwd()), **settings}
    done = subprocess.run(
        [sys.executable, "-m", "load.worker", *arguments], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 4
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "short" not in done.stderr
