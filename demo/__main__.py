"""`python -m demo`: the target alone, in the foreground, until Ctrl-C or SIGTERM."""

import argparse
import os
import signal
import sys
import threading
from typing import NoReturn

from demo.faults import SWITCHES, FaultError, Faults, parse_faults
from demo.target import DemoStartError, DemoTarget

USAGE = 4
VARIABLE = "TIDEGATE_DEMO_FAULTS"


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Wrong usage is 4 here, as in all of Tidegate."""
        self.exit(USAGE, f"demo: {message}\n")


def main(argv: list[str] | None = None) -> int:
    """Run it. Returns 0 after a stop that was asked for, 4 for a switch that doesn't exist, 3 where it can't start."""
    args = _parser().parse_args(argv)
    try:
        faults = parse_faults(args.faults)
    except FaultError as error:
        sys.stderr.write(f"demo: {error}\n")
        return USAGE
    try:
        return _run(faults)
    except DemoStartError as error:
        sys.stderr.write(f"demo: {error}\n")
        return 3


def _run(faults: Faults) -> int:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    with DemoTarget.start(faults) as target:
        release = target.release
        lines = [
            f"stock-quotes {release.version} ({release.id}, commit {release.commit[:7]})",
            f"faults: {str(faults) or 'none'}",
            f"processes: {' '.join(str(pid) for pid in target.pids)}",
            *(f"{name}: {value}" for name, value in target.addresses.items()),
            "Ctrl-C stops it.",
        ]
        sys.stdout.write("\n".join(lines) + "\n")
        sys.stdout.flush()
        stop.wait()
    return 0


def _parser() -> argparse.ArgumentParser:
    width = max(map(len, SWITCHES))
    switches = "\n".join(f"  {name:{width}}  {switch.does} ({switch.wanted})" for name, switch in SWITCHES.items())
    parser = _Parser(
        prog="python -m demo",
        description="A small stock-quote service: two replicas behind a proxy on 127.0.0.1.",
        epilog=f"fault switches:\n{switches}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--faults",
        default=os.environ.get(VARIABLE, ""),
        metavar="NAME=VALUE,...",
        help=f"faults to switch on, as in error_ratio=0.2,hang (default: ${VARIABLE})",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
