"""The demo's fleet: each act sets a state, users never meet nothing, and all of it ends."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from urllib.parse import urlsplit

import psutil
import pytest

from demo.fleet import PROXY, Fleet, FleetError
from demo.fleet_files import FleetFiles
from demo.fleet_versions import VERSIONS, release_of
from releases.deployers.interface import DeployerError, UnknownStateError
from releases.deployers.process import ProcessDeployer, version_of
from tests.releases.client import asking

OLD, NEW = version_of("1"), version_of("2")


@pytest.fixture
def fleet(tmp_path):
    found = Fleet(tmp_path / "fleet")
    found.begin("1")
    yield found
    found.end()


def do(acts):
    for act in acts:
        if not act.done():
            act.do()
            assert act.done(), act.name


def version_at(url, headers=None):
    request = urllib.request.Request(f"{url}/version", headers=headers or {})
    with urllib.request.urlopen(request, timeout=5) as answer:
        return json.load(answer)["version"]


def is_running(pid):
    """A zombie has ended: whoever inherited it has not looked yet."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_without_a_fleet_nobody_knows_what_serves(tmp_path):
    """Not knowing is an error, and not "nothing"."""
    with pytest.raises(UnknownStateError, match="no fleet runs"):
        ProcessDeployer(tmp_path / "nothing").current()


def test_a_version_that_there_is_not_is_found_before_anything_moves(fleet):
    """So is one that serves already; a good one has no problem."""
    deployer = ProcessDeployer(fleet.files.folder)
    unknown = type(OLD)("sha256:0", "3")
    assert "there is no version '3' of the demo service; there are 1, 2, bad" in deployer.problems(unknown, OLD)[0]
    assert deployer.problems(OLD, OLD) == ["1 serves already"]
    assert deployer.problems(NEW, OLD) == []


def test_a_release_to_go_back_to_that_has_died_is_found_before_anything_moves(fleet):
    """Its replicas were killed; alive it is no problem."""
    deployer = ProcessDeployer(fleet.files.folder)
    for replica in ("a-replica-1", "a-replica-2"):
        os.kill(fleet.files.alive(replica), signal.SIGKILL)
    while fleet.files.alive("a-replica-2") is not None:
        time.sleep(0.01)
    assert "is not ready: replica-1 does not run" in deployer.problems(NEW, OLD)[0]


def test_a_release_comes_out_and_goes_back_without_a_failed_request(fleet):
    """Through all shares, promoted, and back; by connections of their own and by kept ones."""
    deployer = ProcessDeployer(fleet.files.folder)
    with asking(urlsplit(fleet.url).port) as clients:
        do(deployer.deploy(NEW))
        assert version_at(fleet.url) == "1"
        assert version_at(fleet.url, {"canary": "true"}) == "2"
        assert (deployer.current().stable, deployer.current().candidate, deployer.current().share) == (OLD, NEW, 0)
        for share in (20, 60, 100):
            do(deployer.shift(NEW, share))
            assert deployer.current().share == share
            time.sleep(0.3)
        do(deployer.promote(NEW))
        assert (deployer.current().stable, deployer.current().share) == (NEW, 0)
        assert version_at(fleet.url, {"canary": "true"}) == "2"
        do(deployer.clean([NEW, OLD]))
        assert deployer.current().candidate == OLD
        do(deployer.rollback(OLD))
        assert (deployer.current().stable, deployer.current().candidate) == (OLD, None)
        time.sleep(0.3)
    for client in clients:
        assert client.asked > 100
        assert (client.failed, dict(client.words)) == (0, {})
        assert set(client.versions) == {"1", "2"}


def test_a_share_is_exact(fleet):
    """Of 50 requests at 20 percent, 10 are on the candidate."""
    deployer = ProcessDeployer(fleet.files.folder)
    do(deployer.deploy(NEW))
    do(deployer.shift(NEW, 20))
    assert [version_at(fleet.url) for _ in range(50)].count("2") == 10


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("never-ready", "replica-1 says starting"),
        ("mistaken", "replica-1 says that it is sha256:"),
        ("half-bad", "replica-2 says unhealthy"),
    ],
)
def test_what_is_not_ready_as_itself_everywhere_is_not_deployed(fleet, version, words, monkeypatch):
    """No user is on it; what is good is deployed."""
    monkeypatch.setattr("demo.fleet.READY_S", 1.0)
    deployer = ProcessDeployer(fleet.files.folder)
    (act,) = deployer.deploy(version_of(version))
    with pytest.raises(DeployerError, match=words):
        act.do()
    assert deployer.current().share == 0
    assert version_at(fleet.url) == "1"
    do(deployer.rollback(OLD))
    do(deployer.deploy(NEW))


def test_the_slot_that_serves_is_never_stopped(fleet):
    """Whoever asks for it is refused."""
    with pytest.raises(FleetError, match="serves users"):
        fleet.stop("a")


def test_an_old_release_that_was_ended_is_started_again(fleet):
    """Going back does not depend on that somebody left it running."""
    deployer = ProcessDeployer(fleet.files.folder)
    do(deployer.deploy(NEW))
    do(deployer.promote(NEW))
    do(deployer.clean([NEW]))
    assert deployer.current().candidate is None
    do(deployer.rollback(OLD))
    assert (version_at(fleet.url), deployer.current().candidate) == ("1", None)


def test_a_fleet_outlives_who_started_it_and_is_found_again(tmp_path):
    """Killed without mercy; another process finds everything and ends it."""
    folder = tmp_path / "fleet"
    program = (
        "import sys, os, signal; from pathlib import Path; from demo.fleet import Fleet\n"
        "Fleet(Path(sys.argv[1])).begin('1'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(folder)], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    found = Fleet(folder)
    try:
        assert version_at(found.url) == "1"
        pids = [found.files.alive(name) for name in found.files.names()]
        assert len(pids) == 3
    finally:
        found.end()
    assert not folder.exists()
    assert not any(is_running(pid) for pid in pids)


def test_a_pid_that_another_process_has_is_not_believed(fleet):
    """A member's file with our own pid and no lock is nobody, and nobody is killed."""
    lock = fleet.files.lock_path("b-replica-1")
    lock.write_text(str(os.getpid()))
    (fleet.files.folder / "members" / "b-replica-1.json").write_text(
        json.dumps({"name": "b-replica-1", "pid": os.getpid(), "version": "2", "ports": {"plain": 1}})
    )
    assert fleet.files.member("b-replica-1") is None
    assert not fleet.occupied("b")
    fleet.stop("b")


def test_an_abandoned_fleet_ends_by_itself(tmp_path):
    """Whose folder is gone, too: nothing is left behind."""
    found = Fleet(tmp_path / "fleet")
    found.begin("1")
    names = found.files.names()
    pids = [found.files.alive(name) for name in names]
    os.utime(tmp_path / "fleet" / "lease", (1, 1))
    until = time.monotonic() + 10
    while any(found.files.alive(name) is not None for name in names):
        assert time.monotonic() < until
        time.sleep(0.05)
    assert len(pids) == 3
    assert PROXY in names
    found.end()
    assert FleetFiles(tmp_path / "fleet").abandoned(time.time())


def test_each_version_is_a_release_of_its_own():
    """Ids differ, and are the same each time."""
    ids = {release_of(name).id for name in VERSIONS}
    assert len(ids) == len(VERSIONS)
    assert release_of("2") == release_of("2")
