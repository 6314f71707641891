"""A real PostgreSQL primary with a replica, users with and without permissions, and a database to look at."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import trustme

from tests.services.server import Server

PASSWORD = "a-password-of-the-tests"
#: Connections for ordinary users: the rest of them is reserved.
USABLE = 7


class Postgresql(Server):
    """A server, and the superuser's way into it."""

    def __init__(self, program: Path) -> None:
        super().__init__("postgresql", "postgres")
        self.program, self.data = program, self.folder / "data"
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": self.folder,
            "fsync": "off",
            "max_connections": USABLE + 3,
            "superuser_reserved_connections": 3,
            "max_prepared_transactions": 2,
            "shared_buffers": "16MB",
            "autovacuum": "off",
            "wal_receiver_status_interval": "1s",
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        self.command = [program, "-D", self.data, *options]
        self.ready = self.answers

    def tool(self, name: str) -> Path:
        """A program that lies beside the server's."""
        return self.program.resolve().with_name(name)

    def stop(self, with_signal: int = signal.SIGINT) -> None:
        super().stop(with_signal)

    def answers(self) -> bool:
        """Whether it takes queries."""
        try:
            self.ask("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def connect(self, **parameters: Any) -> "psycopg.Connection[tuple[Any, ...]]":
        """A connection of the superuser, unless told otherwise."""
        place = {"host": "127.0.0.1", "port": self.port, "user": "postgres", "password": PASSWORD, "dbname": "postgres"}
        return psycopg.connect(**{**place, "autocommit": True, "connect_timeout": 5, **parameters})

    def ask(self, *statements: str, **parameters: Any) -> Any:
        """Run statements as the superuser; the first value of the last one."""
        with self.connect(**parameters) as connection:
            for statement in statements:
                cursor = connection.execute(statement)
            row = cursor.fetchone() if cursor.description else None
            return row[0] if row else None

    def wait_for(self, statement: str, wanted: Callable[[Any], bool], **parameters: Any) -> Any:
        """Ask until the value is as wanted."""
        until = time.monotonic() + 20
        while not wanted(value := self.ask(statement, **parameters)):
            assert time.monotonic() < until, f"{statement} is still {value!r}"
            time.sleep(0.05)
        return value

    def url(self, user: str = "looker", database: str = "shop") -> str:
        """What an environment's file says of it."""
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"


@contextmanager
def primary(program: Path, ca: trustme.CA) -> Iterator[Postgresql]:
    """A primary with the database `shop`: `looker` may see statistics and create schemas, `plain` may not."""
    server = Postgresql(program)
    try:
        secret = server.folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        initdb = [server.tool("initdb"), "-D", server.data, "-U", "postgres", "-A", "scram-sha-256", "--no-sync"]
        server.run([*initdb, f"--pwfile={secret}"])
        certificate, key = server.certificate(ca)
        with (server.data / "postgresql.conf").open("a") as settings:
            settings.write(f"ssl = on\nssl_cert_file = '{certificate}'\nssl_key_file = '{key}'\n")
        server.start()
        server.ask(
            f"CREATE ROLE looker LOGIN PASSWORD '{PASSWORD}' IN ROLE pg_monitor",
            f"CREATE ROLE plain LOGIN PASSWORD '{PASSWORD}'",
            "CREATE DATABASE shop",
            "GRANT CREATE ON DATABASE shop TO looker",
        )
        server.ask(
            "CREATE TABLE alembic_version (version_num text)",
            "INSERT INTO alembic_version VALUES ('4b1d2aa')",
            "CREATE TABLE no_migration (version_num text)",
            "GRANT SELECT ON alembic_version, no_migration TO looker, plain",
            dbname="shop",
        )
        yield server
    finally:
        server.remove()


@contextmanager
def replica_of(primary: Postgresql) -> Iterator[Postgresql]:
    """A streaming replica, which the primary knows as `replica-1`."""
    server = Postgresql(primary.program)
    try:
        (server.folder / "pass").write_text(f"*:*:*:*:{PASSWORD}\n")
        (server.folder / "pass").chmod(0o600)
        place = f"host=127.0.0.1 port={primary.port} user=postgres password={PASSWORD} application_name=replica-1"
        server.run(
            [server.tool("pg_basebackup"), "-D", server.data, "-d", place, "-R", "-X", "stream", "-c", "fast", "-N"]
        )
        server.start()
        primary.wait_for("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'", lambda n: n == 1)
        yield server
    finally:
        server.remove()
