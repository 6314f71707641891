"""Looks at the containers of services twice, some seconds apart: what they are, and whether they stay so.

A service without a container is a Reading (0 replicas). An engine that can't be asked is a Gap.
"""

import threading
import time as clock
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Final

from checks.attempt import Attempt
from checks.engine.asking import EngineError, ask
from checks.engine.choosing import Choice, Json, name_of
from checks.engine.facts import cpu_limit, facts, is_running, ports_of, seconds_of, state_words
from checks.engine.usage import Sample, usage
from checks.evidence import Evidence, Gap
from checks.units import format_value

#: Seconds between the two looks, where nobody says otherwise.
WATCH: Final = 5.0
#: How many names of what else is there are told where nothing was found.
_OTHERS: Final = 8
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


def look_at_services(
    probes: Sequence[ServiceProbe],
    engine: str = "",
    *,
    watch: float = WATCH,
    say: Callable[[str], None] = lambda _: None,
) -> Mapping[str, tuple[Evidence, ...]]:
    """The evidence of every probe, by its name: of the service as `NAME.*`, of each container as `NAME.CONTAINER.*`.

    `engine`: where it listens, as DOCKER_HOST says it; empty for what the environment says. `watch`: seconds between
    the two looks. Raises ValueError for a name that two probes have, and for a watch that is not from 0.1 to 600 s.
    """
    doubled = [name for name, count in Counter(p.name for p in probes).items() if count > 1]
    if doubled:
        raise ValueError(f"two looks have the name {doubled[0]!r}; evidence is kept by name")
    if not 0.1 <= watch <= 600:
        raise ValueError(f"containers are watched for 0.1 to 600 s, not {watch}")
    if not probes:
        return {}
    seconds = max(probe.timeout for probe in probes)
    try:
        before = glance(probes, engine, seconds)
        say(f"watching {sum(map(len, before.boxes.values()))} containers for {format_value(watch, 's')}")
        clock.sleep(watch)
        after = glance(probes, engine, seconds, closely=True)
    except EngineError as error:
        return {probe.name: (_unasked(probe, error),) for probe in probes}
    return {probe.name: tuple(_evidence(probe, before, after, watch)) for probe in probes}


def glance(probes: Sequence[ServiceProbe], engine: str, seconds: float, *, closely: bool = False) -> Glance:
    """Ask the engine once; `closely`: about images and events, too. Raises EngineError."""
    return ask(engine, seconds, lambda client: _glance(client, probes, closely))


