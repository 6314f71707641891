"""CPU and memory by the formulas of `docker stats`; what a sample lacks is a Gap."""

import copy

import pytest

from checks.attempt import Attempt
from checks.engine.usage import usage
from checks.evidence import Gap

OWN = Attempt("web.web-1", "docker stats")
BEFORE = {
    "cpu_stats": {"cpu_usage": {"total_usage": 1_000_000_000}, "system_cpu_usage": 100_000_000_000, "online_cpus": 4},
    "memory_stats": {"usage": 80_000_000, "limit": 200_000_000, "stats": {"inactive_file": 30_000_000}},
}
#: In between the host's four processors had 20 s together, and the container 2.5 s: half a core.
AFTER = {
    "cpu_stats": {"cpu_usage": {"total_usage": 3_500_000_000}, "system_cpu_usage": 120_000_000_000, "online_cpus": 4},
    "memory_stats": {"usage": 80_000_000, "limit": 200_000_000, "stats": {"inactive_file": 30_000_000}},
}


def parts(before=BEFORE, after=AFTER, cpu_limit=None, limited=True):
    return {e.subject.removeprefix("web.web-1."): e for e in usage(OWN, before, after, cpu_limit, limited)}


def test_the_numbers_of_docker_stats():
    """2.5 s of 20 s on four processors are 0.5 cores; 80 MB less 30 MB of page cache are 50 MB of 200."""
    found = parts()
    assert found["cpu.cores"].value == pytest.approx(0.5)
    assert found["cpu.use"].value == pytest.approx(0.125)
    assert found["memory.used"].value == 50_000_000
    assert found["memory.use"].value == 0.25


@pytest.mark.parametrize(("limit", "use"), [(1.0, 0.5), (0.5, 1.0), (8.0, 0.125), (None, 0.125)])
def test_a_share_of_what_it_may_use(limit, use):
    """Half a core is all of a limit of half a core, and an eighth of a host of four."""
    found = parts(cpu_limit=limit)
    assert found["cpu.use"].value == pytest.approx(use)
    assert ("no limit" in found["cpu.use"].detail) is (limit is None)


def test_without_a_limit_memory_is_the_hosts():
    """The words say so."""
    assert parts(limited=False)["memory.use"].detail == "of the host: it has no limit"


def test_cgroup_v1_names_its_cache_otherwise():
    """total_inactive_file comes before inactive_file, as with `docker stats`."""
    after = copy.deepcopy(AFTER)
    after["memory_stats"]["stats"]["total_inactive_file"] = 20_000_000
    assert parts(after=after)["memory.used"].value == 60_000_000


def test_more_cache_than_usage_is_left_in():
    """As `docker stats` does: memory is never below 0."""
    after = copy.deepcopy(AFTER)
    after["memory_stats"]["stats"]["inactive_file"] = 90_000_000
    assert parts(after=after)["memory.used"].value == 80_000_000


def test_processors_are_counted_by_the_list_of_old_engines():
    """Engines without online_cpus list every processor."""
    after = copy.deepcopy(AFTER)
    del after["cpu_stats"]["online_cpus"]
    after["cpu_stats"]["cpu_usage"]["percpu_usage"] = [1, 2, 3, 4]
    assert parts(after=after)["cpu.cores"].value == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("path", "value", "what"),
    [
        (("cpu_stats", "system_cpu_usage"), None, "cpu"),
        (("cpu_stats", "system_cpu_usage"), 100_000_000_000, "cpu"),
        (("cpu_stats", "cpu_usage", "total_usage"), 0, "cpu"),
        (("cpu_stats", "cpu_usage"), {}, "cpu"),
        (("cpu_stats", "online_cpus"), 0, "cpu"),
        (("cpu_stats", "online_cpus"), True, "cpu"),
        (("memory_stats",), {}, "memory"),
        (("memory_stats", "limit"), 0, "memory"),
        (("memory_stats", "stats"), {}, "memory"),
        (("memory_stats", "stats"), None, "memory"),
        (("memory_stats", "usage"), "many", "memory"),
    ],
)
def test_what_is_missing_is_a_gap(path, value, what):
    """A container that just ended has empty statistics: that is not 0 %."""
    after = copy.deepcopy(AFTER)
    inner = after
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    found = parts(after=after)
    gaps = {part.partition(".")[0] for part, evidence in found.items() if isinstance(evidence, Gap)}
    assert gaps == {what}
