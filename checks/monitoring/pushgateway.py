"""Pushgateway: when a job last pushed, and whether its last push was taken (github.com/prometheus/pushgateway)."""

import math
import time as clock
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from checks.attempt import Attempt
from checks.evidence import Evidence
from checks.failures import AttemptError
from checks.metrics_page.samples import Page
from checks.metrics_page.scrape import scrape
from checks.monitoring.server import Server

_PUSHED: Final = "push_time_seconds"
_FAILED: Final = "push_failure_time_seconds"


@dataclass(frozen=True, slots=True)
class PushProbe:
    """A job that pushes. `name`: the check's; `job`: the value of its label `job`."""

    name: str
    job: str


def look_at_pushgateway(server: Server, probes: Sequence[PushProbe]) -> Mapping[str, tuple[Evidence, ...]]:
    """`NAME.up`, and of each job `NAME.age` (seconds since the oldest of its groups pushed) and `NAME.push_failed`.

    A job that never pushed is `age` that is not there.
    """
    try:
        page = scrape(server, "/metrics").page
    except AttemptError as error:
        return {p.name: (Attempt(p.name, server.source("/metrics")).failed(error),) for p in probes}
    return {p.name: tuple(_evidence(Attempt(p.name, server.source("/metrics")), p.job, page)) for p in probes}


def _evidence(attempt: Attempt, job: str, page: Page) -> list[Evidence]:
    up = attempt.reading("up", True, "bool")
    pushed = [(value, labels) for labels, value in page.named(_PUSHED) if labels.get("job") == job]
    failed = [value for labels, value in page.named(_FAILED) if labels.get("job") == job]
    if not pushed:
        known = ", ".join(sorted({labels.get("job", "") for labels, _ in page.named(_PUSHED)})) or "none"
        return [up, attempt.absent("age", f"no push of job={job!r}; there are the jobs {known}")]
    if not all(math.isfinite(value) for value, _ in pushed):
        return [up, attempt.gap("age", f"{_PUSHED} of job={job!r} is no time")]
    oldest, labels = min(pushed, key=lambda pair: pair[0])
    others = ", ".join(f"{name}={value}" for name, value in sorted(labels.items()) if name != "job" and value)
    words = f"the oldest of {len(pushed)} groups: {others or 'without labels'}" if len(pushed) > 1 else ""
    age = round(clock.time() - oldest, 3)
    if age < 0:
        words = f"{words}, " if words else ""
        words += f"its clock is {-age:g} s ahead of this machine's"
    return [
        up,
        attempt.reading("age", max(0.0, age), "s", words),
        attempt.reading("push_failed", any(value > oldest for value in failed), "bool", _failure(failed, oldest)),
    ]


def _failure(failed: Sequence[float], pushed: float) -> str:
    late = [value for value in failed if value > pushed]
    return f"a push was refused {clock.time() - max(late):,.0f} s ago" if late else ""