def _glance(client: Any, probes: Sequence[ServiceProbe], closely: bool) -> Glance:
    not_found = import_module("docker.errors").NotFound

    def told(function: Callable[..., Json | None], *given: Any, **options: Any) -> Json | None:
        try:
            answer = function(*given, **options)
        except not_found:
            return None  # it was removed since it was listed: a deployment is going on
        return answer

    try:
        now = seconds_of(str(client.info()["SystemTime"]))
        summaries = client.containers(all=True)
        chosen = {probe.name: probe.choice.chosen(summaries) for probe in probes}
        documents = {
            str(one["Id"]): told(client.inspect_container, one["Id"]) for found in chosen.values() for one in found
        }
        running = [document for document in documents.values() if document is not None and is_running(document)]
        samples = _samples(client, running, told)
        boxes = {
            name: tuple(
                Box(document, samples.get(str(one["Id"])))
                for one in found
                if (document := documents[str(one["Id"])]) is not None
            )
            for name, found in chosen.items()
        }
        references = {
            str(reference)
            for document in documents.values()
            if closely and document is not None
            for reference in (document["Image"], document["Config"]["Image"])
        }
        others = {probe.name: probe.choice.others(summaries) for probe in probes if not boxes[probe.name]}
        return Glance(
            clock.time() if now is None else now,
            boxes,
            others,
            {reference: told(client.inspect_image, reference) for reference in references},
            _ooms(client, now) if closely and now is not None else {},
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        words = f"the engine's answer can't be read: {type(error).__name__}: {error}"
        raise EngineError(words[:300], "is this a Docker engine, of version 20.10 or later?") from error


def _samples(client: Any, running: Sequence[Json], told: Callable[..., Json | None]) -> Mapping[str, Sample]:
    """The statistics of containers by their ids. Some engines take a second for each: they are asked for together."""
    from docker.errors import InvalidVersion

    left = [str(document["Id"]) for document in running]
    found: dict[str, Sample] = {}
    failed: list[Exception] = []

    def take() -> None:
        while left and not failed:
            try:
                identity = left.pop()
                sample = told(client.stats, identity, stream=False, one_shot=True)
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


def _evidence(probe: ServiceProbe, before: Glance, after: Glance, watch: float) -> list[Evidence]:
    own = Attempt(probe.name, probe.choice.source)
    boxes = after.boxes[probe.name]
    earlier = {str(box.document["Id"]): box for box in before.boxes[probe.name]}
    gone = [box.name for key, box in earlier.items() if key not in {str(box.document["Id"]) for box in boxes}]
    found = [replicas(own, probe, after, gone)]
    running = [box.document for box in boxes if is_running(box.document)]
    if running:
        ports = sorted({port for document in running for port in ports_of(document)})
        found.append(own.reading("ports", ", ".join(ports) or "none", "text"))
    for box in boxes:
        single = Attempt(f"{probe.name}.{box.name}", f"docker container inspect {box.name}")
        try:
            found += _of_one(single, box, earlier.get(str(box.document["Id"])), after, watch)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            reason = f"the engine's answer can't be read: {type(error).__name__}: {error}"
            found.append(single.gap("state", reason[:300]))
    return found


def replicas(own: Attempt, probe: ServiceProbe, seen: Glance, gone: Sequence[str] = ()) -> Evidence:
    """How many run, and the words that name each one that does not."""
    boxes = seen.boxes[probe.name]
    if not boxes:
        others = list(seen.others.get(probe.name, ()))
        more = f" and {len(others) - _OTHERS} more" if len(others) > _OTHERS else ""
        there = f"; there are {', '.join(others[:_OTHERS])}{more}" if others else ""
        none = f"no container {probe.choice.words} was found{there}"
        return own.reading("replicas", 0, "1", "; ".join([none, *_removed(gone)]))
    running = [box.name for box in boxes if is_running(box.document)]
    # Words for the ones that are missing come first: they are what somebody looks for.
    words = [
        f"{box.name}: {box.document['State']['Status']}, {state_words(box.document, seen.now)}".removesuffix(", ")
        for box in boxes
        if not is_running(box.document)
    ]
    words += [f"{name} is not there" for name in probe.choice.names if name not in {box.name for box in boxes}]
    words += _removed(gone)
    words.append(f"running: {', '.join(running) or 'none'}")
    return own.reading("replicas", len(running), "1", "; ".join(words))


def _removed(gone: Sequence[str]) -> list[str]:
    return [f"{', '.join(gone)} was removed while it was watched"] if gone else []


def _of_one(own: Attempt, box: Box, earlier: Box | None, after: Glance, watch: float) -> list[Evidence]:
    document = box.document
    identity, named = str(document["Image"]), str(document["Config"]["Image"])
    found = facts(own, document, after.images.get(identity), after.images.get(named), after.now)
    found.append(_oom_killed(own, document, after.ooms.get(str(document["Id"]), 0)))
    if document["State"]["Status"] in ("running", "restarting"):
        found.append(_stable(own, document, earlier, watch))
    if is_running(document):
        stats = Attempt(own.name, f"docker stats --no-stream {box.name}")
        if earlier is None or earlier.sample is None or box.sample is None:
            why = (
                "there were no two samples of its statistics: it was started while it was watched, or the engine is old"
            )
            found += [stats.gap(part, why) for part in ("cpu.cores", "cpu.use", "memory.used", "memory.use")]
        else:
            host = document["HostConfig"]
            limited = (host.get("Memory") or 0) > 0
            found += usage(stats, earlier.sample, box.sample, cpu_limit(host), limited)
    return found


def _oom_killed(own: Attempt, document: Json, events: int) -> Evidence:
    killed = document["State"]["OOMKilled"] is True or events > 0
    times = f"{events} times" if events > 1 else "once"
    return own.reading("oom_killed", killed, "bool", f"it was out of memory {times}" if killed else "")


def _stable(own: Attempt, document: Json, earlier: Box | None, watch: float) -> Evidence:
    """A crash loop alternates between running and restarting, so one look may find it running."""
    within = format_value(watch, "s")
    if earlier is None:
        return own.gap(
            "stable", f"it appeared while it was watched, {within}", "look again when the deployment is done"
        )
    first, count = earlier.document, document["RestartCount"]
    grown = count - first["RestartCount"]
    if grown > 0:
        words = f"restarted {grown} times within {within}, {count} times in all"
    elif document["State"]["StartedAt"] != first["State"]["StartedAt"]:
        words = f"was started again within {within}"
    elif document["State"]["Restarting"] is True or first["State"]["Restarting"] is True:
        words = f"is between two attempts to start, after {count} restarts"
    else:
        return own.reading("stable", True, "bool", f"watched for {within}")
    return own.reading("stable", False, "bool", words)


def _unasked(probe: ServiceProbe, error: EngineError) -> Gap:
    return Attempt(probe.name, probe.choice.source).gap("replicas", error.words, error.remedy)
