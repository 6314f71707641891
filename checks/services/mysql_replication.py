"""Whether a MySQL or MariaDB server is a replica, and how far it is behind. Its words changed in 8.0.22 and 10.5."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from checks.evidence import Evidence
from checks.services.mysql_session import RefusedError, Session

OF_A_REPLICA: Final = ("replication.connected", "replication.applying", "replication.lag")

#: Newest first. A server that does not know one says that its syntax is wrong.
_STATEMENTS: Final = {
    True: ("SHOW ALL REPLICAS STATUS", "SHOW ALL SLAVES STATUS"),
    False: ("SHOW REPLICA STATUS", "SHOW SLAVE STATUS"),
}


def replication(db: Session) -> Iterator[Evidence]:
    """`NAME.role`; of a replica, whether it hears its primary, applies what it hears, and its lag. Raises Down.

    Of a replica with several primaries, the one that is worst off counts.
    """
    try:
        channels, source = _channels(db)
    except RefusedError as error:
        right = "SLAVE MONITOR" if db.is_mariadb else "REPLICATION CLIENT"
        remedy = f"GRANT {right} ON *.* TO '{db.probe.url.user}'@'...'" if error.is_forbidden else ""
        for part in ("role", *OF_A_REPLICA):
            yield db.visit.gap(
                part, f"the server said: {error.words}", remedy, source=db.source(_STATEMENTS[db.is_mariadb][0])
            )
        return
    yield db.visit.reading("role", "replica" if channels else "primary", "text", source=source)
    if not channels:
        return
    for part, thread, errors in (
        ("connected", "IO_Running", "Last_IO_Error"),
        ("applying", "SQL_Running", "Last_SQL_Error"),
    ):
        states = {_of(channel, thread) or "unknown" for channel in channels}
        said = next((words for channel in channels if (words := _of(channel, errors))), "")
        words = f"{thread} is {', '.join(sorted(states))}{f': {said}' if said else ''}"
        yield db.visit.reading(f"replication.{part}", states == {"Yes"}, "bool", words, source=source)
    yield _lag(db, channels, source)


def _channels(db: Session) -> tuple[Sequence[Mapping[str, Any]], str]:
    *older, last = _STATEMENTS[db.is_mariadb]
    for statement in older:
        try:
            return db.named_rows(statement), db.source(statement)
        except RefusedError as error:
            if not error.is_syntax:
                raise
    return db.named_rows(last), db.source(last)


def _lag(db: Session, channels: Sequence[Mapping[str, Any]], source: str) -> Evidence:
    behind = [_of(channel, "Seconds_Behind_Master") or _of(channel, "Seconds_Behind_Source") for channel in channels]
    known = [int(seconds) for seconds in behind if seconds.isdecimal()]
    if len(known) < len(behind):
        return db.visit.gap("replication.lag", "it does not know, as it does not replicate", source=source)
    delays = [delay for channel in channels if (delay := _of(channel, "SQL_Delay")) not in ("", "0")]
    detail = f"it is told to stay {delays[0]} s behind" if delays else ""
    return db.visit.reading("replication.lag", max(known), "s", detail, source=source)


def _of(channel: Mapping[str, Any], name: str) -> str:
    """The value of a column by its name without `Slave_` or `Replica_`; empty for NULL."""
    for key in (name, f"Replica_{name}", f"Slave_{name}"):
        if key in channel and channel[key] is not None:
            return str(channel[key])
    return ""
