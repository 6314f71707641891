"""Many endpoints that each take 20 ms: the whole `pytest --env` run against what a user would pick instead.

python benchmarks/sweep.py                 # 1,000 and 5,000 endpoints, plain and TLS, five turns
python benchmarks/sweep.py --quick         # 200 endpoints, two turns
"""

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
PYTEST = str(Path(sys.executable).with_name("pytest"))
DELAY = 0.02


@dataclass(frozen=True)
class Cost:
    """Seconds of the clock and of the processor."""

    wall: float
    cpu: float


@contextmanager
def serving(certificate: str = "") -> Iterator[int]:
    """The slow server; yields its port."""
    command = [sys.executable, str(HERE / "slow_server.py"), str(DELAY), *([certificate] if certificate else [])]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        yield int(server.stdout.readline())
    finally:
        server.communicate("")


def cost(command: list[str], folder: Path) -> Cost:
    """Run a command to its end; it has to exit with 0."""
    environ = {**os.environ, "XDG_STATE_HOME": str(folder / "state"), "PYTHONDONTWRITEBYTECODE": ""}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"{command} exited with {done.returncode}:\n{done.stdout[-3000:]}\n{done.stderr[-2000:]}")
    return Cost(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def prepare(folder: Path, count: int, base: str, ca_file: str) -> dict[str, list[str]]:
    """Write what each competitor needs; returns their commands."""
    tls = f", tls: {{ca_file: {ca_file}}}" if ca_file else ""
    endpoints = "".join(f"  e{i}: {{http: /e{i}{tls}}}\n" for i in range(count))
    measure = "measure: {concurrency: 128, per_host: 128}"
    environment = f"service: bench\nbase_url: {base}\n{measure}\nendpoints:\n{endpoints}gates: {{health: {{}}}}\n"
    (folder / "env.yaml").write_text(environment)
    for name, body in {
        "empty": "def test_empty(n):\n    pass\n",
        "requests": (
            "import requests\n"
            f"def test_one(n):\n    assert requests.get(f'{base}/e{{n}}', timeout=10, verify={ca_file or True!r})"
            ".status_code == 200\n"
        ),
    }.items():
        (folder / name).mkdir()
        head = f"import pytest\n\n\n@pytest.mark.parametrize('n', range({count}))\n"
        imports, _, rest = body.rpartition("import requests\n")
        (folder / name / "test_it.py").write_text(
            f"{imports}import requests\n{head}{rest}" if "requests" in body else head + body
        )
    (folder / "urls.txt").write_text("".join(f"url = {base}/e{i}\noutput = /dev/null\n" for i in range(count)))
    trust = ["--cacert", ca_file] if ca_file else []
    quiet = ["-q", "-p", "no:cacheprovider"]
    commands = {
        "pytest --env": [PYTEST, "--env=./env.yaml", "--release=1", *quiet],
        "as many empty tests": [PYTEST, "empty", "-p", "no:gates.plugin", *quiet, "--junitxml=empty.xml"],
        "sequential requests in pytest": [PYTEST, "requests", "-p", "no:gates.plugin", *quiet, "--junitxml=r.xml"],
    }
    if shutil.which("curl"):
        commands["curl --parallel"] = ["curl", "-s", "--parallel", "--parallel-max", "128", *trust, "-K", "urls.txt"]
    return commands


def compare(count: int, turns: int, certificate: str, ca_file: str) -> None:
    """Measure all, in turns, and print a table."""
    scheme = "https" if certificate else "http"
    with tempfile.TemporaryDirectory() as name, serving(certificate) as port:
        commands = prepare(Path(name), count, f"{scheme}://localhost:{port}", ca_file)
        costs: dict[str, list[Cost]] = {title: [] for title in commands}
        for turn in range(turns):
            for title, command in commands.items():
                if title.startswith("sequential") and turn:
                    continue  # half a minute each: once is enough to see where it is
                costs[title].append(cost(command, Path(name)))
                print(f"  {scheme} {count} turn {turn + 1}: {title} {costs[title][-1].wall:.2f} s", file=sys.stderr)
    base = costs["as many empty tests"]
    print(f"\n{count:,} endpoints of 20 ms, {scheme}; empty tests = 1\n")
    print("| | wall | CPU | wall ratio | CPU ratio |\n|---|---|---|---|---|")
    for title, measured in costs.items():
        wall, cpu = (statistics.median(getattr(c, kind) for c in measured) for kind in ("wall", "cpu"))
        ratios = (
            value / statistics.median(getattr(c, kind) for c in base) for value, kind in ((wall, "wall"), (cpu, "cpu"))
        )
        print(f"| {title} | {wall:.2f} s | {cpu:.2f} s | {' | '.join(f'{ratio:.2f}×' for ratio in ratios)} |")


def main() -> None:
    """Compare with and without TLS."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer endpoints and turns")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--counts", type=int, nargs="*", default=[1000, 5000])
    args = parser.parse_args()
    counts, turns = ([200], 2) if args.quick else (args.counts, args.turns)
    import trustme

    with tempfile.TemporaryDirectory() as name:
        authority = trustme.CA()
        ca_file, certificate = Path(name, "ca.pem"), Path(name, "server.pem")
        authority.cert_pem.write_to_path(str(ca_file))
        authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(str(certificate))
        for count in counts:
            compare(count, turns, "", "")
        compare(counts[0], turns, str(certificate), str(ca_file))


if __name__ == "__main__":
    main()
