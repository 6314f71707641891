"""Opening the SQLite file: its schema and version, waiting for other processes, errors in words."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from reports.store.interface import StoreError

#: The version of the tables below. A file of a newer one is refused: what it means is unknown.
VERSION: Final = 1
#: Seconds that a call waits for other processes.
PATIENCE: Final = 30.0

_SCHEMA: Final = (
    "CREATE TABLE tidegate_state (version INTEGER NOT NULL)",
    f"INSERT INTO tidegate_state (version) VALUES ({VERSION})",  # noqa: S608 - a constant
    """CREATE TABLE runs (
        id TEXT PRIMARY KEY, service TEXT NOT NULL, environment TEXT NOT NULL, release_id TEXT NOT NULL,
        version TEXT NOT NULL, commit_id TEXT NOT NULL, previous TEXT NOT NULL, source TEXT NOT NULL,
        stage TEXT NOT NULL, started REAL NOT NULL, duration REAL NOT NULL, decision TEXT NOT NULL,
        verdict TEXT NOT NULL, complete INTEGER NOT NULL, observed INTEGER NOT NULL, gates TEXT NOT NULL,
        report TEXT NOT NULL
    )""",
    "CREATE INDEX runs_by_release ON runs (service, environment, release_id, stage, started)",
    "CREATE INDEX runs_by_id_of_release ON runs (release_id, environment, started)",
    "CREATE INDEX runs_by_time ON runs (started)",
)


@contextmanager
def connect(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that may write; makes the file (readable by its owner alone) where it is not there yet."""
    with _in_words(path):
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch(mode=0o600)
        except OSError as error:
            raise StoreError(
                f"{path} can't be written: {error.strerror}; name another file with TIDEGATE_STATE"
            ) from error
        connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
        try:
            _write_ahead(connection)
            _prepare(connection, path)
            yield connection
        finally:
            connection.close()


@contextmanager
def read_only(path: Path) -> Iterator[sqlite3.Connection | None]:
    """A connection for reading, or None where nothing was ever kept: asking makes no file."""
    with _in_words(path):
        if not _holds_something(path):
            yield None
            return
        connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
        try:
            connection.execute("PRAGMA query_only = ON")
            yield connection if _version(connection, path) else None
        finally:
            connection.close()


def _holds_something(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except FileNotFoundError:
        return False
    except OSError as error:
        raise StoreError(f"{path} can't be read: {error.strerror}") from error


def _write_ahead(connection: sqlite3.Connection) -> None:
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


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    if _version(connection, path):
        return
    connection.execute("BEGIN IMMEDIATE")
    if not _version(connection, path):  # another process may have been first
        for statement in _SCHEMA:
            connection.execute(statement)
    connection.execute("COMMIT")


def _version(connection: sqlite3.Connection, path: Path) -> int:
    """The schema's version; 0 for a file without any table."""
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables:
        return 0
    if "tidegate_state" not in tables:
        raise StoreError(f"{path} is a database of something else; name another file with TIDEGATE_STATE")
    row = connection.execute("SELECT max(version) FROM tidegate_state").fetchone()
    version = row[0] if row else None
    if not isinstance(version, int) or version < 1:
        raise StoreError(f"{path} does not say which version of Tidegate wrote it")
    if version > VERSION:
        raise StoreError(
            f"{path} was written by a newer Tidegate (its schema is {version}, this one knows {VERSION}): "
            "upgrade Tidegate, or name another file with TIDEGATE_STATE"
        )
    return version


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise StoreError(f"{path}: {error}; another file can be named with TIDEGATE_STATE") from error
    except sqlite3.DatabaseError as error:
        raise StoreError(
            f"{path} is damaged or no SQLite file ({error}): move it away, or name another file with TIDEGATE_STATE"
        ) from error
