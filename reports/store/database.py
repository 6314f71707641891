"""The database that keeps what Tidegate has to remember: an SQLite file, or PostgreSQL where several runners share it.

    with database.writing() as connection: ...      one transaction, all or nothing
    with database.reading() as connection: ...      None where nothing was ever kept

Every error is a StoreError in words. Passwords in a URL are secrets.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Protocol

from sqlalchemy import Column, Connection, Engine, Integer, MetaData, Table, func, insert, inspect, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from checks.secrets import mask
from reports.store.interface import StoreError

#: Seconds that a call waits for other processes.
PATIENCE: Final = 30.0


@dataclass(frozen=True, slots=True)
class Part:
    """Tables that belong together. `version`: of their schema; `state`: the name of the table that holds it."""

    tables: MetaData
    version: int
    state: str


class Place(Protocol):
    """Where a database is: how it is opened, and how its errors are told."""

    label: str

    def engine(self, *, write: bool) -> Engine:
        """An engine; for writing, the place is made where it is not there yet. Raises StoreError."""

    def holds_something(self) -> bool:
        """Whether it is worth to be opened for reading. Raises StoreError."""

    def words(self, error: DBAPIError) -> str:
        """What a person is told of an error, without the place's label."""

    @contextmanager
    def alone(self, connection: Connection) -> Iterator[None]:
        """Nobody else makes tables meanwhile."""


class Database:
    """One part of the database at a place. Connections live as long as one call."""

    def __init__(self, place: Place, part: Part) -> None:
        self.place = place
        self._part = part
        self._state = Table(part.state, MetaData(), Column("version", Integer, nullable=False))

    @property
    def label(self) -> str:
        """What it is called in messages: a path, or a URL without its password."""
        return self.place.label

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is committed at the end, and undone where anything is raised. Raises StoreError."""
        with self._in_words(), self._engine(write=True) as engine:
            self._prepare(engine)
            with engine.begin() as connection:
                yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection | None]:
        """A connection that changes nothing, or None where nothing was ever kept. Raises StoreError."""
        with self._in_words():
            if not self.place.holds_something():
                yield None
                return
            with self._engine(write=False) as engine, engine.connect() as connection:
                yield connection if self._version(connection) else None

    @contextmanager
    def _engine(self, *, write: bool) -> Iterator[Engine]:
        engine = self.place.engine(write=write)
        try:
            yield engine
        finally:
            engine.dispose()

    def _prepare(self, engine: Engine) -> None:
        with engine.connect() as connection:
            if self._version(connection):
                return
        with engine.begin() as connection, self.place.alone(connection):
            if not self._version(connection):  # another process may have been first
                self._state.create(connection)
                connection.execute(insert(self._state).values(version=self._part.version))
                self._part.tables.create_all(connection)

    def _version(self, connection: Connection) -> int:
        """The schema's version; 0 where the part was never made."""
        tables = set(inspect(connection).get_table_names())
        if self._part.state not in tables:
            foreign = sorted(tables & set(self._part.tables.tables))
            if foreign:
                raise StoreError(f"{self.label} is a database of something else; name another one with TIDEGATE_STATE")
            return 0
        version = connection.execute(select(func.max(self._state.c.version))).scalar()
        if not isinstance(version, int) or version < 1:
            raise StoreError(f"{self.label} does not say which version of Tidegate wrote it")
        if version > self._part.version:
            raise StoreError(
                f"{self.label} was written by a newer Tidegate (its schema is {version}, this one knows "
                f"{self._part.version}): upgrade Tidegate, or name another one with TIDEGATE_STATE"
            )
        return version

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise StoreError(mask(f"{self.label}: {self.place.words(error)}")) from error
        except SQLAlchemyError as error:
            raise StoreError(mask(f"{self.label}: {error}")) from error
