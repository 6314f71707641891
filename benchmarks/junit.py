"""What reading JUnit costs, beside a bare expat loop and junitparser, on the same files in one run.

    python -m benchmarks.junit            # 1,000,000 cases in one file, and 2,000 files of 500
    python -m benchmarks.junit --quick    # a tenth of it

Every reader runs in a process of its own, several times in turn; the least CPU time counts, and the most memory. Only
the ratios mean anything on another machine. Times are without starting Python.
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
from xml.parsers import expat

_PER_SUITE = 500


def bare_expat(paths: list[Path]) -> int:
    """The least that anything can do that reads XML in Python: count the start tags of cases."""
    cases = 0

    def start(tag: str, _attributes: dict[str, str]) -> None:
        nonlocal cases
        if tag == "testcase":
            cases += 1

    def end(_tag: str) -> None:
        pass

    for path in paths:
        parser = expat.ParserCreate()
        parser.StartElementHandler, parser.EndElementHandler = start, end
        with path.open("rb") as file:
            while chunk := file.read(1 << 16):
                parser.Parse(chunk, False)
        parser.Parse(b"", True)
    return cases


def tidegate_totals(paths: list[Path]) -> int:
    """Totals and problems of each file, as `tidegate read` shows them."""
    from reports.read.junit import read_junit

    return sum(read_junit(path).tests for path in paths)


def tidegate_gate(paths: list[Path]) -> int:
    """All files as one result, as a gate judges them: doubles, required tests, failing cases, age."""
    from reports.read.results import read_tests

    required = {"com.example.module0.Suite0::test_case_0_does_what_it_should"}
    results = read_tests([str(path) for path in paths], required=required, max_age=1e9)
    if paths and results.required.missing:
        raise SystemExit("the required test was not found: this measured something else")
    return results.tests


def junitparser_walk(paths: list[Path]) -> int:
    """What a user would write with junitparser: load, walk, look at each result."""
    import junitparser

    cases = 0
    for path in paths:
        for suite in junitparser.JUnitXml.fromfile(str(path)):
            for case in suite:
                cases += 1
                _ = case.name, case.classname, case.time, case.result
    return cases


READERS: dict[str, Callable[[list[Path]], int]] = {
    "bare expat loop": bare_expat,
    "Tidegate, one file at a time": tidegate_totals,
    "Tidegate, as one gate": tidegate_gate,
    "junitparser, load and walk": junitparser_walk,
}


def write_report(path: Path, first_suite: int, suites: int) -> None:
    """A report as runners write it: a failure and a skip in each suite of 500 cases, the same on every machine."""
    with path.open("w") as file:
        file.write('<?xml version="1.0" encoding="utf-8"?>\n<testsuites>\n')
        for suite in range(first_suite, first_suite + suites):
            file.write(
                f'<testsuite name="suite{suite}" tests="{_PER_SUITE}" failures="1" errors="0" skipped="1" time="12.5" '
                'timestamp="2026-01-01T00:00:00Z">\n'
            )
            for number in range(_PER_SUITE):
                body = {
                    100: '><failure message="assert 1 == 2">Traceback\n  line\nAssertionError</failure></testcase>',
                    200: '><skipped message="not here"/></testcase>',
                }.get(number, "/>")
                file.write(
                    f'  <testcase classname="com.example.module{suite % 97}.Suite{suite}" '
                    f'name="test_case_{number}_does_what_it_should" time="0.{number:03d}"{body}\n'
                )
            file.write("</testsuite>\n")
        file.write("</testsuites>\n")


def main() -> None:
    """Write the files, measure, print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the cases")
    parser.add_argument("--rounds", type=int, default=3, help="how often each reader runs (default 3)")
    parser.add_argument("--read", nargs=2, metavar=("READER", "FOLDER"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.read:
        print(json.dumps(_read_here(args.read[0], Path(args.read[1]))))
        return
    share = 10 if args.quick else 1
    with tempfile.TemporaryDirectory() as name:
        one, many = Path(name, "one"), Path(name, "many")
        one.mkdir()
        many.mkdir()
        write_report(one / "all.xml", 0, 2_000 // share)
        for suite in range(2_000 // share):
            write_report(many / f"{suite:04}.xml", suite, 1)
        print("| files | reader | CPU time | ratio | peak memory |")
        print("|---|---|---:|---:|---:|")
        for label, folder in (("one file", one), (f"{2_000 // share:,} files", many)):
            _compare(f"{label}, {1_000_000 // share:,} cases", folder, args.rounds)


def _compare(label: str, folder: Path, rounds: int) -> None:
    seconds: dict[str, float] = {}
    peak: dict[str, int] = {}
    for _ in range(rounds):
        for reader in READERS:
            command = [sys.executable, "-m", "benchmarks.junit", "--read", reader, str(folder)]
            measured = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
            seconds[reader] = min(measured["seconds"], seconds.get(reader, measured["seconds"]))
            peak[reader] = max(measured["peak"], peak.get(reader, 0))
    base = seconds["bare expat loop"]
    for reader in READERS:
        ratio = seconds[reader] / base
        print(f"| {label} | {reader} | {seconds[reader]:.2f} s | {ratio:.2f}× | {peak[reader] / 1e6:,.0f} MB |")


def _read_here(reader: str, folder: Path) -> dict[str, float]:
    paths = sorted(folder.iterdir())
    READERS[reader]([])  # imports are not what is measured
    begin = time.process_time()
    cases = READERS[reader](paths)
    seconds = time.process_time() - begin
    if cases % _PER_SUITE or not cases:
        raise SystemExit(f"{reader} found {cases} cases: this measured something else")
    # Linux counts in kilobytes, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return {"seconds": seconds, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit}


if __name__ == "__main__":
    main()
