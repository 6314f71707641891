"""A private RabbitMQ node on 127.0.0.1: its own data, cookie, epmd and ports; nothing of it survives the tests."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import requests

#: What Debian's wrapper calls. The wrapper itself changes the user, and to the system's own directories.
DEBIAN = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
_USER = "guest:guest"
_CONFIGURATION = """\
listeners.tcp.1 = 127.0.0.1:{amqp}
{tls}
management.tcp.ip = 127.0.0.1
management.tcp.port = {http}
collect_statistics_interval = 200
disk_free_limit.absolute = 1MB
log.console = false
"""
_TLS = """\
listeners.ssl.1 = 127.0.0.1:{port}
ssl_options.certfile = {certificate}
ssl_options.keyfile = {key}
"""


@dataclass
class Node:
    """A running node. `amqp`, `amqps`, `http`: ports."""

    folder: Path
    program: Path
    amqp: int
    amqps: int
    http: int
    _environment: dict[str, str] = field(default_factory=dict)
    _processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"amqp://guest@127.0.0.1:{self.amqp}"

    @property
    def management(self) -> str:
        return f"http://127.0.0.1:{self.http}"

    def start(self, certificate: str, key: str) -> None:
        """Start epmd and the node, and wait until both of its doors are open."""
        epmd, distribution = _free_ports(2)
        for name in ("home", "log", "data"):
            (self.folder / name).mkdir()
        (self.folder / "plugins").write_text("[rabbitmq_management].\n")
        (self.folder / "env.conf").touch()
        tls = _TLS.format(port=self.amqps, certificate=certificate, key=key)
        (self.folder / "rabbitmq.conf").write_text(_CONFIGURATION.format(amqp=self.amqp, http=self.http, tls=tls))
        self._environment = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": str(self.folder / "home"),
            "ERL_EPMD_PORT": str(epmd),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"tidegate-{os.getpid()}@localhost",
            "RABBITMQ_MNESIA_BASE": str(self.folder / "data"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "env.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            "RABBITMQ_DIST_PORT": str(distribution),
            # The node becomes our own child, without a shell between that would have to pass signals on.
            "RABBITMQ_ALLOW_INPUT": "true",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} -noinput",
        }
        # Erlang would start an epmd of its own, which outlives everybody.
        self._run("epmd", "-port", str(epmd), "-address", "127.0.0.1")
        _wait(lambda: _answers(epmd), "epmd")
        self._run(str(self.program))
        _wait(lambda: _answers(self.amqp) and self._is_managed(), "rabbitmq")

    def stop(self) -> None:
        """Kill both; the data is thrown away."""
        for process in reversed(self._processes):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)

    def control(self, *arguments: str) -> None:
        """rabbitmqctl."""
        program = self.program.with_name("rabbitmqctl")
        subprocess.run([program, *arguments], env=self._environment, check=True, capture_output=True, timeout=60)

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """The node stands still; its kernel goes on accepting connections."""
        self._processes[-1].send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._processes[-1].send_signal(signal.SIGCONT)

    @contextlib.contextmanager
    def closed(self) -> Iterator[None]:
        """The broker listens no longer, as in maintenance. It takes a tenth of the time of a stop and a start."""
        self.control("suspend_listeners")
        try:
            yield
        finally:
            self.control("resume_listeners")
            _wait(lambda: _answers(self.amqp), "the listener")

    @contextlib.contextmanager
    def without_memory(self) -> Iterator[None]:
        """The memory alarm is on."""
        self.control("set_vm_memory_high_watermark", "0.0000001")
        try:
            yield
        finally:
            self.control("set_vm_memory_high_watermark", "0.4")
            _wait(self._is_quiet, "the end of the alarm")

    @contextlib.contextmanager
    def without_disk(self) -> Iterator[None]:
        """The disk alarm is on."""
        self.control("set_disk_free_limit", "100000000000000")
        try:
            yield
        finally:
            self.control("set_disk_free_limit", "1MB")
            _wait(self._is_quiet, "the end of the alarm")

    def _run(self, *command: str) -> None:
        self._processes.append(
            subprocess.Popen(
                command,
                env=self._environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        )

    def _is_quiet(self) -> bool:
        return requests.get(f"http://{_USER}@127.0.0.1:{self.http}/api/health/checks/alarms", timeout=2).ok

    def _is_managed(self) -> bool:
        try:
            nodes = requests.get(f"http://{_USER}@127.0.0.1:{self.http}/api/nodes", timeout=2).json()
        except (requests.RequestException, ValueError):
            return False
        # Its statistics come some seconds after its start.
        return isinstance(nodes, list) and "mem_alarm" in nodes[0]


def new_node(folder: Path, program: Path) -> Node:
    """A node that is not running yet. Its paths are short enough for Erlang wherever pytest puts its own."""
    return Node(folder, DEBIAN if DEBIAN.exists() else program, *_free_ports(3))


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for sock in sockets:
            sock.bind(("127.0.0.1", 0))
        return [sock.getsockname()[1] for sock in sockets]
    finally:
        for sock in sockets:
            sock.close()


def _answers(port: int) -> bool:
    with socket.socket() as sock:
        sock.settimeout(1)
        return sock.connect_ex(("127.0.0.1", port)) == 0


def _wait(ready, what: str) -> None:
    ends = time.monotonic() + 90
    while not ready():
        assert time.monotonic() < ends, f"{what} did not come"
        time.sleep(0.1)
