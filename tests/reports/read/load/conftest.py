"""What the tests of the readers of load generators share."""

import os
from pathlib import Path

import pytest

from reports.read.errors import ReportError
from reports.read.load.formats import read_load
from reports.read.problem import Effect

FILES = Path(__file__).parent / "files"


@pytest.fixture
def read(write):
    """Read a text or bytes as a load generator's report."""

    def _read(content):
        return read_load(write(content, "load.dat"))

    return _read


@pytest.fixture
def refused(read):
    """`refused(content)` is the message of the error that it has to be."""

    def _refused(content) -> str:
        with pytest.raises(ReportError) as caught:
            read(content)
        return caught.value.message

    return _refused


@pytest.fixture
def doubts():
    """`doubts(summary)`: the problems that keep a gate from passing."""

    def _doubts(summary):
        return [str(problem) for problem in summary.problems if problem.effect is not Effect.NOTE]

    return _doubts


@pytest.fixture(scope="session")
def corpus():
    """The folder of real reports of load generators; skips where it is not present."""
    root = Path(__file__).parents[4]
    folder = Path(os.environ.get("TIDEGATE_CORPUS") or root.parent / "shared" / "corpus") / "load"
    if not (folder / "expected.json").is_file():
        pytest.skip(f"the corpus of real report files is not present: no {folder}; TIDEGATE_CORPUS can name its place")
    return folder
