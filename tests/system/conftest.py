"""Runs `pytest --env` on the demo target, as a process of its own in a folder of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

PYTEST = Path(sys.executable).with_name("pytest")
TIDEGATE = Path(sys.executable).with_name("tidegate")
_FOREIGN = ("GITHUB_", "GITLAB_", "CI_", "JENKINS_", "GIT_", "TIDEGATE_", "PYTEST_", "TAG_")


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str
    folder: Path

    @property
    def report(self) -> dict:
        """The gate report that it wrote."""
        return json.loads((self.folder / "tidegate-report" / "gate-report.json").read_text())

    @property
    def last(self) -> str:
        """The decision as the terminal says it, unwrapped."""
        lines = self.out.splitlines()
        starts = [i for i, line in enumerate(lines) if line.startswith(("PROMOTE", "HOLD", "REJECT"))]
        return " ".join(" ".join(lines[starts[-1] :]).split()) if starts else ""


def environ_for(folder: Path, faults: str = "") -> dict[str, str]:
    """This machine's environment without what names a release or keeps state elsewhere."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(_FOREIGN) and key != "CI"}
    more = {"TIDEGATE_DEMO_FAULTS": faults} if faults else {}
    return {**kept, "XDG_STATE_HOME": str(folder / "state"), "COLUMNS": "100", "NO_COLOR": "1", **more}


@pytest.fixture
def command(tmp_path: Path) -> Callable[..., Ended]:
    """`command("pytest", "--env=demo", faults="hang")` runs one of the two commands to its end."""

    def run(name: str, *args: str, faults: str = "", timeout: float = 120) -> Ended:
        program = {"pytest": PYTEST, "tidegate": TIDEGATE}[name]
        done = subprocess.run(
            [program, *args],
            check=False,
            cwd=tmp_path,
            env=environ_for(tmp_path, faults),
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        return Ended(done.returncode, done.stdout, done.stderr, tmp_path)

    return run
