"""What the tests of the coverage readers share: the corpus of real files, and reading a text."""

import os
from pathlib import Path

import pytest

from reports.read.coverage.formats import read_coverage
from reports.read.problem import Effect


@pytest.fixture
def cover(write):
    """Read a text as a coverage report of whatever format it is."""

    def _cover(content):
        return read_coverage(write(content, "any.name"))

    return _cover


@pytest.fixture(scope="session")
def coverage_corpus():
    """The folder of real coverage reports; skips where it is not present."""
    root = Path(__file__).parents[4]
    folder = Path(os.environ.get("TIDEGATE_CORPUS") or root.parent / "shared" / "corpus") / "coverage"
    if not (folder / "expected.json").is_file():
        pytest.skip(f"the corpus of real report files is not present: no {folder}; TIDEGATE_CORPUS can name its place")
    return folder


@pytest.fixture(scope="session")
def doubts():
    """The messages that keep a report from passing."""

    def _doubts(coverage):
        return [problem.message for problem in coverage.problems if problem.effect is not Effect.NOTE]

    return _doubts
