"""The part of an environment that says which metrics are judged, and where they are asked for."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from checks.prometheus.presets import PRESETS
from checks.prometheus.query import Take
from checks.units import NUMERIC_UNITS
from gates.environment.fields import Name, Reader, Seconds, Text, choice
from gates.environment.metrics_fields import Asked, AskedAt, Limit, Matchers, Texts, Urls
from gates.environment.monitoring import Monitoring
from gates.environment.readers import whole
from gates.environment.section import Section

if TYPE_CHECKING:
    from gates.environment.model import Environment

#: Where a query is asked.
_SOURCES = ("prometheus", "page")


class MetricsPage(Asked):
    """`/metrics` pages that are read twice."""

    http: Urls = Field(description="the page, or one of each instance: a URL, or a path that is joined to base_url")
    interval: Seconds = Field(5.0, description="how long lies between the two at least; 5s by default")


class Query(Section):
    """One value. Exactly one of `preset` and `query` says which."""

    preset: Annotated[str, choice(*PRESETS)] | None = Field(None, description="a ready-made query")
    query: Text | None = Field(None, description="PromQL of your own; $window stands for `window`")
    metric: Text | None = Field(None, description="the metric's name, where it differs from the preset's")
    metrics: Texts = Field({}, description="further names that a preset needs: total: pg_settings_max_connections")
    labels: Matchers = Field((), description="only series with these: service: shop, path: '~ /api/.*'")
    errors: Matchers | None = Field(None, description="what marks a request as an error: status: '~ 5..' by default")
    window: Seconds | None = Field(None, description="what the value is of: the last 5min by default")
    unit: Annotated[str, choice(*sorted(NUMERIC_UNITS))] | None = Field(None, description="of the value: s, ratio, 1")
    limit: Limit | None = Field(None, description="what it has to satisfy: '<= 1 %'")
    min_samples: Annotated[int, Reader(whole(1, 10**9), {"type": "integer", "minimum": 1})] | None = Field(
        None, description="how many requests it has to stand on; 100 by default for shares and percentiles"
    )
    samples: Text | None = Field(None, description="PromQL that counts what a query of your own stands on")
    by: Text | None = Field(None, description="a label: each of its values is judged by itself")
    expect: tuple[Text, ...] = Field((), description="the values of `by` that have to be there")
    over: Seconds | None = Field(None, description="it is asked for at every step of this time")
    step: Seconds = Field(15.0, description="the steps of `over`; 15s by default")
    take: Annotated[str, choice(*(take.value for take in Take))] = Field(
        "highest", description="which of the values over the time counts; the highest by default"
    )
    max_age: Seconds = Field(120.0, description="how old the sample of a gauge may be; 2min by default")
    source: Annotated[str, choice(*_SOURCES)] | None = Field(
        None, description="prometheus or page, where there are both"
    )
    needs: tuple[Name, ...] = Field((), description="endpoints without which this can't be judged")
    remedy: Text | None = Field(None, description="the next step for people when this fails")

    @property
    def what(self) -> str:
        """What its subject is called after its name: the preset, or `value`."""
        return self.preset or "value"


class Metrics(Section):
    """Which metrics are judged, and where they are asked for."""

    prometheus: AskedAt | None = Field(None, description="the Prometheus that is asked, or what speaks its API")
    page: MetricsPage | None = Field(None, description="/metrics pages, where there is no Prometheus")
    queries: dict[Name, Query] = Field({}, description="values that are judged")
    monitoring: Monitoring = Field(Monitoring.model_construct(), description="the monitoring itself")

    def checks(self) -> Iterator[tuple[str, str]]:
        """Kind and name of every check: `page`, `queries`, or a key of `monitoring:`."""
        if self.page is not None:
            yield "page", "page"
        yield from (("queries", name) for name in self.queries)
        yield from self.monitoring.checks()

    def asks(self, query: Query) -> str:
        """Where a query is asked: `prometheus` or `page`."""
        return query.source or ("prometheus" if self.prometheus is not None else "page")


def kind_of_check(environment: "Environment", name: str) -> str:
    """The kind of the check of this name."""
    return next(kind for kind, known in environment.metrics.checks() if known == name)
