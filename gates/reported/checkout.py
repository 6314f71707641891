"""Of which commit files are that lie in a git checkout: its HEAD, where they are of it and nothing was changed."""

import subprocess
from collections.abc import Sequence
from pathlib import Path


def commit_of(paths: Sequence[Path]) -> tuple[str, str]:
    """The commit of files and folders, and otherwise why it is not known; one of the two texts is empty."""
    found: set[str] = set()
    for path in paths:
        folder = path if path.is_dir() else path.parent
        try:
            head = _git(folder, "rev-parse", "--verify", "HEAD")
            tracked = _git(folder, "ls-files", "--full-name", "--", str(path.absolute()))
            changed = _git(folder, "status", "--porcelain", "--untracked-files=no")
        except (OSError, subprocess.SubprocessError):
            return "", f"{path} is in no git checkout that tells its commit"
        if not tracked:
            return "", f"{path} is in a git checkout, and in no commit of it"
        if changed:
            return "", f"the checkout has changes that are in no commit ({changed.splitlines()[0].strip()})"
        found.add(head)
    if len(found) > 1:
        return "", f"they are of several commits: {', '.join(sorted(found))}"
    return (found.pop(), "") if found else ("", "nothing was named")


def _git(folder: Path, *args: str) -> str:
    command = ["git", "-C", str(folder), *args]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()
