"""What has to fit together between the reports of one gate: no file counts twice, and no component has two limits."""

from collections.abc import Iterator

from gates.criteria import Criterion
from gates.environment.findings import Finding
from gates.environment.policy import GateSettings
from gates.environment.tree import KeyPath


def crosscheck_reports(path: KeyPath, gate: GateSettings) -> Iterator[Finding]:
    """Everything that contradicts itself; `path`: of the list of reports."""
    limits: dict[tuple[str, str], Criterion] = {}
    patterns: set[tuple[str, str, str]] = set()
    for number, source in enumerate(gate.reports):
        component = source.component or ""
        pattern = (source.kind, str(getattr(source, source.kind, "")), component)
        if pattern in patterns:
            yield (*path, number), f"{pattern[1]!r} is listed twice", "name each pattern once"
        patterns.add(pattern)
        for subject, criterion in source.limits.items():
            before = limits.setdefault((component, subject), criterion)
            if before != criterion:
                of = f"the component {component!r}" if component else "this gate"
                message = f"{of} has another limit of {subject} already"
                yield (*path, number, "limits", subject), message, "its reports are merged: write the limit once"
