"""Watching a target: what it uses, and what can't be known about it."""

import os
import subprocess
import sys
import time

import pytest

from load import watching_container
from load.plan import ContainerTarget, HostTarget, ProcessTarget
from load.result import Usage
from load.watching import Unwatchable, Watch, per_second
from tests.conftest import load


def watched(target, seconds, hosts=None):
    """What is known of a target after some seconds."""
    with Watch((target,), hosts or {}) as watch:
        watch.begin(time.monotonic())
        time.sleep(seconds)
        (usage,) = watch.usage()
    return usage


def test_a_process_that_is_not_there_is_a_gap():
    """No sample, and the reason; not zero CPU."""
    load("psutil")
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    usage = watched(ProcessTarget("app", gone.pid), 0.3)
    assert (usage.samples, usage.gap) == ((), "the process is not there (any more)")


def test_a_busy_process_and_its_child_are_measured():
    """One core of it, most of which a child uses, and what it writes."""
    psutil = load("psutil")
    program = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'while True: pass'])"
    busy = subprocess.Popen([sys.executable, "-c", program])
    try:
        time.sleep(0.3)
        usage = watched(ProcessTarget("app", busy.pid), 2.5)
    finally:
        for child in psutil.Process(busy.pid).children(recursive=True):
            child.kill()
        busy.kill()
        busy.wait()
    assert usage.gap == ""
    assert usage.source == f"top -b -n 1 -p {busy.pid}"
    last = usage.samples[-1]
    assert 0.2 < last.cpu < 1.3
    assert last.cpu_limit >= 1
    assert 5e6 < last.memory < last.memory_limit
    assert last.disk_written is None or last.disk_written >= 0


def test_a_target_that_was_not_read_in_time_is_a_gap():
    """A rate needs two looks; a run that is over after one has none."""
    load("psutil")
    usage = watched(ProcessTarget("app", os.getpid()), 0.2)
    assert (usage.samples, usage.gap) == ((), "the run was over before it could be read")


def test_a_host_is_read_by_its_callable():
    """The seam: whatever reads a machine gives a Usage each second, and its time is filled in."""
    usage = watched(HostTarget("web1"), 1.4, {"web1": lambda: Usage(0.0, cpu=0.5, disk_used=0.9)})
    assert [(sample.cpu, sample.disk_used) for sample in usage.samples] == [(0.5, 0.9)] * 2
    assert usage.samples[1].at > usage.samples[0].at >= 0


def test_a_host_that_fails_is_a_gap_and_keeps_what_was_read():
    """The words of its error are the reason."""
    answers = iter([Usage(0.0, cpu=0.1)])

    def read():
        try:
            return next(answers)
        except StopIteration:
            raise OSError("ssh: no route to host") from None

    usage = watched(HostTarget("web1"), 1.4, {"web1": read})
    assert len(usage.samples) == 1
    assert usage.gap == "it could not be read: OSError: ssh: no route to host"


@pytest.mark.parametrize(("targets", "hosts"), [((HostTarget("a"),), {}), ((), {"a": lambda: None})])
def test_hosts_and_callables_belong_together(targets, hosts):
    """A host without a callable, and a callable without a host, are mistakes of the caller."""
    with pytest.raises(ValueError, match="the watched host 'a'"):
        Watch(targets, hosts)


def test_an_engine_that_is_not_there_is_a_gap(monkeypatch, tmp_path):
    """The Docker engine can't be asked: that says nothing of the container."""
    load("docker")
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    usage = watched(ContainerTarget("db", "pg_1"), 0.5)
    assert usage.samples == ()
    assert "engine" in usage.gap
    assert usage.source == "docker stats --no-stream pg_1"


class Engine:
    """The two answers of the engine that are used."""

    def __init__(self, *stats, inspected=None):
        self._stats = iter(stats)
        self._inspected = inspected or {"State": {"Running": True}, "HostConfig": {"NanoCpus": 500_000_000}}

    def stats(self, name, *, stream, one_shot):
        assert (stream, one_shot) == (False, True)
        return next(self._stats)

    def inspect_container(self, name):
        return self._inspected


def stats(cpu, usage=300, disk=None):
    """An answer of `GET /containers/{id}/stats`."""
    return {
        "cpu_stats": {"cpu_usage": {"total_usage": cpu}, "online_cpus": 4},
        "memory_stats": {"usage": usage, "limit": 1000, "stats": {"inactive_file": 100}},
        "blkio_stats": {"io_service_bytes_recursive": disk},
    }


@pytest.fixture
def container(monkeypatch):
    """A probe of a container of an engine."""

    def of(engine):
        monkeypatch.setattr(watching_container, "ask", lambda where, seconds, work: work(engine))
        return watching_container.ContainerProbe("pg_1")

    return of


def test_a_container_is_measured_as_docker_stats_does(container):
    """CPU in cores of its own limit, memory without what the page cache gives back, disk where it is accounted for."""
    disk = [{"op": "Read", "value": 1000}, {"op": "write", "value": 0}]
    more = [{"op": "Read", "value": 5000}, {"op": "write", "value": 2000}]
    probe = container(Engine(stats(1_000_000_000, disk=disk), stats(2_000_000_000, disk=more)))
    assert probe.sample(1.0) is None
    assert probe.sample(3.0) == Usage(3.0, 0.5, 0.5, 200, 1000, 2000.0, 1000.0)


def test_what_an_engine_does_not_say_is_not_known(container):
    """No limit of its own: the machine's cores; no accounting of disks: None, not 0."""
    inspected = {"State": {"Running": True}, "HostConfig": {"NanoCpus": 0, "CpuQuota": 0}}
    probe = container(Engine(stats(10), stats(20), inspected=inspected))
    probe.sample(0.0)
    usage = probe.sample(1.0)
    assert (usage.cpu_limit, usage.disk_read, usage.disk_written) == (4.0, None, None)


def test_a_container_that_stopped_is_a_gap(container):
    """Its last numbers are zeros, and zeros would pass every limit."""
    probe = container(Engine(stats(0), inspected={"State": {"Running": False}, "HostConfig": {}}))
    with pytest.raises(Unwatchable, match="not running"):
        probe.sample(1.0)


@pytest.mark.parametrize(("now", "before", "seconds"), [(None, 1.0, 1.0), (1.0, None, 1.0), (1.0, 2.0, 1.0), (1, 1, 0)])
def test_a_rate_that_is_not_known_is_none(now, before, seconds):
    """A counter that began anew, or was not read."""
    assert per_second(now, before, seconds) is None
