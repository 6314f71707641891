"""What reading a large Cobertura report costs, beside loading it with ElementTree and lxml, in one run.

    python -m benchmarks.coverage_reader            # 200 MB
    python -m benchmarks.coverage_reader --quick    # 20 MB

Every reader runs in a process of its own, several times in turn; the least CPU time counts, and the most memory. Only
the ratios mean anything on another machine. Times are without starting Python, memory is what reading added to it.
The others only load the document: counting lines would come on top. lxml is left out where it is not installed.
"""

import argparse
import importlib
import importlib.util
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

_LINES = 200


def tidegate(path: Path) -> int:
    """Lines and branches of every file, checked against what the report declares."""
    from reports.read.coverage.cobertura import read_cobertura

    return read_cobertura(path).lines.total


def element_tree(path: Path) -> int:
    """Load the document with the standard library."""
    from xml.etree import ElementTree as ET

    return len(ET.parse(path).getroot()[0][0][0]) * _LINES


def with_lxml(path: Path) -> int:
    """Load the document with lxml."""
    etree = importlib.import_module("lxml.etree")
    root = etree.parse(str(path), etree.XMLParser(huge_tree=True, load_dtd=False)).getroot()
    return len(root[0][0][0]) * _LINES


READERS: dict[str, Callable[[Path], int]] = {
    "ElementTree.parse": element_tree,
    "lxml.etree.parse": with_lxml,
    "Tidegate": tidegate,
}


def write_report(path: Path, megabytes: int) -> None:
    """A report as .NET tools write it: every line below its method and again below its class."""
    lines = []
    for number in range(10, 10 + _LINES):
        hits = 0 if number % 5 == 0 else number % 37 + 1
        branch = 'branch="true" condition-coverage="50% (1/2)"' if number % 10 == 0 else 'branch="false"'
        lines.append(f'            <line number="{number}" hits="{hits}" {branch} />\n')
    methods = "".join(
        f'<method name="M{start}" signature="()"><lines>\n{"".join(lines[start : start + 20])}</lines></method>\n'
        for start in range(0, _LINES, 20)
    )
    body = f' line-rate="0.8"><methods>{methods}</methods><lines>\n{"".join(lines)}</lines></class>\n'
    with path.open("w") as file:
        file.write('<?xml version="1.0"?>\n<coverage line-rate="0.8"><packages><package name="p"><classes>\n')
        written = number = 0
        while written < megabytes * 1_000_000:
            written += file.write(f'<class name="App.C{number}" filename="src/App/C{number}.cs"{body}')
            number += 1
        file.write("</classes></package></packages></coverage>\n")


def main() -> None:
    """Write the report, measure, print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the size")
    parser.add_argument("--rounds", type=int, default=3, help="how often each reader runs (default 3)")
    parser.add_argument("--read", nargs=2, metavar=("READER", "FILE"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.read:
        print(json.dumps(_read_here(args.read[0], Path(args.read[1]))))
        return
    readers = [name for name in READERS if name != "lxml.etree.parse" or importlib.util.find_spec("lxml")]
    seconds: dict[str, float] = {}
    peak: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "cobertura.xml")
        write_report(path, 20 if args.quick else 200)
        for _ in range(args.rounds):
            for reader in readers:
                command = [sys.executable, "-m", "benchmarks.coverage_reader", "--read", reader, str(path)]
                measured = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
                seconds[reader] = min(measured["seconds"], seconds.get(reader, measured["seconds"]))
                peak[reader] = max(measured["memory"], peak.get(reader, 0))
        size = path.stat().st_size / 1e6
    print(f"Cobertura, {size:.0f} MB\n")
    print("| reader | CPU time | ratio | memory | ratio |")
    print("|---|---:|---:|---:|---:|")
    for reader in readers:
        time_ratio, memory_ratio = (of[reader] / of["ElementTree.parse"] for of in (seconds, peak))
        print(
            f"| {reader} | {seconds[reader]:.2f} s | {time_ratio:.2f}× | "
            f"{peak[reader] / 1e6:,.0f} MB | {memory_ratio:.4f}× |"
        )


def _read_here(reader: str, path: Path) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:  # imports are not what is measured
        small = Path(folder, "small.xml")
        write_report(small, 0)
        READERS[reader](small)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begin = time.process_time()
    lines = READERS[reader](path)
    seconds = time.process_time() - begin
    if lines % _LINES or not lines:
        raise SystemExit(f"{reader} found {lines} lines: this measured something else")
    # Linux counts in kilobytes, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return {"seconds": seconds, "memory": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * unit}


if __name__ == "__main__":
    main()
