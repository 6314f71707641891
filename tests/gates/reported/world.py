"""What the tests of report gates share: exit codes, how a run ended, files of a given age, git."""

import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PROMOTE, REJECT, USAGE, HOLD = 0, 1, 4, 10


@dataclass(frozen=True)
class Ended:
    """How `tidegate report` ended: its exit code, and everything that it printed, in one line."""

    code: int
    said: str

    @property
    def report(self) -> dict:
        """The gate report."""
        return json.loads(Path("tidegate-report/gate-report.json").read_text())

    @property
    def notes(self) -> str:
        """The notes of all gates."""
        return "\n".join(note for gate in self.report["gates"] for note in gate["notes"])


Judge = Callable[..., Ended]


def put(name: str, text: str, *, age: float = 0) -> Path:
    """Write a file of the project, as old as `age` seconds."""
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    if age:
        then = path.stat().st_mtime - age
        os.utime(path, (then, then))
    return path


def git(*args: str) -> str:
    """The output of a git command in the project."""
    done = subprocess.run(["git", *args], check=True, capture_output=True, text=True)
    return done.stdout.strip()
