"""Grafana: is it healthy, and does every panel of a dashboard have data.

The panels' queries are put to Prometheus itself: to a person, an old picture and an empty one look alike.
HTTP API: grafana.com/docs/grafana/latest/developers/http_api.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from checks.attempt import Attempt
from checks.evidence import Evidence
from checks.failures import AttemptError, Unmeasured
from checks.monitoring.dashboard import DashboardError, PanelQuery, panel_queries, read_dashboard
from checks.monitoring.server import Server
from checks.monitoring.together import together
from checks.prometheus.api import BadQuery, ask_clock, instant

_AT_ONCE: Final = 4


@dataclass(frozen=True, slots=True)
class GrafanaProbe:
    """Grafana's health. `name`: the check's."""

    name: str
    server: Server


@dataclass(frozen=True, slots=True)
class DashboardProbe:
    """A dashboard: from `file`, or by its `uid` from `grafana`.

    `variables`: values that take the place of what the dashboard has; `without`: titles of panels that are left out.
    """

    name: str
    prometheus: Server
    grafana: Server | None = None
    uid: str = ""
    file: str = ""
    variables: tuple[tuple[str, str], ...] = ()
    without: tuple[str, ...] = ()


def look_at_grafana(probe: GrafanaProbe) -> tuple[Evidence, ...]:
    """`NAME.healthy`: it answers, and its database, too."""
    attempt = Attempt(probe.name, probe.server.source("/api/health"))
    try:
        answer = probe.server.get("/api/health")
        document = answer.document()
    except AttemptError as error:
        return (attempt.failed(error, "healthy"),)
    database = document.get("database") if isinstance(document, dict) else None
    if answer.status != 200 or database != "ok":
        words = answer.unlike(f"its database is {database!r}")
        return (attempt.reading("healthy", False, "bool", words),)
    return (attempt.reading("healthy", True, "bool", f"version {document.get('version', '?')}"),)


def look_at_dashboard(probe: DashboardProbe) -> tuple[Evidence, ...]:
    """`NAME.panels` (how many there are) and `NAME.panel.ID.REF.series` (how many series have a finite value now)."""
    source = probe.file or (probe.grafana.source(_path(probe)) if probe.grafana else "")
    attempt = Attempt(probe.name, source)
    try:
        every = list(_queries(probe))
    except DashboardError as error:
        return (attempt.gap("panels", f"the dashboard can't be read: {error}"),)
    except AttemptError as error:
        return (attempt.gap("panels", error.words, "is its address right, and may the token read it?"),)
    except OSError as error:
        return (attempt.gap("panels", f"the dashboard can't be read: {error.strerror}"),)
    queries = [query for query in every if query.title not in probe.without]
    head = attempt.reading("panels", len({query.panel for query in queries}), "1", f"{len(queries)} queries")
    unknown = [title for title in probe.without if title not in {query.title for query in every}]
    if unknown:
        return (attempt.gap("panels", f"no panel is called {unknown[0]!r}, which is to be left out"),)
    try:
        now = ask_clock(probe.prometheus).now
    except Unmeasured as error:
        gaps = (Attempt(probe.name, query.expr).gap(_part(query), error.words, error.remedy) for query in queries)
        return (head, *gaps)
    return (head, *together([partial(_panel, probe, query, now) for query in queries], _AT_ONCE))


def _queries(probe: DashboardProbe) -> Iterator[PanelQuery]:
    if probe.file:
        body = Path(probe.file).read_bytes()
    elif probe.grafana is not None:
        answer = probe.grafana.get(_path(probe))
        if answer.status != 200:
            raise Unmeasured(answer.unlike(f"it does not show the dashboard {probe.uid!r}"))
        body = answer.response.body
    else:
        raise DashboardError("neither a file nor a Grafana is named")
    yield from panel_queries(read_dashboard(body), dict(probe.variables))


def _path(probe: DashboardProbe) -> str:
    return f"/api/dashboards/uid/{probe.uid}"


def _part(query: PanelQuery) -> str:
    return f"panel.{query.panel}.{query.ref}.series"


def _panel(probe: DashboardProbe, query: PanelQuery, now: float) -> Evidence:
    attempt = Attempt(probe.name, f"{query.expr} (asked at {probe.prometheus.shown})")
    if query.foreign:
        words = f"panel {query.title!r} asks a data source that is not Prometheus ({query.foreign})"
        return attempt.gap(_part(query), words, "look at it yourself, and leave it out: `without:`")
    try:
        found = instant(probe.prometheus, query.expr, now)
    except BadQuery as error:
        # The panel is what is judged: with this query it can show nothing.
        return attempt.reading(_part(query), 0, "1", f"panel {query.title!r}: {error.words}")
    except Unmeasured as error:
        return attempt.gap(_part(query), f"panel {query.title!r}: {error.words}", error.remedy)
    live = sum(any(math.isfinite(value) for _, value in series.points) for series in found.series)
    return attempt.reading(_part(query), live, "1", f"panel {query.title!r}")
