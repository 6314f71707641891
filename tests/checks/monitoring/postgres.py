"""A real PostgreSQL in a directory of its own, reached by its socket alone."""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import locate


@contextlib.contextmanager
def postgresql() -> Iterator[str]:
    """Its socket's directory."""
    binaries = locate("postgresql").parent
    # PostgreSQL refuses root, and a socket's path is short.
    user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
    folder = Path(tempfile.mkdtemp(prefix="tg-pg-"))
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
        run(binaries / "pg_ctl", "-D", data, "-w", "-o", options, "-l", folder / "log", "start")
        try:
            yield str(folder)
        finally:
            run(binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
