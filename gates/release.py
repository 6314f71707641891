"""Which release is being judged: from the command line, from CI variables, or from the target itself.

Never from a committed file: a file would go on naming the release that somebody once wrote into it.
"""

import subprocess
from collections.abc import Mapping
from dataclasses import replace

from reports.gate_report import Release

#: CI system -> (the variable that proves it, commit, tag). Sources: GitHub's default environment variables, GitLab's
#: predefined CI/CD variables, Jenkins's Git plugin.
CI_SYSTEMS = {
    "GitHub Actions": ("GITHUB_ACTIONS", "GITHUB_SHA", "GITHUB_REF_NAME"),
    "GitLab CI": ("GITLAB_CI", "CI_COMMIT_SHA", "CI_COMMIT_TAG"),
    "Jenkins": ("JENKINS_URL", "GIT_COMMIT", "TAG_NAME"),
}


def from_options(release_id: str, version: str, commit: str, previous: str) -> Release:
    """The release that the command line names; unknown where it names none."""
    source = " ".join(
        flag for flag, value in (("--release", release_id), ("version", version), ("commit", commit)) if value
    )
    return Release(release_id or version or commit, version, commit, previous, source and f"command line ({source})")


def from_environ(environ: Mapping[str, str]) -> Release:
    """The release that TIDEGATE_* or a CI system's variables name; unknown where there are none."""
    release_id, version, commit, previous = (
        environ.get(f"TIDEGATE_RELEASE{suffix}", "") for suffix in ("", "_VERSION", "_COMMIT", "_PREVIOUS")
    )
    if release_id or version or commit:
        source = "TIDEGATE_RELEASE variables"
        return Release(release_id or version or commit, version, commit, previous, source)
    for system, (proof, commit_key, tag_key) in CI_SYSTEMS.items():
        commit = environ.get(commit_key, "") if environ.get(proof) else ""
        if not commit:
            continue
        tag = environ.get(tag_key, "")
        if system == "GitHub Actions" and environ.get("GITHUB_REF_TYPE") != "tag":
            tag = ""  # GITHUB_REF_NAME is a branch's name otherwise, and a branch is not a version
        return Release(commit, tag, commit, previous, f"{system} ({commit_key}{f', {tag_key}' if tag else ''})")
    return Release()


def from_git(directory: str) -> Release:
    """The commit that is checked out, marked `-dirty` where files differ from it; unknown outside a checkout."""
    try:
        head = _git(directory, "rev-parse", "--verify", "HEAD")
        dirty = _git(directory, "status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.SubprocessError):
        return Release()
    commit = f"{head}-dirty" if dirty else head
    return Release(commit, "", commit, "", "git HEAD")


def commit_time(directory: str, commit: str) -> float | None:
    """When a commit was made, in seconds since the epoch; None where this checkout doesn't have it."""
    sha = commit.removesuffix("-dirty")
    if not sha or not all(digit in "0123456789abcdef" for digit in sha.lower()):
        return None
    try:
        return float(_git(directory, "show", "--no-patch", "--format=%ct", sha))
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def completed(named: Release, target: Release) -> Release:
    """`named`, with what only the target says filled in. Where nobody named one, the target's own word counts.

    A target that contradicts the named release is not believed in anything; that it contradicts is judged elsewhere.
    """
    if not named.known:
        return target
    if not target.known or contradictions(named, target):
        return named
    filled = replace(
        named,
        id=target.id if named.id in (named.version, named.commit) else named.id,
        version=named.version or target.version,
        commit=named.commit or target.commit,
    )
    return filled if filled == named else replace(filled, source=f"{named.source}, completed by {target.source}")


def contradictions(named: Release, target: Release) -> dict[str, tuple[str, str]]:
    """Field -> (what the target says, what was named), for each fact that both state differently."""
    pairs = {
        # An id that was made up from the version or the commit says nothing beyond them.
        "id": (target.id, "" if named.id in (named.version, named.commit) else named.id),
        "version": (target.version, named.version),
        "commit": (target.commit, named.commit),
    }
    return {key: (got, wanted) for key, (got, wanted) in pairs.items() if got and wanted and not same(key, got, wanted)}


def same(field: str, got: str, wanted: str) -> bool:
    """Whether two names mean the same. A commit may be abbreviated to 7 or more digits; `4b1d2aa-dirty` is none."""
    if field == "commit" and min(len(got), len(wanted)) >= 7 and got.isalnum() and wanted.isalnum():
        return got.startswith(wanted) or wanted.startswith(got)
    return got == wanted


def _git(directory: str, *args: str) -> str:
    command = ["git", "-C", directory, *args]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()
