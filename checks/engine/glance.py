"""One look at all services together: what the engine says of their containers at one moment."""

import threading
import time as clock
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from checks.engine.asking import EngineError, ask
from checks.engine.choosing import Choice, Json, name_of
from checks.engine.facts import is_running, seconds_of
from checks.engine.usage import Sample

#: How many statistics are asked for at the same time; the SDK keeps ten connections.
_ABREAST: Final = 10


@dataclass(frozen=True, slots=True)
class ServiceProbe:
    """The containers of a service. `timeout`: seconds that the engine has in all for one look at them."""

    name: str
    choice: Choice
    timeout: float = 10.0

    def __post_init__(self) -> None:
        if not 0 < self.timeout <= 600:
            raise ValueError(f"{self.name}: a timeout is more than 0 and at most 600 s, not {self.timeout}")


@dataclass(frozen=True, slots=True)
class Box:
    """One container at one moment. `sample`: its statistics, None where it does not run or the engine has none."""

    document: Json
    sample: Sample | None

    @property
    def name(self) -> str:
        """Its name."""
        return name_of(self.document)


@dataclass(frozen=True, slots=True)
class Glance:
    """What the engine said at one moment. `now`: its own clock; `boxes`: by the probe's name; `others`: what else
    there is, for probes that found nothing; `images`: documents by id and by name; `ooms`: how often each container
    was out of memory, by id, as far as the engine remembers its last 256 events.
    """

    now: float
    boxes: Mapping[str, tuple[Box, ...]]
    others: Mapping[str, Sequence[str]] = field(default_factory=dict)
    images: Mapping[str, Json | None] = field(default_factory=dict)
    ooms: Mapping[str, int] = field(default_factory=dict)


def glance(probes: Sequence[ServiceProbe], engine: str, seconds: float, *, closely: bool = False) -> Glance:
    """Ask the engine once; `closely`: about images and events, too. Raises EngineError."""
    return ask(engine, seconds, lambda client: _glance(client, probes, closely))


def _glance(client: Any, probes: Sequence[ServiceProbe], closely: bool) -> Glance:
    try:
        return _told(client, probes, closely)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        words = f"the engine's answer can't be read: {type(error).__name__}: {error}"
        raise EngineError(words[:300], "is this a Docker engine, of version 20.10 or later?") from error


def _told(client: Any, probes: Sequence[ServiceProbe], closely: bool) -> Glance:
    now = seconds_of(str(client.info()["SystemTime"]))
    summaries = client.containers(all=True)
    chosen = {probe.name: probe.choice.chosen(summaries) for probe in probes}
    identities = {str(one["Id"]) for found in chosen.values() for one in found}
    documents = {
        identity: document
        for identity in identities
        if (document := _if_there(client.inspect_container, identity)) is not None
    }
    samples = _samples(client, [identity for identity, document in documents.items() if is_running(document)])
    boxes = {
        name: tuple(Box(documents[key], samples.get(key)) for one in found if (key := str(one["Id"])) in documents)
        for name, found in chosen.items()
    }
    return Glance(
        clock.time() if now is None else now,
        boxes,
        {probe.name: probe.choice.others(summaries) for probe in probes if not boxes[probe.name]},
        _images(client, documents.values()) if closely else {},
        _ooms(client, now) if closely and now is not None else {},
    )


def _if_there(function: Callable[..., Json | None], *given: Any, **options: Any) -> Json | None:
    """The engine's answer; None of what was removed since it was listed: a deployment is going on."""
    from docker.errors import NotFound

    try:
        return function(*given, **options)
    except NotFound:
        return None


def _images(client: Any, documents: Iterable[Json]) -> Mapping[str, Json | None]:
    """The documents of the images that containers run, and of those that their names mean now."""
    names = {str(name) for document in documents for name in (document["Image"], document["Config"]["Image"])}
    return {name: _if_there(client.inspect_image, name) for name in names}


def _samples(client: Any, running: Iterable[str]) -> Mapping[str, Sample]:
    """The statistics of containers by their ids. Some engines take a second for each: they are asked for together."""
    from docker.errors import InvalidVersion

    left = list(running)
    found: dict[str, Sample] = {}
    failed: list[Exception] = []

    def take() -> None:
        while left and not failed:
            try:
                identity = left.pop()
                sample = _if_there(client.stats, identity, stream=False, one_shot=True)
                found.update({} if sample is None else {identity: sample})
            except IndexError:
                return  # another thread took the last one
            except InvalidVersion:
                return  # statistics of one moment came with API 1.41
            except Exception as error:  # noqa: BLE001 - it is raised again in the thread that waits
                failed.append(error)

    threads = [threading.Thread(target=take, daemon=True) for _ in range(min(_ABREAST, len(left)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return found


def _ooms(client: Any, now: float) -> Mapping[str, int]:
    """The events `oom` of every container. A restart forgets the flag `OOMKilled`, and events stay."""
    wanted = {"type": "container", "event": "oom"}
    events = client.events(since="0", until=f"{now:.3f}", filters=wanted, decode=True)
    return Counter(str(event["Actor"]["ID"]) for event in events)
