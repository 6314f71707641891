"""Reads how long a build took, which CI writes down in seconds: `{"durations": {"build": 312.4, "image": 41}}`.

Beside it, if wanted: `commit`, and `finished` as an ISO 8601 time.
"""

from pathlib import Path

from reports.quality import Durations
from reports.read.json_shape import Shape
from reports.read.json_stream import JsonStream
from reports.read.opening import open_report
from reports.read.problem import Effect, ProblemList
from reports.read.quality.fields import mapping, number, shown, text, when

_KEYS = ("durations", "commit", "finished")


def is_durations(shape: Shape) -> bool:
    """Whether a file is such a document, by its keys."""
    return shape.has("durations")


def read_durations(path: Path) -> Durations:
    """Read such a document. Raises ReportError, also for a key that nobody knows: it may be misspelt."""
    problems = ProblemList()
    with open_report(path) as file:
        stream = JsonStream(file, str(path))
        told = stream.record("the document")
        if unknown := told.keys() - set(_KEYS):
            stream.fail(f"the key {min(unknown)[:50]!r} is unknown; known are {', '.join(_KEYS)}")
        if not isinstance(told.get("durations"), dict):
            stream.fail(f"`durations` is {shown(told.get('durations'))}, wanted steps with their seconds")
        seconds = {
            text(name): number(stream, value, f"the duration of {text(name)!r}")
            for name, value in mapping(told["durations"]).items()
        }
        finished = when(told.get("finished"))
        if "finished" in told and finished is None:
            stream.fail(f"`finished` is {shown(told['finished'])}, wanted a time like 2026-01-31T12:00:00Z")
        stream.finish()
    if not seconds:
        problems.add(Effect.INCONCLUSIVE, "no step has a duration")
    return Durations(seconds, text(told.get("commit")), finished, stream.sha256, problems.all(str(path)))
