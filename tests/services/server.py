"""A real server of the tests' own: an unprivileged user's, in a short folder, on loopback, gone at the end."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import trustme


class Server:
    """One server. It can be stopped and started again, and paused (SIGSTOP) with all of its processes."""

    def __init__(self, name: str, user: str) -> None:
        # Sockets have short paths, and pytest's own temporary folders are closed to other users.
        self.folder = Path(tempfile.mkdtemp(prefix=f"tg-{name[:5]}-", dir="/tmp"))
        self.name, self.port = name, free_port()
        self.as_user: dict[str, object] = {}
        if os.geteuid() == 0:
            person = pwd.getpwnam(user if user in {entry.pw_name for entry in pwd.getpwall()} else "nobody")
            self.as_user = {"user": person.pw_uid, "group": person.pw_gid, "extra_groups": []}
            os.chown(self.folder, person.pw_uid, person.pw_gid)
        self.command: Sequence[str | Path] = ()
        self.process: subprocess.Popen[bytes] | None = None
        self.ready: Callable[[], bool] = self.accepts

    def run(self, command: Sequence[str | Path], timeout: float = 60) -> str:
        """Run a command as the server's user; its output. Fails the test where the command fails."""
        done = subprocess.run(
            [*map(str, command)],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            **self.as_user,  # type: ignore[call-overload]  # user, group and extra_groups
        )
        assert done.returncode == 0, f"{command[0]}: {done.stdout}{done.stderr}"
        return str(done.stdout)

    def certificate(self, ca: trustme.CA) -> tuple[Path, Path]:
        """The files of a certificate for 127.0.0.1, and of its key, which only the server's user may read."""
        made = ca.issue_cert("127.0.0.1")
        certificate, key = self.folder / "cert.pem", self.folder / "key.pem"
        made.cert_chain_pems[0].write_to_path(certificate)
        made.private_key_pem.write_to_path(key)
        key.chmod(0o600)
        if self.as_user:
            os.chown(key, self.as_user["user"], self.as_user["group"])  # type: ignore[arg-type]  # both are numbers
        return certificate, key

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*map(str, self.command)],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **self.as_user,  # type: ignore[call-overload]  # the same
            )
        until = time.monotonic() + 60
        while time.monotonic() < until and self.process.poll() is None:
            if self.ready():
                return
            time.sleep(0.02)
        raise AssertionError(f"{self.name} did not start: {self.log[-2000:]}")

    def stop(self, with_signal: int = signal.SIGTERM) -> None:
        """Stop it for certain, paused or not, with what it started."""
        if self.process is None:
            return
        family = self._family()
        for process in family:
            _signal(process, signal.SIGCONT)
        self.process.send_signal(with_signal)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
        for process in family:
            _signal(process, signal.SIGKILL)
        self.process = None

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Nobody listens inside."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """It accepts connections, as its kernel does, and answers nothing inside."""
        family = self._family()
        for process in family:
            _signal(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in family:
                _signal(process, signal.SIGCONT)

    def remove(self) -> None:
        """Stop it, and take its folder away."""
        self.stop(signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def accepts(self) -> bool:
        """Whether somebody listens at its port."""
        with socket.socket() as knock:
            return knock.connect_ex(("127.0.0.1", self.port)) == 0

    @property
    def log(self) -> str:
        """What it wrote."""
        return (self.folder / "log").read_text(errors="replace")

    def _family(self) -> list[psutil.Process]:
        if self.process is None:
            return []
        try:
            own = psutil.Process(self.process.pid)
            return [own, *own.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []


def free_port() -> int:
    """A port on loopback that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _signal(process: psutil.Process, number: int) -> None:
    with suppress(psutil.NoSuchProcess):
        process.send_signal(number)
