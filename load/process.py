"""The process that generates load: started in its own session, told what to do through a pipe, ended for certain."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

#: Where the packages are: a checkout that is not installed works, too.
_ROOT: Final = Path(__file__).resolve().parent.parent
#: Seconds between asking a process to end and ending it.
_PATIENCE: Final = 2.0


class GeneratorProcess:
    """`python -m load.generator`, its own working directory and HOME (`folder`), and a log in `log`.

    Locust would read `locust.conf`, `~/.locust.conf`, `pyproject.toml` and LOCUST_* variables: none of them is there.
    """

    def __init__(self, folder: Path, log: Path, final: Path) -> None:
        ours, theirs = socket.socketpair()
        environment = {name: value for name, value in os.environ.items() if not name.startswith("LOCUST_")}
        path = os.pathsep.join(part for part in (str(_ROOT), environment.get("PYTHONPATH", "")) if part)
        environment |= {"HOME": str(folder), "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}
        arguments = [sys.executable, "-P", "-m", "load.generator", str(theirs.fileno()), str(final)]
        try:
            with log.open("ab") as file:
                self._process = subprocess.Popen(
                    arguments,
                    cwd=folder,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=file,
                    stderr=file,
                    pass_fds=(theirs.fileno(),),
                    start_new_session=True,
                )
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        self._socket = ours
        self._rest = b""
        self._ended = False

    @property
    def pid(self) -> int:
        """Its process id, which is that of its group, too."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    @property
    def ending(self) -> str:
        """How it ended, in words."""
        code = self._process.poll()
        if code is None:
            return "it is still running"
        return f"it was ended by {signal.Signals(-code).name}" if code < 0 else f"it ended with exit code {code}"

    def send(self, document: dict[str, Any]) -> None:
        """Tell it something. A process that has ended is not told."""
        try:
            self._socket.settimeout(_PATIENCE)
            self._socket.sendall(json.dumps(document).encode() + b"\n")
        except OSError:
            self._ended = True

    def heard(self, seconds: float) -> Iterator[dict[str, Any]]:
        """What it has said, waiting at most `seconds` for the first of it."""
        self._socket.settimeout(max(0.001, seconds))
        if self._ended:
            time.sleep(max(0.0, seconds))
            return
        try:
            data = self._socket.recv(1 << 20)
            self._ended = not data
        except TimeoutError:
            data = b""
        except OSError:
            self._ended, data = True, b""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            yield json.loads(line)

    def wait(self, seconds: float) -> None:
        """Wait until it has ended, at most so long."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return

    def close(self) -> None:
        """End it and everything that it started."""
        self._socket.close()
        for kind in (signal.SIGTERM, signal.SIGKILL):
            deadline = time.monotonic() + _PATIENCE
            with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS: of a group of ended processes
                os.killpg(self._process.pid, kind)
                os.killpg(self._process.pid, signal.SIGCONT)  # a stopped process is not ended before it goes on
            while _group_lives(self._process.pid) and time.monotonic() < deadline:
                self._process.poll()
                time.sleep(0.02)
        self.wait(_PATIENCE)


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True
