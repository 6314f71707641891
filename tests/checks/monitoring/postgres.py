"""A real PostgreSQL in a directory of its own, reached by its socket alone."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.checks.prometheus.running import eventually, mortal
from tests.conftest import load, locate


@contextlib.contextmanager
def postgresql() -> Iterator[str]:
    """Its socket's directory."""
    binaries = locate("postgresql").parent
    # PostgreSQL refuses root, and a socket's path is short.
    user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
    folder = Path(tempfile.mkdtemp(prefix="tg-mon-"))
    try:
        if user:
            entry = pwd.getpwnam("postgres")
            os.chown(folder, entry.pw_uid, entry.pw_gid)

        def run(*command: object) -> None:
            subprocess.run(
                list(map(str, command)),
                cwd=folder,
                check=True,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                **user,
            )

        data = folder / "data"
        run(binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-sync")
        options = f"-c listen_addresses= -c unix_socket_directories={folder} -c max_connections=20 -c fsync=off"
        command = [str(binaries / "postgres"), "-D", str(data), *options.split()]
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        server = subprocess.Popen(mortal(command), cwd=folder, **quiet, **user)
        try:
            eventually(lambda: _answers(folder))
            yield str(folder)
        finally:
            server.send_signal(signal.SIGQUIT)  # an immediate shutdown
            server.wait(10)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _answers(folder: Path) -> bool:
    psycopg = load("psycopg")
    try:
        psycopg.connect(f"user=postgres host={folder} dbname=postgres").close()
    except psycopg.OperationalError:
        return False
    return True
