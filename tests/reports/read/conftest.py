"""What the tests of the readers share: a file from a text, and what was read from it."""

import os
from pathlib import Path

import pytest

from reports.read.junit import read_junit


@pytest.fixture
def write(tmp_path):
    """Write a text or bytes into a file of the temporary folder; returns its path."""

    def _write(content, name="report.xml"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return _write


@pytest.fixture
def read(write):
    """Read a text as JUnit; returns the file and its cases."""

    def _read(content):
        cases = []
        return read_junit(write(content), cases.append), cases

    return _read


@pytest.fixture(scope="session")
def corpus():
    """The folder of real report files; skips where it is not present."""
    root = Path(__file__).parents[3]
    folder = Path(os.environ.get("TIDEGATE_CORPUS") or root.parent / "shared" / "corpus") / "junit"
    if not (folder / "expected.json").is_file():
        pytest.skip(f"the corpus of real report files is not present: no {folder}; TIDEGATE_CORPUS can name its place")
    return folder
