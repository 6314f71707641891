"""From what an environment declares under `metrics.monitoring:` to what is looked at: one look for each server."""

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, TypeAlias

from checks.evidence import Evidence

if TYPE_CHECKING:
    from checks.monitoring.server import Server
    from gates.environment.model import Environment
    from gates.environment.monitoring import Alertmanager, Grafana, Pushgateway

_Found: TypeAlias = Mapping[str, tuple[Evidence, ...]]
_Look: TypeAlias = Callable[[], _Found]


def monitoring_looks(environment: "Environment", names: Collection[str]) -> list[_Look]:
    """The looks that the checks of these names need; each can be taken beside the others."""
    monitoring = environment.metrics.monitoring
    chosen: dict[str, list[str]] = {}
    for kind, name in monitoring.checks():
        if name in names:
            chosen.setdefault(kind, []).append(name)
    looks: list[_Look] = []
    asked = environment.metrics.prometheus
    if asked is not None:
        looks += _of_prometheus(environment, asked.server("Prometheus", asked.url, environment), chosen)
    if "alertmanager" in chosen and monitoring.alertmanager is not None:
        looks.append(_alertmanager(environment, monitoring.alertmanager))
    if "pushgateway" in chosen and monitoring.pushgateway is not None:
        looks.append(_pushgateway(environment, monitoring.pushgateway, chosen["pushgateway"]))
    if "grafana" in chosen and monitoring.grafana is not None:
        looks.append(_grafana(environment, monitoring.grafana))
    return looks


def _of_prometheus(environment: "Environment", server: "Server", chosen: Mapping[str, list[str]]) -> list[_Look]:
    from checks.monitoring.jobs import JobProbe, look_at_jobs
    from checks.monitoring.prometheus import look_at_prometheus
    from checks.monitoring.rules import AlertsProbe, RulesProbe, look_at_rules

    monitoring = environment.metrics.monitoring
    looks: list[_Look] = []
    if "prometheus" in chosen:
        looks.append(lambda: {"prometheus": look_at_prometheus("prometheus", server)})
    if "jobs" in chosen:
        jobs = [JobProbe(name, monitoring.jobs[_rest(name)].job or _rest(name)) for name in chosen["jobs"]]
        looks.append(lambda: look_at_jobs(server, jobs))
    rules: list[RulesProbe | AlertsProbe] = []
    if "rules" in chosen and monitoring.rules is not None:
        rules.append(RulesProbe("rules", monitoring.rules.alerts, monitoring.rules.groups))
    rules += [AlertsProbe(name, monitoring.alerts[_rest(name)]) for name in chosen.get("alerts", ())]
    if rules:
        looks.append(lambda: look_at_rules(server, rules))
    grafana = monitoring.grafana
    if grafana is not None:
        looks += [_dashboard(environment, grafana, server, name) for name in chosen.get("dashboards", ())]
    return looks


def _alertmanager(environment: "Environment", declared: "Alertmanager") -> _Look:
    from checks.monitoring.alertmanager import AlertmanagerProbe, look_at_alertmanager
    from checks.monitoring.server import Server
    from gates.probing import trust_of

    server = declared.server("Alertmanager", declared.url, environment)
    # What the page of arrivals needs, the environment's own trust says; Alertmanager's credentials are not sent there.
    trust = trust_of(environment.tls_for())
    place = (
        Server("the page of what arrived", environment.url(declared.arrived), timeout=declared.timeout, **trust)
        if declared.arrived is not None
        else None
    )
    probe = AlertmanagerProbe(
        "alertmanager",
        server,
        declared.allow_probe,
        tuple(declared.labels.items()),
        declared.receiver or "",
        place,
        declared.deadline,
    )
    return lambda: {"alertmanager": look_at_alertmanager(probe)}


def _pushgateway(environment: "Environment", declared: "Pushgateway", names: list[str]) -> _Look:
    from checks.monitoring.pushgateway import PushProbe, look_at_pushgateway

    server = declared.server("Pushgateway", declared.url, environment)
    probes = [PushProbe(name, declared.jobs[_rest(name)].job or _rest(name)) for name in names]
    return lambda: look_at_pushgateway(server, probes)


def _grafana(environment: "Environment", declared: "Grafana") -> _Look:
    from checks.monitoring.grafana import GrafanaProbe, look_at_grafana

    probe = GrafanaProbe("grafana", declared.server("Grafana", declared.url or "", environment))
    return lambda: {"grafana": look_at_grafana(probe)}


def _dashboard(environment: "Environment", declared: "Grafana", prometheus: "Server", name: str) -> _Look:
    from checks.monitoring.grafana import DashboardProbe, look_at_dashboard

    one = declared.dashboards[_rest(name)]
    grafana = declared.server("Grafana", declared.url, environment) if declared.url is not None else None
    file = str(one.file) if one.file is not None else ""
    probe = DashboardProbe(name, prometheus, grafana, one.uid or "", file, tuple(one.variables.items()), one.without)
    return lambda: {name: look_at_dashboard(probe)}


def _rest(name: str) -> str:
    """The name in the environment: `api` of `jobs.api`."""
    return name.partition(".")[2]
