"""A session with MySQL or MariaDB in which nothing is changed and every statement ends: how it begins, how it asks."""

import ssl
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import pymysql
from pymysql.constants import CR, ER

from checks.failures import AttemptError, Down, Unmeasured, from_os_error
from checks.services.knock import open_socket
from checks.services.mysql_probe import MysqlProbe
from checks.services.seam import Visit
from checks.services.words import first_line, no_more_connections, quoted, refused_login

#: The share of the look's time that one statement may take, and may wait for a lock; the rest is for the others.
_STATEMENT: Final = 0.6
_LOCK: Final = 0.3
# Numbers that pymysql has no names for are from https://mariadb.com/kb/en/mariadb-error-codes/.
_LOGIN: Final = (ER.ACCESS_DENIED_ERROR, ER.DBACCESS_DENIED_ERROR, 1698)
_FULL: Final = (ER.CON_COUNT_ERROR, ER.TOO_MANY_USER_CONNECTIONS, ER.USER_LIMIT_REACHED)
_FORBIDDEN: Final = (
    ER.DBACCESS_DENIED_ERROR,
    ER.TABLEACCESS_DENIED_ERROR,
    ER.COLUMNACCESS_DENIED_ERROR,
    ER.SPECIFIC_ACCESS_DENIED_ERROR,
)
_LOST: Final = (CR.CR_SERVER_GONE_ERROR, CR.CR_SERVER_LOST, CR.CR_CONNECTION_ERROR, ER.SERVER_SHUTDOWN)


class RefusedError(Exception):
    """The server answered a statement with an error, which is no news of its health: of one reading there is none."""

    def __init__(self, error: Exception) -> None:
        number, words = _number_and_words(error)
        super().__init__(words)
        self.words = words
        self.is_missing = number == ER.NO_SUCH_TABLE
        self.is_forbidden = number in _FORBIDDEN
        self.is_syntax = number == ER.PARSE_ERROR


@dataclass(slots=True)
class Session:
    """An open connection. `version`: as the server greets (`10.11.6-MariaDB-0+deb12u1`)."""

    connection: Any
    probe: MysqlProbe
    visit: Visit

    @property
    def version(self) -> str:
        """How the server greets."""
        return str(self.connection.get_server_info())

    @property
    def is_mariadb(self) -> bool:
        """Whether it is MariaDB, which has other words for some things."""
        return "mariadb" in self.version.lower()

    def rows(self, statement: str) -> Sequence[tuple[Any, ...]]:
        """All rows of one of our own statements. Raises RefusedError, Down."""
        found: Sequence[tuple[Any, ...]] = self._run(statement, statement)
        return found

    def named_rows(self, statement: str) -> Sequence[Mapping[str, Any]]:
        """The same, each row by the names of its columns. Raises RefusedError, Down."""
        found: Sequence[Mapping[str, Any]] = self._run(statement, statement, pymysql.cursors.DictCursor)
        return found

    def pairs(self, statement: str) -> Mapping[str, str]:
        """The names and values of a SHOW, names in small letters. Raises RefusedError, Down."""
        return {str(row[0]).lower(): str(row[1]) for row in self.rows(statement)}

    def few_rows(self, statement: str) -> Sequence[tuple[Any, ...]]:
        """The first two rows of a user's query, in a transaction that can't write. Raises RefusedError, Down."""
        words = "a query of the environment's file"
        self._run("START TRANSACTION READ ONLY", words)
        try:
            self._run("SET SESSION sql_select_limit = 2", words)
            found: Sequence[tuple[Any, ...]] = self._run(statement, words)
        finally:
            if self.connection.open:
                self._run("SET SESSION sql_select_limit = DEFAULT", words)
                self._run("ROLLBACK", words)
        return found

    def write(self, statement: str) -> None:
        """Run one statement that may write. Raises RefusedError, Down."""
        words = "a write of our own"
        self._run("SET SESSION TRANSACTION READ WRITE", words)
        try:
            self._run(statement, words)
        finally:
            if self.connection.open:
                self._run("SET SESSION TRANSACTION READ ONLY", words)

    def source(self, statement: str) -> str:
        """What a person can paste."""
        return f"{self.probe.source} -e {quoted(statement)}"

    def _run(self, statement: str, words: str, kind: Any = None) -> Any:
        short = " ".join(words.split())
        try:
            self.visit.left()
            with (
                self.visit.asking(short if len(short) <= 60 else f"{short[:59]}…"),
                self.connection.cursor(kind) as cursor,
            ):
                cursor.execute(statement)
                return cursor.fetchall()
        except (pymysql.MySQLError, UnicodeError) as error:
            if _number_and_words(error)[0] in _LOST or not self.connection.open:
                raise _lost(error, self.visit) from None
            raise RefusedError(error) from None


