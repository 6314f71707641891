"""A real Prometheus that scrapes real programs, and a real Alertmanager that tells a mailbox."""

import http.server
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from checks.monitoring.server import Server
from tests.checks.conftest import dead_port, loop_thread, servers
from tests.checks.monitoring.postgres import postgresql
from tests.checks.prometheus.running import Running, eventually, prometheus, running
from tests.conftest import locate

__all__ = ["dead_port", "loop_thread", "servers"]

RULES = """
groups:
  - name: service
    interval: 1s
    rules:
      - {alert: ServiceDown, expr: 'up{job="dead"} == 0', labels: {severity: critical}, annotations: {summary: down}}
      - {alert: Busy, expr: vector(1) > 0, labels: {severity: warning}}
      - {alert: Slow, expr: vector(0) > 1, labels: {severity: page}}
      - {alert: Bare, expr: vector(0) > 1}
      - {alert: Soon, expr: vector(1) > 0, for: 1h, labels: {severity: info}}
      - {record: job:up:sum, expr: sum by (job) (up)}
"""
BROKEN_RULE = """
groups:
  - name: broken
    interval: 1s
    rules:
      - {alert: Broken, expr: up * on() group_left() up, labels: {severity: critical}}
"""


def config(rules: str = "", jobs: dict[str, list[int]] | None = None, alertmanagers: list[int] | None = None) -> str:
    """A configuration; ports by job."""
    text = "global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}\n"
    text += f"rule_files: [{rules}]\nscrape_configs:\n"
    for job, ports in (jobs or {"none": []}).items():
        targets = ", ".join(f"'127.0.0.1:{port}'" for port in ports)
        text += f"  - {{job_name: {job}, static_configs: [{{targets: [{targets}]}}]}}\n"
    places = ", ".join(f"'127.0.0.1:{port}'" for port in alertmanagers or [])
    return text + f"alerting: {{alertmanagers: [{{static_configs: [{{targets: [{places}]}}]}}]}}\n"


@dataclass
class Mailbox:
    """Takes Alertmanager's webhooks by POST, and shows by GET what came."""

    port: int = 0
    bodies: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            box.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self._say(b"")

        def do_GET(self):
            self._say(b"\n".join(box.bodies))

        def _say(self, body):
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    box.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield box
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


ALERTMANAGER = """
route:
  receiver: nobody
  group_wait: 0s
  group_interval: 1s
  routes:
    - {{receiver: oncall, matchers: ['severity="critical"']}}
receivers:
  - {{name: oncall, webhook_configs: [{{url: '{url}', send_resolved: false}}]}}
  - {{name: nobody}}
inhibit_rules:
  - {{source_matchers: ['alertname="Maintenance"'], target_matchers: ['alertname=~".+"', 'severity="muted"']}}
"""


@contextmanager
def alertmanager(folder: Path, text: str) -> Iterator[Running]:
    """An Alertmanager without a cluster."""
    program = locate("alertmanager")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "alertmanager.yml").write_text(text)

    def command(port: int) -> list[str]:
        return [
            str(program),
            "--config.file=alertmanager.yml",
            f"--storage.path={folder}/data",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
            "--log.level=warn",
        ]

    with running(command, folder, "/-/ready") as started:
        yield started


@dataclass(frozen=True)
class Stack:
    """Programs that run for all tests of a session."""

    box: Mailbox
    manager: Running
    node: Running
    watching: Running


_STACK = pytest.StashKey[Stack]()


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """A node exporter, an Alertmanager that tells a mailbox, and a Prometheus with a live job, a dead one and one that
    is half dead, whose rules fire. Started once, whichever folder's tests ask first."""
    config_ = request.config
    if _STACK not in config_.stash:
        running_ = ExitStack()
        config_.add_cleanup(running_.close)
        box = running_.enter_context(mailbox())
        text = ALERTMANAGER.format(url=box.url)
        manager = running_.enter_context(alertmanager(tmp_path_factory.mktemp("alertmanager"), text))
        program = locate("node-exporter")

        def command(port: int) -> list[str]:
            return [str(program), f"--web.listen-address=127.0.0.1:{port}"]

        node = running_.enter_context(running(command, tmp_path_factory.mktemp("node"), "/metrics"))
        folder = tmp_path_factory.mktemp("watching")
        (folder / "rules.yml").write_text(RULES)
        dead = 9  # the discard port: nobody listens there
        jobs = {"node": [node.port], "dead": [dead], "half": [node.port, dead]}
        written = config(f"{folder}/rules.yml", jobs, [manager.port])
        watching = running_.enter_context(prometheus(locate("prometheus"), folder, written))
        eventually(lambda: watching.get("/api/v1/alerts").count(b'"firing"') == 2 and _scraped(watching))
        config_.stash[_STACK] = Stack(box, manager, node, watching)
    return config_.stash[_STACK]


@pytest.fixture(scope="session")
def box(stack: Stack) -> Mailbox:
    return stack.box


@pytest.fixture(scope="session")
def manager(stack: Stack) -> Running:
    return stack.manager


@pytest.fixture(scope="session")
def node(stack: Stack) -> Running:
    return stack.node


@pytest.fixture(scope="session")
def watching(stack: Stack) -> Running:
    return stack.watching


@pytest.fixture(scope="session")
def faulty(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A Prometheus with a rule that can't be evaluated, a target that answers 500, and a PostgreSQL's exporter."""
    folder = tmp_path_factory.mktemp("faulty")
    (folder / "broken.yml").write_text(BROKEN_RULE)
    exporter = locate("postgres-exporter")

    def command(port: int) -> list[str]:
        return [str(exporter), f"--web.listen-address=127.0.0.1:{port}"]

    with postgresql() as place, broken_page() as bad:
        env = {"DATA_SOURCE_NAME": f"user=postgres host={place} dbname=postgres sslmode=disable"}
        with running(command, folder / "exporter", "/metrics", env) as database:
            node = stack.node.port
            jobs = {"node": [node], "again": [node], "bad": [bad], "db": [database.port]}
            written = config(f"{folder}/broken.yml", jobs)
            with prometheus(locate("prometheus"), folder / "prometheus", written) as started:
                eventually(lambda: _scraped(started, 3))
                yield started


@contextmanager
def broken_page() -> Iterator[int]:
    """A server whose page is always 500."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_error(500)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def _scraped(started: Running, live: int = 2) -> bool:
    text = started.get("/api/v1/targets")
    return b'"health":"unknown"' not in text and text.count(b'"health":"up"') == live


@pytest.fixture
def server(watching: Running) -> Server:
    return Server("Prometheus", watching.url)


@pytest.fixture
def serve(servers) -> Callable[..., Server]:
    """A server that answers each path with what a test says; other paths are 404."""

    def start(answers: dict[str, bytes | tuple[int, bytes]]) -> Server:
        def answer(asked):
            path = asked.line.split()[1]
            found = next((body for known, body in answers.items() if path.partition("?")[0] == known), (404, b""))
            status, body = found if isinstance(found, tuple) else (200, found)
            return f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body

        return Server("the server", servers.http(answer).url, timeout=5)

    return start
