"""How far PostgreSQL's standbys are behind: as the primary sees each of them, and as a replica sees itself."""

import time as clock
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from checks.evidence import Evidence
from checks.services.postgresql_session import Session

OF_A_PRIMARY: Final = ("replication.standbys",)
OF_A_REPLICA: Final = ("replication.connected", "replication.heard", "replication.lag", "replication.lag_bytes")

#: A lag is looked at so often, so many seconds apart, and the smallest counts: after an idle hour, the first new
#: transaction looks an hour late until it is replayed.
_LOOKS: Final = 3
_APART: Final = 0.3

# A standby that takes a base backup replays nothing; pg_receivewal writes and never replays.
_STANDBYS: Final = """
    SELECT coalesce(nullif(application_name, ''), 'walreceiver'), coalesce(host(client_addr), 'socket'), state,
        pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), coalesce(replay_lsn, flush_lsn, write_lsn))::float8,
        extract(epoch FROM coalesce(replay_lag, flush_lag, write_lag))::float8
    FROM pg_catalog.pg_stat_replication WHERE state <> 'backup' ORDER BY 1, 2, pid
"""
# `latest_end_lsn` is the end of the primary's log as it last told (walreceiver.c, ProcessWalSndrMessage); NULL where
# nothing was told since the stream began, which it did at the end of what was received.
_REPLICA: Final = """
    SELECT r.status, extract(epoch FROM pg_catalog.clock_timestamp() - r.last_msg_receipt_time)::float8,
        pg_catalog.pg_wal_lsn_diff(
            coalesce(r.latest_end_lsn, pg_catalog.pg_last_wal_receive_lsn()), pg_catalog.pg_last_wal_replay_lsn()
        )::float8,
        extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.pg_last_xact_replay_timestamp())::float8
    FROM (SELECT 1) AS one LEFT JOIN pg_catalog.pg_stat_wal_receiver AS r ON true
"""


def of_primary(db: Session) -> Iterator[Evidence]:
    """`NAME.replication.standbys`, and `NAME.standby.STANDBY.*` for each; one that is wanted and missing is not there.

    Raises RefusedError, Down.
    """
    source = db.source(_STANDBYS)
    looks = [_standbys(db)]
    while len(looks) < _LOOKS and any(_behind(row) for row in looks[-1].values()):
        clock.sleep(min(_APART, db.visit.left()))
        looks.append(_standbys(db))
    last = looks[-1]
    streaming = sum(row[2] == "streaming" for row in last.values())
    yield db.visit.reading("replication.standbys", streaming, detail=", ".join(last), source=source)
    for name, row in last.items():
        yield db.visit.reading(f"standby.{name}.state", str(row[2]), "text", source=source)
        seen = [look[name] for look in looks if name in look]
        bytes_behind = [row[3] for row in seen if row[3] is not None]
        yield db.visit.number(
            f"standby.{name}.lag_bytes", max(0.0, min(bytes_behind)) if bytes_behind else None, "B", source=source
        )
        # It has no lag in time where nothing was written since it caught up.
        times = [0.0 if row[3] is not None and row[3] <= 0 else row[4] for row in seen]
        known = [time for time in times if time is not None]
        if known:
            yield db.visit.number(f"standby.{name}.lag", max(0.0, min(known)), "s", source=source)
        else:
            yield db.visit.gap(f"standby.{name}.lag", "the primary does not know it yet", source=source)
    for name in db.probe.standbys:
        if name not in last:
            for part in ("state", "lag"):
                words = f"no standby {name!r} is connected"
                yield db.visit.absent(f"standby.{name}.{part}", words, source=source)


def of_replica(db: Session) -> Iterator[Evidence]:
    """`NAME.replication.connected`, `.heard`, `.lag` and `.lag_bytes`. Raises RefusedError, Down."""
    source = db.source(_REPLICA)
    looks = [db.row(_REPLICA)]
    while len(looks) < _LOOKS and looks[-1][2] is not None and looks[-1][2] > 0:
        clock.sleep(min(_APART, db.visit.left()))
        looks.append(db.row(_REPLICA))
    status, heard = looks[-1][:2]
    connected = status == "streaming"
    words = f"its receiver is {status}" if status else "it receives nothing from a primary"
    yield db.visit.reading("replication.connected", connected, "bool", words, source=source)
    if not connected:
        for part in OF_A_REPLICA[1:]:
            yield db.visit.gap(part, f"{words}, so nobody knows how far the primary is", source=source)
        return
    yield db.visit.number("replication.heard", heard, "s", "since the last message of its primary", source=source)
    yield from _replayed(db, looks, source)


def _replayed(db: Session, looks: list[tuple[Any, ...]], source: str) -> Iterator[Evidence]:
    behind = [max(0.0, look[2]) for look in looks if look[2] is not None]
    yield db.visit.number("replication.lag_bytes", min(behind) if behind else None, "B", source=source)
    if behind and min(behind) == 0:
        yield db.visit.reading(
            "replication.lag", 0.0, "s", "everything that the primary told of is replayed", source=source
        )
        return
    # Of an idle primary this grows without a lag; here something is known to wait.
    times = [look[3] for look in looks if look[3] is not None]
    if times and behind:
        detail = "since the commit that was replayed last; the clocks of both machines count"
        yield db.visit.number("replication.lag", max(0.0, min(times)), "s", detail, source=source)
    else:
        yield db.visit.gap("replication.lag", "no transaction was replayed since its start", source=source)


def _standbys(db: Session) -> dict[str, tuple[Any, ...]]:
    """The standbys by name; those that share one have their address, and then a number, behind it."""
    rows = db.rows(_STANDBYS)
    names = Counter(row[0] for row in rows)
    found: dict[str, tuple[Any, ...]] = {}
    for row in rows:
        name = row[0] if names[row[0]] == 1 else f"{row[0]}@{row[1]}"
        number = sum(known == name or known.startswith(f"{name}#") for known in found)
        found[f"{name}#{number + 1}" if number else name] = row
    return found


def _behind(row: tuple[Any, ...]) -> bool:
    return row[3] is None or row[3] > 0
