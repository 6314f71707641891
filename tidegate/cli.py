"""The `tidegate` command: finds the subcommand, runs it, turns what goes wrong into one line and an exit code."""

import argparse
import importlib
import sys

from checks.secrets import mask
from gates.errors import ProblemError
from gates.exit_codes import ExitCode
from gates.internal_error import internal_error

#: Each is a module of `tidegate.commands` (imported only when it is typed) and its line in the help.
COMMANDS = {
    "env": "list, check and show environments, and write their JSON Schema",
    "read": "show what Tidegate sees in report files",
    "report": "judge what other jobs measured",
    "release": "bring a version out step by step, or bring the old one back",
    "watch": "judge a stage again and again while a release is young",
    "approve": "sign that a waiting release may come in, or that it is taken back",
    "bind": "say of which release report files are",
    "history": "list the runs that are kept in the state store",
    "show": "show one kept run",
}


def main(argv: list[str] | None = None) -> int:
    """Run a command; returns its exit code. Wrong usage is 4, an interruption 2, a defect of Tidegate 3."""
    args = sys.argv[1:] if argv is None else argv
    try:
        return _run(args)
    except ProblemError as error:
        print(f"tidegate: {mask(str(error))}", file=sys.stderr)  # noqa: T201
        return ExitCode.USAGE
    except KeyboardInterrupt:
        print("tidegate: interrupted", file=sys.stderr)  # noqa: T201
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output left; Python would complain about it at exit
        return ExitCode.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last line of defence: never a traceback, never exit code 1
        return internal_error(error)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> "None":  # type: ignore[override]
        """Exit with 4, as for every wrong usage (argparse's own 2 means "interrupted" here)."""
        self.exit(ExitCode.USAGE, f"{self.prog}: {message}\n{self.format_usage()}")


def _run(argv: list[str]) -> int:
    parser = _Parser(prog="tidegate", description="Measures deployments, judges, and says promote, hold or reject.")
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND")
    named = next((arg for arg in argv if not arg.startswith("-")), "")
    for name, line in COMMANDS.items():
        sub = subparsers.add_parser(name, help=line, description=f"{line[0].upper()}{line[1:]}.")
        if name == named:
            importlib.import_module(f"tidegate.commands.{name}").add_arguments(sub)
    try:
        args = parser.parse_args(argv)
    except SystemExit as stop:
        return int(stop.code or 0)
    if args.version:
        from importlib.metadata import version

        print(f"tidegate {version('tidegate')}")  # noqa: T201
        return 0
    if not args.command:
        parser.print_help(sys.stderr)
        return ExitCode.USAGE
    code: int = importlib.import_module(f"tidegate.commands.{args.command}").run(args)
    return code
