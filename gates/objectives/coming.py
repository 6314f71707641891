"""How many requests a plan may still make, at most: what has to be known before a run that goes on is hopeless."""

import math

from load.mix import Locustfile
from load.plan import LoadPlan, Open
from load.shape import Phase, Shape


def most_to_come(plan: LoadPlan, elapsed: float, made: int, outstanding: int = 0) -> float:
    """At most so many requests are made after `elapsed` seconds, steps of journeys that are under way included.

    Open model: what the schedule still holds. Closed: what the guard rails leave, as fast answers make users fast.
    """
    caps = plan.caps
    left = max(0.0, plan.seconds - elapsed)
    by_caps = max(0.0, min(caps.requests - made, math.ceil(caps.rate * left) + outstanding))
    if not isinstance(plan.model, Open) or isinstance(plan.work, Locustfile):
        return by_caps
    steps = max(len(journey.steps) for journey in plan.work)
    # One arrival more: a Poisson schedule is as long as its rates say on average only.
    spread = 1.5 if plan.model.arrivals == "poisson" else 1.0
    return math.ceil(spread * _area(plan.shape, elapsed) + 1 + outstanding) * steps


def most_in(plan: LoadPlan, seconds: float) -> float:
    """At most so many requests are made in any `seconds` of a run."""
    if not isinstance(plan.model, Open) or isinstance(plan.work, Locustfile):
        return plan.caps.rate * seconds
    spread = 1.5 if plan.model.arrivals == "poisson" else 1.0
    return spread * plan.shape.peak * seconds * max(len(journey.steps) for journey in plan.work)


def _area(shape: Shape, start: float) -> float:
    """The arrivals of a schedule from `start` seconds to its end."""
    total, at = 0.0, 0.0
    for phase in shape.phases:
        done = min(max(0.0, start - at), phase.seconds)
        if done < phase.seconds:
            total += (phase.seconds - done) * (_level(phase, done) + phase.end) / 2
        at += phase.seconds
    return total


def _level(phase: Phase, at: float) -> float:
    return phase.start + (phase.end - phase.start) * at / phase.seconds
