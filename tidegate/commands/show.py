"""`tidegate show RUN`: one kept run in any of the formats, or one release of the journal."""

import argparse
import re
import shutil
import sys

from gates.errors import ConfigurationError, ProblemError
from gates.exit_codes import ExitCode
from reports.render.json import iso
from reports.render.plain import one_line
from reports.store import Kept, Store, StoreError, UnknownRunError, open_store

#: The ids of the journal: a time and eight hexadecimal digits.
_RELEASE = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")
FORMATS = ("terminal", "json", "markdown", "html")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which run, and how it is shown."""
    parser.add_argument("run", metavar="RUN", help="its id, a unique beginning of it, or `last`; or a release's id")
    parser.add_argument("--format", choices=FORMATS, default="terminal", help="default: terminal")


def run(args: argparse.Namespace) -> int:
    """Print the run. The exit code is 0 whatever was decided then: showing decides nothing."""
    if _RELEASE.fullmatch(args.run):
        return _release(args.run, args.format)
    try:
        kept = _find(open_store(), args.run)
    except UnknownRunError as error:
        raise ConfigurationError(str(error)) from error
    except StoreError as error:
        raise ProblemError(str(error)) from error
    sys.stdout.write(_rendered(kept, args.format))
    return ExitCode.PROMOTE


def _release(name: str, wanted: str) -> int:
    """A release of the journal: everything that was written of it, a line each, or as JSON."""
    from releases.journal.journal import Journal
    from releases.journal.record import to_json

    try:
        record = Journal().get(name)
    except StoreError as error:
        raise ConfigurationError(str(error)) from error
    match wanted:
        case "json":
            text = to_json(record)
        case "terminal":
            lines = [f"{record.service} in {record.environment}: {record.ended or 'open'}"]
            for entry in record.entries:
                why = entry.data.get("why") or entry.data.get("headline") or ""
                told = ": ".join(part for part in (f"{entry.kind.value} {entry.name}".strip(), str(why)) if part)
                lines.append(f"  {iso(entry.at)[:19].replace('T', ' ')}  {one_line(told, 300)}")
            text = "".join(f"{line}\n" for line in lines)
        case _:
            raise ConfigurationError(f"a release is shown as terminal or json, not as {wanted}")
    sys.stdout.write(text)
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