@contextmanager
def session(probe: MysqlProbe, visit: Visit) -> Iterator[Session]:
    """Connect, and hang up at the end. Raises Down, Unmeasured."""
    connection = pymysql.connect(**_parameters(probe, visit), defer_connect=True)
    # pymysql would leave its own socket open where nobody listens at a path.
    sock = open_socket(visit, probe.socket or probe.url.host, probe.url.port)
    with sock, visit.cutting(sock.fileno()):
        try:
            with visit.asking("the log-in"):
                connection.connect(sock)
        except (pymysql.MySQLError, OSError) as error:
            raise _why(error, probe, visit) from None
        except (LookupError, ValueError, TypeError, AssertionError, struct.error):
            # A greeting that is none: pymysql trusts the lengths that it reads.
            raise Down("what answers there does not speak MySQL") from None
        try:
            found = Session(connection, probe, visit)
            _begin(found)
            yield found
        finally:
            if connection.open:
                connection.close()


def _begin(session: Session) -> None:
    """What every statement of the session is bound by."""
    seconds = session.probe.timeout * _STATEMENT
    limit = (
        f"max_statement_time = {seconds:.3f}" if session.is_mariadb else f"max_execution_time = {int(seconds * 1000)}"
    )
    lock = max(1, int(session.probe.timeout * _LOCK))
    for statement in (
        "SET SESSION TRANSACTION READ ONLY",
        f"SET SESSION {limit}, lock_wait_timeout = {lock}, innodb_lock_wait_timeout = {lock}, time_zone = 'SYSTEM'",
    ):
        try:
            session.rows(statement)
        except RefusedError as error:
            raise Down(f"it refuses to begin a session: {error.words}") from None


def _parameters(probe: MysqlProbe, visit: Visit) -> dict[str, Any]:
    password = probe.password or probe.url.password
    place: dict[str, Any] = (
        {"unix_socket": probe.socket} if probe.socket else {"host": probe.url.host, "port": probe.url.port}
    )
    if probe.tls:
        try:
            context = ssl.create_default_context(cafile=probe.ca_file or None)
        except OSError as error:
            raise Unmeasured(f"our own file of authorities can't be used: {first_line(error)}") from None
        # The certificates that MySQL makes for itself are not made strictly.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        if not probe.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        place["ssl"] = context
    return {
        **place,
        "user": probe.url.user,
        "password": password.reveal().encode() if password else b"",
        "database": probe.url.path or None,
        "connect_timeout": visit.left(),
        "read_timeout": visit.left(),
        "write_timeout": visit.left(),
        "charset": "utf8mb4",
        "autocommit": True,
        "program_name": "tidegate",
        "local_infile": False,
    }


def _why(error: Exception, probe: MysqlProbe, visit: Visit) -> AttemptError:
    """Why there is no session: pymysql keeps what the operating system said beside its own words."""
    cause = getattr(error, "original_exception", None) or error.__cause__ or error.__context__ or error
    number, words = _number_and_words(error)
    if number in _LOGIN and not (probe.password or probe.url.password):
        return Unmeasured(f"no password is declared, and the server said: {words}", "write `password: ${VAR}`")
    if number in _LOGIN:
        return refused_login(words)
    if number in _FULL:
        return no_more_connections(words)
    match cause:
        case TimeoutError():
            return visit.timed_out()
        case OSError():
            return from_os_error(cause)
    return Down(f"it refused us: {words}")


def _lost(error: Exception, visit: Visit) -> AttemptError:
    if isinstance(error.__cause__ or error.__context__, TimeoutError):
        return visit.timed_out()
    return Down(f"it ended the connection: {_number_and_words(error)[1]}")


def _number_and_words(error: Exception) -> tuple[int, str]:
    """The two parts of an error; pymysql puts no number into some of its own."""
    match error.args:
        case (int() as number, str() | bytes() as words, *_):
            text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
            return number, first_line(text)
        case _:
            return 0, first_line(error)
