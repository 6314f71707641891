"""What has to fit together under `logs:`: where a log is, what is looked for, and limits of what is measured."""

from collections.abc import Iterator

from gates.criteria import Criterion
from gates.environment.findings import Finding, not_joined, unknown
from gates.environment.logs import SUBJECTS, LogContainers, LogProbeLine, LogSource
from gates.environment.model import Environment
from gates.environment.services_section import check_service_limit, covers
from gates.environment.tree import KeyPath

#: The gate that judges the section.
GATE = "logs"


def crosscheck(environment: Environment) -> Iterator[Finding]:
    """Everything that does not fit together."""
    for name, source in environment.logs.sources.items():
        path: KeyPath = ("logs", "sources", name)
        yield from unknown((*path, "needs"), source.needs, environment.endpoints, "endpoint")
        yield from _place(path, source)
        yield from _window(path, source)
        if source.elasticsearch is not None:
            yield from not_joined((*path, "elasticsearch", "url"), source.elasticsearch.url, environment)
        if source.probe is not None:
            yield from _probe((*path, "probe"), source.probe, environment)
        if source.asked() == {"lines"} and "lines" not in source.limits:
            message = "nothing is looked for in this log"
            yield path, message, "declare errors, fatal, contract, probe or personal_data"
        for subject, criterion in source.limits.items():
            yield from _limit((*path, "limits", subject), subject, criterion)
            if subject in SUBJECTS and subject not in source.asked() and "*" not in subject:
                yield (*path, "limits", subject), "is not looked for in this log", _needed(subject)
    for gate, settings in environment.gates_of(GATE).items():
        for subject, criterion in settings.limits.items():
            yield from _limit(("gates", gate, "limits", subject), subject, criterion)


def limits_under(gate: str, subject: str, environment: Environment) -> Iterator[tuple[KeyPath, Criterion]]:
    """The limits that may take the place of a floor's limit of this subject."""
    for own, criterion in environment.gates[gate].limits.items():
        if own != subject and covers(subject, own):
            yield ("gates", gate, "limits", own), criterion
    for name, source in environment.logs.sources.items():
        for own, criterion in source.limits.items():
            if covers(subject, own) or covers(own, subject):
                yield ("logs", "sources", name, "limits", own), criterion


def _place(path: KeyPath, source: LogSource) -> Iterator[Finding]:
    given = [key for key in ("files", "containers", "elasticsearch") if getattr(source, key) is not None]
    if len(given) != 1:
        got = f"it has {' and '.join(given)}" if given else "it has none"
        yield path, f"exactly one of files, containers and elasticsearch says where the log is; {got}", ""
    if source.containers is not None:
        yield from _containers((*path, "containers"), source.containers)


def _containers(path: KeyPath, chosen: LogContainers) -> Iterator[Finding]:
    given = [key for key in ("project", "label", "names") if getattr(chosen, key)]
    if len(given) != 1:
        got = f"it has {' and '.join(given)}" if given else "it has none"
        yield path, f"exactly one of project, label and names says which containers; {got}", ""
    if given and chosen.service is not None and chosen.project is None:
        yield (*path, "service"), "a service is found in a project", "write `project:`, too"


def _window(path: KeyPath, source: LogSource) -> Iterator[Finding]:
    if source.since is not None and source.since.start and source.containers is None:
        yield (*path, "since"), "only containers have a start", "write a time, or how long ago: 15min"
    if source.baseline and (source.since is None or source.since.start):
        yield (*path, "baseline"), "a comparison needs a window", "write how long: since: 15min"
    if source.baseline and source.errors is None:
        yield (*path, "baseline"), "it is errors that are compared, and none are counted", "write `errors: {}`"


def _probe(path: KeyPath, probe: LogProbeLine, environment: Environment) -> Iterator[Finding]:
    given = [key for key in ("http", "command") if getattr(probe, key)]
    if len(given) != 1:
        got = f"it has {' and '.join(given)}" if given else "it has none"
        yield path, f"exactly one of http and command sends the line; {got}", ""
        return
    if probe.http is not None:
        yield from not_joined((*path, "http"), probe.http, environment)
    else:
        for key in sorted({"method", "headers", "body"} & probe.model_fields_set):
            yield (*path, key), "means nothing for a command", ""
    if not probe.carries():
        message = "nothing in it carries the marker, so nobody could find it again"
        yield path, message, "write {{ marker }} where a random text is to be sent"


def _limit(path: KeyPath, subject: str, criterion: Criterion) -> Iterator[Finding]:
    try:
        check_service_limit(subject, criterion, [SUBJECTS])
    except ValueError as error:
        message, _, hint = str(error).partition("; ")
        yield path, message, hint


def _needed(subject: str) -> str:
    key = subject.partition(".")[0]
    keys = {"errors": "`baseline: true`" if "." in subject else "`errors: {}`", "contract": "`contract: {}`"}
    return f"declare {keys.get(key, f'`{key}:`')}"
