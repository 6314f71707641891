"""The journal: begins a release under its lock, takes entries one by one, and finds what is not finished."""

import json
import os
import secrets
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from checks.secrets import mask
from releases.journal.errors import BusyError, LostError, UnknownError
from releases.journal.locks import Lock, locked
from releases.journal.record import Entry, Kind, Record
from releases.journal.tables import ENTRIES, PART, RELEASES, TURNS
from reports.render.masking import masked_data
from reports.store import default_place, place_of
from reports.store.database import Database


class Journal:
    """The releases of a database. Every method raises StoreError."""

    def __init__(self, named: str = "") -> None:
        """`named`: a path or a URL; the default place where it is empty."""
        self._place = place_of(named or default_place())
        self._database = Database(self._place, PART)

    @contextmanager
    def holding(self, service: str, environment: str) -> Iterator["Pen"]:
        """The right to write of this service in this environment, for one process at a time.

        Raises BusyError where another one has it. A dead holder has it no more.
        """
        with locked(self._place, service, environment) as lock:
            if lock is None:
                raise BusyError(self._who(service, environment))
            with self._database.writing() as connection:
                turn = _next_turn(connection, service, environment)
            yield Pen(self._database, lock, service, environment, turn)

    def get(self, release: str) -> Record:
        """One release. Raises UnknownError."""
        with self._database.reading() as connection:
            found = _record(connection, release) if connection is not None else None
        if found is None:
            raise UnknownError(
                f"there is no release {release!r} in {self._database.label}; `tidegate history --releases` lists them"
            )
        return found

    def records(self, service: str = "", environment: str = "", limit: int = 20) -> tuple[Record, ...]:
        """The newest releases; an empty name stands for all."""
        asked = select(RELEASES.c.id).order_by(RELEASES.c.began.desc(), RELEASES.c.id.desc()).limit(limit)
        for column, name in ((RELEASES.c.service, service), (RELEASES.c.environment, environment)):
            asked = asked.where(column == name) if name else asked
        with self._database.reading() as connection:
            if connection is None:
                return ()
            ids = [row.id for row in connection.execute(asked)]
            return tuple(record for name in ids if (record := _record(connection, name)) is not None)

    def _who(self, service: str, environment: str) -> str:
        head = f"another release of {service} runs in {environment}"
        with self._database.reading() as connection:
            row = connection.execute(_turn_of(service, environment)).first() if connection is not None else None
        if row is None:
            return f"{head}; wait for it"
        since = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(row.since))
        return f"{head}: {row.holder} has held it since {since}; wait for it, or end that process"


class Pen:
    """The right to write of one service in one environment, as long as the block of `holding` lasts."""

    def __init__(self, database: Database, lock: Lock, service: str, environment: str, turn: int) -> None:
        self._database = database
        self._lock = lock
        self._service = service
        self._environment = environment
        self._turn = turn

    @property
    def inherited(self) -> tuple[int, ...]:
        """File descriptors that children which act have to be given, so that the lock outlives this process."""
        return self._lock.inherited

    def begin(self, plan: Mapping[str, Any]) -> str:
        """Write down what is planned; returns the release's id in the journal."""
        moment = time.time()
        stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime(moment))
        release = f"{stamp}Z-{secrets.token_hex(4)}"
        with self._writing() as connection:
            values = {"id": release, "service": self._service, "environment": self._environment, "began": moment}
            connection.execute(insert(RELEASES).values(values))
            _append(connection, release, Entry(1, moment, Kind.PLANNED, "", plan, holder()))
        return release

    def write(self, release: str, kind: Kind, name: str = "", data: Mapping[str, Any] | None = None) -> Entry:
        """Write one entry; when this returns, a power failure does not lose it.

        Raises LostError where somebody else has taken over, UnknownError where the release was never begun here.
        """
        with self._writing() as connection:
            newest = select(func.max(ENTRIES.c.number)).where(ENTRIES.c.release_id == release)
            last = connection.execute(newest).scalar()
            if last is None:
                raise UnknownError(f"release {release!r} was never begun in {self._database.label}")
            entry = Entry(last + 1, time.time(), kind, name, data or {}, holder())
            _append(connection, release, entry)
        return entry

    def unfinished(self) -> Record | None:
        """The newest release here that has not come to its end, if there is one."""
        asked = (
            select(RELEASES.c.id)
            .where(RELEASES.c.service == self._service, RELEASES.c.environment == self._environment)
            .order_by(RELEASES.c.began.desc(), RELEASES.c.id.desc())
        )
        with self._database.reading() as connection:
            names = [row.id for row in connection.execute(asked)] if connection is not None else []
            found = (_record(connection, name) for name in names if connection is not None)
            return next((record for record in found if record is not None and record.open), None)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        self._lock.verify()
        with self._database.writing() as connection:
            turn = connection.execute(_turn_of(self._service, self._environment)).one().turn
            if turn != self._turn:
                raise LostError(
                    f"another process has taken over the releases of {self._service} in {self._environment}: "
                    "this one stops here"
                )
            yield connection


def holder() -> str:
    """Who writes: `pid@host`."""
    return f"{os.getpid()}@{socket.gethostname()}"


def _next_turn(connection: Connection, service: str, environment: str) -> int:
    row = connection.execute(_turn_of(service, environment)).first()
    values = {"turn": 1 if row is None else row.turn + 1, "holder": holder(), "since": time.time()}
    if row is None:
        connection.execute(insert(TURNS).values(service=service, environment=environment, **values))
    else:
        here = (TURNS.c.service == service, TURNS.c.environment == environment)
        connection.execute(update(TURNS).where(*here).values(values))
    return int(str(values["turn"]))


def _turn_of(service: str, environment: str) -> Any:
    return select(TURNS).where(TURNS.c.service == service, TURNS.c.environment == environment)


def _append(connection: Connection, release: str, entry: Entry) -> None:
    connection.execute(
        insert(ENTRIES).values(
            release_id=release,
            number=entry.number,
            at=entry.at,
            kind=entry.kind.value,
            name=mask(entry.name),
            data=json.dumps(masked_data(dict(entry.data)), allow_nan=False),
            holder=entry.holder,
        )
    )


def _record(connection: Connection, release: str) -> Record | None:
    head = connection.execute(select(RELEASES).where(RELEASES.c.id == release)).first()
    if head is None:
        return None
    rows = connection.execute(select(ENTRIES).where(ENTRIES.c.release_id == release).order_by(ENTRIES.c.number))
    entries = tuple(
        Entry(row.number, row.at, Kind(row.kind), row.name, json.loads(row.data), row.holder) for row in rows
    )
    return Record(head.id, head.service, head.environment, entries)
