"""What has to fit together under `metrics:`: what is asked and where, queries that can be right, and limits."""

from collections.abc import Iterator

from checks.prometheus.lint import lint
from checks.prometheus.presets import PRESETS
from gates.criteria import Criterion
from gates.environment.findings import Finding, not_joined, unknown
from gates.environment.metrics import Metrics, Query
from gates.environment.metrics_subjects import PRESET_SUBJECTS, SUBJECTS, criterion_of_query
from gates.environment.model import Environment
from gates.environment.monitoring import Monitoring
from gates.environment.names import nearest
from gates.environment.services_section import check_service_limit
from gates.environment.tree import KeyPath
from gates.measured.metric_queries import asked_of, query_text

#: The gate that judges the section.
GATE = "metrics"
#: Presets whose value stands on requests.
_TRAFFIC = frozenset(preset for preset, known in PRESETS.items() if known.page and preset != "value")
_RATIOS = frozenset(("success_ratio", "error_ratio", "error_rate"))
_QUERIES: KeyPath = ("metrics", "queries")


def crosscheck(environment: Environment) -> Iterator[Finding]:
    """Everything that does not fit together."""
    metrics = environment.metrics
    yield from _servers(metrics, environment)
    taken: set[str] = set()
    for _, name in metrics.checks():
        if name in taken:
            yield (*_QUERIES, name), f"the name {name!r} is taken by a check of `monitoring:`", "choose another"
        taken.add(name)
    for name, query in metrics.queries.items():
        path = (*_QUERIES, name)
        yield from unknown((*path, "needs"), query.needs, environment.endpoints, "endpoint")
        if (query.preset is None) == (query.query is None):
            got = "it has none" if query.preset is None else "it has both"
            yield path, f"exactly one of preset and query says what is asked; {got}", ""
            continue
        yield from _where(path, query, metrics)
        yield from _of_preset(path, name, query) if query.preset is not None else _own(path, query)
        yield from _values(path, query)
        yield from _judged(path, query, environment)
    yield from _monitoring(metrics.monitoring, environment)
    for gate, settings in environment.gates_of(GATE).items():
        for subject, criterion in settings.limits.items():
            yield from _limit(("gates", gate, "limits", subject), subject, criterion)


def limits_under(gate: str, subject: str, environment: Environment) -> Iterator[tuple[KeyPath, Criterion]]:
    """The limits that may take the place of a floor's limit of this subject: those of queries and of the monitoring."""
    for name, query in environment.metrics.queries.items():
        if query.preset == subject and query.limit is not None:
            found = criterion_of_query(query, environment.gates[gate].limits)
            if found is not None:
                yield (*_QUERIES, name, "limit"), found
    for path, part, criterion in _own_limits(environment.metrics.monitoring):
        if part == subject:
            yield path, criterion


def _servers(metrics: Metrics, environment: Environment) -> Iterator[Finding]:
    if metrics.prometheus is not None:
        yield from _credentials(("metrics", "prometheus"), metrics.prometheus)
    if metrics.page is not None:
        yield from _credentials(("metrics", "page"), metrics.page)
        for number, url in enumerate(metrics.page.http):
            place: KeyPath = (
                ("metrics", "page", "http", number) if len(metrics.page.http) > 1 else ("metrics", "page", "http")
            )
            yield from not_joined(place, url, environment)


def _credentials(path: KeyPath, asked: object) -> Iterator[Finding]:
    headers = {name.lower() for name in getattr(asked, "headers", ())}
    given = [key for key in ("bearer", "basic") if getattr(asked, key) is not None]
    given += ["headers.Authorization"] if "authorization" in headers else []
    if len(given) > 1:
        yield path, f"only one of {' and '.join(given)} can be sent", ""


