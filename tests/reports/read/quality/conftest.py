"""What the tests of the quality readers share."""

import json

import pytest

from reports.read.errors import ReportError
from reports.read.problem import Effect
from reports.read.recognise import read_any


@pytest.fixture
def read(write):
    """`read(document)` writes it as a file and reads it, as `tidegate read` would."""

    def _read(document):
        content = document if isinstance(document, str | bytes) else json.dumps(document)
        return read_any(write(content, "quality.json"))

    return _read


@pytest.fixture
def refused(read):
    """`refused(document)` is the message of the error that it has to be."""

    def _refused(document) -> str:
        with pytest.raises(ReportError) as caught:
            read(document)
        return str(caught.value)

    return _refused


@pytest.fixture
def doubts(read):
    """`doubts(document)`: the problems that keep a gate from passing."""

    def _doubts(document) -> list[str]:
        return [str(problem) for problem in read(document).problems if problem.effect is not Effect.NOTE]

    return _doubts
