"""testinfra behind our own session: its modules know package managers and service managers, we know deadlines.

testinfra's own backends start a process for each command, without a time limit. This one sends its commands through
the session that is open anyway, so they end when that ends. Nothing else in Tidegate imports testinfra.
"""

from importlib import import_module
from typing import Any, Final

from checks.hosts.session import Session

REMEDY: Final = "install the extra: pip install 'tidegate[hosts]'"
#: Seconds for one of testinfra's commands.
_SECONDS: Final = 10.0


def testinfra_host(session: Session, name: str) -> Any:
    """A `testinfra.host.Host` whose commands run in the session. Raises ImportError where testinfra is missing.

    What its modules do may raise SessionError, and AssertionError, RuntimeError, ValueError or NotImplementedError
    where a command does not answer as they expect.
    """
    base = import_module("testinfra.backend.base")

    class SessionBackend(base.BaseBackend):  # type: ignore[misc, name-defined]  # testinfra is imported late, untyped
        """Runs testinfra's commands in the session."""

        NAME = "session"

        def run(self, command: str, *args: str, **_: object) -> Any:
            """One command, as testinfra's modules write it: `%s` stands for a quoted argument."""
            line = self.get_command(command, *args)
            answer = session.run(line, _SECONDS)
            return self.result(answer.status, line.encode(), answer.out, answer.err)

    backend = SessionBackend(name)
    host = import_module("testinfra.host").Host(backend)
    backend.set_host(host)
    return host