def _where(path: KeyPath, query: Query, metrics: Metrics) -> Iterator[Finding]:
    place = metrics.asks(query)
    if getattr(metrics, place) is None:
        hint = (
            "write `prometheus: {url: ...}`"
            if place == "prometheus" or query.query
            else "write `page:` or `prometheus:`"
        )
        key = (*path, "source") if query.source is not None else path
        yield (
            key,
            "nobody can be asked for it: there is no `metrics." + ("prometheus" if query.query else place) + ":`",
            hint,
        )
    elif place == "page":
        if query.query is not None:
            yield (*path, "query"), "PromQL needs a Prometheus, and a page is read", "write a preset"
        elif not PRESETS[query.preset or ""].page:
            fitting = ", ".join(preset for preset, known in PRESETS.items() if known.page)
            yield (*path, "preset"), f"{query.preset} needs a Prometheus, and a page is read", f"of a page: {fitting}"
        for timed in ("over", "window", "max_age"):
            if timed in query.model_fields_set:
                yield (*path, timed), "means nothing for two scrapes of a page", "their time is `page.interval`"


def _of_preset(path: KeyPath, name: str, query: Query) -> Iterator[Finding]:
    preset = query.preset or ""
    known = PRESETS[preset]
    if query.samples is not None:
        yield (*path, "samples"), "a preset counts its samples itself", ""
    if query.min_samples is not None and preset not in _TRAFFIC and preset != "availability":
        yield (*path, "min_samples"), f"{preset} stands on no requests", ""
    if query.errors is not None and preset not in _RATIOS:
        yield (*path, "errors"), f"means nothing for {preset}", f"it is for {', '.join(sorted(_RATIOS))}"
    if query.errors is not None and len(query.errors) != 1:
        yield (*path, "errors"), "exactly one label marks errors", "as in status: '~ 5..'"
    if query.window is not None and not known.window:
        yield (*path, "window"), f"{preset} is of one moment", "write `over:` for a time"
    if query.unit is not None and preset not in ("value", "queue_depth"):
        yield (*path, "unit"), f"{preset} has the unit {known.unit!r}", ""
    if query.metric is None and not known.metric:
        yield path, f"the preset {preset!r} needs the name of a metric", "write `metric:`"
        return
    for other in query.metrics:
        if other not in known.others:
            hint = nearest(other, known.others) or f"{preset} needs one metric"
            yield (*path, "metrics", other), f"{preset} asks for no {other!r}", hint
    try:
        asked_of(name, query)
    except ValueError as error:
        yield path, str(error), ""


def _own(path: KeyPath, query: Query) -> Iterator[Finding]:
    for key in ("metric", "metrics", "labels", "errors"):
        if key in query.model_fields_set:
            yield (*path, key), "is for presets; a query of your own says it itself", ""
    if query.min_samples is not None and query.samples is None:
        yield (*path, "min_samples"), "nobody counts what it stands on", "write `samples:`, a query that does"
    if query.window is None and "$window" in (query.query or ""):
        yield (*path, "query"), "has $window, and there is no `window:`", "write `window: 5min`"
        return
    for key, text in (("query", query.query), ("samples", query.samples)):
        if text:
            for remark in lint(
                query_text(text, query.window), query.window, (query.by or "") if key == "query" else ""
            ):
                if remark.never:
                    yield (*path, key), remark.words, remark.hint


def _values(path: KeyPath, query: Query) -> Iterator[Finding]:
    if query.by is not None and not query.expect:
        words = f"without `expect:`, nobody would notice that a value of {query.by!r} is missing"
        yield (*path, "by"), words, f"write expect: [...], the values of {query.by}"
    if query.by is None and "expect" in query.model_fields_set:
        yield (*path, "expect"), "are the values of which label?", "write `by:`"
    if len(set(query.expect)) < len(query.expect):
        yield (*path, "expect"), "lists a value twice", ""
    if query.over is None:
        for key in ("step", "take"):
            if key in query.model_fields_set:
                yield (*path, key), "means nothing without `over:`", ""
    elif query.preset in _TRAFFIC or query.preset == "availability":
        yield (*path, "over"), f"{query.preset} is already of a time", "write `window:`"
    elif query.step > query.over:
        yield (*path, "step"), "is longer than `over:`", ""


