"""The formats of findings that Tidegate reads: how each is recognised by its keys, and its reader."""

from collections.abc import Callable
from dataclasses import dataclass

from reports.read.findings.collecting import Collector
from reports.read.findings.sarif import read_sarif
from reports.read.findings.trivy import read_trivy
from reports.read.json_shape import Shape
from reports.read.json_stream import JsonStream


@dataclass(frozen=True, slots=True)
class Format:
    """One format. `name`: the tool's, as an environment names it; `recognises`: whether a file is of it by its keys."""

    name: str
    recognises: Callable[[Shape], bool]
    read: Callable[[JsonStream, Collector], None]


def _trivy(shape: Shape) -> bool:
    if shape.has("SchemaVersion") and shape.any("ArtifactName", "ArtifactType", "Results"):
        return True
    return shape.has("[].Target") and shape.any("[].Vulnerabilities", "[].Type", "[].Class", "[].Misconfigurations")


def _sarif(shape: Shape) -> bool:
    return shape.has("runs") and shape.any(
        "version", "$schema", "runs[].tool", "runs[].results", "runs[].invocations", "inlineExternalProperties"
    )


FORMATS: dict[str, Format] = {
    each.name: each
    for each in (
        Format("trivy", _trivy, read_trivy),
        Format("sarif", _sarif, read_sarif),
    )
}


def recognised(shape: Shape) -> Format | None:
    """The format that a document of this shape is in."""
    return next((form for form in FORMATS.values() if form.recognises(shape)), None)
