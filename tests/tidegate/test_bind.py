"""`tidegate bind`: sidecars that name the release, and nothing where it is not known what the reports are of."""

import hashlib
import json
import os
import subprocess
from pathlib import Path

import pytest

from tidegate.cli import main

USAGE = 4
SHA = "4b1d2aa9c0ffee4b1d2aa9c0ffee4b1d2aa9c0ff"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one report, in no CI job and in no checkout."""
    for name in list(os.environ):
        if name.startswith(("GITHUB_", "GITLAB_", "CI_", "JENKINS_", "TIDEGATE_", "GIT_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "somebody")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "somebody@example.com")
    folder = tmp_path / "p"
    folder.mkdir()
    monkeypatch.chdir(folder)
    (folder / "cov.xml").write_text("<coverage/>")
    return folder


def sidecar(name: str = "cov.xml") -> dict:
    """What was written beside a report."""
    return json.loads(Path(f"{name}.binding.json").read_text())


def test_no_file_is_wrong_usage(capsys) -> None:
    """One line says what to type."""
    assert main(["bind"]) == USAGE
    assert "name at least one report file" in capsys.readouterr().err


def test_nobody_names_the_release(capsys) -> None:
    """Outside of CI and of a checkout, somebody has to."""
    assert main(["bind", "cov.xml"]) == USAGE
    assert "nothing says which release the reports are of" in capsys.readouterr().err
    assert not Path("cov.xml.binding.json").exists()


def test_the_command_line_names_the_release(capsys) -> None:
    """One line a file; the sidecar holds the digest of the bytes and the time of the report."""
    os.utime("cov.xml", (1_700_000_000, 1_700_000_000))
    Path("found.json").write_text("{}")
    code = main(["bind", "cov.xml", "found.json", f"--release=sha256:{'0' * 64}", "--version=1.4.2", f"--commit={SHA}"])
    assert code == 0
    assert capsys.readouterr().out.splitlines() == [
        "cov.xml: bound to 1.4.2 (sha256:000000…, commit 4b1d2aa) in cov.xml.binding.json",
        "found.json: bound to 1.4.2 (sha256:000000…, commit 4b1d2aa) in found.json.binding.json",
    ]
    assert sidecar() == {
        "schema": "tidegate/binding@1",
        "sha256": hashlib.sha256(b"<coverage/>").hexdigest(),
        "release": f"sha256:{'0' * 64}",
        "commit": SHA,
        "created": "2023-11-14T22:13:20+00:00",
    }


def test_a_ci_system_names_the_release(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without options, the job's commit."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_SHA", SHA)
    assert main(["bind", "cov.xml"]) == 0
    assert sidecar()["commit"] == SHA


def test_a_clean_checkout_names_the_release_and_a_dirty_one_does_not(capsys) -> None:
    """What was measured with changes is of no commit."""
    git = ["git", "-c", "init.defaultBranch=main"]
    for args in (["init", "-q"], ["add", "cov.xml"], ["commit", "-qm", "one"]):
        subprocess.run([*git, *args], check=True)
    head = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    assert main(["bind", "cov.xml"]) == 0
    assert sidecar()["commit"] == head
    Path("cov.xml").write_text("<coverage changed='1'/>")
    capsys.readouterr()
    assert main(["bind", "cov.xml"]) == USAGE
    assert f"files differ from the commit {head[:7]}, so the reports are not of it" in capsys.readouterr().err
    assert main(["bind", "cov.xml", "--release=1.4.2"]) == 0


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["gone.xml"], "gone.xml can't be read: No such file or directory"),
        (["cov.xml", "gone.xml"], "gone.xml can't be read"),
        (["."], "can't be read: Is a directory"),
        (["cov.xml", "cov.xml.binding.json"], "is a sidecar and no report"),
        (["cov.xml", "--commit=main"], "a commit is 7 or more hexadecimal digits"),
        (["cov.xml", "--comit=1"], "unrecognized arguments: --comit=1"),
    ],
)
def test_wrong_usage_writes_nothing(capsys, args: list[str], words: str) -> None:
    """Either every file is bound, or none."""
    assert main(["bind", "--release=1.4.2", *args]) == USAGE
    assert words in capsys.readouterr().err
    assert not list(Path().glob("*.binding.json"))
    assert main(["bind", "--release=1.4.2", "cov.xml"]) == 0


def test_a_sidecar_that_can_not_be_written(capsys) -> None:
    """It is said, and what was there stays."""
    Path("cov.xml.binding.json").mkdir()
    assert main(["bind", "--release=1.4.2", "cov.xml"]) == USAGE
    assert "cov.xml can't be bound" in capsys.readouterr().err
    assert not list(Path().glob("*.tmp"))


def test_binding_again_replaces_the_sidecar() -> None:
    """A report that was made anew is bound anew."""
    assert main(["bind", "--release=1.4.1", "cov.xml"]) == 0
    assert main(["bind", "--release=1.4.2", "cov.xml"]) == 0
    assert sidecar()["release"] == "1.4.2"
