"""An environment as it was read, merged and checked."""

from typing import Annotated

from pydantic import Field

from gates.criteria import Equals
from gates.environment.addresses import BaseUrl, Url, join
from gates.environment.containers import Containers
from gates.environment.endpoints import Endpoint, ExternalService, Group, TlsOptions
from gates.environment.fields import Count, ExistingPath, JsonPath, Name, Reader, Seconds, Text, Timeout
from gates.environment.hosts import Host, HostGroup
from gates.environment.jobs import JobSettings
from gates.environment.journeys import Journey
from gates.environment.limits import Status
from gates.environment.load_section import Load
from gates.environment.logs import Logs
from gates.environment.metrics import Metrics
from gates.environment.policy import GateSettings, Policy
from gates.environment.readers import Sendable, kind_of, mapping, read_text
from gates.environment.releasing import Releasing
from gates.environment.section import Section
from gates.environment.security import Security
from gates.environment.services import Services
from gates.environment.watch import Watch


def _read_fault(value: object) -> bool | int | float | str:
    if isinstance(value, bool | int | float | str):
        return str(value) if isinstance(value, str) else value
    raise ValueError(f"a fault is set to a number, true or false, not {kind_of(value)}")


class ReleaseSource(Section):
    """How the release is learnt from the target itself: a JSON document and paths in it."""

    url: Url = Field(description="a URL, or a path that is joined to base_url")
    id: JsonPath | None = Field(None, description="path of the release's id")
    version: JsonPath | None = Field(None, description="path of its version")
    commit: JsonPath | None = Field(None, description="path of its commit")


class Demo(Section):
    """Starts the demo target for the run; makes `${demo.url}` and its kind known."""

    faults: Annotated[
        dict[str, bool | int | float | str],
        Reader(
            mapping(read_text, _read_fault),
            {"type": "object", "additionalProperties": {"type": ["number", "boolean", "string"]}},
        ),
    ] = Field({}, description="faults that are switched on: error_ratio: 0.2")


class Measure(Section):
    """How much is measured at the same time."""

    concurrency: Count = Field(64, description="requests in flight in all")
    per_host: Count = Field(16, description="requests in flight to one host")
    max_lag: Seconds = Field(0.1, description="a response time read while our own loop lagged more is no evidence")


class Readiness(Section):
    """What is waited for before anything is measured."""

    http: Url = Field(description="a URL, or a path that is joined to base_url")
    status: Status = Field(Equals(200), description="an HTTP status, a list of them, or a criterion; 200 by default")
    deadline: Seconds = Field(60.0, description="how long is waited in all")
    interval: Seconds = Field(0.5, description="the wait between two looks; it grows, with jitter")
    timeout: Timeout = Field(5.0, description="how long one look may take")


class Environment(Section):
    """Where things are, what is looked at, how it is judged, who approves, how it is rolled back. Never a version."""

    service: Name = Field(description="what is released")
    description: Text | None = Field(None, description="what this environment is for")
    base_url: BaseUrl | None = Field(None, description="paths of endpoints and journeys are joined to this")
    tls: TlsOptions | None = Field(
        None, description="how certificates of the target are checked, unless an endpoint differs"
    )
    release: ReleaseSource | None = Field(None, description="how the release is learnt from the target itself")
    demo: Demo | None = Field(None, description="starts the demo target")
    measure: Measure = Field(Measure.model_construct(), description="how much is measured at the same time")
    readiness: Readiness | None = Field(None, description="what is waited for before anything is measured")
    endpoints: dict[Name, Endpoint] = Field({}, description="what the health gate looks at")
    external_services: dict[Name, ExternalService] = Field({}, description="services of others, for the health gate")
    groups: dict[Name, Group] = Field({}, description="endpoints of which at least N have to be up")
    journeys: dict[Name, Journey] = Field({}, description="what the smoke gate does")
    security: Security = Field(Security.model_construct(), description="what the live-security gate looks at")
    containers: Containers = Field(Containers.model_construct(), description="containers that the release runs in")
    hosts: dict[Name, Host] = Field({}, description="machines and containers that the hosts gate looks at")
    host_groups: dict[Name, HostGroup] = Field({}, description="what several hosts share")
    logs: Logs = Field(Logs.model_construct(), description="logs, and what must and must not stand in them")
    services: Services = Field(Services.model_construct(), description="data services that the services gate looks at")
    jobs: dict[Name, JobSettings] = Field({}, description="commands that Tidegate runs for the reports they write")
    load: Load = Field(Load.model_construct(), description="what load the load gate puts on the target")
    metrics: Metrics = Field(Metrics.model_construct(), description="values of metrics, and the monitoring itself")
    watch: Watch = Field(Watch.model_construct(), description="how a release is watched after it was brought out")
    gates: dict[Name, GateSettings] = Field(description="the gates, each required or advisory")
    gate_files: tuple[ExistingPath, ...] = Field((), description="folders or files with your own gate_*.py")
    stages: dict[Name, tuple[Name, ...]] = Field({}, description="declared sets of gates; `full: [every gate]` if none")
    default_stage: Name | None = Field(None, description="what runs without --stage; needed where there are several")
    releasing: Releasing | None = Field(None, description="how `tidegate release` brings a release out here")
    policy: Policy = Field(Policy.model_construct(), description="who approves, how it is rolled back")

    def url(self, url: Sendable) -> Sendable:
        """A whole URL: a path is joined to `base_url`."""
        return join(self.base_url, url)

    def tls_for(self, endpoint: Endpoint | None = None) -> TlsOptions:
        """How a certificate of the target, or of one endpoint of it, is checked."""
        own = endpoint.tls_options if endpoint is not None else None
        return own or self.tls or TlsOptions.model_construct()

    def kind_of(self, gate: str) -> str:
        """Which of Tidegate's gates a declared gate is: what its settings say, else its own name."""
        return self.gates[gate].kind or gate

    def gates_of(self, kind: str) -> dict[str, GateSettings]:
        """The declared gates of a kind. A gate with reports judges these, whatever its name."""
        return {
            name: settings
            for name, settings in self.gates.items()
            if self.kind_of(name) == kind and not settings.reports
        }

    @property
    def all_stages(self) -> dict[str, tuple[str, ...]]:
        """The declared stages; where none is declared, `full` with every gate."""
        return self.stages or {"full": tuple(self.gates)}

    @property
    def stage(self) -> str:
        """The stage that runs where nobody asks for another one."""
        return self.default_stage or next(iter(self.all_stages))
