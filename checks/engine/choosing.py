"""Which containers are meant: those of a compose project or service, with a label, or with certain names."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

PROJECT: Final = "com.docker.compose.project"
SERVICE: Final = "com.docker.compose.service"
#: `docker compose run` leaves containers that belong to the service and are none of its replicas.
_ONE_OFF: Final = "com.docker.compose.oneoff"
_SWARM: Final = "com.docker.swarm.service.name"

#: JSON objects of the Engine API.
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Choice:
    """Exactly one of `project` (with or without a `service`), `label` (`key` or `key=value`) and `names`.

    The labels of compose are those that v1 and v2 both set (compose-spec, "Labels"). Raises ValueError otherwise.
    """

    project: str = ""
    service: str = ""
    label: str = ""
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        given = [part for part in (self.project, self.label, self.names) if part]
        if len(given) != 1:
            raise ValueError("containers are found by exactly one of project, label and names")
        if self.service and not self.project:
            raise ValueError("a service is found in a project; name the project, too")

    @property
    def source(self) -> str:
        """The command that lists the same containers."""
        if self.names:
            return f"docker container inspect {' '.join(self.names)}"
        if self.label:
            return f"docker ps --all --filter label={self.label}"
        service = f" --filter label={SERVICE}={self.service}" if self.service else ""
        return f"docker ps --all --filter label={PROJECT}={self.project}{service}"

    @property
    def words(self) -> str:
        """For people: `service 'web' of project 'shop'`."""
        if self.names:
            return f"with the name {' or '.join(map(repr, self.names))}"
        if self.label:
            return f"with the label {self.label!r}"
        service = f"of service {self.service!r} " if self.service else ""
        return f"{service}of project {self.project!r}"

    def chosen(self, summaries: Sequence[Json]) -> list[Json]:
        """Those of the engine's list (`GET /containers/json?all=1`) that are meant, by name."""
        found = [summary for summary in summaries if self._means(summary)]
        return sorted(found, key=name_of)

    def _means(self, summary: Json) -> bool:
        labels: Mapping[str, str] = summary.get("Labels") or {}
        if self.names:
            return any(name.lstrip("/") in self.names for name in summary.get("Names") or ())
        if self.label:
            key, equals, value = self.label.partition("=")
            return key in labels and (not equals or labels[key] == value)
        if str(labels.get(_ONE_OFF, "")).lower() == "true":
            return False
        # Compose itself takes capitals and dots out of a project's name; v1 and v2 say so in different places.
        if labels.get(PROJECT) not in (self.project, _plain(self.project)):
            return False
        return not self.service or labels.get(SERVICE) == self.service

    def others(self, summaries: Sequence[Json]) -> list[str]:
        """What might have been meant, where nothing was found: names of projects, services or containers."""
        if self.names:
            return sorted(map(name_of, summaries))
        labels = [summary.get("Labels") or {} for summary in summaries]
        if self.label:
            key = self.label.partition("=")[0]
            return sorted({f"{key}={each[key]}" for each in labels if key in each})
        project = (self.project, _plain(self.project))
        services = {str(each[SERVICE]) for each in labels if each.get(PROJECT) in project and SERVICE in each}
        if self.service and services:
            return sorted(services)
        return sorted({str(each[PROJECT]) for each in labels if PROJECT in each})


def name_of(container: Json) -> str:
    """The name of a container, from the engine's list or from its own document."""
    names = container.get("Names")
    name = container["Name"] if names is None else min(names, key=lambda each: each.count("/"), default="")
    return str(name).lstrip("/") or str(container["Id"])[:12]


def by_swarm(labels: Json) -> bool:
    """Whether Swarm starts this container again, whatever its own policy says."""
    return _SWARM in labels


def _plain(project: str) -> str:
    return re.sub(r"[^a-z0-9_-]", "", project.lower())
