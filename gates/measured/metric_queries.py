"""From a query that an environment declares to what is asked of Prometheus or of a page."""

from checks.prometheus.lint import Remark, lint, selectors
from checks.prometheus.presets import PRESETS, SERVER_ERRORS, Asked, query_of
from checks.prometheus.promql import duration
from checks.prometheus.query import MetricQuery, Over, Take
from gates.environment.metrics import Metrics, Query


def asked_of(name: str, query: Query) -> Asked:
    """A preset with its names filled in. Raises ValueError for names that no metric or label has."""
    preset = query.preset or ""
    known = PRESETS[preset]
    return Asked(
        name,
        preset,
        query.metric or known.metric,
        query.labels,
        query.errors[0] if query.errors else SERVER_ERRORS,
        {**known.others, **query.metrics},
        known.window if query.window is None else query.window,
        query.unit or "",
        query.by or "",
        query.expect,
        query.max_age,
        _over(query),
    )


def metric_query(name: str, query: Query) -> MetricQuery:
    """What Prometheus is asked. Raises ValueError as the checks do."""
    if query.preset is not None:
        return query_of(asked_of(name, query))
    expr = query_text(query.query, query.window)
    return MetricQuery(
        name,
        query.what,
        expr,
        query.unit or "1",
        query.by or "",
        query.expect,
        samples=query_text(query.samples, query.window),
        window=query.window or 0.0,
        selectors=tuple(dict.fromkeys(one.text for one in selectors(expr))),
        any_covers=True,
        max_age=query.max_age,
        over=_over(query),
    )


def query_text(text: str | None, window: float | None) -> str:
    """PromQL of somebody's own with the window (seconds) filled in; empty where there is none."""
    found = text or ""
    return found.replace("$window", duration(window)) if window is not None else found


def remarks(metrics: Metrics) -> list[str]:
    """What is odd about queries of somebody's own, for the report."""
    found: list[str] = []
    for name, query in metrics.queries.items():
        if query.query is not None:
            said: list[Remark] = list(lint(query_text(query.query, query.window), query.window, query.by or ""))
            found += [f"metrics.queries.{name}: {r.words}" + (f"; {r.hint}" if r.hint else "") for r in said]
    return found


def _over(query: Query) -> Over | None:
    return Over(query.over, query.step, Take(query.take)) if query.over is not None else None
