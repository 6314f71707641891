"""The part of an environment that says which containers a release runs in, and what is wanted of them."""

import re
from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import Field

from gates.criteria import Criterion, Equals, from_scalar
from gates.environment.fields import VARIABLE, Flag, Name, Pause, Reader, Seconds, Text, Timeout, choice
from gates.environment.limits import CRITERION_SCHEMA, Limits
from gates.environment.patterns import Patterns
from gates.environment.readers import kind_of, read_text
from gates.environment.section import Section
from gates.environment.services_section import ServiceSubject, check_service_limit

#: What `image:` says where the release itself has to run.
RELEASE: Final = "release"
#: Policies of the engine, and Swarm's own.
POLICIES: Final = ("no", "always", "unless-stopped", "on-failure", "swarm")

_S = ServiceSubject
_START: Final = "start it, and look at its log"
_LOOP: Final = "look at its log from before the restart: docker logs CONTAINER"
_TAG: Final = "name the release by its image's digest, and make the containers anew"
_LIMITS: Final = "declare the limit: deploy.resources.limits in compose, --memory and --cpus with docker run"
_MEMORY: Final = "find the leak, or raise the limit"

#: What is measured of a service as a whole.
OF_SERVICE: Final[Mapping[str, ServiceSubject]] = {
    "ready": _S("bool", "= true", _START, where="`ready_within` is declared"),
    "replicas": _S("1", ">= 1", _START),
    "ports": _S("text", "", "publish it as it is declared", where="a container runs"),
    "log.matches": _S("1", "= 0", "look at these lines", where="`log_free_of` is declared"),
}
#: What is measured of each container.
OF_CONTAINER: Final[Mapping[str, ServiceSubject]] = {
    "state": _S("text", "= running", _START),
    "exit_code": _S("1", "= 0", "look at its log", where="it has ended"),
    "stable": _S("bool", "= true", _LOOP, where="it runs, or is about to"),
    "restarts": _S("1", "= 0", _LOOP),
    "oom_killed": _S("bool", "= false", _MEMORY),
    "health": _S("text", "one of healthy, none", "look at what its health check does", where="it runs"),
    "uptime": _S("s", "", "it was started again: find out by whom", where="it runs"),
    "image.id": _S("text", "", _TAG),
    "image.digest": _S("text", "", _TAG),
    "image.name": _S("text", "", _TAG),
    "image.version": _S("text", "", _TAG),
    "image.revision": _S("text", "", _TAG),
    "image.current": _S("bool", "= true", "make the container anew: docker compose up -d"),
    "restart_policy": _S("text", "one of always, unless-stopped, on-failure, swarm", "declare `restart:`"),
    "resource_limits": _S("text", '= "cpu and memory"', _LIMITS),
    "memory.limit": _S("B", "", _LIMITS),
    "cpu.limit": _S("1", "", _LIMITS),
    "memory.used": _S("B", "", _MEMORY, where="it runs"),
    "memory.use": _S("ratio", "<= 90 %", _MEMORY, where="it runs"),
    "cpu.cores": _S("1", "", "find out what it is busy with", where="it runs"),
    "cpu.use": _S("ratio", "", "find out what it is busy with", where="it runs"),
}
#: Measured only while a container runs.
WHILE_RUNNING: Final = frozenset(
    ("stable", "health", "uptime", "memory.used", "memory.use", "cpu.cores", "cpu.use", "restart_policy")
)
SUBJECTS: Final[Mapping[str, ServiceSubject]] = {**OF_SERVICE, **OF_CONTAINER}


