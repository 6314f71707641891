"""Looks at the containers of services twice, some seconds apart: what they are, and whether they stay so.

A service without a container is a Reading (0 replicas). An engine that can't be asked is a Gap.
"""

import time as clock
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from checks.attempt import Attempt
from checks.engine.asking import EngineError
from checks.engine.choosing import Json
from checks.engine.facts import cpu_limit, facts, is_running, ports_of, state_words
from checks.engine.glance import Box, Glance, ServiceProbe, glance
from checks.engine.usage import usage
from checks.evidence import Evidence, Gap
from checks.units import format_value

#: Seconds between the two looks, where nobody says otherwise.
WATCH: Final = 5.0
#: How many names of what else is there are told where nothing was found.
_OTHERS: Final = 8


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