def _judged(path: KeyPath, query: Query, environment: Environment) -> Iterator[Finding]:
    if query.limit is not None:
        unit = query.unit or (PRESET_SUBJECTS[query.preset].unit if query.preset else "1")
        if misfit := query.limit.misfit(unit):
            hint = "write `unit:`" if query.preset is None and query.unit is None else ""
            yield (*path, "limit"), f"'{query.limit}' can't judge it: {misfit}", hint
        return
    for gate, settings in environment.gates_of(GATE).items():
        if criterion_of_query(query, settings.limits) is None:
            hint = f"or a limit of the gate {gate!r}" if query.preset else ""
            yield path, "nothing would be judged: there is no `limit:`", f"write limit: '<= ...' {hint}".strip()


def _monitoring(monitoring: Monitoring, environment: Environment) -> Iterator[Finding]:
    path: KeyPath = ("metrics", "monitoring")
    asking = [key for key, _ in monitoring.checks() if key in ("prometheus", "jobs", "rules", "alerts", "dashboards")]
    if asking and environment.metrics.prometheus is None:
        yield (
            (*path, asking[0]) if asking[0] != "dashboards" else (*path, "grafana", "dashboards"),
            ("nobody can be asked: there is no `metrics.prometheus:`"),
            "write `prometheus: {url: ...}`",
        )
    for key, part in (("alertmanager", monitoring.alertmanager), ("pushgateway", monitoring.pushgateway)):
        if part is not None:
            yield from _credentials((*path, key), part)
    if monitoring.pushgateway is not None and not monitoring.pushgateway.jobs:
        yield (*path, "pushgateway", "jobs"), "is empty: nothing would be judged", "name a job that pushes"
    manager = monitoring.alertmanager
    if manager is not None:
        for key in ("labels", "receiver", "arrived", "deadline"):
            if key in manager.model_fields_set and not manager.allow_probe:
                yield (
                    (*path, "alertmanager", key),
                    "is for a probe alert, which nobody allows",
                    "write allow_probe: true",
                )
        if manager.arrived is not None:
            yield from not_joined((*path, "alertmanager", "arrived"), manager.arrived, environment)
    yield from _grafana((*path, "grafana"), monitoring)
    for place, subject, criterion in _own_limits(monitoring):
        yield from _limit(place, subject, criterion)


def _grafana(path: KeyPath, monitoring: Monitoring) -> Iterator[Finding]:
    grafana = monitoring.grafana
    if grafana is None:
        return
    yield from _credentials(path, grafana)
    if grafana.url is None and not grafana.dashboards:
        yield path, "is empty: nothing would be judged", "write `url:` or `dashboards:`"
    for name, dashboard in grafana.dashboards.items():
        place = (*path, "dashboards", name)
        if (dashboard.uid is None) == (dashboard.file is None):
            got = "it has none" if dashboard.uid is None else "it has both"
            yield place, f"exactly one of uid and file says which dashboard; {got}", ""
        elif dashboard.uid is not None and grafana.url is None:
            yield (*place, "uid"), "nobody can be asked for it: there is no `grafana.url:`", ""


def _own_limits(monitoring: Monitoring) -> Iterator[tuple[KeyPath, str, Criterion]]:
    """The limits that stand under keys of the monitoring: where, of what, and the limit."""
    path: KeyPath = ("metrics", "monitoring")
    found: list[tuple[KeyPath, str, Criterion | None]] = []
    if monitoring.prometheus is not None:
        found.append(((*path, "prometheus", "alertmanagers"), "alertmanagers", monitoring.prometheus.alertmanagers))
    for name, job in monitoring.jobs.items():
        found.append(((*path, "jobs", name, "targets"), "targets", job.targets))
        found.append(((*path, "jobs", name, "down"), "down", job.down))
        found.append(((*path, "jobs", name, "interval"), "interval", job.interval))
    if monitoring.rules is not None:
        found.append(((*path, "rules", "loaded"), "loaded", monitoring.rules.loaded))
    if monitoring.pushgateway is not None:
        for name, pushed in monitoring.pushgateway.jobs.items():
            found.append(((*path, "pushgateway", "jobs", name, "age"), "age", pushed.age))
    yield from ((place, part, criterion) for place, part, criterion in found if criterion is not None)


def _limit(path: KeyPath, subject: str, criterion: Criterion) -> Iterator[Finding]:
    try:
        check_service_limit(subject, criterion, [SUBJECTS])
    except ValueError as error:
        message, _, hint = str(error).partition("; ")
        yield path, message, hint
