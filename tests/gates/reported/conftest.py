"""A project of its own for each test, and `tidegate report` run on its report files in this process."""

import os
import re
import time
from pathlib import Path

import pytest

from tests.gates.reported.world import Ended, Judge, git, put
from tidegate.cli import main


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, with its own state store, in no CI job and in no checkout."""
    for name in list(os.environ):
        if name.startswith(("GITHUB_", "GITLAB_", "CI_", "JENKINS_", "TIDEGATE_", "GIT_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "somebody")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "somebody@example.com")
    (tmp_path / "p").mkdir()
    monkeypatch.chdir(tmp_path / "p")
    return tmp_path / "p"


@pytest.fixture
def judge(capsys: pytest.CaptureFixture[str]) -> Judge:
    """`judge(gates, *args)` judges the gates of an environment: its YAML below `gates:`, as `unit: {...}` lines."""

    def run(gates: str, *args: str, release: str = "1.4.2") -> Ended:
        lines = "".join(f"  {line}\n" for line in gates.strip("\n").splitlines())
        put("env.yaml", f"service: shop\ngates:\n{lines}")
        capsys.readouterr()
        named = [f"--release={release}"] if release else []
        code = main(["report", "--env=./env.yaml", *named, *args])
        done = capsys.readouterr()
        return Ended(code, re.sub(r"\s+", " ", done.out + done.err))

    return run


@pytest.fixture
def checkout(monkeypatch: pytest.MonkeyPatch) -> str:
    """The project as a checkout of one commit of an hour ago, in a job of GitHub Actions."""
    put("a.py", "x = 1\n")
    moment = f"{int(time.time()) - 3600} +0000"
    monkeypatch.setenv("GIT_AUTHOR_DATE", moment)
    monkeypatch.setenv("GIT_COMMITTER_DATE", moment)
    git("init", "-q")
    git("add", "a.py")
    git("commit", "-qm", "one")
    head = git("rev-parse", "HEAD")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_SHA", head)
    return head
