"""What reading a large SARIF file costs, beside `json.load`, in time and memory.

    python -m benchmarks.findings_reader            # 300 MB
    python -m benchmarks.findings_reader --quick    # 30 MB

Every reader runs in a process of its own, several times in turn; the least CPU time counts, and the most memory. Only
the ratios mean anything on another machine. Times are without starting Python, memory is with it. `json.load` only
parses: judging by rules, fingerprints and the checksum of the file come on top of it in a script that uses it.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

_RULES = 150


def json_load(path: Path) -> int:
    """The least that a script does which holds the document in memory: parse it, count the results."""
    with path.open("rb") as file:
        document = json.load(file)
    return sum(len(run["results"]) for run in document["runs"])


def tidegate(path: Path) -> int:
    """Every finding with its severity and fingerprint, totals and problems, as a gate gets them."""
    from reports.read.findings.read import read_findings

    return read_findings(path).count


READERS: dict[str, Callable[[Path], int]] = {"json.load": json_load, "Tidegate": tidegate}


def write_report(path: Path, size: int, *, tool_last: bool) -> None:
    """A report as CodeQL writes it, of about `size` bytes: a fifth of the results with a code flow of some steps."""
    rules = [
        {
            "id": f"py/rule-{number}",
            "name": f"py/rule-{number}",
            "shortDescription": {"text": f"What rule {number} is about"},
            "fullDescription": {"text": "What goes wrong, and when. " * 10},
            "defaultConfiguration": {"enabled": True, "level": ("error", "warning", "note")[number % 3]},
            "properties": {"tags": ["security"], **({"security-severity": f"{number % 10}.5"} if number % 2 else {})},
        }
        for number in range(_RULES)
    ]
    tool = json.dumps({"driver": {"name": "CodeQL", "semanticVersion": "2.20.1", "rules": rules}})
    with path.open("w") as file:
        file.write('{"version": "2.1.0", "runs": [{')
        file.write('"results": [' if tool_last else f'"tool": {tool}, "results": [')
        number = written = 0
        while written < size:
            text = json.dumps(_result(number))
            file.write(f",\n{text}" if number else text)
            written += len(text) + 2
            number += 1
        file.write(f'], "tool": {tool}}}]}}' if tool_last else "]}]}")


def _result(number: int) -> dict[str, object]:
    def place(line: int) -> dict[str, object]:
        return {
            "physicalLocation": {
                "artifactLocation": {
                    "uri": f"app/package{number % 97}/module{number % 1009}.py",
                    "uriBaseId": "%SRCROOT%",
                },
                "region": {"startLine": line, "startColumn": 5, "endColumn": 30},
                "contextRegion": {"startLine": line - 2, "endLine": line + 2, "snippet": {"text": "    try:\n" * 5}},
            },
            "message": {"text": "ControlFlowNode for request"},
        }

    steps = [{"location": place(number % 800 + step)} for step in range(8 if number % 5 == 0 else 0)]
    return {
        "ruleId": f"py/rule-{number % _RULES}",
        "ruleIndex": number % _RULES,
        "message": {"text": f"This expression depends on [user input {number}](1), and is used without a check."},
        "locations": [place(number % 800)],
        "relatedLocations": [place(number % 700)],
        "codeFlows": [{"threadFlows": [{"locations": steps}]}] if steps else [],
        "partialFingerprints": {"primaryLocationLineHash": f"{number * 2654435761 % 2**64:x}:1"},
    }


def main() -> None:
    """Write the files, measure, print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="30 MB")
    parser.add_argument("--rounds", type=int, default=3, help="how often each reader runs (default 3)")
    parser.add_argument("--read", nargs=2, metavar=("READER", "FILE"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.read:
        print(json.dumps(_read_here(args.read[0], Path(args.read[1]))))
        return
    size = 30_000_000 if args.quick else 300_000_000
    print("| SARIF | reader | results | CPU time | ratio | peak memory | ratio |")
    print("|---|---|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as name:
        for label, tool_last in (("tool first", False), ("tool after the results", True)):
            path = Path(name, f"{tool_last}.sarif")
            write_report(path, size, tool_last=tool_last)
            _compare(f"{size // 1_000_000} MB, {label}", path, args.rounds)
            path.unlink()


def _compare(label: str, path: Path, rounds: int) -> None:
    seconds: dict[str, float] = {}
    peak: dict[str, float] = {}
    results: dict[str, int] = {}
    for _ in range(rounds):
        for reader in READERS:
            command = [sys.executable, "-m", "benchmarks.findings_reader", "--read", reader, str(path)]
            measured = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
            seconds[reader] = min(measured["seconds"], seconds.get(reader, measured["seconds"]))
            peak[reader] = max(measured["peak"], peak.get(reader, 0))
            results[reader] = measured["results"]
    if len(set(results.values())) != 1:
        raise SystemExit(f"the readers found {results}: this measured something else")
    base = "json.load"
    for reader in READERS:
        time_ratio, memory_ratio = seconds[reader] / seconds[base], peak[reader] / peak[base]
        print(
            f"| {label} | {reader} | {results[reader]:,} | {seconds[reader]:.2f} s | {time_ratio:.2f}× "
            f"| {peak[reader] / 1e6:,.0f} MB | {memory_ratio:.3f}× |"
        )


def _read_here(reader: str, path: Path) -> dict[str, float]:
    if reader == "Tidegate":  # imports are not what is measured
        import reports.read.findings.read  # noqa: F401
    begin = time.process_time()
    results = READERS[reader](path)
    seconds = time.process_time() - begin
    # Linux counts in kilobytes, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return {"seconds": seconds, "results": results, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit}


if __name__ == "__main__":
    main()
