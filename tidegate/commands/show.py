"""`tidegate show RUN`: one kept run in any of the formats."""

import argparse
import shutil
import sys

from gates.errors import ConfigurationError, ProblemError
from gates.exit_codes import ExitCode
from reports.store import Kept, Store, StoreError, UnknownRunError, open_store

FORMATS = ("terminal", "json", "markdown", "html")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which run, and how it is shown."""
    parser.add_argument("run", metavar="RUN", help="its id, a unique beginning of it, or `last`")
    parser.add_argument("--format", choices=FORMATS, default="terminal", help="default: terminal")


def run(args: argparse.Namespace) -> int:
    """Print the run. The exit code is 0 whatever was decided then: showing decides nothing."""
    try:
        kept = _find(open_store(), args.run)
    except UnknownRunError as error:
        raise ConfigurationError(str(error)) from error
    except StoreError as error:
        raise ProblemError(str(error)) from error
    sys.stdout.write(_rendered(kept, args.format))
    return ExitCode.PROMOTE


def _find(store: Store, name: str) -> Kept:
    if name != "last":
        return store.get(name)
    newest = store.history(limit=1)
    if not newest:
        raise UnknownRunError("there is no last run: nothing has been kept yet")
    return store.get(newest[0].id)


def _rendered(kept: Kept, name: str) -> str:
    from reports.render import html, markdown, terminal

    match name:
        case "terminal":
            width = min(shutil.get_terminal_size().columns, 120)
            return terminal.render(kept.report, kept.decision, width=width, color=sys.stdout.isatty())
        case "json":
            return kept.text
        case "markdown":
            return markdown.render(kept.report, kept.decision)
        case "html":
            return html.render(kept.report, kept.decision)
        case _:
            raise ConfigurationError(f"unknown format {name!r}; known are {', '.join(FORMATS)}")
