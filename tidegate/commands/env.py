"""`tidegate env`: list, check and show environments; write the JSON Schema by which editors complete them."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from checks.secrets import mask
from gates.exit_codes import ExitCode

if TYPE_CHECKING:
    from gates.environment import Examination, Listed, LoadedEnvironment


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The four subcommands."""
    subparsers = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = subparsers.add_parser("list", help="every environment with its default stage; exit 4 if one is broken")
    check = subparsers.add_parser("check", help="read environments and print every problem; exit 4 if there is one")
    check.add_argument("names", metavar="NAME", nargs="+", help="a name, or a path to a YAML file")
    show = subparsers.add_parser("show", help="print an environment merged and masked, with each value's origin")
    show.add_argument("name", metavar="NAME", help="a name, or a path to a YAML file")
    show.add_argument("--json", action="store_true", help="as one JSON object")
    for sub in (listing, check, show):
        sub.add_argument("--env-dir", metavar="DIR", help="where the environments lie (default: ./environments)")
    schema = subparsers.add_parser("schema", help="print the JSON Schema of environment files")
    schema.add_argument("--floor", action="store_true", help="the one of floor files")
    schema.add_argument("--write", metavar="PATH", type=Path, help="write it to a file")


def run(args: argparse.Namespace) -> int:
    """Carry out the subcommand. Raises ConfigurationError."""
    actions = {"list": _list, "check": _check, "show": _show, "schema": _schema}
    return actions[args.action](args)


def _list(args: argparse.Namespace) -> int:
    from gates.environment import list_environments

    listed = list_environments(args.env_dir)
    if not listed:
        _say("no environments: write one, or copy one from `tidegate env show demo`")
        return ExitCode.USAGE
    width = max(len(one.name) for one in listed)
    for one in listed:
        _say(f"{one.name:<{width}}  {_line(one)}")
    broken = any(one.examination.problems and not one.part_of for one in listed)
    return ExitCode.USAGE if broken else ExitCode.PROMOTE


def _line(one: "Listed") -> str:
    loaded = one.examination.loaded
    if loaded is not None:
        description = f"  {loaded.model.description}" if loaded.model.description else ""
        return f"stage {loaded.model.stage}{description}"
    if one.part_of:
        return f"part of {', '.join(one.part_of)}"
    problems = one.examination.problems
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"BROKEN  {problems[0]}{more}"


def _check(args: argparse.Namespace) -> int:
    from gates.environment import examine
    from gates.environment.find import find

    good = True
    for name in args.names:
        path = find(name, args.env_dir)
        good &= _report(path, examine(path))
    return ExitCode.PROMOTE if good else ExitCode.USAGE


def _report(path: Path, examination: "Examination") -> bool:
    if examination.loaded is not None:
        _say(f"{path}: ok: {_counts(examination.loaded)}")
        return True
    for problem in examination.problems:
        _say(str(problem))
    count = len(examination.problems)
    _say(f"{path}: {count} problem{'s' if count > 1 else ''}")
    return False


def _counts(loaded: "LoadedEnvironment") -> str:
    model = loaded.model
    counted = (
        ("endpoint", model.endpoints),
        ("external service", model.external_services),
        ("group", model.groups),
        ("journey", model.journeys),
        ("gate", model.gates),
    )
    parts = [f"{len(items)} {word}{'s' if len(items) != 1 else ''}" for word, items in counted if items]
    stages = ", ".join(f"{name} (default)" if name == model.stage else name for name in model.all_stages)
    return f"{', '.join(parts)}; stages {stages}"


def _show(args: argparse.Namespace) -> int:
    from gates.environment import load
    from gates.environment.show import as_json, as_text

    environment = load(args.name, args.env_dir)
    sys.stdout.write(as_json(environment) if args.json else as_text(environment))
    return ExitCode.PROMOTE


def _schema(args: argparse.Namespace) -> int:
    from gates.environment.schema import as_text, environment_schema, floor_schema

    text = as_text(floor_schema() if args.floor else environment_schema())
    if args.write is None:
        sys.stdout.write(text)
        return ExitCode.PROMOTE
    from gates.errors import ConfigurationError

    try:
        args.write.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"can't be written: {error.strerror}", str(args.write)) from None
    _say(f"written: {args.write}")
    return ExitCode.PROMOTE


def _say(line: str) -> None:
    sys.stdout.write(f"{mask(line)}\n")
