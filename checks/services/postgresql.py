"""Looks at a PostgreSQL or TimescaleDB database (10 and newer): a real query, and what its own catalogue says of it."""

import time as clock
from collections.abc import Iterable, Iterator

from checks.evidence import Evidence
from checks.services.postgresql_declared import extensions, migration, queries
from checks.services.postgresql_load import CONNECTIONS, TRANSACTIONS, connections, transactions
from checks.services.postgresql_probe import PostgresqlProbe
from checks.services.postgresql_replication import OF_A_PRIMARY, OF_A_REPLICA, of_primary, of_replica
from checks.services.postgresql_session import RefusedError, Session, session
from checks.services.postgresql_tables import TABLES, WRAPAROUND, tables, wraparound
from checks.services.postgresql_write import write_and_read
from checks.services.seam import Visit

#: Reads a table through the planner and the buffers, as any query does, and nothing of the user's.
_SMALLEST = "SELECT count(*) FROM pg_catalog.pg_namespace"
_ROLE = "SELECT pg_catalog.pg_is_in_recovery()"
_READ_ONLY = "SELECT setting FROM pg_catalog.pg_settings WHERE name = 'default_transaction_read_only'"
_SIZE = "SELECT pg_catalog.pg_database_size(pg_catalog.current_database())"
_STATS = "SELECT pg_catalog.pg_has_role(current_user, 'pg_read_all_stats', 'USAGE')"


def look(probe: PostgresqlProbe, visit: Visit) -> Iterator[Evidence]:
    """Ask the smallest query, then the catalogue, then what the probe names. Raises Down, Unmeasured."""
    with session(probe, visit) as db:
        began = clock.monotonic()
        source = db.source(_SMALLEST)
        try:
            (schemas,) = db.row(_SMALLEST)
        except RefusedError as error:
            yield visit.reading("up", False, "bool", f"it refuses a query: {error.words}", source=source)
            return
        took = round(clock.monotonic() - began, 6)
        if schemas < 1:
            yield visit.reading("up", False, "bool", "its catalogue is empty", source=source)
            return
        yield visit.reading("up", True, "bool", source=source)
        yield visit.reading("response_time", took, "s", source=source)
        yield from _about(db)
        is_replica = bool(db.row(_ROLE)[0])
        yield visit.reading("role", "replica" if is_replica else "primary", "text", source=db.source(_ROLE))
        yield from _read_only(db, is_replica)
        yield from _or_gaps(db, ("size",), _size(db))
        yield from _statistics(db, is_replica)
        yield from _or_gaps(db, WRAPAROUND, wraparound(db))
        if not is_replica:
            # A replica counts no rows and is not vacuumed by itself.
            yield from _or_gaps(db, TABLES, tables(db))
        yield from _or_gaps(db, [f"extension.{name}" for name in probe.extensions], extensions(db))
        yield from migration(db)
        yield from queries(db)
        if probe.allow_writes:
            yield from write_and_read(db)


def _about(db: Session) -> Iterator[Evidence]:
    """Version and TLS, which the connection itself knows."""
    number = db.connection.info.server_version
    version = f"{number // 10000}.{number % 10000}"
    yield db.visit.reading("version", version, "text", source=db.source("SHOW server_version"))
    yield db.visit.reading("tls", bool(db.connection.pgconn.ssl_in_use), "bool", source=db.source("\\conninfo"))


def _read_only(db: Session, is_replica: bool) -> Iterator[Evidence]:
    """`NAME.read_only`: a session of this user can't write unless it asks for it."""
    source = db.source(_READ_ONLY)
    if is_replica:
        yield db.visit.reading("read_only", True, "bool", "it is a replica", source=source)
        return
    setting = str(db.row(_READ_ONLY)[0])
    detail = f"default_transaction_read_only is {setting}"
    yield db.visit.reading("read_only", setting == "on", "bool", detail, source=source)


def _size(db: Session) -> Iterator[Evidence]:
    yield db.visit.number("size", db.row(_SIZE)[0], "B", source=db.source(_SIZE))


def _statistics(db: Session, is_replica: bool) -> Iterator[Evidence]:
    """What sessions of others do. A user without the permission would see less of it, and take that for calm."""
    replication, parts = (of_replica, OF_A_REPLICA) if is_replica else (of_primary, OF_A_PRIMARY)
    standbys = (
        () if is_replica else [f"standby.{name}.{part}" for name in db.probe.standbys for part in ("state", "lag")]
    )
    if not db.row(_STATS)[0]:
        remedy = f'GRANT pg_read_all_stats TO "{db.probe.url.user}"'
        for part in (*CONNECTIONS, *TRANSACTIONS, *parts, *standbys):
            yield db.visit.gap(part, "this user may not see the sessions of others", remedy, source=db.source(_STATS))
        return
    yield from _or_gaps(db, CONNECTIONS, connections(db))
    yield from _or_gaps(db, TRANSACTIONS, transactions(db))
    yield from _or_gaps(db, (*parts, *standbys), replication(db))


def _or_gaps(db: Session, parts: Iterable[str], found: Iterator[Evidence]) -> Iterator[Evidence]:
    """What was found; where the server answers with an error, Gaps in place of the parts that are still missing."""
    missing = dict.fromkeys(parts)
    try:
        for evidence in found:
            missing.pop(evidence.subject.removeprefix(f"{db.probe.name}."), None)
            yield evidence
    except RefusedError as error:
        for part in missing:
            yield db.visit.gap(part, f"the server said: {error.words}")
