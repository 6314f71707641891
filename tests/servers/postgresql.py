"""A PostgreSQL server of the tests' own: on loopback, in a folder of its own, gone when the block ends."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg


@contextmanager
def postgresql(program: Path) -> Iterator[str]:
    """A server that `program` (`postgres`) runs; yields `postgresql://postgres:PASSWORD@127.0.0.1:PORT/postgres`.

    It refuses to run as root, and pytest's temporary folders are closed to others: it gets one in /tmp.
    """
    folder = Path(tempfile.mkdtemp(prefix="tg-pg-"))
    as_user: dict[str, object] = {}
    if os.geteuid() == 0:
        person = pwd.getpwnam("postgres")
        as_user = {"user": person.pw_uid, "group": person.pw_gid, "extra_groups": []}
        os.chown(folder, person.pw_uid, person.pw_gid)
    secret = folder / "password"
    secret.write_text("a-password-of-tests")
    secret.chmod(0o644)
    port = _free_port()
    data = folder / "data"
    initdb = [program.with_name("initdb"), "-D", data, "-U", "postgres", "-A", "scram-sha-256", "--no-sync"]
    plain: dict[str, object] = {"cwd": folder, "stdin": subprocess.DEVNULL, **as_user}
    subprocess.run([*initdb, f"--pwfile={secret}"], check=True, capture_output=True, **plain)
    settings = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": folder, "fsync": "off"}
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([program, "-D", data, *options], stdout=log, stderr=log, **plain)
        try:
            url = f"postgresql://postgres:a-password-of-tests@127.0.0.1:{port}/postgres"
            _wait(server, url, folder / "log")
            yield url
        finally:
            server.send_signal(signal.SIGINT)  # the fast shutdown, which waits for no client
            try:
                server.wait(3)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait(10)
            shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait(server: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    # It accepts connections a moment before it takes them ("the database system is starting up").
    until = time.monotonic() + 60
    while time.monotonic() < until and server.poll() is None:
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"PostgreSQL did not start: {log.read_text()[-2000:]}")
