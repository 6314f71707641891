"""Which release is being judged, and who said so."""

import subprocess
from pathlib import Path

import pytest

from gates.release import completed, contradictions, from_environ, from_git, from_options, same
from reports.gate_report import Release

SHA = "4b1d2aa" + "0" * 33


def test_nothing_named_is_unknown() -> None:
    """Without a word from anybody there is no release."""
    assert not from_options("", "", "", "").known
    assert not from_environ({}).known


@pytest.mark.parametrize(
    ("environ", "release_id", "version", "source"),
    [
        ({"GITHUB_ACTIONS": "true", "GITHUB_SHA": SHA}, SHA, "", "GitHub Actions (GITHUB_SHA)"),
        (
            {"GITHUB_ACTIONS": "true", "GITHUB_SHA": SHA, "GITHUB_REF_NAME": "main"},
            SHA,
            "",
            "GitHub Actions (GITHUB_SHA)",
        ),
        (
            {"GITHUB_ACTIONS": "true", "GITHUB_SHA": SHA, "GITHUB_REF_TYPE": "tag", "GITHUB_REF_NAME": "v1.2"},
            SHA,
            "v1.2",
            "GitHub Actions (GITHUB_SHA, GITHUB_REF_NAME)",
        ),
        (
            {"GITLAB_CI": "true", "CI_COMMIT_SHA": SHA, "CI_COMMIT_TAG": "1.2"},
            SHA,
            "1.2",
            "GitLab CI (CI_COMMIT_SHA, CI_COMMIT_TAG)",
        ),
        ({"JENKINS_URL": "http://j/", "GIT_COMMIT": SHA}, SHA, "", "Jenkins (GIT_COMMIT)"),
        (
            {"TIDEGATE_RELEASE": "sha256:ab", "GITLAB_CI": "true", "CI_COMMIT_SHA": SHA},
            "sha256:ab",
            "",
            "TIDEGATE_RELEASE variables",
        ),
    ],
)
def test_from_ci_variables(environ: dict[str, str], release_id: str, version: str, source: str) -> None:
    """Each CI system's own variables name the commit, and the version only where a tag was built."""
    release = from_environ(environ)
    assert (release.id, release.version, release.source) == (release_id, version, source)


def test_variables_without_their_system_name_nothing() -> None:
    """A GIT_COMMIT that somebody exported on a laptop is not Jenkins's."""
    assert not from_environ({"GIT_COMMIT": SHA}).known


def test_the_target_completes_what_was_named() -> None:
    """A version that only the target states is filled in; its source says so."""
    named = from_options("", "", "4b1d2aa", "")
    target = Release("sha256:ff", "1.4.2", SHA, source="http://x/version")
    release = completed(named, target)
    assert (release.id, release.version, release.commit) == ("sha256:ff", "1.4.2", "4b1d2aa")
    assert "http://x/version" in release.source


def test_a_target_that_contradicts_fills_in_nothing() -> None:
    """A target that runs another commit is not believed about its version either."""
    named = from_options("", "", "4b1d2aa", "")
    target = Release("sha256:ff", "1.4.2", "9" * 40)
    assert completed(named, target) == named
    assert contradictions(named, target) == {"commit": ("9" * 40, "4b1d2aa")}


def test_without_a_name_the_target_is_believed() -> None:
    """Where nobody named a release, the target's own word is the release."""
    target = Release("sha256:ff", "1.4.2", source="http://x/version")
    assert completed(Release(), target) == target


def test_git_names_the_commit_and_says_dirty(tmp_path: Path) -> None:
    """The checked-out commit is named; a changed file makes it another one; no repository is unknown."""
    assert not from_git(str(tmp_path / "nowhere")).known
    git = ["git", "-C", str(tmp_path), "-c", "user.name=n", "-c", "user.email=e@example.com"]
    subprocess.run([*git, "init", "-q"], check=True)
    (tmp_path / "file").write_text("1")
    subprocess.run([*git, "add", "file"], check=True)
    subprocess.run([*git, "commit", "-qm", "first"], check=True)
    clean = from_git(str(tmp_path))
    assert len(clean.commit) == 40
    (tmp_path / "file").write_text("2")
    assert from_git(str(tmp_path)).commit == f"{clean.commit}-dirty"


@pytest.mark.parametrize(
    ("got", "wanted", "alike"),
    [
        (SHA, SHA[:7], True),
        (SHA[:7], SHA, True),
        (SHA, SHA[:6], False),
        (SHA, "9" * 40, False),
        (f"{SHA}-dirty", SHA, False),
        (f"{SHA}-dirty", f"{SHA}-dirty", True),
    ],
)
def test_commits_are_the_same_when_one_shortens_the_other(got: str, wanted: str, alike: bool) -> None:
    """Seven digits are enough; a checkout with changed files is another thing than its commit."""
    assert same("commit", got, wanted) is alike
