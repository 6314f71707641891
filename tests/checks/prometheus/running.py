"""Real programs of the monitoring on loopback: each with a free port and data of its own, and stopped for certain."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

_PATIENCE = 20.0


@dataclass
class Running:
    """A program that runs."""

    process: subprocess.Popen
    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def signal(self, number: int) -> None:
        self.process.send_signal(number)
        # All of its threads have to stop before nothing is answered.
        status = Path(f"/proc/{self.process.pid}/stat")
        while number == signal.SIGSTOP and status.read_text().rpartition(")")[2].split()[0] != "T":
            time.sleep(0.01)

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(self.url + path, timeout=5) as answer:
            return answer.read()

    def stop(self) -> None:
        """End it, paused or not."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGCONT)
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait(5)


def mortal(command: list[str]) -> list[str]:
    """The command so that it ends with this process, even where that is killed (util-linux, prctl(2))."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", "--", *command] if setpriv else command


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


@contextlib.contextmanager
def running(
    command: Callable[[int], list[str]], folder: Path, ready: str, env: dict[str, str] | None = None
) -> Iterator[Running]:
    """Start what `command` gives for a free port, and wait until `ready` (a path) is answered with 200."""
    folder.mkdir(parents=True, exist_ok=True)
    started = _start(command, folder, ready, env or {})
    try:
        yield started
    finally:
        started.stop()


def _start(command: Callable[[int], list[str]], folder: Path, ready: str, env: dict[str, str]) -> Running:
    for _ in range(3):  # somebody else may take the port before the program does
        port, log = free_port(), folder / "log.txt"
        with log.open("w") as output:
            process = subprocess.Popen(
                mortal(command(port)),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, **env},
            )
        started = Running(process, port, log)
        if _wait(started, ready):
            return started
        started.stop()
    raise AssertionError(log.read_text()[-2000:])


def _wait(started: Running, ready: str) -> bool:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and started.process.poll() is None:
        with contextlib.suppress(OSError, urllib.error.URLError):
            started.get(ready)
            return True
        time.sleep(0.05)
    return False


def eventually(holds: Callable[[], object], within: float = 15.0) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + within
    while not holds():
        assert time.monotonic() < deadline, "it never held"
        time.sleep(0.05)


def prometheus(program: Path, folder: Path, config: str) -> contextlib.AbstractContextManager[Running]:
    """A Prometheus with this configuration and what lies in `folder`/data."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "prometheus.yml").write_text(config)

    def command(port: int) -> list[str]:
        return [
            str(program),
            f"--config.file={folder}/prometheus.yml",
            f"--storage.tsdb.path={folder}/data",
            f"--web.listen-address=127.0.0.1:{port}",
            "--web.enable-lifecycle",
            "--storage.tsdb.retention.time=10y",
            "--scrape.discovery-reload-interval=200ms",
            "--log.level=warn",
        ]

    return running(command, folder, "/-/ready")
