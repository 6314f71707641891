"""Which lines were changed since a git base, told by diff-cover's own reading of `git diff`.

ChangesError    the base can't be compared with: no git, no such branch, a shallow clone
"""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class ChangesError(Exception):
    """The changes can't be told; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What was changed since the merge base with a branch.

    `lines`: path relative to the repository -> numbers of the lines added or changed (none where lines were only
    taken away); `tracked`: every file of the repository; `head`: the commit that is checked out.
    """

    lines: Mapping[str, tuple[int, ...]]
    tracked: tuple[str, ...]
    head: str


def changes_since(since: str, base: Path) -> Changes:
    """Compare the checkout around `base` with `since`. Raises ChangesError. Needs the extra `coverage` (diff-cover)."""
    try:
        from diff_cover.diff_reporter import GitDiffReporter
        from diff_cover.git_diff import GitDiffError
    except ImportError as error:
        raise ChangesError("diff-cover is not installed: pip install 'tidegate[coverage]'") from error
    if since.startswith("-"):
        raise ChangesError(f"{since!r} is no name of a branch or commit")
    git = _Git(base)
    reporter = GitDiffReporter(since, git_diff=git)
    try:
        head = git.run("rev-parse", "--verify", "HEAD").strip()
        tracked = git.run("ls-files", "-z", "--full-name", ":/").split("\0")
        lines = {path: tuple(reporter.lines_changed(path)) for path in reporter.src_paths_changed()}
    except (GitDiffError, ValueError, OSError, subprocess.SubprocessError) as error:
        raise ChangesError(
            f"git can't compare with {since!r}: {_words(error)}; in CI, fetch the whole history"
        ) from error
    return Changes(lines, tuple(filter(None, tracked)), head)


class _Git:
    """What diff-cover's reporter asks of git, asked about a folder that need not be the current one."""

    range_notation = "..."

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def diff_committed(self, since: str) -> str:
        """From the merge base with `since` to HEAD."""
        return self._diff(f"{since}{self.range_notation}HEAD", "--")

    def diff_staged(self) -> str:
        """What is staged beyond HEAD."""
        return self._diff("--cached")

    def diff_unstaged(self) -> str:
        """What is changed beyond that."""
        return self._diff()

    def run(self, *args: str) -> str:
        """The output of a git command. Raises OSError, SubprocessError."""
        command = ["git", "-C", str(self._folder), *args]
        done = subprocess.run(command, capture_output=True, check=True, timeout=60, env={**os.environ, "LC_ALL": "C"})
        return done.stdout.decode(errors="replace")

    def _diff(self, *args: str) -> str:
        # What diff-cover's parser takes for granted, whatever somebody has configured.
        settled = ["diff.mnemonicprefix=no", "diff.noprefix=no", "diff.relative=no", "core.quotepath=off"]
        options = ["--no-color", "--no-ext-diff", "--no-textconv", "--find-renames", "-U0"]
        return self.run(*(word for setting in settled for word in ("-c", setting)), "diff", *options, *args)


def _words(error: Exception) -> str:
    said = error.stderr.decode(errors="replace") if isinstance(error, subprocess.CalledProcessError) else str(error)
    return next((line.strip() for line in said.splitlines() if line.strip()), type(error).__name__)
