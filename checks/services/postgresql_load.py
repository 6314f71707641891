"""How busy a PostgreSQL server is: connections against their limit, and transactions that stay open."""

from collections.abc import Iterator
from typing import Final

from checks.evidence import Evidence
from checks.services.postgresql_session import Session

CONNECTIONS: Final = ("connections.used", "connections.used_ratio")
TRANSACTIONS: Final = ("transactions.longest", "transactions.idle")

# Ordinary users can't have the slots that are reserved; PostgreSQL 16 reserves some more of them.
_CONNECTIONS: Final = """
    SELECT (SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE backend_type = 'client backend'),
        pg_catalog.current_setting('max_connections')::int,
        pg_catalog.current_setting('superuser_reserved_connections')::int
            + coalesce(nullif(pg_catalog.current_setting('reserved_connections', true), ''), '0')::int
"""
# A replication stream and the cleaner are meant to be open for long. A prepared transaction has no session at all.
_OPEN: Final = """
    SELECT 'pid ' || pid, application_name, state,
        extract(epoch FROM pg_catalog.clock_timestamp() - xact_start)::float8,
        CASE WHEN state LIKE 'idle in transaction%'
            THEN extract(epoch FROM pg_catalog.clock_timestamp() - state_change)::float8 END
    FROM pg_catalog.pg_stat_activity
    WHERE xact_start IS NOT NULL AND pid <> pg_catalog.pg_backend_pid()
        AND backend_type NOT IN ('walsender', 'autovacuum worker')
    UNION ALL
    SELECT 'prepared transaction ' || gid, '', 'prepared',
        extract(epoch FROM pg_catalog.clock_timestamp() - prepared)::float8, NULL
    FROM pg_catalog.pg_prepared_xacts
"""


def connections(db: Session) -> Iterator[Evidence]:
    """`NAME.connections.used` and its share of what ordinary users may have. Raises RefusedError, Down."""
    used, most, reserved = db.row(_CONNECTIONS)
    usable, source = most - reserved, db.source(_CONNECTIONS)
    yield db.visit.number("connections.used", used, source=source)
    ratio = round(used / usable, 6) if usable > 0 else None
    detail = f"{used} of {usable} ({most} less {reserved} that are reserved)"
    yield db.visit.number("connections.used_ratio", ratio, "ratio", detail, source=source)


def transactions(db: Session) -> Iterator[Evidence]:
    """`NAME.transactions.longest`, and `.idle` of those that wait for their client. 0 s where there is none.

    Raises RefusedError, Down.
    """
    rows, source = db.rows(_OPEN), db.source(_OPEN)
    for part, column, none in (("longest", 3, "no transaction is open"), ("idle", 4, "none waits for its client")):
        found = [row for row in rows if row[column] is not None]
        if not found:
            yield db.visit.reading(f"transactions.{part}", 0.0, "s", none, source=source)
            continue
        longest = max(found, key=lambda row: row[column])
        who, application, state = longest[:3]
        detail = f"{who}, {application!r}, {state}" if application else f"{who}, {state}"
        # The statement itself may hold what is nobody's business, so it is not shown.
        yield db.visit.number(f"transactions.{part}", max(0.0, longest[column]), "s", detail, source=source)
