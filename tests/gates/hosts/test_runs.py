"""`pytest --env` with the hosts gate, as a user runs it; and testinfra's own pytest plugin beside it."""

import importlib.util

import pytest

from tests import conftest
from tests.gates.conftest import PYTEST

PROMOTE, REJECT, HOLD = 0, 1, 10

#: The machine that runs these tests may be busy and full: that is not what is tested.
CALM = "limits: {cpu.use: '<= 100 %', memory.use: '<= 100 %', disk.use: '<= 100 %', disk.inodes: '<= 100 %'}"


def environment(host="", connect="local://"):
    """An environment with one host and its gate."""
    return (
        f"service: shop\nhosts: {{app-1: {{connect: '{connect}', interval: 100ms, {host}}}}}\n"
        f"gates: {{hosts: {{{CALM}}}}}\n"
    )


def test_a_host_as_it_should_be_and_as_it_is_not(verify, tmp_path):
    """The same file: exit 0, and exit 1 with the subject, got, wanted, source and remedy."""
    conf = tmp_path / "app.conf"
    conf.write_text("x")
    conf.chmod(0o640)
    declared = environment(f"files: {{{conf}: {{mode: '0640'}}}}")
    good = verify(environment=declared)
    assert (good.code, good.decision) == (PROMOTE, "promote"), good.out
    conf.chmod(0o644)
    bad = verify(environment=declared)
    assert (bad.code, bad.decision) == (REJECT, "reject"), bad.out
    # A long path is broken anywhere.
    assert f"app-1.files.{conf}.mode:'0644',wanted='0640'" in "".join(bad.last.split())
    assert "chmod it" in bad.out
    (judged,) = (j for gate in bad.report["gates"] for j in gate["judgements"] if j["verdict"] == "FAIL")
    assert judged["evidence"]["source"] == f"stat -L {conf}"


def test_spread_over_workers_and_measured_once(verify):
    """The same judgements with -n 2."""
    alone, spread = verify(environment=environment()), verify("-n", "2", environment=environment())
    assert (alone.code, spread.code) == (PROMOTE, PROMOTE), alone.out + spread.out
    subjects = [
        sorted((j["subject"], j["verdict"]) for gate in run.report["gates"] for j in gate["judgements"])
        for run in (alone, spread)
    ]
    assert subjects[0] == subjects[1]
    assert "hosts: 1 check in" in spread.out


def test_the_machine_that_runs_pytest_is_no_host_of_its_own(verify, tmp_path):
    """A host that is down is down: nothing of this machine is measured in its place."""
    run = verify(environment=environment(connect="ssh://127.0.0.1:1"))
    assert run.code == REJECT, run.out
    subjects = [j["subject"] for gate in run.report["gates"] for j in gate["judgements"]]
    assert subjects == ["app-1.reachable", "app-1.facts"]


def test_nothing_is_declared(verify):
    """A gate without hosts is held; so is one with none."""
    for text in ("service: shop\ngates: {hosts: {}}\n", "service: shop\nhosts: {}\ngates: {hosts: {}}\n"):
        run = verify(environment=text)
        assert (run.code, run.decision) == (HOLD, "hold")
        assert "nothing is declared under `hosts:`" in run.last.replace("\n        ", " ")


def test_a_mistake_stops_the_run(verify):
    """Before anything is measured, with file, line, key and hint."""
    run = verify(environment=environment("services: {nginx: runing}"))
    assert run.code == 4
    assert "hosts.app-1.services.nginx" in run.err + run.out
    assert "did you mean 'running'?" in run.err + run.out


def test_a_mere_listing_starts_nothing(verify):
    """Also where the host could not be reached."""
    run = verify("--collect-only", environment=environment(connect="ssh://127.0.0.1:1"))
    assert run.code == PROMOTE, run.out
    assert "test_hosts[app-1]" in run.out


def test_a_target_that_is_not_ready_and_its_host(verify, server):
    """What a target stands on is looked at all the same: it says why."""
    server.answers["/ready"] = (503, {})
    ready = f"readiness: {{http: '{server.url}/ready', deadline: 200ms, interval: 100ms}}\n"
    run = verify(environment=environment() + ready)
    verdicts = {j["subject"]: j["verdict"] for gate in run.report["gates"] for j in gate["judgements"]}
    assert verdicts["app-1.reachable"] == "PASS", run.out


@pytest.fixture
def testinfra():
    """pytest-testinfra, whose plugin pytest loads by itself."""
    if importlib.util.find_spec("testinfra") is None:
        conftest.lacking("the Python module testinfra")


def test_its_options_do_not_disturb(verify, testinfra):
    """`--hosts` and `--sudo` are testinfra's, and mean nothing to the gate; Tidegate's own are still there."""
    run = verify("--hosts=local://", "--sudo", environment=environment())
    assert run.code == PROMOTE, run.out
    listed = verify("--help", environment=environment())
    assert "--hosts=HOSTS" in listed.out
    assert "--env=NAME" in listed.out


def test_its_fixture_works_in_a_gate_of_ones_own(verify, testinfra, tmp_path):
    """A user's gate file may use testinfra's `host`, and its judgement counts."""
    (tmp_path / "gate_shell.py").write_text(
        '"""A gate that asks testinfra itself."""\n'
        "from tidegate import AtLeast, Reading\n\nGATE = 'shell'\n\n\n"
        "def test_shell(host, require):\n"
        '    """One judgement."""\n'
        "    found = host.file('/bin/sh').exists\n"
        "    require(Reading('shell.there', int(found)), AtLeast(1))\n"
    )
    text = f"service: shop\ngate_files: [{tmp_path}/gate_shell.py]\ngates: {{shell: {{}}}}\n"
    run = verify(environment=text)
    assert run.code == PROMOTE, run.out
    assert [j["subject"] for gate in run.report["gates"] for j in gate["judgements"]] == ["shell.there"]


def test_plain_pytest_with_both_plugins(testinfra, tmp_path):
    """Without `--env` a project's tests run as ever."""
    import subprocess

    (tmp_path / "test_plain.py").write_text("def test_plain(host):\n    assert host.run('true').rc == 0\n")
    done = subprocess.run(
        [PYTEST, "-q", "-p", "no:cacheprovider", "--rootdir", tmp_path, tmp_path / "test_plain.py"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
    assert "tidegate" not in done.stdout
