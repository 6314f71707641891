"""Real servers, each started once for all tests, and the look at one service by what a test declares of it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from checks.evidence import Evidence
from checks.services.run import look_at_services
from checks.services.seam import ServiceProbe
from tests.services import postgresql as postgres


@pytest.fixture(scope="session")
def primary(need: Callable[[str], Path]) -> Iterator[postgres.Postgresql]:
    """A PostgreSQL primary."""
    with postgres.primary(need("postgresql")) as server:
        yield server


@pytest.fixture(scope="session")
def replica(primary: postgres.Postgresql) -> Iterator[postgres.Postgresql]:
    """Its streaming replica, `replica-1`."""
    with postgres.replica_of(primary) as server:
        yield server


@pytest.fixture
def look() -> Callable[[ServiceProbe], dict[str, Evidence]]:
    """Look at one service: its evidence by the subject without the service's name, none twice."""

    def at(probe: ServiceProbe) -> dict[str, Evidence]:
        seen = look_at_services([probe])[probe.name]
        found = {evidence.subject.removeprefix(f"{probe.name}."): evidence for evidence in seen}
        assert len(found) == len(seen), "nothing is said twice"
        return found

    return at
