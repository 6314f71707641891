"""How running containers are confined, read from the Docker engine: evidence for each container of a service.

The `docker` package is an extra and imported late. An engine that can't be asked is a Gap; a service without a running
container is the Reading `NAME.containers` = 0.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from checks.attempt import Attempt
from checks.confinement import confinement
from checks.engine.asking import EngineError, ask
from checks.engine.choosing import PROJECT, SERVICE, Json, name_of
from checks.evidence import Evidence

#: Bytes of a container's /etc/passwd that are read: a container must not fill our memory.
_PASSWD: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class ContainerProbe:
    """The running containers of a compose `project` (of one `service` of it), with a `label` (`key` or `key=value`),
    or the one with the name `container`.

    `timeout`: seconds that the engine has for one answer. Raises ValueError where not exactly one of them is given.
    """

    name: str
    project: str = ""
    service: str = ""
    label: str = ""
    container: str = ""
    timeout: float = 10.0

    def __post_init__(self) -> None:
        given = [part for part in (self.project, self.label, self.container) if part]
        if len(given) != 1:
            raise ValueError(f"{self.name}: containers are found by exactly one of project, label and container")
        if self.service and not self.project:
            raise ValueError(f"{self.name}: a service is found in a project; name the project, too")
        if not 0 < self.timeout <= 600:
            raise ValueError(f"{self.name}: a timeout is more than 0 and at most 600 s, not {self.timeout}")

    @property
    def source(self) -> str:
        """The command that lists the same containers."""
        if self.container:
            return f"docker container inspect {self.container}"
        return "docker ps " + " ".join(f"--filter label={label}" for label in self._labels())

    def filters(self) -> dict[str, list[str]]:
        """The engine's filter. Names are looked for in part there, so they are compared once more afterwards."""
        return {"name": [self.container]} if self.container else {"label": self._labels()}

    def _labels(self) -> list[str]:
        if self.label:
            return [self.label]
        service = [f"{SERVICE}={self.service}"] if self.service else []
        return [f"{PROJECT}={self.project}", *service]


def look_at_containers(probes: Sequence[ContainerProbe], engine: str = "") -> Mapping[str, tuple[Evidence, ...]]:
    """The evidence of every probe, by its name: `NAME.containers`, and `NAME.CONTAINER.*` for each one that runs.

    `engine`: where the engine listens (`unix:///run/docker.sock`); empty for what the environment says (DOCKER_HOST).
    Raises ValueError for a name that two probes have.
    """
    doubled = [name for name, count in Counter(p.name for p in probes).items() if count > 1]
    if doubled:
        raise ValueError(f"two looks have the name {doubled[0]!r}; evidence is kept by name")
    return {probe.name: tuple(_look(probe, engine)) for probe in probes}


def _look(probe: ContainerProbe, engine: str) -> list[Evidence]:
    attempt = Attempt(probe.name, probe.source)

    def work(client: Any) -> list[Evidence]:
        # The summary has names; what confines a container is in its own document.
        summaries = client.containers(filters=probe.filters())
        found = [client.inspect_container(summary["Id"]) for summary in summaries]
        return _evidence(probe, attempt, client.info(), found, _names_in(client))

    try:
        return ask(engine, probe.timeout, work)
    except EngineError as error:
        return [attempt.gap("containers", error.words, error.remedy)]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        return [attempt.gap("containers", f"the engine's answer can't be read: {type(error).__name__}: {error}")]


def _evidence(
    probe: ContainerProbe, attempt: Attempt, info: Json, found: Sequence[Json], read_passwd: Callable[[str], str | None]
) -> list[Evidence]:
    wanted = [c for c in found if not probe.container or name_of(c) == probe.container.lstrip("/")]
    names = sorted(name_of(container) for container in wanted)
    words = ", ".join(names) if names else "no running container was found"
    evidence: list[Evidence] = [attempt.reading("containers", len(wanted), "1", words)]
    for container in sorted(wanted, key=name_of):
        own = Attempt(f"{probe.name}.{name_of(container)}", f"docker container inspect {name_of(container)}")
        try:
            evidence += confinement(own, container, info, read_passwd)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            reason = f"the engine's answer can't be read: {type(error).__name__}: {error}"
            evidence.append(own.gap("runs_as_root", reason))
    return evidence


def _names_in(client: Any) -> Callable[[str], str | None]:
    """A function that reads a container's /etc/passwd, or None where it has none."""

    def read(container: str) -> str | None:
        import io
        import tarfile

        try:
            stream, stat = client.get_archive(container, "/etc/passwd")
            if stat["size"] > _PASSWD:
                return None
            with tarfile.open(fileobj=io.BytesIO(b"".join(stream))) as archive:
                file = archive.extractfile(archive.getmembers()[0])
                return file.read().decode("utf-8", "replace") if file else None
        except Exception:  # noqa: BLE001 - whatever the reason is, the number of the user is not known then
            return None

    return read
