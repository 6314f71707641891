"""The part of `metrics:` that says what of the monitoring itself is looked at."""

from collections.abc import Iterator

from pydantic import Field

from gates.environment.addresses import BaseUrl, Url
from gates.environment.fields import ExistingPath, Flag, Name, Seconds, Text
from gates.environment.metrics_fields import Asked, AskedAt, Limit, Matchers, Texts
from gates.environment.section import Section


class PrometheusItself(Section):
    """Prometheus as what is looked at."""

    alertmanagers: Limit | None = Field(None, description="how many it sends alerts to: '>= 1'")


class Job(Section):
    """A job that Prometheus scrapes."""

    job: Text | None = Field(None, description="the label `job` of its targets, where it is not the name here")
    targets: Limit | None = Field(None, description="how many of its targets live: '>= 2'; '>= 1' by default")
    down: Limit | None = Field(None, description="how many don't: '= 0' by default")
    interval: Limit | None = Field(None, description="how often they are scraped: '<= 15s'")


class Rules(Section):
    """The rules that Prometheus evaluates."""

    alerts: tuple[Text, ...] = Field((), description="alerts that have to be loaded")
    groups: tuple[Text, ...] = Field((), description="groups that have to be loaded")
    loaded: Limit | None = Field(None, description="how many rules there are: '>= 1' by default")


class Alertmanager(AskedAt):
    """An Alertmanager."""

    allow_probe: Flag = Field(False, description="true: a probe alert is sent, which ends by itself; off by default")
    labels: Texts = Field({}, description="the probe's labels: severity: critical routes it as a real one")
    receiver: Text | None = Field(None, description="the receiver that has to get it")
    arrived: Url | None = Field(None, description="a page that shows what arrived: the probe's id has to be on it")
    deadline: Seconds = Field(60.0, description="how long it may take to be seen, and to arrive; 60s by default")


class PushedJob(Section):
    """A job that pushes."""

    job: Text | None = Field(None, description="its label `job`, where it is not the name here")
    age: Limit | None = Field(None, description="how long ago its last push may be: '<= 24h' by default")


class Pushgateway(AskedAt):
    """A Pushgateway."""

    jobs: dict[Name, PushedJob] = Field(description="the jobs that push there")


class Dashboard(Section):
    """A dashboard whose panels have to have data. Exactly one of `uid` and `file` says which."""

    uid: Text | None = Field(None, description="its uid in Grafana")
    file: ExistingPath | None = Field(None, description="its JSON file")
    variables: Texts = Field({}, description="values of its variables, in place of those that it was saved with")
    without: tuple[Text, ...] = Field((), description="titles of panels that are left out")


class Grafana(Asked):
    """Grafana and its dashboards."""

    url: BaseUrl | None = Field(None, description="where it is; dashboards from files need no Grafana")
    dashboards: dict[Name, Dashboard] = Field({}, description="dashboards whose panels have to have data")


class Monitoring(Section):
    """What of the monitoring itself is looked at."""

    prometheus: PrometheusItself | None = Field(None, description="Prometheus: ready, its configuration loaded")
    jobs: dict[Name, Job] = Field({}, description="jobs that have to have live targets")
    rules: Rules | None = Field(None, description="rules that have to be loaded and evaluated")
    alerts: dict[Name, Matchers] = Field({}, description="by a name of yours, the labels of alerts that must not fire")
    alertmanager: Alertmanager | None = Field(None, description="the Alertmanager")
    pushgateway: Pushgateway | None = Field(None, description="the Pushgateway")
    grafana: Grafana | None = Field(None, description="Grafana")

    def checks(self) -> Iterator[tuple[str, str]]:
        """Key and name of every check, in their order."""
        if self.prometheus is not None:
            yield "prometheus", "prometheus"
        yield from (("jobs", f"jobs.{name}") for name in self.jobs)
        if self.rules is not None:
            yield "rules", "rules"
        yield from (("alerts", f"alerts.{name}") for name in self.alerts)
        if self.alertmanager is not None:
            yield "alertmanager", "alertmanager"
        if self.pushgateway is not None:
            yield from (("pushgateway", f"pushgateway.{name}") for name in self.pushgateway.jobs)
        if self.grafana is not None:
            if self.grafana.url is not None:
                yield "grafana", "grafana"
            yield from (("dashboards", f"dashboards.{name}") for name in self.grafana.dashboards)
