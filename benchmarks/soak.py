"""Many whole runs of the health and smoke gates in a row, with every processor kept busy: all of them have to promote.

python benchmarks/soak.py                  # 100 runs
python benchmarks/soak.py --runs 10
"""

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

PYTEST = str(Path(sys.executable).with_name("pytest"))


def burn() -> None:
    """Keep one processor busy, in bursts: a steady load is the easy case."""
    while True:
        until = time.monotonic() + 0.3
        while time.monotonic() < until:
            pass
        time.sleep(0.1)


def main() -> int:
    """Run, count the decisions, and say what was held or rejected and why."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--noise", type=int, default=os.cpu_count() or 2, help="busy processes (default: one a core)")
    args = parser.parse_args()
    noise = [multiprocessing.Process(target=burn, daemon=True) for _ in range(args.noise)]
    for process in noise:
        process.start()
    decisions: Counter[str] = Counter()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        environ = {**os.environ, "XDG_STATE_HOME": name}
        for number in range(1, args.runs + 1):
            options = ["--stage=quick", "-q", "-p", "no:cacheprovider", f"--report-dir={name}/report"]
            command = [PYTEST, "--env=demo", *options]
            done = subprocess.run(command, cwd=name, env=environ, capture_output=True, text=True, check=False)
            path = Path(name, "report", "gate-report.json")
            report = json.loads(path.read_text()) if path.exists() else {"decision": "none", "headline": done.stderr}
            decisions[f"{report['decision']}, exit {done.returncode}"] += 1
            if report["decision"] != "promote":
                print(f"run {number}: {report['headline']}")
            print(f"  {number} of {args.runs}: {dict(decisions)}", file=sys.stderr)
    for process in noise:
        process.terminate()
    took = time.monotonic() - began
    print(f"{args.runs} runs with {args.noise} busy processes in {took:.0f} s: {dict(decisions)}")
    return 0 if decisions == {"promote, exit 0": args.runs} else 1


if __name__ == "__main__":
    sys.exit(main())
