"""`tidegate report`: judge what other jobs measured, print the gate report, write it, and exit with the decision."""

import argparse
import shutil
import sys
from pathlib import Path

from checks.secrets import mask
from checks.units import parse_in
from gates.conclusion import Conclusion, conclude
from gates.errors import ConfigurationError
from gates.exit_codes import ExitCode
from gates.release import from_options
from gates.reporting import Asked, report_environment, report_files
from reports.render import terminal
from reports.writing import WritingError, withdraw


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is judged, by what, and for which release."""
    parser.add_argument("patterns", nargs="*", metavar="GLOB", help="JUnit XML files; `**` is any depth (quote it)")
    parser.add_argument(
        "--env", metavar="NAME", help="judge by the gates of this environment, which maps files to gates"
    )
    parser.add_argument("--env-dir", metavar="DIR", help="where environment files are looked for")
    parser.add_argument("--stage", metavar="NAME", help="the declared set of gates (default: the environment's)")
    parser.add_argument("--release", default="", metavar="ID", help="what is judged: image digest, version or commit")
    parser.add_argument("--version", default="", metavar="VERSION", dest="release_version", help="its version")
    parser.add_argument("--commit", default="", metavar="SHA", help="its commit")
    parser.add_argument("--previous", default="", metavar="ID", help="the release before it")
    parser.add_argument("--min-tests", type=int, default=None, metavar="N", help="tests that have to run (default: 1)")
    parser.add_argument("--required-test", action="append", default=[], metavar="CLASS::NAME", help="has to have run")
    parser.add_argument("--max-age", metavar="AGE", help="older files are no evidence: 24h, 30min")
    parser.add_argument("--report-dir", default="tidegate-report", metavar="DIR", help="where the report is written")
    parser.add_argument("--observe", action="store_true", help="report everything, exit with 0 whatever the decision")


def run(args: argparse.Namespace) -> int:
    """Judge and report. Raises ConfigurationError for wrong usage."""
    asked = _asked(args)
    directory = Path(args.report_dir)
    try:
        withdraw(directory)
    except WritingError as error:
        raise ConfigurationError(str(error)) from error
    report = report_environment(asked, args.env, args.env_dir, args.stage, _say) if args.env else report_files(asked)
    conclusion = conclude(report, (), directory)
    _show(conclusion)
    if conclusion.unwritten:
        return ExitCode.INTERNAL_ERROR
    return ExitCode.PROMOTE if asked.observed else ExitCode.of(conclusion.decision.kind)


def _say(text: str) -> None:
    """Progress for a person who waits; standard output is the report's."""
    sys.stderr.write(f"{mask(text)}\n")
    sys.stderr.flush()


def _asked(args: argparse.Namespace) -> Asked:
    if not args.env:
        if not args.patterns:
            raise ConfigurationError("name report files ('results/**/*.xml') or an environment (--env=ci)")
        for flag, value in (("--stage", args.stage), ("--env-dir", args.env_dir)):
            if value:
                raise ConfigurationError(f"{flag} needs --env=NAME")
    elif args.min_tests is not None or args.required_test:
        raise ConfigurationError("with --env, `min_tests` and `required_tests` stand in the environment's file")
    if args.min_tests is not None and args.min_tests < 1:
        raise ConfigurationError(f"--min-tests={args.min_tests}: at least 1 test has to run")
    try:
        max_age = parse_in(args.max_age, "s") if args.max_age else None
    except ValueError as error:
        raise ConfigurationError(f"--max-age: {error}") from error
    return Asked(
        patterns=tuple(args.patterns),
        named=from_options(args.release, args.release_version, args.commit, args.previous),
        here=Path(),
        observed=args.observe,
        min_tests=args.min_tests or 1,
        max_age=max_age,
        required_tests=tuple(args.required_test),
    )


def _show(conclusion: Conclusion) -> None:
    width = max(60, min(shutil.get_terminal_size().columns, 120))
    color = sys.stdout.isatty()
    text = terminal.render(conclusion.report, conclusion.decision, width=width, color=color, html=conclusion.html)
    sys.stdout.write(text)
    sys.stdout.write(conclusion.annotations)
    for words in (*conclusion.warnings, conclusion.unwritten):
        if words:
            sys.stderr.write(f"tidegate: {mask(words)}\n")
