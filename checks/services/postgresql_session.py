"""A session with PostgreSQL in which nothing is changed and every statement ends: how it begins, and how it asks."""

import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from psycopg import errors

from checks.failures import AttemptError, Down, Unmeasured
from checks.services.knock import knock, look_up
from checks.services.postgresql_probe import PostgresqlProbe
from checks.services.seam import Visit
from checks.services.words import first_line, no_more_connections, quoted, refused_login

#: The share of the look's time that one statement may take, and may wait for a lock; the rest is for the others.
_STATEMENT: Final = 0.6
_LOCK: Final = 0.3
#: What libpq and psycopg put in front of the server's own words.
_PREFIX: Final = re.compile(r"^connection failed: |connection to server (?:at|on socket) .*? failed: ")
_POOLER: Final = "give the address of PostgreSQL itself: a pooler answers for other sessions than ours"


class RefusedError(Exception):
    """The server answered a statement with an error, which is no news of its health: of one reading there is none."""

    def __init__(self, error: psycopg.Error) -> None:
        super().__init__(first_line(error))
        self.words = first_line(error)
        self.is_missing = isinstance(error, errors.UndefinedTable)
        self.is_forbidden = isinstance(error, errors.InsufficientPrivilege)
        self.is_read_only = isinstance(error, errors.ReadOnlySqlTransaction)


@dataclass(slots=True)
class Session:
    """An open connection. `role`: the user that we are."""

    connection: "psycopg.Connection[tuple[Any, ...]]"
    probe: PostgresqlProbe
    visit: Visit

    def rows(self, statement: str, *parameters: object) -> Sequence[tuple[Any, ...]]:
        """All rows of one of our own statements, in a transaction that can't write. Raises RefusedError, Down."""
        with self._asking(statement), self.connection.transaction():
            return self.connection.execute(statement.encode(), parameters or None).fetchall()

    def row(self, statement: str, *parameters: object) -> tuple[Any, ...]:
        """The one row of such a statement. Raises RefusedError, Down."""
        return self.rows(statement, *parameters)[0]

    def few_rows(self, statement: str) -> Sequence[tuple[Any, ...]]:
        """The first two rows of a user's query. A cursor on the server is for one SELECT, and for nothing else.

        Raises RefusedError, Down.
        """
        with (
            self._asking("a query of the environment's file"),
            self.connection.transaction(force_rollback=True),
            self.connection.cursor(name="tidegate") as cursor,
        ):
            return cursor.execute(statement.encode()).fetchmany(2)

    def write(self, *statements: str) -> Sequence[tuple[Any, ...]]:
        """Run statements in one transaction that may write; the rows of the last one. Raises RefusedError, Down."""
        # As the server has it by default: what an application meets.
        self.connection.read_only = None
        try:
            with self._asking("a write of our own"), self.connection.transaction():
                for statement in statements:
                    cursor = self.connection.execute(statement.encode())
                return cursor.fetchall() if cursor.description else []
        finally:
            if not self.connection.closed:
                self.connection.read_only = True

    def source(self, statement: str) -> str:
        """What a person can paste."""
        return f"{self.probe.source} -c {quoted(statement)}"

    @contextmanager
    def _asking(self, words: str) -> Iterator[None]:
        short = " ".join(words.split())
        try:
            self.visit.left()
            with self.visit.asking(short if len(short) <= 60 else f"{short[:59]}…"):
                yield
        except psycopg.Error as error:
            if self.connection.closed or self.connection.broken:
                raise Down(f"it ended the connection: {first_line(error)}") from None
            raise RefusedError(error) from None


@contextmanager
def session(probe: PostgresqlProbe, visit: Visit) -> Iterator[Session]:
    """Connect, and hang up at the end. Raises Down, Unmeasured."""
    if not probe.host.startswith("/"):
        look_up(visit, probe.host)
    try:
        with visit.asking("the connection and the log-in"):
            connection = psycopg.connect(autocommit=True, **_parameters(probe, visit))
    except errors.ConnectionTimeout:
        raise Down(f"no connection: nobody answered {probe.host}") from None
    except psycopg.Error as error:
        raise _why(error, probe, visit) from None
    try:
        connection.read_only = True
        # A server that is stopped by a signal answers nothing, and libpq has no time limit for that.
        with visit.cutting(connection.pgconn.socket):
            yield Session(connection, probe, visit)
    finally:
        connection.close()


def _parameters(probe: PostgresqlProbe, visit: Visit) -> dict[str, Any]:
    password = probe.password or probe.url.password
    milliseconds = probe.timeout * 1000
    parameters: dict[str, Any] = {
        "host": probe.host,
        "hostaddr": "",  # or PGHOSTADDR would lead elsewhere
        "port": probe.url.port,
        "user": probe.url.user,
        "dbname": probe.database,
        "application_name": "tidegate",
        "connect_timeout": max(2, math.ceil(visit.left())),
        "gssencmode": "disable",
        "target_session_attrs": "any",
        "options": f"-c statement_timeout={max(1, int(milliseconds * _STATEMENT))} "
        f"-c lock_timeout={max(1, int(milliseconds * _LOCK))} -c TimeZone=UTC",
    }
    if password:
        parameters["password"] = password.reveal()
    if probe.tls:
        parameters["sslmode"] = "verify-full" if probe.verify else "require"
        parameters["sslrootcert"] = probe.ca_file or "system" if probe.verify else ""
    else:
        parameters["sslmode"] = probe.url.options.get("sslmode", "prefer")
    return parameters


def _why(error: psycopg.Error, probe: PostgresqlProbe, visit: Visit) -> AttemptError:
    """Why there is no connection. libpq has words for it alone, so the operating system is asked once more."""
    said = _PREFIX.sub("", _PREFIX.sub("", first_line(error)))
    path = f"{probe.host}/.s.PGSQL.{probe.url.port}" if probe.host.startswith("/") else probe.host
    if "no password supplied" in said:
        return Unmeasured("the server asks for a password, and none is declared", "write `password: ${VAR}`")
    if "root certificate file" in said:
        return Unmeasured(f"our own file of authorities can't be used: {said}", "write `tls: {ca_file: FILE}`")
    if "unsupported startup parameter" in said:
        return Unmeasured(f"this is a pooler, not PostgreSQL: {said}", _POOLER)
    if "FATAL" not in said:
        found = knock(visit, path, probe.url.port)
        words = f"the certificate was refused: {said}" if "certificate" in said else f"no session: {said}"
        return found if isinstance(found, AttemptError) else Down(words)
    words = re.sub(r"^FATAL:\s*", "", said)
    if "too many clients" in words or "connection slots are reserved" in words or "too many connections" in words:
        return no_more_connections(words)
    if "authentication failed" in words or "no pg_hba.conf entry" in words or "is not permitted to log in" in words:
        return refused_login(words)
    return Down(f"it refused us: {words}")
