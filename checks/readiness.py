"""Waiting until the target is ready, before anything is measured: a deadline, a backoff with jitter, the last error."""

import random
import time as clock
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from checks.evidence import Evidence, Gap, Reading
from checks.places import source_of
from checks.probes import Probe
from checks.sweep import sweep
from checks.units import format_value

SUBJECT: Final = "target.ready"
_FIRST_PAUSE: Final = 0.1
#: A last attempt is made only where it has at least this long to answer.
_SHORTEST: Final = 0.05

IsReady = Callable[[Sequence[Evidence]], str]
OnAttempt = Callable[[int, str], None]


def wait_until_ready(
    probe: Probe,
    is_ready: IsReady,
    *,
    deadline: float,
    interval: float,
    on_attempt: OnAttempt | None = None,
) -> Evidence:
    """Look again and again until `is_ready` returns nothing; it returns the words why not otherwise.

    `deadline`: seconds in all; `interval`: the longest pause between two looks, which starts short, doubles and has
    jitter. `on_attempt` is told the number of each attempt that was not ready, and why. The result is the Reading
    `target.ready`, True or False with the last reason, or a Gap where all that the last look brought was a Gap.
    Raises ValueError where deadline or interval are not above 0; what the callables raise goes through.
    """
    if not (deadline > 0 and interval > 0):
        raise ValueError(f"deadline and interval are more than 0 s, not {deadline} and {interval}")
    began, attempt, pause = clock.monotonic(), 0, min(_FIRST_PAUSE, interval)
    once: Probe
    while True:
        attempt += 1
        left = max(deadline - (clock.monotonic() - began), _SHORTEST)
        once = replace(probe, attempts=1, timeout=min(probe.timeout, left))
        # Only the answer counts here, not how long it took: no lag is too much.
        evidence = sweep((once,), max_lag=float("inf")).evidence[probe.name]
        why = is_ready(evidence)
        took = round(clock.monotonic() - began, 6)
        if not why:
            return _reading(probe, True, attempt, took, "")
        if on_attempt is not None:
            on_attempt(attempt, why)
        wait = pause * random.uniform(0.5, 1.0)  # noqa: S311 - it spreads load, it protects nothing
        if took + wait + _SHORTEST > deadline:
            break
        clock.sleep(wait)
        pause = min(pause * 2, interval)
    times = f"{attempt} attempt{'s' if attempt > 1 else ''}"
    words = f"not ready after {format_value(deadline, 's')} and {times}: {why}"
    if all(isinstance(e, Gap) for e in evidence):
        return Gap(SUBJECT, words, time=_now(), source=source_of(probe), attempts=attempt, took=took)
    return _reading(probe, False, attempt, took, words)


def _reading(probe: Probe, ready: bool, attempts: int, took: float, detail: str) -> Reading:
    return Reading(
        SUBJECT,
        ready,
        "bool",
        time=_now(),
        source=source_of(probe),
        attempts=attempts,
        took=took,
        detail=detail,
    )


def _now() -> float:
    return round(clock.time(), 3)
