"""The session itself: answers, limits, and nothing left behind, whatever ends it."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from checks.hosts import session as sessions
from checks.hosts.connection import open_host
from checks.hosts.look import look_at_hosts
from checks.hosts.probe import HostProbe
from checks.hosts.session import Ended, Hung, Session, SessionError, TooMuch

ENVIRON = {"PATH": os.environ["PATH"]}


@pytest.fixture
def shell():
    """A session with this machine's shell."""
    with Session(["/bin/sh"], ENVIRON, 20) as session:
        session.greet()
        yield session


def running(word):
    """The processes whose command line is this one."""
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if line == word]


def gone(word):
    """Whether they end, soon."""
    end = time.monotonic() + 5
    while running(word) and time.monotonic() < end:
        time.sleep(0.02)
    return running(word) == []


def test_an_answer_has_both_streams_and_a_status(shell):
    """One command knows nothing of the one before."""
    answer = shell.run("echo out; echo err >&2; x=1; cd /; exit 7")
    assert (answer.out, answer.err, answer.status) == ("out\n", "err\n", 7)
    assert shell.run('echo "$x"').out == "\n"
    assert answer.received > answer.sent


def test_a_command_has_no_input(shell):
    """It can't eat the commands that follow."""
    assert shell.run("cat; read -r line; echo done").out == "done\n"
    assert shell.run("echo still here").out == "still here\n"


def test_quotes_line_ends_and_bytes_survive(shell):
    """Whatever a command is made of."""
    assert shell.run("printf '%s' \"it's\n'fine'\"").out == "it's\n'fine'"
    assert shell.run("printf '\\377x\\000y'").out == "\ufffdx\0y"
    assert shell.run(f"echo {'x' * 100_000} | wc -c").out.strip() == "100001"


def test_a_command_that_hangs_is_killed_and_the_session_goes_on(shell):
    """With what it started; what it printed until then is told."""
    with pytest.raises(Hung, match="did not end within 1 s and was killed") as raised:
        shell.run("echo before; sleep 8651 & sleep 8651", 1)
    assert raised.value.out == "before\n"
    assert gone("sleep 8651")
    assert shell.run("echo after").out == "after\n"


def test_a_command_that_prints_without_end(shell):
    """The session is given up before our memory is."""
    with pytest.raises(TooMuch, match="more than 8 MiB"):
        shell.run("yes")
    assert not shell.alive
    with pytest.raises(SessionError, match="more than 8 MiB"):
        shell.run("echo")


def test_a_shell_that_ends(shell):
    """Its last words are the error's."""
    with pytest.raises(Ended, match="the connection ended"):
        shell._exchange("kill -9 $$", 5)


def test_no_time_is_left(shell):
    """Nothing is started then."""
    shell.extend(-1)
    with pytest.raises(Hung, match="time for this host is over"):
        shell.run("echo")


def test_closing_kills_what_hangs(monkeypatch):
    """Also where the host could not do it itself."""
    with Session(["/bin/sh"], ENVIRON, 20) as session:
        session.greet()
        session.limited = False
        with pytest.raises(Hung, match="no answer within"):
            session.run("sleep 8652", 0.3)
        assert running("sleep 8652")
    assert gone("sleep 8652")
    session.close()


def test_a_silent_program():
    """It answers nothing, and is killed at the deadline."""
    with Session(["sleep", "8653"], ENVIRON, 0.3) as session, pytest.raises(Hung):
        session.greet()
    assert gone("sleep 8653")


def test_what_the_shell_is_given(shell):
    """English words, and the folders of administrators' programs."""
    answer = shell.run('echo "$LC_ALL"; echo "$PATH"')
    assert answer.out.splitlines()[0] == "C"
    assert answer.out.splitlines()[1].endswith(":/usr/local/sbin:/usr/sbin:/sbin")


def test_a_local_host_gets_no_secrets(monkeypatch, tmp_path):
    """What CI keeps in its environment does not reach the shell."""
    monkeypatch.setenv("DEPLOY_TOKEN", "t0ps3cret")
    with open_host(HostProbe("app", "local://")).session as session:
        assert "t0ps3cret" not in session.run("env; cat /proc/$$/environ").out


def test_ctrl_c_leaves_nothing(tmp_path):
    """Two hosts that hang: one signal ends the look at once, and their programs with it."""
    script = tmp_path / "look.py"
    script.write_text(
        textwrap.dedent(f"""
        import sys
        sys.path.insert(0, {str(Path(__file__).parents[3])!r})
        from checks.hosts import load, look
        from checks.hosts.probe import HostProbe
        load.CPU = "sleep 8654"
        print("begins", flush=True)
        look.look_at_hosts([HostProbe("a", "local://"), HostProbe("b", "local://")])
        """)
    )
    process = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "begins\n"
        end = time.monotonic() + 10
        while len(running("sleep 8654")) < 2 and time.monotonic() < end:
            time.sleep(0.05)
        assert len(running("sleep 8654")) >= 2
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        _, words = process.communicate(timeout=20)
    finally:
        process.kill()
        process.wait()
    assert time.monotonic() - began < 8
    assert "KeyboardInterrupt" in words
    assert gone("sleep 8654")


def test_ctrl_c_while_nobody_answers(tmp_path):
    """A program that holds the connection and hangs before the shell is killed, too."""
    fake = tmp_path / "ssh"
    fake.write_text("#!/bin/sh\nexec sleep 8655\n")
    fake.chmod(0o755)
    script = tmp_path / "look.py"
    script.write_text(
        f"import sys\nsys.path.insert(0, {str(Path(__file__).parents[3])!r})\n"
        "from checks.hosts.look import look_at_hosts\nfrom checks.hosts.probe import HostProbe\n"
        "look_at_hosts([HostProbe('a', 'ssh://a')])\n"
    )
    environ = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    process = subprocess.Popen([sys.executable, script], stderr=subprocess.PIPE, text=True, env=environ)
    try:
        end = time.monotonic() + 10
        while not running("sleep 8655") and time.monotonic() < end:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        process.communicate(timeout=20)
    finally:
        process.kill()
        process.wait()
    assert time.monotonic() - began < 8
    assert gone("sleep 8655")


def test_many_hosts_take_the_time_of_one():
    """Their intervals run at the same time, and more than fit come in turns."""
    probes = [HostProbe(f"h{n}", "local://", interval=1.0) for n in range(6)]
    began = time.monotonic()
    found = look_at_hosts(probes)
    assert time.monotonic() - began < 5
    assert list(found) == [f"h{n}" for n in range(6)]
    assert all(found[name][0].value is True for name in found)
    assert list(look_at_hosts([HostProbe(f"h{n}", "local://", interval=0.1) for n in range(3)], together=2)) == [
        "h0",
        "h1",
        "h2",
    ]


def test_a_mistake_of_our_own_is_a_gap(monkeypatch):
    """It ends the look at that fact, and not the run."""
    from checks.hosts import look

    monkeypatch.setattr(look, "take_cpu", lambda host: 1 / 0)
    (found,) = look_at_hosts([HostProbe("app", "local://", interval=0.1)]).values()
    by_subject = {evidence.subject: evidence for evidence in found}
    assert "the check itself failed: ZeroDivisionError" in by_subject["app.facts"].reason
    assert by_subject["app.memory.use"].value > 0
    assert sessions.MOST == 8 << 20
