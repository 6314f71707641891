"""A Grafana dashboard as JSON: its panels' queries, with the variables filled in.

Source: grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model and .../variables.

DashboardError    the document is no dashboard
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

#: What Grafana fills in by itself; instant queries need plain times. `$__rate_interval` is 4 scrapes there.
_BUILT_IN: Final = {
    "__interval": "1m",
    "__rate_interval": "5m",
    "__range": "1h",
    "__range_s": "3600",
    "__range_ms": "3600000",
    "__interval_ms": "60000",
}
_VARIABLE: Final = re.compile(r"\$\{(\w+)(?::(\w+))?\}|\[\[(\w+)(?::(\w+))?\]\]|\$(\w+)")
#: Panels that show no data of their own.
_SILENT: Final = frozenset(("row", "text", "news", "dashlist", "alertlist", "welcome"))


class DashboardError(ValueError):
    """The document is no dashboard; the message says why."""


@dataclass(frozen=True, slots=True)
class PanelQuery:
    """One query of a panel. `foreign`: the kind of its data source, where that is not Prometheus."""

    panel: str
    title: str
    ref: str
    expr: str
    foreign: str = ""


def read_dashboard(body: bytes) -> Mapping[str, Any]:
    """A dashboard from a file or from Grafana's API. Raises DashboardError."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise DashboardError(f"it is no JSON: {error}"[:200]) from None
    if isinstance(document, Mapping) and isinstance(document.get("dashboard"), Mapping):
        document = document["dashboard"]
    if not isinstance(document, Mapping) or not isinstance(document.get("panels", document.get("rows")), list):
        raise DashboardError("it has no `panels`: is it a dashboard?")
    return document


def panel_queries(document: Mapping[str, Any], variables: Mapping[str, str]) -> Iterator[PanelQuery]:
    """Every query of every panel. Raises DashboardError for a panel that can't be read or a variable without value."""
    values = {**_of_dashboard(document), **variables}
    for panel in _panels(document):
        kind, title = str(panel.get("type", "")), str(panel.get("title") or "")
        name = str(panel.get("id", ""))
        if kind not in _SILENT and not panel.get("targets"):
            yield PanelQuery(name, title, "none", "", "it has no query of its own")
        for number, target in enumerate(_list(panel, "targets")):
            if not isinstance(target, Mapping):
                raise DashboardError(f"panel {name} has a target that is no object")
            if target.get("hide") is True or kind in _SILENT:
                continue
            source = _kind(target.get("datasource")) or _kind(panel.get("datasource"))
            ref, expr = str(target.get("refId") or number), target.get("expr")
            if source not in ("", "prometheus") or not isinstance(expr, str) or not expr.strip():
                yield PanelQuery(name, title, ref, "", source or "unknown")
            else:
                yield PanelQuery(name, title, ref, substitute(expr, values))


def substitute(expr: str, values: Mapping[str, str]) -> str:
    """A query with its variables filled in. Raises DashboardError for one without a value."""

    def one(match: re.Match[str]) -> str:
        name = match[1] or match[3] or match[5]
        if name in _BUILT_IN:
            return _BUILT_IN[name]
        if name not in values:
            raise DashboardError(f"the variable ${name} has no value; give it one under `variables:`")
        return values[name]

    return _VARIABLE.sub(one, expr)


def _of_dashboard(document: Mapping[str, Any]) -> dict[str, str]:
    """What the variables are set to in the dashboard itself."""
    found: dict[str, str] = {}
    templating = document.get("templating")
    for variable in _list(templating, "list") if isinstance(templating, Mapping) else ():
        if not isinstance(variable, Mapping) or not isinstance(variable.get("current"), Mapping):
            continue
        value = variable["current"].get("value")
        values = [str(one) for one in value] if isinstance(value, list) else [str(value)] if value is not None else []
        if "$__all" in values:
            found[str(variable.get("name"))] = str(variable.get("allValue") or ".*")
        elif values:
            found[str(variable.get("name"))] = values[0] if len(values) == 1 else f"({'|'.join(values)})"
    return found


def _panels(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Panels, those in rows, and those of the rows of old dashboards."""
    groups = [_list(document, "panels")]
    groups += [_list(row, "panels") for row in _list(document, "rows") if isinstance(row, Mapping)]
    for group in groups:
        for panel in group:
            if not isinstance(panel, Mapping):
                raise DashboardError("a panel is no object")
            yield panel
            for inner in _list(panel, "panels"):
                if not isinstance(inner, Mapping):
                    raise DashboardError("a panel is no object")
                yield inner


def _list(holder: Mapping[str, Any], key: str) -> list[Any]:
    found = holder.get(key)
    if found is not None and not isinstance(found, list):
        raise DashboardError(f"`{key}` is no list")
    return found or []


def _kind(source: object) -> str:
    """The kind of a data source; empty where only its name or nothing is given."""
    return str(source.get("type") or "") if isinstance(source, Mapping) else ""
