"""`tidegate history`: the runs that are kept in the state store, newest first."""

import argparse
import json
import sys
from collections.abc import Sequence

from gates.errors import ConfigurationError, ProblemError
from gates.exit_codes import ExitCode
from reports.gate_report import Release
from reports.render.columns import fit
from reports.render.json import iso
from reports.render.plain import one_line
from reports.store import Entry, StoreError, open_store


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The filters of the list."""
    parser.add_argument("--service", default="", help="only runs of this service")
    parser.add_argument("--environment", default="", help="only runs in this environment")
    parser.add_argument("--release", default="", help="only runs of this release: an id, a version or a commit")
    parser.add_argument("--limit", type=int, default=20, help="how many runs at most (default: 20)")
    parser.add_argument("--releases", action="store_true", help="releases of `tidegate release` instead of judged runs")
    parser.add_argument("--json", action="store_true", help="one JSON list instead of a table")


def run(args: argparse.Namespace) -> int:
    """Print the runs. An empty list is no error: exit code 0."""
    if args.limit < 1:
        raise ConfigurationError(f"--limit {args.limit}: at least 1 run is needed")
    if args.releases:
        if args.release:
            raise ConfigurationError("--release chooses judged runs, --releases lists releases: give one of them")
        return _releases(args)
    try:
        store = open_store()
        entries = store.history(
            service=args.service, environment=args.environment, release_id=args.release, limit=args.limit
        )
        place = store.place
    except StoreError as error:
        raise ProblemError(str(error)) from error
    if args.json:
        text = json.dumps([as_dict(entry) for entry in entries], indent=2)
    elif entries:
        text = "\n".join(_table(entries))
    elif args.service or args.environment or args.release:
        text = f"No run fits in {place}. `tidegate history` without filters lists what is kept."
    else:
        text = f"No run is kept in {place} yet. `pytest --env=demo` makes the first one."
    sys.stdout.write(f"{text}\n")
    return ExitCode.PROMOTE


def _releases(args: argparse.Namespace) -> int:
    """The journal's releases, newest first."""
    from releases.journal.journal import Journal
    from releases.journal.record import to_values

    try:
        records = Journal().records(args.service, args.environment, args.limit)
    except StoreError as error:
        raise ProblemError(str(error)) from error
    if args.json:
        text = json.dumps([to_values(record) for record in records], indent=2)
    elif records:
        rows = [("RELEASE", "BEGAN (UTC)", "ENVIRONMENT", "SERVICE", "HOW IT ENDED")]
        rows += [
            (
                record.id,
                iso(record.entries[0].at)[:19].replace("T", " "),
                record.environment,
                record.service,
                record.ended or "open: `tidegate release --resume` goes on",
            )
            for record in records
        ]
        text = "\n".join(_aligned(rows))
    else:
        text = "No release is in the journal. `tidegate release --env=demo --version=2` makes the first one."
    sys.stdout.write(f"{text}\n")
    return ExitCode.PROMOTE


def as_dict(entry: Entry) -> dict[str, object]:
    """A run as one JSON object; the names are those of `gate-report.json`."""
    release = entry.release
    return {
        "run": entry.id,
        "decision": entry.decision.value,
        "verdict": entry.verdict.value,
        "complete": entry.complete,
        "observed": entry.observed,
        "service": entry.service,
        "environment": entry.environment,
        "stage": entry.stage,
        "release": {
            "id": release.id,
            "version": release.version,
            "commit": release.commit,
            "previous": release.previous,
            "source": release.source,
        },
        "started": iso(entry.started),
        "duration_seconds": entry.duration,
        "gates": [
            {
                "name": gate.name,
                "required": gate.required,
                "verdict": gate.verdict.value,
                "passed": gate.passed,
                "judged": gate.judged,
            }
            for gate in entry.gates
        ],
    }


def _table(entries: tuple[Entry, ...]) -> list[str]:
    rows = [("RUN", "STARTED (UTC)", "DECISION", "ENVIRONMENT", "STAGE", "SERVICE", "RELEASE", "")]
    rows += [
        (
            entry.id[:12],
            iso(entry.started)[:19].replace("T", " "),
            entry.decision.value.upper(),
            entry.environment or "-",
            entry.stage or "-",
            entry.service or "-",
            _short(entry.release),
            _remark(entry),
        )
        for entry in entries
    ]
    return _aligned(rows)


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    clean = [tuple(one_line(cell, 60) for cell in row) for row in rows]
    widths = [max(len(row[column]) for row in clean) for column in range(len(clean[0]))]
    return ["  ".join(fit(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in clean]


def _short(release: Release) -> str:
    return release.version or (f"{release.id[:19]}…" if len(release.id) > 20 else release.id) or "unknown"


def _remark(entry: Entry) -> str:
    remarks = ["observing"] * entry.observed + ["incomplete"] * (not entry.complete)
    bad = [gate.name for gate in entry.gates if gate.required and gate.verdict.badness]
    return ", ".join([*remarks, *bad[:3], *(["…"] * (len(bad) > 3))])
