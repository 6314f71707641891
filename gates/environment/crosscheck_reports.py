"""What has to fit together in the reports of a gate and in the jobs: kinds, keys, limits, scanners, files of a job."""

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from gates.criteria import Criterion
from gates.environment.findings import Finding, unknown, wrong_limits
from gates.environment.late import is_late
from gates.environment.limits import REPORT_SUBJECTS, LimitSubject
from gates.environment.names import nearest
from gates.environment.policy import MAKERS, REPORT_KINDS, GateSettings, ReportSource
from gates.environment.scans import KINDS, OF_ONE_TOOL, ScanSettings
from gates.environment.tree import KeyPath

if TYPE_CHECKING:
    from gates.environment.model import Environment

#: Key of a gate -> the kind of reports that it is for.
_FOR_KIND = {
    "min_tests": "junit",
    "required_tests": "junit",
    "patch_base": "coverage",
    "fixable_only": "findings",
    "waivers": "findings",
}
_ALL = (*REPORT_KINDS, "image", "sonarqube")
#: Key of a report -> the kinds that it means something for.
_SOURCE_KEYS = {
    "component": ("coverage",),
    "tool": ("findings",),
    "limits": tuple(kind for kind in _ALL if REPORT_SUBJECTS[kind] and kind not in ("junit", "findings")),
    "baseline": ("coverage", "findings"),
    "binding": tuple(kind for kind in _ALL if kind != "junit"),
    "max_age": (*REPORT_KINDS, "sonarqube"),
    "job": REPORT_KINDS,
}
#: What is made in the very run is not old, and who made it is known.
_NOT_OF_SCANS = ("tool", "max_age", "job")


def subjects_of(gate: GateSettings) -> Mapping[str, LimitSubject]:
    """What the reports of a gate measure."""
    found: dict[str, LimitSubject] = {}
    for source in gate.reports:
        found.update(REPORT_SUBJECTS.get(source.kind, {}))
    return found


def crosscheck_reports(path: KeyPath, gate: GateSettings, environment: "Environment") -> Iterator[Finding]:
    """Everything that contradicts itself in the reports of one gate, whose path this is."""
    kinds = {source.kind for source in gate.reports}
    for key, kind in _FOR_KIND.items():
        if key in gate.model_fields_set and kind not in kinds:
            yield (*path, key), f"is for reports of the kind `{kind}:`, and this gate has none", ""
    if gate.reports and gate.limits and not subjects_of(gate):
        yield (*path, "limits"), "none of its reports measures anything that can be limited", "remove the key"
    for number, source in enumerate(gate.reports):
        yield from _source((*path, "reports", number), source, environment)
    yield from _twice((*path, "reports"), gate)


def crosscheck_jobs(environment: "Environment") -> Iterator[Finding]:
    """Everything that contradicts itself in the jobs."""
    used = {source.job for gate in environment.gates.values() for source in gate.reports if source.job is not None}
    misspelt = used - environment.jobs.keys()
    for name, job in environment.jobs.items():
        path: KeyPath = ("jobs", name)
        if not job.run:
            yield (*path, "run"), "is empty: nothing would be run", "write a list of commands"
        for number, command in enumerate(job.run):
            if not command:
                yield (*path, "run", number), "is empty", "write a list: a program and its arguments"
        if not job.exit_codes:
            yield (*path, "exit_codes"), "is empty: no command could ever do its work", "remove the key"
        if name not in used and not misspelt:
            hint = f"name it at a report: {{coverage: coverage.xml, job: {name}}}"
            yield path, "no report is written by it, so it would never run", hint


def _source(path: KeyPath, source: ReportSource, environment: "Environment") -> Iterator[Finding]:
    named = [kind for kind in (*REPORT_KINDS, *MAKERS) if getattr(source, kind) is not None]
    if len(named) != 1:
        got = f"it has {' and '.join(named)}" if named else "it has none"
        words = f"exactly one of {', '.join(REPORT_KINDS)} names the files, or one of {', '.join(MAKERS)} makes them"
        yield path, f"{words}; {got}", ""
        return
    for key, kinds in _SOURCE_KEYS.items():
        written = key in source.model_fields_set
        if written and source.scan is not None and key in _NOT_OF_SCANS:
            yield (*path, key), "means nothing for a scan that is run here", "remove the key"
        elif written and source.kind not in kinds:
            yield (*path, key), f"means nothing for `{named[0]}:`", f"it is for {', '.join(kinds)}"
    yield from wrong_limits((*path, "limits"), source.limits, REPORT_SUBJECTS[source.kind])
    if source.tool is not None:
        from reports.read.findings.formats import FORMATS

        if source.tool not in FORMATS:
            yield (*path, "tool"), f"no reports of {source.tool!r} are read", nearest(source.tool, FORMATS)
    if source.scan is not None:
        yield from _scan((*path, "scan"), source.scan)
    if source.job is not None:
        yield from unknown((*path, "job"), (source.job,), environment.jobs, "job")
        if PurePosixPath(source.pattern).is_absolute() or ".." in PurePosixPath(source.pattern).parts:
            yield (*path, named[0]), "files of a job lie in the job's own folder", "write a path relative to it"
    asked = source.sonarqube
    if asked is not None and asked.branch is not None and asked.pull_request is not None:
        yield (*path, "sonarqube", "pull_request"), "branch and pull_request exclude one another", ""


def _scan(path: KeyPath, scan: ScanSettings) -> Iterator[Finding]:
    written = {type(scan).model_fields[name].alias or name for name in scan.model_fields_set}
    for key, tool in OF_ONE_TOOL.items():
        if key in written and scan.tool != tool:
            yield (*path, key), f"means nothing for {scan.tool}", f"it is for {tool}"
    kinds = KINDS.get(scan.tool, ())
    if scan.kind is not None and scan.kind not in kinds:
        words = f"it knows {', '.join(kinds)}" if kinds else "it looks at files and folders, and has no kinds"
        yield (*path, "kind"), f"{scan.tool} does not look at {scan.kind!r}", words
        return
    if not scan.targets:
        yield (*path, "targets"), "is empty: nothing would be scanned", f"name what {scan.tool} looks at"
        return
    from gates.reported.scans import scans_of

    known = [target for target in scan.targets if not is_late(target) and "{{" not in target]
    try:
        scans_of("scan", scan, tuple(known) or ("later",), Path(), Path())
    except ValueError as error:
        yield path, str(error), ""


def _twice(path: KeyPath, gate: GateSettings) -> Iterator[Finding]:
    """No file counts twice, and no component has two limits."""
    limits: dict[tuple[str, str], Criterion] = {}
    patterns: set[tuple[str, str, str, str]] = set()
    for number, source in enumerate(gate.reports):
        component = source.component or ""
        pattern = (source.kind, source.pattern, component, source.job or "")
        if source.pattern and pattern in patterns:
            yield (*path, number), f"{pattern[1]!r} is listed twice", "name each pattern once"
        patterns.add(pattern)
        for subject, criterion in source.limits.items():
            before = limits.setdefault((component, subject), criterion)
            if before != criterion:
                of = f"the component {component!r}" if component else "this gate"
                message = f"{of} has another limit of {subject} already"
                yield (*path, number, "limits", subject), message, "its reports are merged: write the limit once"
