"""Whether a host can be reached, over ssh, Docker and locally: each fault with its words, and its twin without it."""

import os
import signal
import subprocess
import time

import pytest

from checks.evidence import Gap, Reading
from checks.hosts import connection
from checks.hosts.connection import _meaning
from checks.hosts.look import look_at_hosts
from checks.hosts.probe import HostProbe
from checks.hosts.session import Ended
from tests.checks.hosts.machines import busy


def fails(found, *words):
    """One False reading in these words, and one Gap for all the rest."""
    assert list(found) == ["reachable", "facts"], found
    reachable, facts = found.values()
    assert isinstance(reachable, Reading), reachable
    assert reachable.value is False
    assert isinstance(facts, Gap)
    assert facts.reason == "nothing was measured: the host is not reachable"
    for word in words:
        assert word in reachable.detail
    return True


def gap(found, *words, remedy=""):
    """One Gap in these words, and nothing else."""
    assert list(found) == ["reachable"], found
    assert isinstance(found["reachable"], Gap), found
    for word in words:
        assert word in found["reachable"].reason
    assert remedy in found["reachable"].remedy
    return True


def reached(found):
    """It was reached, and memory was read."""
    assert found["reachable"].value is True, found
    return 0 < found["memory.use"].value < 1


def test_two_hosts_of_one_name_are_refused():
    """Evidence is kept by name."""
    probe = HostProbe("app", "local://")
    with pytest.raises(ValueError, match="two hosts have the name 'app'"):
        look_at_hosts([probe, probe])


def test_no_hosts_are_no_evidence():
    """Nothing is started for nothing."""
    assert look_at_hosts([]) == {}


def test_an_sshd_that_is_down_and_its_twin(look, sshd):
    """Refused is the host's fault; the same host, started, is reached."""
    assert reached(look(sshd.connect, ssh=sshd.options()))
    sshd.stop()
    assert fails(look(sshd.connect, ssh=sshd.options()), "connection refused")


def test_a_key_that_the_host_does_not_accept(look, sshd):
    """A wrong key is refused like a wrong password."""
    options = sshd.options(identity_file=f"{sshd.folder}/stranger")
    assert fails(look(sshd.connect, ssh=options), "the log-in was refused", "Permission denied")
    assert reached(look(sshd.connect, ssh=sshd.options()))


def test_an_identity_file_that_everybody_reads(look, sshd):
    """ssh itself refuses it: that is our own side's, and the remedy says what to do."""
    (sshd.folder / "user").chmod(0o644)
    assert gap(look(sshd.connect, ssh=sshd.options()), "ssh refused the identity file", remedy="chmod 600")
    (sshd.folder / "user").chmod(0o600)
    assert reached(look(sshd.connect, ssh=sshd.options()))


def test_a_changed_host_key(look, sshd):
    """Somebody else may answer there: that is a failure, and no missing configuration."""
    sshd.know("stranger")
    assert fails(look(sshd.connect, ssh=sshd.options()), "host key has changed")
    sshd.know("host")
    assert reached(look(sshd.connect, ssh=sshd.options()))


def test_an_unknown_host_key(look, sshd):
    """Nobody compared it yet: a Gap that says how. `accept-new` believes it."""
    (sshd.folder / "known_hosts").write_text("")
    assert gap(look(sshd.connect, ssh=sshd.options()), "host key is not known here", remedy="ssh-keyscan")
    assert reached(look(sshd.connect, ssh=sshd.options(host_keys="accept-new")))
    sshd.know("stranger")
    assert fails(look(sshd.connect, ssh=sshd.options(host_keys="accept-new")), "host key has changed")


def test_an_sshd_that_hangs(look, sshd):
    """It accepts and says nothing: the host's fault after the time for connecting. Woken up, it is reached."""
    listener = sshd.listener()
    os.kill(listener, signal.SIGSTOP)
    began = time.monotonic()
    found = look(sshd.connect, ssh=sshd.options(connect_timeout=1))
    took = time.monotonic() - began
    os.kill(listener, signal.SIGCONT)
    assert fails(found, "no answer in time")
    assert took < 10
    assert reached(look(sshd.connect, ssh=sshd.options()))


def test_a_log_in_shell_that_hangs(look, sshd):
    """Connected, logged in, and no shell answers: after the host's time it is given up, and nothing is left here."""
    sshd.instead("sleep 60")
    began = time.monotonic()
    assert fails(look(sshd.connect, ssh=sshd.options(), timeout=2), "no answer within 2 s")
    assert time.monotonic() - began < 15
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert not [line for line in listed.splitlines() if line.startswith("ssh -T") and f"-p {sshd.port}" in line]


