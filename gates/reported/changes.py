"""Which lines were changed since a git base, told by diff-cover's own reading of `git diff`.

ChangesError    the base can't be compared with: no git, no such branch, a shallow clone
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


class ChangesError(Exception):
    """The changes can't be told; the message says what to do."""


def changed_lines(since: str, base: Path) -> Mapping[str, tuple[int, ...]]:
    """Path relative to the repository -> numbers of the lines added or changed since the merge base with `since`.

    Raises ChangesError. Needs the extra `coverage` (diff-cover).
    """
    try:
        from diff_cover.command_runner import CommandError
        from diff_cover.diff_reporter import GitDiffReporter
        from diff_cover.git_diff import GitDiffError, GitDiffTool
    except ImportError as error:
        raise ChangesError("diff-cover is not installed: pip install 'tidegate[coverage]'") from error
    reporter = GitDiffReporter(since, git_diff=GitDiffTool("...", ignore_whitespace=False))
    try:
        with _inside(base):
            return {path: tuple(reporter.lines_changed(path)) for path in reporter.src_paths_changed()}
    except (CommandError, GitDiffError, ValueError, OSError) as error:
        line = next((text.strip() for text in str(error).splitlines() if text.strip()), type(error).__name__)
        raise ChangesError(f"git can't compare with {since!r}: {line}; in CI, fetch the whole history") from error


@contextmanager
def _inside(folder: Path) -> Iterator[None]:
    """diff-cover asks git about the current folder."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
