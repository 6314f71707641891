"""One release at a time for a service in an environment: a lock that a dead holder does not keep.

In an SQLite file's folder it is a lock of a file (flock(2)), which the kernel frees when the last process that has it
open is gone: children that act get it too (`inherited`), so that nobody acts beside an orphan. In PostgreSQL it is an
advisory lock of a session, which the server frees when the connection ends, wherever the holder ran.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

from sqlalchemy import Connection, text

from releases.journal.errors import LostError
from reports.store.database import Place
from reports.store.interface import StoreError
from reports.store.postgresql import PostgreSql
from reports.store.sqlite_file import SqliteFile

#: Seconds after which PostgreSQL asks whether a silent holder is still there; three unanswered end its session.
_KEEPALIVE: Final = "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"


class Lock(Protocol):
    """A lock that is held."""

    @property
    def inherited(self) -> tuple[int, ...]:
        """File descriptors that children which act have to be given (`pass_fds`), so that they hold it too."""

    def verify(self) -> None:
        """Raises LostError where it is held no more."""


@contextmanager
def locked(place: Place, service: str, environment: str) -> Iterator[Lock | None]:
    """Hold the lock, or None where somebody else does. Raises StoreError where it can't be told."""
    match place:
        case SqliteFile(path=path):
            with _file(path, service, environment) as lock:
                yield lock
        case PostgreSql():
            with _session(place, service, environment) as lock:
                yield lock
        case _:
            raise StoreError(f"{place.label} is no place whose locks are known")


class _FileLock:
    def __init__(self, handle: int, path: Path) -> None:
        self._handle = handle
        self._path = path

    @property
    def inherited(self) -> tuple[int, ...]:
        return (self._handle,)

    def verify(self) -> None:
        # Somebody may have removed the file and locked a new one of its name.
        try:
            same = os.path.samestat(os.fstat(self._handle), self._path.stat())
        except OSError:
            same = False
        if not same:
            raise LostError(
                f"{self._path} was removed while it was locked: another release may run; stop both and look"
            )


@contextmanager
def _file(path: Path, service: str, environment: str) -> Iterator[Lock | None]:
    name = path.with_name(f"{path.name}.{_digest(service, environment)[:16]}.lock")
    try:
        name.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreError(f"{name} can't be locked: {error.strerror}") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        except OSError as error:
            raise StoreError(f"{name} can't be locked: {error.strerror}") from error
        yield _FileLock(handle, name)
    finally:
        os.close(handle)


class _SessionLock:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def inherited(self) -> tuple[int, ...]:
        return ()

    def verify(self) -> None:
        from sqlalchemy.exc import DBAPIError

        try:
            self._connection.execute(text("SELECT 1"))
        except DBAPIError as error:
            raise LostError("the session that held the release's lock has ended: somebody else may act now") from error


@contextmanager
def _session(place: PostgreSql, service: str, environment: str) -> Iterator[Lock | None]:
    from sqlalchemy.exc import DBAPIError

    key = int(_digest(service, environment)[:16], 16) - 2**63
    engine = place.engine(write=True, more=_KEEPALIVE).execution_options(isolation_level="AUTOCOMMIT")
    try:
        try:
            connection = engine.connect()
            got = connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": key}).scalar()
        except DBAPIError as error:
            raise StoreError(f"{place.label}: {place.words(error)}") from error
        with connection:
            yield _SessionLock(connection) if got is True else None
    finally:
        engine.dispose()


def _digest(service: str, environment: str) -> str:
    return hashlib.sha256(f"{service}\0{environment}".encode()).hexdigest()
