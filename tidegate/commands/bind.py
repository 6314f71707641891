"""`tidegate bind FILE...`: say, in the job that makes reports, of which release they are."""

import argparse
import os
import re
import sys
from pathlib import Path

from checks.secrets import mask
from gates.errors import ConfigurationError, ProblemError
from gates.exit_codes import ExitCode
from gates.release import from_environ, from_git, from_options
from gates.reported.sidecar import is_sidecar, text_for, write_sidecar
from reports.gate_report import Release
from reports.writing import WritingError

_COMMIT = re.compile("[0-9a-fA-F]{7,64}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The reports, and the release that they are of."""
    parser.add_argument("files", nargs="*", metavar="FILE", help="a report; FILE.binding.json is written beside it")
    parser.add_argument("--release", default="", metavar="ID", help="what they are of: image digest, version or commit")
    parser.add_argument("--version", default="", metavar="VERSION", dest="release_version", help="its version")
    parser.add_argument("--commit", default="", metavar="SHA", help="its commit")
    parser.epilog = "Without options, the release is the CI job's commit, else the commit that is checked out here."


def run(args: argparse.Namespace) -> int:
    """Write a sidecar for each file, or none where one of the files can't be bound."""
    if not args.files:
        raise ConfigurationError("name at least one report file, as in `tidegate bind results/coverage.xml`")
    release = _release(args)
    files = list(dict.fromkeys(map(Path, args.files)))
    for file in files:
        _check(file, release)
    for file in files:
        try:
            path = write_sidecar(file, release)
        except (OSError, WritingError) as error:
            raise ProblemError(f"{file} can't be bound: {error}") from error
        sys.stdout.write(mask(f"{file}: bound to {release.label} in {path}\n"))
    return ExitCode.PROMOTE


def _release(args: argparse.Namespace) -> Release:
    """The release on the command line, else the CI system's, else what is checked out. Raises ConfigurationError."""
    if args.commit and not _COMMIT.fullmatch(args.commit):
        raise ConfigurationError(f"--commit={args.commit}: a commit is 7 or more hexadecimal digits, not a branch")
    named = from_options(args.release, args.release_version, args.commit, "")
    for release in (named, from_environ(os.environ)):
        if release.known:
            return release
    here = from_git(".")
    if not here.known:
        raise ConfigurationError(
            "nothing says which release the reports are of", hint="name it: --release=ID or --commit=SHA"
        )
    if here.commit.endswith("-dirty"):
        raise ConfigurationError(
            f"files differ from the commit {here.commit.removesuffix('-dirty')[:7]}, so the reports are not of it",
            hint="commit them, or name the release: --release=ID",
        )
    return here


def _check(file: Path, release: Release) -> None:
    if is_sidecar(file):
        raise ConfigurationError(f"{file} is a sidecar and no report", hint="name the report beside it")
    try:
        text_for(file, release)
    except OSError as error:
        raise ConfigurationError(f"{file} can't be read: {error.strerror}") from error
