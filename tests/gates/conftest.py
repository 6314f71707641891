"""A small HTTP server to judge, and a way to run `pytest --env` on it as a user would: as a process of its own."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

PYTEST = Path(sys.executable).with_name("pytest")
#: Variables of the machine that runs these tests and must not name the release that they judge.
FOREIGN = ("GITHUB_", "GITLAB_", "CI_", "JENKINS_", "GIT_", "TIDEGATE_", "PYTEST_", "BUILD_", "TAG_")


@dataclass
class Server:
    """Answers by path: `answers["/health"] = (200, {"status": "healthy"})`. `asked`: the requests so far;
    `fails_first`: how many requests of a path are answered with 503 before."""

    url: str = ""
    answers: dict[str, tuple[int, object]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    fails_first: dict[str, int] = field(default_factory=dict)
    handler: type[BaseHTTPRequestHandler] = BaseHTTPRequestHandler


@pytest.fixture
def server() -> Iterator[Server]:
    """A server on loopback with a healthy `/health` and a `/version`."""
    state = Server()
    state.answers["/health"] = (200, {"status": "healthy"})
    state.answers["/version"] = (200, {"version": "1.4.2", "commit": "4b1d2aa"})

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            state.asked.append(f"{self.command} {self.path}")
            status, body = state.answers.get(self.path, (404, {"error": "no such path"}))
            if state.fails_first.get(self.path, 0):
                state.fails_first[self.path] -= 1
                status, body = 503, {"error": "not now"}
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_POST = do_GET

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    state.handler = Handler
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    state.url = f"http://127.0.0.1:{httpd.server_address[1]}"
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield state
    httpd.shutdown()
    thread.join()
    httpd.server_close()


@dataclass(frozen=True)
class Run:
    """How a run ended: exit code, what it printed, and the decision file where there is one."""

    code: int
    out: str
    err: str
    folder: Path

    @property
    def report(self) -> dict:
        """The gate report."""
        return json.loads((self.folder / "gate-report.json").read_text())

    @property
    def decision(self) -> str:
        """`promote`, `hold`, `reject`, or `none` where no report says."""
        return self.report["decision"] if (self.folder / "gate-report.json").exists() else "none"

    @property
    def last(self) -> str:
        """The decision as the terminal says it, unwrapped."""
        lines = self.out.splitlines()
        starts = [i for i, line in enumerate(lines) if line.startswith(("PROMOTE", "HOLD", "REJECT"))]
        return " ".join(" ".join(lines[starts[-1] :]).split()) if starts else ""


Verify = Callable[..., Run]

ENVIRONMENT = """\
service: shop
base_url: {url}
endpoints:
  health: {{http: /health, expect: {{json: {{status: healthy}}}}}}
gates:
  health: {{required: true}}
"""


@pytest.fixture
def bare_pytest(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """`bare_pytest(*args)` runs pytest without an environment."""

    def run(*args: str) -> subprocess.CompletedProcess[str]:
        options = {"cwd": tmp_path, "env": clean_environ(tmp_path), "capture_output": True, "text": True}
        return subprocess.run([PYTEST, *args], check=False, **options)

    return run


@pytest.fixture
def verify(tmp_path: Path, server: Server) -> Verify:
    """`verify(*args, environment=..., files={...}, environ={...}, release=...)` runs pytest in a folder of its own."""

    def run(
        *args: str,
        environment: str = ENVIRONMENT,
        files: dict[str, str] | None = None,
        environ: dict[str, str] | None = None,
        release: str = "1.4.2",
        timeout: float = 60,
    ) -> Run:
        here = tmp_path / "project"
        here.mkdir(exist_ok=True)
        text = environment.format(url=server.url) if "{url}" in environment else environment
        for name, content in {"env.yaml": text, **(files or {})}.items():
            path = here / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        named = [f"--release={release}"] if release else []
        command = [str(PYTEST), "--env=./env.yaml", "--report-dir=out", *named, *args]
        done = subprocess.run(
            command,
            cwd=here,
            env=clean_environ(tmp_path, environ),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        return Run(done.returncode, done.stdout, done.stderr, here / "out")

    return run


def clean_environ(state: Path, more: dict[str, str] | None = None) -> dict[str, str]:
    """The machine's environment without anything that names a release or keeps state elsewhere."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(FOREIGN) and key != "CI"}
    return {**kept, "XDG_STATE_HOME": str(state), "COLUMNS": "100", "NO_COLOR": "1", **(more or {})}
