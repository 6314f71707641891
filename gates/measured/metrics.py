"""Judges metrics: values of Prometheus or of two scrapes of a page, and the monitoring itself."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from checks.evidence import Evidence, Gap, Reading
from gates.carrying import gap
from gates.criteria import Criterion
from gates.environment.metrics import Query, kind_of_check
from gates.environment.metrics_subjects import BEYOND, KINDS, PRESET_SUBJECTS, criterion_of_query
from gates.environment.services_section import covers, criterion_of, pattern_of
from gates.measured.seam import Finish, Looked, Looking, Seen
from reports.judgement import Judgement
from reports.verdict import Verdict

if TYPE_CHECKING:
    from gates.environment.model import Environment

SECTION = "metrics"
#: What to do where a value stands on too little.
_MORE = "wait for more traffic, or make some: the load gate looks before this one"
#: A target that is not ready has no traffic that says anything.
ALONE = False


def names(environment: "Environment") -> Sequence[str]:
    """The checks that are declared."""
    return [name for _, name in environment.metrics.checks()]


def needs(environment: "Environment", name: str) -> Sequence[str]:
    """The endpoints without which a check can't be judged."""
    query = environment.metrics.queries.get(name)
    return query.needs if query is not None else ()


def begin(looking: Looking) -> Finish:
    """Read the pages for the first time; the second time, and everything else, comes after the sweep."""
    from gates.measured.metric_looks import Looks

    looks = Looks(looking.environment, looking.names, looking.say)
    looks.begin()

    def finish() -> Looked:
        return Looked(looks.finish(), tuple(looks.notes()))

    return finish


def judge(seen: Seen) -> Sequence[Judgement]:
    """Every judgement of one check; never none."""
    kind = kind_of_check(seen.environment, seen.name)
    if kind == "queries":
        return list(_judge_query(seen, seen.environment.metrics.queries[seen.name]))
    return list(_judge_parts(seen, kind, _own(seen.environment, kind, seen.name)))


def _judge_query(seen: Seen, query: Query) -> Iterator[Judgement]:
    criterion = criterion_of_query(query, seen.limits)
    if criterion is None:
        yield gap(Gap(f"{seen.name}.{query.what}", "there is no limit", remedy="write `limit:`"))
        return
    remedy = query.remedy or (PRESET_SUBJECTS[query.preset].remedy if query.preset else "")
    subject = f"{seen.name}.{query.what}"
    beyond = {one.subject.removesuffix(f".{BEYOND}") for one in seen.evidence if one.subject.endswith(f".{BEYOND}")}
    values = [one for one in seen.evidence if not one.subject.endswith(f".{BEYOND}")]
    expected = [f"{subject}.{value}" for value in query.expect] if query.by else [subject]
    found = {one.subject: one for one in values}
    for one in dict.fromkeys((*expected, *found)):
        evidence = found.get(one) or Gap(one, "was not measured in this run")
        few = isinstance(evidence, Reading) and evidence.samples < criterion.min_samples
        judged = criterion.judge(evidence, _MORE if few else remedy)
        if one in beyond and judged.verdict is Verdict.PASS:
            # It is only known to be more than this: that it seems to keep the limit says nothing.
            words = f"{judged.reason}: nobody knows how much more"
            judged = gap(Gap(one, words, source=evidence.source, remedy="add buckets above the limit"))
        yield judged


def _judge_parts(seen: Seen, kind: str, own: Mapping[str, Criterion]) -> Iterator[Judgement]:
    table = KINDS[kind]
    parts = {one.subject.removeprefix(f"{seen.name}."): one for one in seen.evidence}
    first = next(iter(table))
    if first not in parts and all(isinstance(one, Gap) for one in seen.evidence):
        yield from (gap(one) for one in seen.evidence if isinstance(one, Gap))
        return
    down = _is_down(parts.get(first))
    for part in dict.fromkeys((*(part for part in table if "*" not in part), *parts)):
        pattern = pattern_of(part, table)
        criterion = (
            own.get(part) or _of_gate(part, seen.limits) or criterion_of(table[pattern].default if pattern else "")
        )
        if criterion is None or (part not in parts and (down or part not in _ALWAYS[kind])):
            continue
        evidence = parts.get(part) or Gap(f"{seen.name}.{part}", "was not measured in this run")
        yield criterion.judge(evidence, table[pattern].remedy)


#: What has to have been seen where the check could look at all. What is only seen sometimes is judged where it is seen.
_ALWAYS: Mapping[str, frozenset[str]] = {
    "page": frozenset(("up", "valid")),
    "prometheus": frozenset(("ready", "config_loaded")),
    "jobs": frozenset(("targets",)),
    "rules": frozenset(("loaded", "failing", "stale")),
    "alerts": frozenset(("firing", "rules")),
    "alertmanager": frozenset(("ready",)),
    "pushgateway": frozenset(("up", "age")),
    "grafana": frozenset(("healthy",)),
    "dashboards": frozenset(("panels",)),
}


def _is_down(evidence: Evidence | None) -> bool:
    return not isinstance(evidence, Reading) or evidence.value is False


def _of_gate(part: str, limits: Mapping[str, Criterion]) -> Criterion | None:
    return limits.get(part) or next((limit for name, limit in limits.items() if covers(name, part)), None)


def _own(environment: "Environment", kind: str, name: str) -> Mapping[str, Criterion]:
    """The limits that stand beside the check itself."""
    monitoring = environment.metrics.monitoring
    rest = name.partition(".")[2]
    given: dict[str, Criterion | None] = {}
    match kind:
        case "prometheus" if monitoring.prometheus is not None:
            given = {"alertmanagers": monitoring.prometheus.alertmanagers}
        case "jobs":
            job = monitoring.jobs[rest]
            given = {"targets": job.targets, "down": job.down, "interval": job.interval}
        case "rules" if monitoring.rules is not None:
            given = {"loaded": monitoring.rules.loaded}
        case "pushgateway" if monitoring.pushgateway is not None:
            given = {"age": monitoring.pushgateway.jobs[rest].age}
    return {part: limit for part, limit in given.items() if limit is not None}
