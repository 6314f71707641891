"""Looks at a MySQL (5.7 and newer) or MariaDB (10.3 and newer) server: a real query, and what it says of itself."""

import re
import time as clock
from collections.abc import Callable, Iterator
from typing import Final

from checks.evidence import Evidence
from checks.services.mysql_probe import MysqlProbe
from checks.services.mysql_replication import replication
from checks.services.mysql_session import RefusedError, Session, session
from checks.services.mysql_write import write_and_read
from checks.services.seam import Visit
from checks.services.sql_query import migration_evidence, query_evidence

#: Goes through the parser, the rights and the dictionary, as any query does, and reads nothing of the user's.
_SMALLEST: Final = "SELECT count(*) FROM information_schema.SCHEMATA"
_STATUS: Final = (
    "SHOW GLOBAL STATUS WHERE Variable_name IN ('Threads_connected', 'Uptime', 'Connection_errors_max_connections')"
)
_VARIABLES: Final = (
    "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('max_connections', 'read_only', 'super_read_only', "
    "'innodb_read_only')"
)
_TLS: Final = "SHOW SESSION STATUS LIKE 'Ssl_version'"
_SIZE: Final = "SELECT sum(data_length + index_length) FROM information_schema.TABLES WHERE table_schema = database()"
# The statement itself may hold what is nobody's business, so it is not asked for.
_OPEN: Final = """
    SELECT t.trx_mysql_thread_id, timestampdiff(MICROSECOND, t.trx_started, now(6)) / 1e6,
        CASE WHEN p.COMMAND = 'Sleep' THEN p.TIME END
    FROM information_schema.INNODB_TRX AS t LEFT JOIN information_schema.PROCESSLIST AS p
        ON p.ID = t.trx_mysql_thread_id
    WHERE t.trx_mysql_thread_id <> connection_id()
"""


def look(probe: MysqlProbe, visit: Visit) -> Iterator[Evidence]:
    """Ask the smallest query, then status and variables, then what the probe names. Raises Down, Unmeasured."""
    with session(probe, visit) as db:
        began = clock.monotonic()
        source = db.source(_SMALLEST)
        try:
            ((schemas,),) = db.rows(_SMALLEST)
        except RefusedError as error:
            yield visit.reading("up", False, "bool", f"it refuses a query: {error.words}", source=source)
            return
        took = round(clock.monotonic() - began, 6)
        if schemas < 1:
            yield visit.reading("up", False, "bool", "its dictionary is empty", source=source)
            return
        yield visit.reading("up", True, "bool", source=source)
        yield visit.reading("response_time", took, "s", source=source)
        number = re.match(r"(?:5\.5\.5-)?(\d+\.\d+(?:\.\d+)?)", db.version)
        if number:
            yield visit.reading("version", number[1], "text", db.version, source=db.source("SELECT version()"))
        else:
            yield visit.gap("version", f"{db.version!r} can't be read", source=db.source("SELECT version()"))
        yield from _or_gaps(db, ("tls",), _tls)
        yield from _or_gaps(db, ("connections.used", "connections.used_ratio", "uptime"), _status)
        yield from _or_gaps(db, ("read_only",), _read_only)
        yield from _transactions(db)
        yield from replication(db)
        if probe.url.path:
            yield from _or_gaps(db, ("size",), _size)
        yield from _declared(db)
        if probe.allow_writes:
            yield from write_and_read(db)


def _tls(db: Session) -> Iterator[Evidence]:
    version = db.pairs(_TLS).get("ssl_version")
    if version is None:
        yield db.visit.gap("tls", "it does not say", source=db.source(_TLS))
    else:
        yield db.visit.reading("tls", bool(version), "bool", version, source=db.source(_TLS))


def _status(db: Session) -> Iterator[Evidence]:
    status, variables = db.pairs(_STATUS), db.pairs(_VARIABLES)
    source = db.source(f"{_STATUS}; {_VARIABLES}")
    used, most = _count(status.get("threads_connected")), _count(variables.get("max_connections"))
    yield db.visit.number("connections.used", used, source=source)
    ratio = round(used / most, 6) if used is not None and most else None
    yield db.visit.number("connections.used_ratio", ratio, "ratio", f"{used} of {most}", source=source)
    yield db.visit.number("uptime", _count(status.get("uptime")), "s", source=source)
    refused = _count(status.get("connection_errors_max_connections"))
    yield db.visit.number("rejected_connections", refused, "1", "since its start", source=source)


def _read_only(db: Session) -> Iterator[Evidence]:
    found, source = db.pairs(_VARIABLES), db.source(_VARIABLES)
    if "read_only" not in found:
        yield db.visit.gap("read_only", "it does not say", source=source)
        return
    # MariaDB 12 has words for the kinds of read-only; each that is not OFF keeps somebody from writing.
    on = [name for name in ("read_only", "super_read_only", "innodb_read_only") if found.get(name, "OFF") != "OFF"]
    words = " and ".join(f"{name} is {found[name]}" for name in on)
    yield db.visit.reading("read_only", bool(on), "bool", words or "read_only is OFF", source=source)


def _transactions(db: Session) -> Iterator[Evidence]:
    """`NAME.transactions.longest`, and `.idle` of those that wait for their client. 0 s where there is none."""
    source = db.source(_OPEN)
    try:
        rows = db.rows(_OPEN)
    except RefusedError as error:
        remedy = f"GRANT PROCESS ON *.* TO '{db.probe.url.user}'@'...'" if error.is_forbidden else ""
        for part in ("transactions.longest", "transactions.idle"):
            yield db.visit.gap(part, f"the server said: {error.words}", remedy, source=source)
        return
    for part, column, none in (("longest", 1, "no transaction is open"), ("idle", 2, "none waits for its client")):
        found = [row for row in rows if row[column] is not None]
        if not found:
            yield db.visit.reading(f"transactions.{part}", 0.0, "s", none, source=source)
            continue
        longest = max(found, key=lambda row: float(row[column]))
        seconds = max(0.0, float(longest[column]))
        yield db.visit.number(f"transactions.{part}", seconds, "s", f"thread {longest[0]}", source=source)


def _size(db: Session) -> Iterator[Evidence]:
    ((size,),) = db.rows(_SIZE)
    source = db.source(_SIZE)
    if size is None:
        yield db.visit.reading("size", 0, "B", "it has no table that this user may see", source=source)
    else:
        yield db.visit.number("size", float(size), "B", source=source)


def _declared(db: Session) -> Iterator[Evidence]:
    """The version of the schema and the queries of the environment's file."""
    if statement := db.probe.migration:
        source = db.source(statement)
        try:
            yield from migration_evidence(db.visit, db.few_rows(statement), source)
        except RefusedError as error:
            if error.is_missing:
                yield db.visit.absent("migration", error.words, source=source)
            else:
                yield db.visit.gap("migration", f"the server said: {error.words}", source=source)
    for query in db.probe.queries:
        source = db.source(query.sql)
        try:
            yield query_evidence(db.visit, query, db.few_rows(query.sql), source)
        except RefusedError as error:
            yield db.visit.gap(f"query.{query.name}", f"the server said: {error.words}", source=source)


def _or_gaps(db: Session, parts: tuple[str, ...], read: Callable[[Session], Iterator[Evidence]]) -> Iterator[Evidence]:
    """What is read, or Gaps where the server answers with an error."""
    try:
        yield from list(read(db))
    except RefusedError as error:
        for part in parts:
            yield db.visit.gap(part, f"the server said: {error.words}")


def _count(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() else None
