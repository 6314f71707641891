"""Start and stop: nothing is left, whatever happens to whom."""

import os
import signal
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path

import psutil
import pytest

import demo.process
import demo.target
from demo.faults import Faults
from demo.target import ADDRESS_NAMES, DemoStartError, DemoTarget

ROOT = Path(demo.target.__file__).parent.parent


def _children():
    return {child.pid for child in psutil.Process().children() if child.status() != psutil.STATUS_ZOMBIE}


def _descriptors():
    return len(list(Path("/proc/self/fd").iterdir())) if sys.platform == "linux" else 0


def test_stop_leaves_no_process_no_descriptor_and_no_file(tmp_path, fetch, processes):
    """Also when it is called twice, and when a client has a connection open."""
    before = _descriptors()
    target = DemoTarget.start(scratch=tmp_path)
    assert fetch(target.addresses["url"], "/health").status == 200
    assert len(target.pids) == 3
    assert list(tmp_path.iterdir()) == [Path(target.addresses["ca_file"]).parent]
    target.stop()
    target.stop()
    assert not any(processes.is_running(pid) for pid in target.pids)
    assert list(tmp_path.iterdir()) == []
    assert _descriptors() == before
    with pytest.raises(ConnectionRefusedError):
        fetch(target.addresses["url"], "/health")


def test_the_addresses_are_what_environment_files_use(healthy):
    """Exactly the promised names, all of them texts, the release with its id."""
    assert set(healthy.addresses) == set(ADDRESS_NAMES)
    assert all(isinstance(value, str) for value in healthy.addresses.values())
    assert healthy.addresses["url"] == f"http://{healthy.addresses['host']}:{healthy.addresses['port']}"
    assert healthy.release.version == "1.0.0"


def test_an_exception_inside_the_block_stops_it(tmp_path, processes):
    """As a context manager."""
    with pytest.raises(KeyError), DemoTarget.start(Faults(), tmp_path) as target:
        raise KeyError
    assert not any(processes.is_running(pid) for pid in target.pids)


def test_two_targets_do_not_meet(start, fetch):
    """Their ports and their data are their own."""
    one, two = start(""), start("health_lies")
    assert not set(one.pids) & set(two.pids)
    assert fetch(one.addresses["url"], "/health").json["status"] == "healthy"
    assert fetch(two.addresses["url"], "/health").json["status"] == "unhealthy"


def test_children_are_out_of_reach_of_the_terminal(healthy):
    """Each has a session of its own, so Ctrl-C goes to the parent only."""
    assert all(os.getsid(pid) == pid for pid in healthy.pids)


