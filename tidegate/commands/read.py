"""`tidegate read FILE...`: what Tidegate sees in report files, to find out why a gate says what it says."""

import argparse
import difflib
import json
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from checks.secrets import mask
from gates.errors import ConfigurationError
from gates.exit_codes import ExitCode

if TYPE_CHECKING:
    from reports.read.recognise import Recognised

_WIDTH = 80


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The files, and the form of the output."""
    parser.add_argument("files", nargs="*", metavar="FILE", help="a report file; its kind is told from what it holds")
    parser.add_argument("--json", action="store_true", help="one JSON object per file and line")
    parser.add_argument("--tool", default="", metavar="NAME", help="who wrote the findings, where a file can't say: []")
    parser.epilog = "Exit code 0 where every file could be read, whatever is in it; 4 where one could not."


def run(args: argparse.Namespace) -> int:
    """Show each file; those that can't be read do not keep the others from being shown."""
    from reports.read.errors import ReportError

    if not args.files:
        raise ConfigurationError("name at least one report file, as in `tidegate read results/junit.xml`")
    read = _reader(args.tool)
    code = ExitCode.PROMOTE
    for number, name in enumerate(args.files):
        try:
            found = read(Path(name))
        except ReportError as error:
            code = ExitCode.USAGE
            line = f"line {error.line}: " if error.line else ""
            if args.json:
                _write_json({"file": name, "error": f"{line}{error.message}"})
            _write(f"tidegate: {_printable(str(error))}", sys.stderr)
            continue
        if args.json:
            problems = [str(problem) for problem in found.problems]
            _write_json({"file": name, "kind": found.kind, **found.facts(), "problems": problems})
            continue
        if number:
            _write("", sys.stdout)
        _write(_printable(name), sys.stdout)
        for text in (*found.lines(), *(f"  {problem}" for problem in found.problems)):
            _write(_wrapped(text), sys.stdout)
    return code


def _reader(tool: str) -> "Callable[[Path], Recognised]":
    """What reads the files: by what they hold, or as findings of the tool that somebody names."""
    from reports.read.recognise import read_any

    if not tool:
        return read_any
    from reports.read.findings.formats import FORMATS
    from reports.read.findings.read import read_findings
    from reports.read.findings.reading import FindingsReading

    if tool not in FORMATS:
        near = difflib.get_close_matches(tool, FORMATS, 1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise ConfigurationError(f"--tool={tool}: no reports of it are read", hint=f"{hint}known: {', '.join(FORMATS)}")
    return lambda path: FindingsReading(read_findings(path, tool))


def _write_json(value: dict[str, object]) -> None:
    _write(json.dumps(value), sys.stdout)


def _write(text: str, stream: TextIO) -> None:
    encoding = stream.encoding or "utf-8"
    stream.write(mask(text).encode(encoding, "backslashreplace").decode(encoding) + "\n")


def _printable(text: str) -> str:
    """Without characters that would move a terminal's cursor or that it can't show."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def _wrapped(text: str) -> str:
    indent = " " * (len(text) - len(text.lstrip()) + 4)
    return textwrap.fill(_printable(text), _WIDTH, subsequent_indent=indent, break_on_hyphens=False)
