"""Waits until services are ready: all looked at together, every few seconds, each until its own deadline."""

import time as clock
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from checks.attempt import Attempt
from checks.engine.asking import EngineError
from checks.engine.facts import facts
from checks.engine.glance import Glance, ServiceProbe, glance
from checks.engine.look import replicas
from checks.evidence import Evidence
from checks.units import format_value

#: Seconds between two looks, where nobody says otherwise.
EVERY: Final = 5.0
#: How often in a row the engine may fail to answer: it is busy while it deploys.
_PATIENCE: Final = 3

#: Says why a service is not ready, or nothing: of `NAME.replicas`, `NAME.CONTAINER.state` and `NAME.CONTAINER.health`.
IsReady = Callable[[str, Sequence[Evidence]], str]


@dataclass(slots=True)
class _Waiting:
    attempt: Attempt
    deadline: float
    why: str = ""
    unasked: int = 0


def wait_for_services(
    probes: Mapping[ServiceProbe, float],
    engine: str,
    is_ready: IsReady,
    *,
    every: float = EVERY,
    say: Callable[[str], None] = lambda _: None,
) -> Mapping[str, Evidence]:
    """`NAME.ready` of every probe, by its name: whether it was ready within its seconds, and after how many looks.

    `probes`: each with the seconds that it has. An engine that fails to answer several times in a row is a Gap.
    Raises ValueError where `every` or a deadline is not above 0.
    """
    if every <= 0 or any(seconds <= 0 for seconds in probes.values()):
        raise ValueError("a service is waited for more than 0 s, and looked at every so often")
    began = clock.monotonic()
    left = {probe: _Waiting(Attempt(probe.name, probe.choice.source, 0), seconds) for probe, seconds in probes.items()}
    done: dict[str, Evidence] = {}
    while left:
        _look(left, engine, is_ready, done)
        passed = clock.monotonic() - began
        for probe, waiting in list(left.items()):
            if probe.name in done:
                del left[probe]
            elif passed >= waiting.deadline:
                done[probe.name] = _late(waiting)
                del left[probe]
        if left:
            words = "; ".join(f"{probe.name}: {waiting.why}" for probe, waiting in left.items())
            say(f"waiting for containers for {format_value(round(passed), 's')}: {words}"[:400])
            # The last look is at the nearest deadline, not up to `every` before it.
            clock.sleep(max(0.05, min(every, *(waiting.deadline - passed for waiting in left.values()))))
    return done


def _look(left: Mapping[ServiceProbe, _Waiting], engine: str, is_ready: IsReady, done: dict[str, Evidence]) -> None:
    error: EngineError | None = None
    try:
        seen = glance(list(left), engine, max(probe.timeout for probe in left))
    except EngineError as failed:
        error = failed
    for probe, waiting in left.items():
        own = waiting.attempt
        own.number += 1
        if error is not None:
            waiting.why, waiting.unasked = error.words, waiting.unasked + 1
            if waiting.unasked >= _PATIENCE:
                done[probe.name] = own.gap("ready", error.words, error.remedy)
            continue
        waiting.unasked = 0
        waiting.why = is_ready(probe.name, _briefly(probe, seen))
        if not waiting.why:
            done[probe.name] = own.reading("ready", True, "bool")


def _briefly(probe: ServiceProbe, seen: Glance) -> list[Evidence]:
    own = Attempt(probe.name, probe.choice.source)
    found = [replicas(own, probe, seen)]
    for box in seen.boxes[probe.name]:
        single = Attempt(f"{probe.name}.{box.name}", f"docker container inspect {box.name}")
        try:
            told = facts(single, box.document, None, None, seen.now)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            found.append(single.gap("state", f"the engine's answer can't be read: {type(error).__name__}: {error}"))
            continue
        found += [one for one in told if one.subject.rpartition(".")[2] in ("state", "health")]
    return found


def _late(waiting: _Waiting) -> Evidence:
    looks = f"{waiting.attempt.number} look{'s' if waiting.attempt.number > 1 else ''}"
    words = f"not ready after {format_value(waiting.deadline, 's')} and {looks}: {waiting.why}"
    if waiting.unasked:
        return waiting.attempt.gap("ready", words)
    return waiting.attempt.reading("ready", False, "bool", words)