def test_surroundings_do_not_matter(tmp_path, monkeypatch, start, fetch):
    """Neither a module of the same name in the working directory, nor PYTHONPATH, nor -W error."""
    for name in ("asyncio", "demo", "json"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('wrong module')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    assert fetch(start("").addresses["url"], "/health").status == 200


# failures at the start


@pytest.mark.parametrize("broken", ["replica-1", "proxy"])
def test_a_child_that_fails_takes_the_others_with_it(tmp_path, monkeypatch, broken):
    """The error names it and ends with what it wrote last."""
    real = demo.process.command

    def command(wiring):
        program = "import sys; print('first'); sys.exit('no memory left')"
        return [sys.executable, "-c", program] if wiring.name == broken else real(wiring)

    monkeypatch.setattr(demo.process, "command", command)
    before, descriptors = _children(), _descriptors()
    with pytest.raises(DemoStartError) as caught:
        DemoTarget.start(scratch=tmp_path)
    message = str(caught.value)
    assert message.startswith(f"the demo target did not start: {broken} ended with 1")
    assert "no memory left" in message
    assert (_children(), _descriptors(), list(tmp_path.iterdir())) == (before, descriptors, [])


def test_a_child_that_never_serves_is_given_up(tmp_path, monkeypatch):
    """After a while, not for ever."""
    monkeypatch.setattr(demo.process, "command", lambda _: [sys.executable, "-c", "import time; time.sleep(60)"])
    monkeypatch.setattr(demo.target, "wait_until_serving", partial(demo.process.wait_until_serving, seconds=0.3))
    before = _children()
    with pytest.raises(DemoStartError, match=r"replica-1 was not serving after 0.3 s"):
        DemoTarget.start(scratch=tmp_path)
    assert _children() == before


@pytest.mark.parametrize("what", ["program", "scratch"])
def test_what_is_missing_is_one_clear_error(tmp_path, monkeypatch, what):
    """The program to run, or the folder to work in."""
    if what == "program":
        monkeypatch.setattr(demo.process, "command", lambda _: [str(tmp_path / "python-that-is-not-there")])
    scratch = tmp_path if what == "program" else tmp_path / "missing"
    with pytest.raises(DemoStartError, match=r"did not start: .*No such file or directory"):
        DemoTarget.start(scratch=scratch)
    assert list(tmp_path.iterdir()) == []


def test_an_interruption_during_the_start_leaves_nothing(tmp_path, monkeypatch):
    """Ctrl-C while the children come up."""

    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(demo.target, "wait_until_serving", interrupt)
    before = _children()
    with pytest.raises(KeyboardInterrupt):
        DemoTarget.start(scratch=tmp_path)
    assert (_children(), list(tmp_path.iterdir())) == (before, [])


# stopping


def test_a_reply_that_has_begun_is_finished(tmp_path, fetch):
    """SIGTERM in the middle of a request: its client still gets the answer."""
    target = DemoTarget.start(Faults(latency_ms=700), tmp_path)
    answers = []
    client = threading.Thread(target=lambda: answers.append(fetch(target.addresses["url"], "/health")))
    client.start()
    time.sleep(0.25)
    target.stop()
    client.join()
    assert [answer.status for answer in answers] == [200]
    assert answers[0].headers["connection"] == "close"


def test_a_hanging_target_stops_as_well(tmp_path, processes, fetch):
    """Connections that would never be answered don't hold it up."""
    target = DemoTarget.start(Faults(hang=True), tmp_path)
    with pytest.raises(TimeoutError):
        fetch(target.addresses["url"], "/health", timeout=0.2)
    target.stop()
    assert not any(processes.is_running(pid) for pid in target.pids)


def test_a_process_that_does_not_listen_is_killed(tmp_path, monkeypatch, processes):
    """One that is stopped never sees SIGTERM."""
    monkeypatch.setattr(demo.process, "DRAIN_S", -0.7)
    target = DemoTarget.start(scratch=tmp_path)
    os.kill(target.pids[0], signal.SIGSTOP)
    target.stop()
    assert not any(processes.is_running(pid) for pid in target.pids)


def test_a_process_that_has_gone_already_is_no_problem(tmp_path, processes):
    """Killed from outside, then stop."""
    target = DemoTarget.start(scratch=tmp_path)
    for pid in target.pids:
        os.kill(pid, signal.SIGKILL)
    processes.wait_until(lambda: not any(processes.is_running(pid) for pid in target.pids))
    target.stop()
    assert list(tmp_path.iterdir()) == []


# a parent that dies

_OWNER = """
import os, sys, threading, time
from pathlib import Path
from demo.target import DemoTarget

def start():
    global target
    target = DemoTarget.start(scratch=Path(sys.argv[1]))

{begin}
print(*target.pids, flush=True)
time.sleep(60)
"""

_BEGINNINGS = {
    "main thread": "start()",
    "another thread, which ends": "t = threading.Thread(target=start); t.start(); t.join(); time.sleep(0.3)",
    "with a forked copy that keeps the pipe": "start(); copy = os.fork(); copy or time.sleep(60); print(copy)",
}


@pytest.mark.parametrize("begin", _BEGINNINGS)
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_survives_a_killed_parent(tmp_path, processes, begin, number):
    """Neither processes nor files; until then everything lives."""
    if "forked" in begin and sys.platform != "linux":
        pytest.skip("only Linux tells a child of its parent's death without the pipe")
    owner = subprocess.Popen(
        [sys.executable, "-c", _OWNER.format(begin=_BEGINNINGS[begin]), str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    copy = int(owner.stdout.readline()) if "forked" in begin else 0
    pids = [int(pid) for pid in owner.stdout.readline().split()]
    try:
        assert len(pids) == 3
        assert all(processes.is_running(pid) for pid in pids)
        owner.send_signal(number)
        owner.wait()
        processes.wait_until(lambda: not any(processes.is_running(pid) for pid in pids), 5)
        processes.wait_until(lambda: list(tmp_path.iterdir()) == [], 5)
    finally:
        owner.kill()
        if copy:
            os.kill(copy, signal.SIGKILL)
        owner.wait()
        owner.stdout.close()
