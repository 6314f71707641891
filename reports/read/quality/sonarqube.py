"""Reads a saved answer of SonarQube's `api/qualitygates/project_status`."""

from pathlib import Path

from checks.sonarqube_gate import GateStatus, parse_status
from reports.quality import QualityGateFile
from reports.read.json_shape import Shape
from reports.read.json_stream import JsonStream
from reports.read.opening import open_report
from reports.read.problem import Effect, ProblemList


def is_quality_gate(shape: Shape) -> bool:
    """Whether a file is such an answer, or SonarQube's error in its place, by its keys."""
    return shape.has("projectStatus") or shape.paths == {"errors", "errors[]", "errors[].msg"}


def read_quality_gate(path: Path) -> QualityGateFile:
    """Read such an answer. Raises ReportError."""
    problems = ProblemList()
    with open_report(path) as file:
        stream = JsonStream(file, str(path))
        document = stream.value()
        try:
            gate = parse_status(document)
        except ValueError as error:
            stream.fail(str(error))
        stream.finish()
    match gate.status:
        case GateStatus.ERROR:
            problems.add(Effect.FAIL, "SonarQube's quality gate failed")
        case GateStatus.NONE:
            problems.add(Effect.INCONCLUSIVE, "SonarQube has no quality gate or no analysis of the project")
        case GateStatus.WARN:
            problems.add(Effect.NOTE, "SonarQube's quality gate warns")
        case GateStatus.OK:
            if all(one.status is GateStatus.NONE for one in gate.conditions):
                problems.add(Effect.INCONCLUSIVE, "the quality gate is OK without a condition that could have failed")
    # The answer names neither project nor commit.
    problems.add(Effect.NOTE, "the answer does not say which commit was analysed")
    return QualityGateFile(gate, stream.sha256, problems.all(str(path)))
