"""Real servers, each started once for all tests, and the look at one service by what a test declares of it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme

from checks.evidence import Evidence
from checks.services.run import look_at_services
from checks.services.seam import ServiceProbe
from tests.services import mariadb, postgresql, redis


@pytest.fixture(scope="session")
def ca() -> trustme.CA:
    """The authority that the servers' certificates come from."""
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_file(ca: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its file, for those who trust it."""
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    ca.cert_pem.write_to_path(path)
    return path


@pytest.fixture(scope="session")
def pg(need: Callable[[str], Path], ca: trustme.CA) -> Iterator[postgresql.Postgresql]:
    """A PostgreSQL primary."""
    with postgresql.primary(need("postgresql"), ca) as server:
        yield server


@pytest.fixture(scope="session")
def pg_replica(pg: postgresql.Postgresql) -> Iterator[postgresql.Postgresql]:
    """Its streaming replica, `replica-1`."""
    with postgresql.replica_of(pg) as server:
        yield server


@pytest.fixture(scope="session")
def maria(need: Callable[[str], Path], ca: trustme.CA) -> Iterator[mariadb.Mariadb]:
    """A MariaDB primary."""
    with mariadb.primary(need("mariadb"), ca) as server:
        yield server


@pytest.fixture(scope="session")
def maria_replica(maria: mariadb.Mariadb) -> Iterator[mariadb.Mariadb]:
    """Its replica."""
    with mariadb.replica_of(maria) as server:
        yield server


@pytest.fixture(scope="session")
def cache(need: Callable[[str], Path]) -> Iterator[redis.Redis]:
    """A Redis primary."""
    with redis.started(need("redis")) as server:
        yield server


@pytest.fixture(scope="session")
def cache_replica(cache: redis.Redis) -> Iterator[redis.Redis]:
    """Its replica."""
    with redis.replica_of(cache) as server:
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
