"""Judges what stands in logs: which criterion holds for which reading, and why."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from checks.evidence import Evidence, Gap
from gates.carrying import gap
from gates.criteria import Criterion
from gates.environment.logs import SUBJECTS, LogContainers, LogProbeLine, LogSource, Since
from gates.environment.services_section import covers, criterion_of, pattern_of
from gates.measured.seam import Finish, Looked, Looking, Seen
from reports.judgement import Judgement

if TYPE_CHECKING:
    from checks.logs.probes import LogProbe, Marker, Source, Window
    from gates.environment.model import Environment

SECTION = "logs"
#: A log says why the target is not ready.
ALONE = True


def names(environment: "Environment") -> Sequence[str]:
    """The logs that are declared."""
    return list(environment.logs.sources)


def needs(environment: "Environment", name: str) -> Sequence[str]:
    """The endpoints without which a log can't be judged."""
    return environment.logs.sources[name].needs


def begin(looking: Looking) -> Finish:
    """Look after the sweep, so that what the sweep itself made the service log is looked at, too."""

    def finish() -> Looked:
        import time

        from checks.logs.look import look_at_logs

        now = time.time()
        probes = [probe_of(looking.environment, name, now) for name in looking.names]
        return Looked(look_at_logs(probes, say=looking.say))

    return finish


def judge(seen: Seen) -> Sequence[Judgement]:
    """Every judgement of one log; never none."""
    source = seen.environment.logs.sources[seen.name]
    return list(judge_log(seen.name, source, seen.evidence, seen.limits))


def judge_log(
    name: str, source: LogSource, seen: Sequence[Evidence], limits: Mapping[str, Criterion]
) -> Iterator[Judgement]:
    """Judge what the look brought. `limits`: the gate's. What should have been seen and was not is a Gap.

    A reason that holds for everything (the log is empty, a file can't be read) is said once.
    """
    parts = {evidence.subject.removeprefix(f"{name}."): evidence for evidence in seen}
    lines = parts.get("lines")
    if lines is None:
        unseen = [gap(evidence) for evidence in seen if isinstance(evidence, Gap)]
        yield from unseen or [gap(Gap(f"{name}.lines", "was not measured in this run"))]
        return
    for part in _in_order(source, parts):
        criterion = _criterion(part, source, limits)
        found = parts.get(part)
        if criterion is None or _is_said(part, found, lines):
            continue
        if found is None and part == "probe.delay":
            continue  # the line was not found, which is judged itself
        evidence = found or Gap(f"{name}.{part}", "was not measured in this run")
        yield criterion.judge(evidence, source.remedy or SUBJECTS[pattern_of(part, SUBJECTS)].remedy)


def _is_said(part: str, found: Evidence | None, lines: Evidence) -> bool:
    if part == "lines" or not isinstance(lines, Gap):
        return False
    return (found is None and not part.startswith("probe.")) or (
        isinstance(found, Gap) and found.reason == lines.reason
    )


def _in_order(source: LogSource, parts: Mapping[str, Evidence]) -> Iterator[str]:
    asked = source.asked()
    yield from (subject for subject in SUBJECTS if subject in asked)
    yield from dict.fromkeys(
        [*(part for part in parts if part.startswith("personal_data.")), *sorted(asked - SUBJECTS.keys())]
    )


def _criterion(part: str, source: LogSource, limits: Mapping[str, Criterion]) -> Criterion | None:
    """The log's own limit, else the gate's, else the default; None where it is not judged."""
    own = _limit_of(part, source.limits) or _limit_of(part, limits)
    if own is not None:
        return own
    if part == "errors" and source.baseline:
        return None  # compared with those before; how many they are is limited by whoever wants to
    return criterion_of(SUBJECTS[pattern_of(part, SUBJECTS)].default)


def _limit_of(part: str, limits: Mapping[str, Criterion]) -> Criterion | None:
    found = limits.get(part)
    if found is not None:
        return found
    return next((limits[pattern] for pattern in limits if "*" in pattern and covers(pattern, part)), None)


def probe_of(environment: "Environment", name: str, now: float) -> "LogProbe":
    """What is looked for in a log. `now`: seconds since the epoch, from which `since: 15min` counts back."""
    from checks.logs.probes import ContractRule, ErrorRule, LogProbe, Names

    source = environment.logs.sources[name]
    errors, contract = source.errors, source.contract
    return LogProbe(
        name,
        _source(environment, source),
        _window(source.since, now, source.baseline),
        Names(source.time, source.level, source.message),
        errors=ErrorRule(errors.level, errors.patterns, errors.ignore) if errors is not None else None,
        fatal=source.fatal,
        contract=ContractRule(
            contract.timestamp,
            contract.level,
            (contract.trace_id, *contract.fields),
            contract.error_fields,
            contract.ahead,
        )
        if contract is not None
        else None,
        personal=source.personal_data,
        marker=_marker(environment, source.probe) if source.probe is not None else None,
        zone=source.timezone,
        timeout=source.timeout,
        most=source.most,
    )


def _window(since: Since | None, now: float, baseline: bool) -> "Window":
    from checks.logs.probes import Window

    if since is None:
        return Window()
    moment = now - since.ago if since.ago is not None else since.moment
    return Window(moment, since.start, baseline)


def _source(environment: "Environment", source: LogSource) -> "Source":
    from checks.engine.choosing import Choice
    from checks.logs.probes import Containers, Files, Search
    from gates.probing import trust_of

    if source.files is not None:
        return Files(source.files)
    chosen = source.containers
    if isinstance(chosen, LogContainers):
        engine = chosen.engine or environment.containers.engine or ""
        choice = Choice(chosen.project or "", chosen.service or "", chosen.label or "", chosen.names)
        return Containers(choice, engine)
    search = source.elasticsearch
    if search is None:
        raise ValueError("a log is in files, containers or Elasticsearch")  # refused when the file is read
    trust = trust_of(search.tls or environment.tls_for())
    return Search(
        environment.url(search.url),
        search.index,
        tuple(search.where.items()),
        search.time_field,
        tuple(search.headers.items()),
        trust["ca_file"],
        trust["verify"],
    )


def _marker(environment: "Environment", probe: LogProbeLine) -> "Marker":
    from checks.logs.probes import Marker
    from gates.probing import trust_of

    trust = trust_of(environment.tls_for())
    return Marker(
        environment.url(probe.http) if probe.http is not None else "",
        probe.method,
        tuple(probe.headers.items()),
        probe.body or "",
        probe.command,
        probe.within,
        trust["ca_file"],
        trust["verify"],
    )