def test_what_log_in_scripts_print_is_dropped(look, sshd):
    """A banner before the shell is no evidence."""
    sshd.instead("echo 'MemTotal: 1 kB'; echo noise >&2; exec /bin/sh")
    assert reached(look(sshd.connect, ssh=sshd.options()))


def test_a_name_that_does_not_resolve(look):
    """The name is wrong, not the resolver."""
    assert fails(look("ssh://deploy@no-such-host.invalid"), "does not resolve")


def test_ssh_is_not_installed(look, monkeypatch, tmp_path):
    """Our own side lacks the program."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert gap(look("ssh://app.example.com"), "ssh is not installed here", remedy="openssh-client")


def test_no_engine_is_a_gap(look, tmp_path):
    """Whether the container is there can't be known."""
    found = look("docker://app-1", engine=f"unix://{tmp_path}/none.sock")
    assert gap(found, "the Docker engine can't be asked", remedy="start the engine")


def test_a_container_that_is_missing_stopped_paused_and_its_twin(look, box):
    """Each is the host's fault, in its own words; the same container, running, is reached."""
    where = {"connect": "docker://app-1", "engine": box.url}
    assert fails(look(**where), "there is no such container")
    container = busy(box)
    assert reached(look(**where))
    container.pause()
    assert fails(look(**where), "the container is paused")
    container.unpause()
    assert reached(look(**where))
    container.stop(timeout=0)
    assert fails(look(**where), "the container is not running")


def test_a_container_without_a_shell(look, box):
    """It runs, and can't be looked into: a Gap, and no failure."""
    box.create("bare").start()
    assert gap(look("docker://bare", engine=box.url), "there is no shell", remedy="/bin/sh")


def test_a_user_that_the_container_lacks(look, box):
    """`docker://user@name` asks for a user; one that it has is taken."""
    busy(box)
    assert gap(look("docker://nobody@app-1", engine=box.url), "has no such user")
    assert reached(look("docker://app@app-1", engine=box.url))


def test_sudo_that_asks_for_a_password(look, monkeypatch, tmp_path):
    """Nobody answers: a Gap that says what to grant. Where sudo lets us, root's shell answers."""
    sudo = tmp_path / "sudo"
    sudo.write_text("#!/bin/sh\necho 'sudo: a password is required' >&2\nexit 1\n")
    sudo.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert gap(look("local://", sudo=True), "sudo refused", "a password is required", remedy="NOPASSWD")
    sudo.write_text('#!/bin/sh\n[ "$1" = -n ] || exit 9\nshift\nexec "$@"\n')
    assert reached(look("local://", sudo=True))


def test_a_host_without_sudo(look, box):
    """It has a shell: what is missing is named. Without `sudo:` the same host is looked at."""
    busy(box)
    assert gap(look("docker://app-1", engine=box.url, sudo=True), "there is no sudo", remedy="install sudo")
    assert reached(look("docker://app-1", engine=box.url))


@pytest.mark.parametrize(
    "said",
    [
        "sh: 1: sudo: not found",
        "bash: line 1: sudo: command not found",
        "/bin/sh: 1: exec: sudo: not found",
        "/bin/sh: exec: line 0: sudo: not found",
        'OCI runtime exec failed: unable to start container process: exec: "sudo": executable file not found in $PATH',
    ],
)
def test_shells_say_in_many_words_that_there_is_no_sudo(said):
    """And sudo's own words are its own."""
    probe = HostProbe("app", "ssh://app", sudo=True)
    assert _meaning(probe, Ended(said)).words.startswith("there is no sudo: ")
    assert _meaning(probe, Ended("sudo: a password is required")).words.startswith("sudo refused: ")
    assert _meaning(probe, Ended("sudo: /bin/sh: command not found")).words.startswith("sudo refused: ")


def test_what_is_no_linux_is_a_gap(look, monkeypatch, tmp_path):
    """Another system has no /proc of this kind: one Gap, and not twenty."""
    uname = tmp_path / "uname"
    uname.write_text("#!/bin/sh\necho Darwin\n")
    uname.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert gap(look("local://"), "it is Darwin, and only Linux is looked at")


def test_unknown_last_words_are_a_gap():
    """What is not understood is nobody's fault yet."""
    probe = HostProbe("app", "ssh://app.example.com")
    error = connection._meaning(probe, connection.Ended("something quite new\n"))
    assert isinstance(error, connection.Unmeasured)
    assert "something quite new" in error.words
