"""What Tidegate adds to pytest's start, and what a judgement adds to a passing test.

python benchmarks/startup.py               # medians of 15 turns
python benchmarks/startup.py --quick
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PYTEST = str(Path(sys.executable).with_name("pytest"))
QUIET = ["-q", "-p", "no:cacheprovider"]
TESTS = 2000

ENVIRONMENT = "service: bench\ngates: {cost: {}}\ngate_files: [gates/]\n"
JUDGING = f"""\
import pytest
from tidegate import AtMost, Reading

LIMIT = AtMost(5)


@pytest.mark.parametrize("n", range({TESTS}))
def test_one(n, require):
    require(Reading("x", 3), LIMIT)
"""
PLAIN = f"""\
import pytest


@pytest.mark.parametrize("n", range({TESTS}))
def test_one(n):
    assert n < {TESTS}
"""


def seconds(command: list[str], folder: Path, expected: tuple[int, ...]) -> float:
    """The clock's seconds of a command."""
    environ = {**os.environ, "XDG_STATE_HOME": str(folder / "state")}
    began = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    took = time.perf_counter() - began
    if done.returncode not in expected:
        raise SystemExit(f"{command} exited with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return took


def compare(title: str, commands: dict[str, list[str]], folder: Path, turns: int) -> None:
    """Run the commands in turns and print medians; the first is what the others are compared with."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(turns):
        for name, command in commands.items():
            times[name].append(seconds(command, folder, (0, 5)))
    base = statistics.median(next(iter(times.values())))
    print(f"\n{title}\n\n| | median | ratio |\n|---|---|---|")
    for name, measured in times.items():
        median = statistics.median(measured)
        print(f"| {name} | {median:.3f} s | {median / base:.2f}× |")


def main() -> None:
    """Both comparisons."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="three turns")
    turns = 3 if parser.parse_args().quick else 15
    without = ["-p", "no:gates.plugin"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "empty").mkdir()
        (folder / "plain").mkdir()
        (folder / "plain" / "test_plain.py").write_text(PLAIN)
        (folder / "gates").mkdir()
        (folder / "gates" / "gate_cost.py").write_text(JUDGING)
        (folder / "env.yaml").write_text(ENVIRONMENT)
        collect = {
            "bare pytest": [PYTEST, "--collect-only", "empty", *without, *QUIET],
            "Tidegate installed, no --env": [PYTEST, "--collect-only", "empty", *QUIET],
            "pytest --env=demo": [PYTEST, "--collect-only", "--env=demo", *QUIET],
        }
        compare("--collect-only", collect, folder, turns)
        judge = {
            "passing tests, pytest's JUnit": [PYTEST, "plain", "--junitxml=plain.xml", *without, *QUIET],
            "tests that judge, whole run": [PYTEST, "--env=./env.yaml", "--release=1", *QUIET],
        }
        compare(f"{TESTS:,} tests", judge, folder, max(2, turns // 3))


if __name__ == "__main__":
    main()
