"""The README's two command lines, run as they stand there in a copy of the checkout, on Python and nothing else."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.docs.fences import ROOT, fences

README = ROOT / "README.md"


def commands() -> tuple[str, str]:
    """The first sets up and runs the demo, the second sets up and runs the tests."""
    first, second = (fence.text.strip() for fence in fences(README) if fence.language == "sh")
    return first, second


def test_ci_runs_the_second_line_word_for_word() -> None:
    """What the README says passes is what CI runs."""
    assert commands()[1] in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()


def test_contributing_names_the_same_line() -> None:
    """One way to run the tests, not two."""
    assert commands()[1] in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_the_picture_is_small() -> None:
    """It loads before anybody gives up, and is there."""
    image = re.search(r"!\[[^\]]+\]\(([^)]+\.png)\)", README.read_text(encoding="utf-8"))
    assert image is not None
    assert 10_000 < (ROOT / image[1]).stat().st_size < 150_000


@pytest.mark.slow
def test_both_lines_work_in_a_fresh_checkout(tmp_path: Path) -> None:
    """The demo promotes and exits with 0; after the second set-up the tests can be run."""
    checkout = tmp_path / "checkout"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (checkout / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, checkout / name)
    first, second = commands()
    promoted = run(first, checkout)
    assert promoted.returncode == 0, promoted.stdout
    assert "PROMOTE promote stock-quotes" in promoted.stdout
    assert (checkout / "tidegate-report" / "gate-report.json").is_file()
    assert second.endswith(" && .venv/bin/pytest -n 2")
    tested = run(f"{second} tests/gates/test_decision.py tests/reports/test_verdict.py", checkout)
    assert tested.returncode == 0, tested.stdout
    assert " passed" in tested.stdout


def run(command: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """A line in bash, without the virtual environment in which these tests run."""
    foreign = ("PYTEST_", "TIDEGATE_", "GITHUB_", "VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME")
    environ = {key: value for key, value in os.environ.items() if not key.startswith(foreign)}
    environ["TIDEGATE_STATE"] = str(folder / "state.sqlite")
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )
