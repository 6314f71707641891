"""From a plan to the site of one process: the recorder, the work and the Locust environment that belong together."""

from typing import Any

import locust
from locust.env import Environment

from checks.request import parse_url
from checks.secrets import reveal
from load.generator.declared import Declared
from load.generator.own import Own
from load.generator.recorder import Recorder
from load.mix import Locustfile
from load.plan import Closed, External, LoadPlan, Open, Workers


def processes(workers: Workers) -> int:
    """How many generator processes a plan has."""
    return workers.count if isinstance(workers, External) else workers.processes


def build(plan: LoadPlan, worker: int = 0) -> tuple[Environment, Declared | Own, Recorder]:
    """The parts for process number `worker`. Raises Unusable for a locustfile, ValueError for a request."""
    count = processes(plan.workers)
    is_open = isinstance(plan.model, Open)
    recorder = Recorder(
        plan.interval,
        plan.late_after,
        requests=max(1, plan.caps.requests // count),
        # An open model's rate was checked beforehand; what it catches up after a stall is no new load.
        rate=float("inf") if is_open else max(1.0, plan.caps.rate / count),
        paired=is_open,
        keep_raw=plan.keep_raw,
    )
    work: Declared | Own
    if isinstance(plan.work, Locustfile):
        work = Own(plan.work, recorder)
        classes, options = work.user_classes, work.options
    else:
        work = Declared(plan, plan.work, recorder, worker, count)
        classes, options = [work.user_class], None
    environment = environment_for(plan, classes, options)
    return environment, work, recorder


def environment_for(plan: LoadPlan, classes: list[Any], options: Any) -> Environment:
    """Locust's environment. Its users are waited for when their number falls, as long as a request may take."""
    environment = Environment(
        user_classes=classes,
        host=reveal(plan.base_url).rstrip("/"),
        events=locust.events,
        parsed_options=options,
        stop_timeout=_patience(plan),
    )
    # A host that was declared goes before one that a class of the file has.
    for user_class in classes:
        user_class.host = environment.host
    return environment


def spawn_rate(plan: LoadPlan) -> float:
    """Users that begin per second, for Locust: as good as at once where no rate is asked for."""
    rate = plan.model.spawn_rate if isinstance(plan.model, Closed) else 0.0
    return rate or float(max(1, plan.most_users))


def shown_target(plan: LoadPlan) -> str:
    """The base URL without anything secret."""
    return parse_url(plan.base_url).shown


def _patience(plan: LoadPlan) -> float:
    if isinstance(plan.work, Locustfile):
        return plan.drain
    return 1 + max(step.request.timeout for journey in plan.work for step in journey.steps)
