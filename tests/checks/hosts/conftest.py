"""Real hosts: containers of a private engine, this machine, and an sshd on loopback with keys of its own."""

import pytest

from checks.hosts.look import look_at_hosts
from checks.hosts.probe import HostProbe
from tests.checks.hosts.machines import box, engine, sshd

__all__ = ["box", "engine", "sshd"]


@pytest.fixture
def look():
    """`look(connect, ...)`: the evidence about one host, by the subject without its name."""

    def one(connect, **options):
        options = {"interval": 0.1, "timeout": 20} | options
        found = look_at_hosts([HostProbe("app", connect, **options)])["app"]
        assert all(evidence.subject.startswith("app.") for evidence in found)
        assert len({evidence.subject for evidence in found}) == len(found)
        return {evidence.subject.removeprefix("app."): evidence for evidence in found}

    return one
