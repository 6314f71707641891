"""The clock of a host against ours: right, wrong, of whole seconds, and unreadable."""

import pytest

from checks.evidence import Gap
from tests.checks.hosts.machines import busy


@pytest.fixture
def wrong(sshd):
    """`wrong(script)`: `date` on the host of sshd is this script."""

    def replace(script):
        folder = sshd.folder / "bin"
        folder.mkdir()
        (folder / "date").write_text(f"#!/bin/sh\n{script}\n")
        (folder / "date").chmod(0o755)
        sshd.instead(f"PATH={folder}:$PATH exec /bin/sh")
        return sshd

    return replace


def test_a_right_clock(look, sshd):
    """The same machine's, over ssh: no further off than the round trip tells."""
    found = look(sshd.connect, ssh=sshd.options(), clock=True)
    assert found["clock.offset"].value <= found["clock.uncertainty"].value + 0.005
    assert found["clock.uncertainty"].value < 0.5
    assert "±" in found["clock.offset"].detail


@pytest.mark.parametrize(("seconds", "way"), [(90, "ahead of"), (-90, "behind")])
def test_a_wrong_clock(look, wrong, seconds, way):
    """Minutes off, in either direction."""
    sshd = wrong(f'/bin/date +%s.%N -d "{seconds:+d} seconds"')
    found = look(sshd.connect, ssh=sshd.options(), clock=True)
    assert found["clock.offset"].value == pytest.approx(90, abs=1)
    assert found["clock.offset"].detail.startswith(way)


def test_a_clock_of_whole_seconds(look, box):
    """busybox knows no fractions: the moment when the second changes tells them."""
    busy(box)
    found = look("docker://app-1", engine=box.url, clock=True)
    assert found["clock.offset"].value <= found["clock.uncertainty"].value + 0.005
    assert found["clock.uncertainty"].value < 0.45


@pytest.mark.parametrize("script", ["echo nonsense", "exit 1", "echo 12.%N", "echo -5.0"])
def test_a_clock_that_says_nothing(look, wrong, script):
    """A Gap, and everything else is read."""
    sshd = wrong(script)
    found = look(sshd.connect, ssh=sshd.options(), clock=True)
    assert isinstance(found["clock.offset"], Gap)
    assert found["memory.use"].value > 0


def test_our_own_clock(look):
    """It is never right by being compared with itself."""
    assert isinstance(look("local://", clock=True)["clock.offset"], Gap)
