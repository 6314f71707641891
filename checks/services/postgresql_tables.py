"""Whether PostgreSQL's tables are cleaned: dead rows, the last vacuum, and how far transaction numbers are used up."""

from collections.abc import Iterator
from typing import Final

from checks.evidence import Evidence
from checks.services.postgresql_session import Session

TABLES: Final = ("tables.large", "dead_rows.ratio", "vacuum.age")
WRAPAROUND: Final = ("wraparound.used_ratio",)

#: Transactions after which a database that was not vacuumed takes no more of them (2^31, less 3 million).
_LAST: Final = 2**31

_TABLES: Final = """
    SELECT s.schemaname || '.' || s.relname, s.n_live_tup, s.n_dead_tup,
        extract(epoch FROM pg_catalog.clock_timestamp() - greatest(s.last_vacuum, s.last_autovacuum))::float8
    FROM pg_catalog.pg_stat_user_tables AS s JOIN pg_catalog.pg_class AS c ON c.oid = s.relid
    WHERE greatest(c.reltuples::float8, (s.n_live_tup + s.n_dead_tup)::float8) >= %s
"""
_AGE: Final = "SELECT max(pg_catalog.age(datfrozenxid))::bigint FROM pg_catalog.pg_database"


def tables(db: Session) -> Iterator[Evidence]:
    """`NAME.tables.large`, `NAME.dead_rows.ratio` of the worst one, `NAME.vacuum.age` of the one that waits longest.

    Where no table is large, there is nothing but the first. Raises RefusedError, Down.
    """
    least = db.probe.large_table
    rows, source = db.rows(_TABLES, least), db.source(_TABLES.replace("%s", str(least)))
    yield db.visit.reading("tables.large", len(rows), detail=f"with {least:,} rows or more", source=source)
    if not rows:
        return
    # Counters that began anew (a crash, a reset) say 0 of a table that has rows.
    counted = [row for row in rows if row[1] + row[2] > 0]
    if len(counted) < len(rows):
        forgotten = next(row[0] for row in rows if row not in counted)
        reason = f"the counters of {forgotten} began anew"
        yield db.visit.gap("dead_rows.ratio", reason, f"ANALYZE {forgotten}", source=source)
    else:
        name, live, dead, _ = max(counted, key=lambda row: row[2] / (row[1] + row[2]))
        detail = f"{name}: {dead:,} of {live + dead:,} rows"
        yield db.visit.number("dead_rows.ratio", round(dead / (live + dead), 6), "ratio", detail, source=source)
    never = [row[0] for row in rows if row[3] is None]
    if never:
        detail = f"{never[0]} was not vacuumed since its counters began"
        yield db.visit.absent("vacuum.age", detail, source=source)
        return
    name, *_, age = max(rows, key=lambda row: row[3])
    yield db.visit.number("vacuum.age", max(0.0, age), "s", f"{name}, the one that waits longest", source=source)


def wraparound(db: Session) -> Iterator[Evidence]:
    """`NAME.wraparound.used_ratio`: at 100 % the server stops to take transactions. Raises RefusedError, Down."""
    (age,) = db.row(_AGE)
    ratio = None if age is None else round(age / _LAST, 9)
    yield db.visit.number("wraparound.used_ratio", ratio, "ratio", source=db.source(_AGE))
