"""An SQLite file as the place of a database: private to its owner, safe for several processes at once."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import NullPool

from reports.store.database import PATIENCE
from reports.store.interface import StoreError


class SqliteFile:
    """The file `path`, which is made (readable by its owner alone) when it is first written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.label = str(path)

    def engine(self, *, write: bool) -> Engine:
        """See `Place.engine`."""
        if write:
            self._make()
        engine = create_engine(
            URL.create("sqlite+pysqlite", database=str(self.path)),
            poolclass=NullPool,
            connect_args={"timeout": PATIENCE, "isolation_level": None},
        )
        event.listen(engine, "connect", _write_ahead if write else _only_read)
        # Two that read first and write then would be refused; who takes the lock at once waits for it.
        event.listen(engine, "begin", _begin_immediate if write else _begin)
        return engine

    def holds_something(self) -> bool:
        """See `Place.holds_something`."""
        try:
            return self.path.stat().st_size > 0
        except FileNotFoundError:
            return False
        except OSError as error:
            raise StoreError(f"{self.path} can't be read: {error.strerror}") from error

    def words(self, error: DBAPIError) -> str:
        """See `Place.words`."""
        if isinstance(error, OperationalError):
            return f"{error.orig}; another file can be named with TIDEGATE_STATE"
        return f"damaged or no SQLite file ({error.orig}): move it away, or name another file with TIDEGATE_STATE"

    @contextmanager
    def alone(self, connection: Connection) -> Iterator[None]:  # noqa: ARG002 - the transaction itself is the lock
        """See `Place.alone`."""
        yield

    def _make(self) -> None:
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.path.touch(mode=0o600)
        except OSError as error:
            raise StoreError(
                f"{self.path} can't be written: {error.strerror}; name another file with TIDEGATE_STATE"
            ) from error


def _only_read(connection: sqlite3.Connection, record: object) -> None:  # noqa: ARG001 - SQLAlchemy's signature
    connection.execute("PRAGMA query_only = ON")


def _write_ahead(connection: sqlite3.Connection, record: object) -> None:  # noqa: ARG001
    # The switch to WAL does not wait for a lock by itself (sqlite.org/wal.html), so two first writers would collide.
    until = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            # A decision that was reported as kept survives a power failure.
            connection.execute("PRAGMA synchronous = FULL")
            return


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