def _read_replicas(value: object) -> Criterion:
    """A number of containers, or a criterion on it."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError(f"a number of containers is needed, as in 3 or '>= 2', not {kind_of(value)}")
    if isinstance(value, str) and value.isdigit() and getattr(value, "from_variable", False):
        value = int(value)
    if isinstance(value, str) and value.strip().isdigit():
        raise ValueError(f"a whole number is needed (without quotes), not the text {value!r}")
    if isinstance(value, int) and not 0 <= value <= 10_000:
        raise ValueError(f"{value} is out of range: it has to be from 0 to 10,000")
    criterion = from_scalar(str(value) if isinstance(value, str) else value, "1")
    check_service_limit("replicas", criterion, [OF_SERVICE])
    return criterion


_PORT: Final = re.compile(
    r"(?:(?P<host>\*|\[[0-9A-Fa-f:]+\]|\d{1,3}(?:\.\d{1,3}){3}):)?(?P<port>\d{1,5})(?::\d{1,5})?(?:/(?P<protocol>tcp|udp|sctp))?"
)


def _read_port(value: object) -> str:
    """`127.0.0.1:8080`, `8080` for every interface, `127.0.0.1:8080:80` as compose writes it, `53/udp`."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else read_text(value)
    match = _PORT.fullmatch(text.strip())
    if match is None or not 1 <= int(match["port"]) <= 65535:
        raise ValueError(f"{text!r} is no published port; write 127.0.0.1:8080, or 8080 for every interface")
    host = match["host"] or "*"
    host = "*" if host in ("0.0.0.0", "[::]") else host  # noqa: S104 - what is published is compared, nothing listens
    protocol = match["protocol"] or "tcp"
    return f"{host}:{match['port']}" + (f"/{protocol}" if protocol != "tcp" else "")


Replicas = Annotated[
    Criterion, Reader(_read_replicas, {"anyOf": [{"type": "integer", "minimum": 0}, CRITERION_SCHEMA, VARIABLE]})
]
Port = Annotated[str, Reader(_read_port, {"type": ["string", "integer"]})]


class ContainerService(Section):
    """Containers of one service. Exactly one of `project`, `label` and `names` says which."""

    project: Text | None = Field(None, description="a compose project")
    service: Text | None = Field(None, description="one service of the project")
    label: Text | None = Field(None, description="a label: `key` or `key=value`")
    names: tuple[Text, ...] = Field((), description="the names of containers, each of which has to run")
    replicas: Replicas | None = Field(None, description="how many have to run: 3, or '>= 2'; one or more by default")
    image: Text | None = Field(
        None, description="the image that runs: `release` for the release, an id, NAME@DIGEST, or NAME:TAG"
    )
    healthy: Flag = Field(False, description="true: each has a health check, which passes; by default none is as good")
    ready_within: Seconds | None = Field(None, description="how long is waited until all run and are healthy: 300s")
    restart_policy: Annotated[str, choice(*POLICIES)] | None = Field(None, description="the policy that each has")
    ports: tuple[Port, ...] | None = Field(
        None, description="everything that is published: 127.0.0.1:8080, or 8080 for every interface; [] for nothing"
    )
    log_free_of: Patterns = Field((), description="patterns that no line since the start may match")
    ignore_stopped: Flag = Field(False, description="true: containers that have ended are not judged, as old slots are")
    timeout: Timeout = Field(10.0, description="how long the engine may take for one look; 10s by default")
    limits: Limits = Field({}, description="criteria of this service; they override the gate's and the defaults")
    needs: tuple[Name, ...] = Field((), description="endpoints without which this one can't be judged")
    remedy: Text | None = Field(None, description="the next step for people when this fails")

    def expected(self) -> Mapping[str, Criterion]:
        """What the section's own keys want; beside these, no limit of the same subject may stand."""
        found: dict[str, Criterion] = {}
        if self.replicas is not None:
            found["replicas"] = self.replicas
        elif self.names:
            found["replicas"] = Equals(len(self.names))
        if self.healthy:
            found["health"] = Equals("healthy")
        if self.restart_policy is not None:
            found["restart_policy"] = Equals(self.restart_policy)
        if self.ports is not None:
            found["ports"] = Equals(", ".join(sorted(set(self.ports))) or "none")
        return found


class Containers(Section):
    """What the containers gate looks at."""

    engine: Text | None = Field(None, description="where the engine listens, as DOCKER_HOST says it: tcp://host:2376")
    watch: Seconds = Field(5.0, description="how long containers are watched for restarts and CPU; 5s by default")
    every: Pause = Field(5.0, description="the wait between two looks while services get ready; 5s by default")
    services: dict[Name, ContainerService] = Field({}, description="services, each with its containers")
