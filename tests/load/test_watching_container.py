"""A real container under a real engine is watched while it works, and when it is gone."""

import time

import pytest

from load.plan import ContainerTarget
from load.watching import Watch
from tests.checks.engine.dockerd import box, engine  # noqa: F401 - fixtures

_BURN = "while true; do :; done"


def test_a_busy_container_is_measured(box, monkeypatch):  # noqa: F811 - the fixture
    """Half a core is all that it may have, and about that is what it uses."""
    box.shell("burner", _BURN, nano_cpus=500_000_000, mem_limit="64m")
    monkeypatch.setenv("DOCKER_HOST", box.url)
    with Watch((ContainerTarget("app", "burner"),), {}) as watch:
        watch.begin(time.monotonic())
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline and len(watch.usage()[0].samples) < 2:
            time.sleep(0.2)
        (usage,) = watch.usage()
    assert usage.gap == ""
    last = usage.samples[-1]
    assert last.cpu_limit == 0.5
    assert last.cpu is None or 0.02 < last.cpu < 0.8
    assert last.memory is None or 0 < last.memory < last.memory_limit == 64 * 2**20


@pytest.mark.parametrize(("name", "words"), [("nobody", "no such container"), ("done", "is not running")])
def test_a_container_that_does_not_run_is_a_gap(box, monkeypatch, name, words):  # noqa: F811 - the fixture
    """Never there, or stopped."""
    box.create("done")
    monkeypatch.setenv("DOCKER_HOST", box.url)
    with Watch((ContainerTarget("app", name),), {}) as watch:
        watch.begin(time.monotonic())
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and watch.usage()[0].gap.startswith("the run was over"):
            time.sleep(0.1)
        (usage,) = watch.usage()
    assert usage.samples == ()
    assert words in usage.gap.lower()
