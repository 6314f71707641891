"""Samples over one connection: CPU use since the one before, and a connection that comes back."""

from checks.evidence import Gap
from checks.hosts.probe import HostProbe
from checks.hosts.sampling import sample, sampled
from tests.checks.hosts.machines import busy


def _by_part(evidence):
    return {e.subject.removeprefix("app."): e for e in evidence}


def test_samples_share_a_connection(box):
    """The first has no CPU use, as it takes two; the others have it, over the time between them."""
    container = busy(box)
    with sampled(HostProbe("app", "docker://app-1", engine=box.url)) as host:
        first = _by_part(sample(host))
        execs = container.client.api.inspect_container(container.id)["ExecIDs"]
        second = _by_part(sample(host))
        assert container.client.api.inspect_container(container.id)["ExecIDs"] == execs
    assert "cpu.use" not in first
    assert 0 <= second["cpu.use"].value <= 1
    for found in (first, second):
        assert found["reachable"].value is True
        assert {"memory.use", "memory.available", "load.1m", "disk./.use"} <= set(found)


def test_a_host_that_is_lost_and_comes_back(box):
    """Paused: no answer, Gaps; stopped: not reachable; started: samples again."""
    container = busy(box)
    with sampled(HostProbe("app", "docker://app-1", engine=box.url, timeout=2)) as host:
        assert _by_part(sample(host))["memory.use"].value > 0
        container.pause()
        lost = _by_part(sample(host))
        assert isinstance(lost["memory.use"], Gap)
        container.unpause()
        assert _by_part(sample(host))["memory.use"].value > 0
        container.stop(timeout=0)
        _by_part(sample(host))
        down = _by_part(sample(host))
        assert list(down) == ["reachable"]
        assert (down["reachable"].value, "not running" in down["reachable"].detail) == (False, True)
        container.start()
        assert _by_part(sample(host))["memory.use"].value > 0
