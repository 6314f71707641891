"""examples/own-gates: a project of its own, with a gate file and a package called `reports`, judged from its folder."""

import shutil
from pathlib import Path

import pytest

from tests.docs.fences import ROOT, Fence, fences
from tests.docs.story import Story

PROJECT = ROOT / "examples" / "own-gates"


@pytest.fixture
def story(tmp_path: Path) -> Story:
    """A copy of the project, elsewhere."""
    story = Story(tmp_path / "project")
    shutil.copytree(PROJECT, story.folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    return story


def test_its_readme_does_what_it_says(story: Story) -> None:
    """`pytest` promotes; `python -m pytest` says what is in the way, without a traceback."""
    for fence in fences(PROJECT / "README.md"):
        story.tell(fence)


def test_its_own_gate_rejects(story: Story) -> None:
    """The twin: one number in the gate file is different."""
    gate = story.folder / "gates" / "gate_stock.py"
    gate.write_text(gate.read_text().replace("AtLeast(10)", "AtLeast(1000)"))
    shown = "REJECT  do not promote stock-quotes 1.0.0: stock failed: stock.listed: 13, wanted >= 1,000"
    story.tell(Fence("console", {"exit": "1"}, f"$ pytest --env=./env.yaml -q\n…\n{shown}\n…\n", 1))


def test_over_several_processes_it_is_the_same(story: Story) -> None:
    """pytest-xdist's workers find the gate file, too."""
    story.tell(Fence("console", {}, "$ pytest --env=./env.yaml -q -n 2\n…\nPROMOTE\n…\n", 1))


@pytest.mark.parametrize("command", ["pytest", "python -m pytest"])
def test_without_an_environment_its_own_tests_run(story: Story, command: str) -> None:
    """Tidegate keeps out of the way, even where its packages are hidden."""
    (story.folder / "test_monthly.py").write_text("def test_x(): pass\n")
    story.tell(Fence("console", {}, f"$ {command} -q\n…\n1 passed in 1s\n", 1))


def test_a_project_in_front_of_tidegate_is_told_so(story: Story) -> None:
    """Exit 4 and words instead of a traceback, whichever way it came in front."""
    fence = Fence(
        "console",
        {"exit": "4"},
        "$ PYTHONPATH=. pytest --env=./env.yaml\nERROR: this project's own package is in the way of Tidegate's\n…\n",
        1,
    )
    story.tell(fence)
