"""A real MariaDB server with a replica, users with and without permissions, and a database to look at."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pymysql
import trustme

from tests.services.server import Server

PASSWORD = "a-password-of-the-tests"
#: Connections for ordinary users; the superuser has one more.
USABLE = 10


class Mariadb(Server):
    """A server, and the superuser's way into it."""

    def __init__(self, program: Path, number: int) -> None:
        super().__init__("mariadb", "mysql")
        self.program, self.data, self.socket = program, self.folder / "data", self.folder / "s"
        self.command = [
            program,
            "--no-defaults",
            f"--datadir={self.data}",
            f"--socket={self.socket}",
            f"--port={self.port}",
            "--bind-address=127.0.0.1",
            f"--pid-file={self.folder / 'pid'}",
            f"--server-id={number}",
            f"--report-host=server-{number}",
            "--log-bin=log",
            f"--max-connections={USABLE}",
            "--innodb-buffer-pool-size=8M",
            "--innodb-log-file-size=4M",
            "--innodb-flush-log-at-trx-commit=0",
            "--innodb-fast-shutdown=2",
            "--skip-name-resolve",
        ]
        self.ready = self.answers

    def install(self) -> None:
        """Make its data, as `mariadb-install-db` does."""
        self.run(
            [
                "mariadb-install-db",
                "--no-defaults",
                f"--datadir={self.data}",
                "--innodb-log-file-size=4M",
                "--skip-test-db",
                "--auth-root-authentication-method=normal",
            ]
        )

    def answers(self) -> bool:
        """Whether it takes queries."""
        if not self.accepts():
            return False  # pymysql would leave a socket open
        try:
            self.ask("SELECT 1")
        except pymysql.MySQLError:
            return False
        return True

    def connect(self, user: str = "root", **parameters: Any) -> Any:
        """A connection of the superuser, unless told otherwise."""
        place: dict[str, Any] = {"unix_socket": str(self.socket)}
        if user != "root":
            place = {"host": "127.0.0.1", "port": self.port, "password": PASSWORD, "database": "shop"}
        return pymysql.connect(**{**place, "user": user, "autocommit": True, "connect_timeout": 5, **parameters})

    def ask(self, *statements: str) -> Any:
        """Run statements as the superuser; the first value of the last one."""
        with self.connect() as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            row = cursor.fetchone()
            return row[0] if row else None

    def status(self, name: str) -> str:
        """A column of the replica's status."""
        with self.connect() as connection, connection.cursor(pymysql.cursors.DictCursor) as cursor:
            cursor.execute("SHOW SLAVE STATUS")
            return str(cursor.fetchone()[name])

    def wait_for(self, name: str, wanted: Callable[[str], bool]) -> None:
        """Look at the replica's status until it is as wanted."""
        until = time.monotonic() + 20
        while not wanted(value := self.status(name)):
            assert time.monotonic() < until, f"{name} is still {value!r}"
            time.sleep(0.05)

    def url(self, user: str = "looker", database: str = "shop") -> str:
        """What an environment's file says of it."""
        return f"mysql://{user}@127.0.0.1:{self.port}/{database}"


@contextmanager
def primary(program: Path, ca: trustme.CA) -> Iterator[Mariadb]:
    """A primary with the database `shop`: `looker` may see statistics and write there, `plain` may only read."""
    server = Mariadb(program, 1)
    try:
        server.install()
        certificate, key = server.certificate(ca)
        server.command = [*server.command, f"--ssl-cert={certificate}", f"--ssl-key={key}"]
        server.start()
        server.ask(
            "CREATE DATABASE shop",
            f"CREATE USER looker@'%' IDENTIFIED BY '{PASSWORD}'",
            f"CREATE USER plain@'%' IDENTIFIED BY '{PASSWORD}'",
            "GRANT PROCESS, REPLICA MONITOR ON *.* TO looker@'%'",
            "GRANT ALL ON shop.* TO looker@'%'",
            "GRANT SELECT ON shop.* TO plain@'%'",
            "CREATE TABLE shop.migrations (version int)",
            "INSERT INTO shop.migrations VALUES (42)",
        )
        yield server
    finally:
        server.remove()


@contextmanager
def replica_of(primary: Mariadb) -> Iterator[Mariadb]:
    """A replica that has replayed everything of the primary."""
    server = Mariadb(primary.program, 2)
    try:
        server.install()
        server.start()
        server.ask(
            f"CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={primary.port}, MASTER_USER='looker', "
            f"MASTER_PASSWORD='{PASSWORD}', MASTER_LOG_FILE='log.000001', MASTER_LOG_POS=4, MASTER_CONNECT_RETRY=1",
        )
        primary.ask("GRANT REPLICATION SLAVE ON *.* TO looker@'%'")
        server.ask("SET GLOBAL read_only = 1", "START SLAVE")
        server.wait_for("Seconds_Behind_Master", lambda value: value == "0")
        yield server
    finally:
        server.remove()
