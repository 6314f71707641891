"""PostgreSQL as the place of a database, where CI runners come and go and have to see each other's runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import URL, Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import NullPool

from checks.secrets import Secret
from reports.store.database import PATIENCE
from reports.store.interface import StoreError

_CONNECT: Final = 10
#: The advisory lock under which tables are made: "tidegate" as eight bytes.
_LOCK: Final = int.from_bytes(b"tidegate", "big") - 2**63


class PostgreSql:
    """A database of a server. `url`: `postgresql://user:password@host:port/name`, with libpq's parameters behind `?`.

    A password may also come from PGPASSWORD, a service file or ~/.pgpass: libpq looks for it. Raises StoreError for
    what is no such URL.
    """

    def __init__(self, url: str) -> None:
        try:
            parsed = make_url(url)
        except (ArgumentError, ValueError) as error:
            raise StoreError(f"the state's URL can't be read: {_form()}") from error
        if parsed.drivername not in ("postgresql", "postgres") or not parsed.database:
            raise StoreError(f"the state's URL is {parsed.drivername}://…: {_form()}")
        if parsed.password:
            Secret(str(parsed.password))
        self._url: URL = parsed.set(drivername="postgresql+psycopg")
        self.label = parsed.render_as_string(hide_password=True)

    def engine(self, *, write: bool, more: str = "") -> Engine:
        """See `Place.engine`. `more`: further options of the server's command line, `-c name=value`."""
        patience = int(PATIENCE * 1000)
        options = f"-c statement_timeout={patience} -c lock_timeout={patience} -c timezone=UTC {more}"
        if not write:
            options += " -c default_transaction_read_only=on"
        arguments = {"connect_timeout": _CONNECT, "application_name": "tidegate", "options": options}
        try:
            return create_engine(self._url, poolclass=NullPool, connect_args=arguments)
        except (ImportError, NoSuchModuleError) as error:
            raise StoreError(f"{self.label}: the driver is not there: pip install 'tidegate[postgresql]'") from error

    def holds_something(self) -> bool:
        """See `Place.holds_something`: a server is always asked."""
        return True

    def words(self, error: DBAPIError) -> str:
        """See `Place.words`."""
        lines = [line.strip() for line in str(error.orig).splitlines() if line.strip()]
        return lines[0] if lines else type(error.orig).__name__

    @contextmanager
    def alone(self, connection: Connection) -> Iterator[None]:
        """See `Place.alone`. The lock ends with the transaction."""
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        yield


def _form() -> str:
    return "write a path, or postgresql://user@host:5432/database"
