"""What the tests of the findings readers share."""

import json
import os
from pathlib import Path

import pytest

from reports.read.findings.read import read_findings


@pytest.fixture
def read(write):
    """Read a document (a value, a text or bytes) as a report of findings."""

    def _read(document, tool=""):
        content = document if isinstance(document, str | bytes) else json.dumps(document)
        return read_findings(write(content, "report.json"), tool)

    return _read


@pytest.fixture(scope="session")
def corpus():
    """The folder of real scanner reports; skips where it is not present."""
    root = Path(__file__).parents[4]
    folder = Path(os.environ.get("TIDEGATE_CORPUS") or root.parent / "shared" / "corpus") / "security"
    if not (folder / "expected.json").is_file():
        pytest.skip(f"the corpus of real reports is not present: no {folder}; TIDEGATE_CORPUS can name its place")
    return folder
