"""`tidegate approve`: sign with your SSH key that a waiting release may come in, or that it is taken back."""

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path

from checks.units import format_value, parse_in
from gates.environment import load
from gates.environment.names import nearest
from gates.errors import ConfigurationError, ProblemError
from gates.exit_codes import ExitCode
from releases.approvals.asking import SIGNERS, standing_of, wanted_of
from releases.approvals.errors import ApprovalError
from releases.approvals.policy import Signed, check
from releases.approvals.ssh import sign
from releases.approvals.statement import Statement
from releases.journal.journal import Journal
from releases.journal.record import Entry, Kind, Record
from releases.plan import Plan
from reports.store import StoreError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is approved, and as whom."""
    parser.add_argument("release", metavar="RELEASE", help="its id in the journal: the release says it when it waits")
    parser.add_argument("--as", required=True, metavar="ROLE", dest="role", help="the role in which you approve")
    parser.add_argument(
        "--env", metavar="NAME", help="its environment's name or file (default: the name it was begun by)"
    )
    parser.add_argument("--env-dir", metavar="DIR", help="where environment files are looked for")
    parser.add_argument("--key", default="~/.ssh/id_ed25519", metavar="FILE", help="your key (default: %(default)s)")
    parser.add_argument("--valid", default="24h", metavar="TIME", help="how long it counts (default: %(default)s)")
    parser.add_argument("--reason", default="", metavar="TEXT", help="a line for those who read it later")


def run(args: argparse.Namespace) -> int:
    """Sign, look whether it counts, and write it into the journal. Raises ProblemError where it does not count."""
    try:
        return _run(args)
    except (ApprovalError, StoreError) as error:
        raise ProblemError(str(error)) from error


def _run(args: argparse.Namespace) -> int:
    valid = _valid(args.valid)
    journal = Journal()
    found = journal.get(args.release)
    plan = _plan(found)
    signers = load(args.env or found.environment, args.env_dir).path.parent / SIGNERS
    if not plan.approvals:
        raise ConfigurationError(f"nobody has to approve release {found.id}: `policy.approvals` names no role")
    if args.role not in plan.approvals:
        raise ConfigurationError(
            f"--as {args.role!r} is no role that approves here", hint=nearest(args.role, plan.approvals)
        )
    with journal.holding(found.service, found.environment) as pen:
        record = journal.get(found.id)  # again, as nobody else writes now
        if not record.open:
            raise ProblemError(f"release {record.id} has come to its end: nothing waits for an approval")
        wanted = wanted_of(plan, record)
        if not wanted.report:
            raise ProblemError(f"release {record.id} waits for nobody: `tidegate release --resume` goes on with it")
        now = int(time.time())
        statement = Statement(
            wanted.purpose,
            wanted.service,
            wanted.environment,
            wanted.release,
            wanted.report,
            args.role,
            now,
            now + int(valid),
            args.reason,
        )
        signed = Signed(statement.signed_bytes, sign(statement.signed_bytes, Path(args.key).expanduser()))
        given = check(wanted, signed, signers, now)
        data = {"statement": signed.statement.decode(), "signature": signed.signature}
        entry: Entry = pen.write(record.id, Kind.APPROVED, args.role, data)
        standing = standing_of(plan, replace(record, entries=(*record.entries, entry)), signers)
    what = "may come in" if wanted.purpose == "approve" else "is taken back"
    sys.stdout.write(
        f"{given.role} ({given.signer.fingerprint}) has signed that {plan.candidate.label} {what}, "
        f"for {format_value(valid, 's')}, on report {wanted.report[:12]}\n"
    )
    refused = "".join(f"does not count: {words}\n" for words in standing.refused)
    left = f"still needed: {', '.join(standing.missing)}" if standing.missing else _next(args, record)
    sys.stdout.write(f"{refused}{left}\n")
    return ExitCode.PROMOTE


def _valid(text: str) -> float:
    try:
        seconds = parse_in(text, "s")
    except ValueError as error:
        raise ConfigurationError(f"--valid: {error}") from error
    if not 1 <= seconds <= 30 * 86_400:
        raise ConfigurationError(f"--valid={text}: from 1s to 30d")
    return seconds


def _plan(record: Record) -> Plan:
    try:
        return Plan.from_dict(record.entries[0].data)
    except (KeyError, TypeError, ValueError) as error:
        raise ProblemError(f"the plan of release {record.id} can't be read from the journal: {error}") from error


def _next(args: argparse.Namespace, record: Record) -> str:
    return f"everybody has signed: tidegate release --env={args.env or record.environment} --resume"
