"""Looks at everything at the same time, within limits in all and per host, and never hangs."""

import asyncio
import gc
import random
import time as clock
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from checks.connect import Names
from checks.evidence import Evidence, Gap
from checks.http import Key, Pool, pool_key
from checks.lag import LagMonitor
from checks.look import Look, look, main_part, prepare
from checks.places import host_of, source_of
from checks.probes import HttpProbe, Probe
from checks.swept import Sweep
from checks.units import format_value

__all__ = ["Sweep", "sweep"]

_GRACE: Final = 10.0
_LONGEST_PAUSE: Final = 60.0

_OWN_LOOP: Final = "our own event loop"

OnDone = Callable[[str], None]


def sweep(
    probes: Sequence[Probe],
    *,
    concurrency: int = 64,
    per_host: int = 16,
    max_lag: float = 0.1,
    on_done: OnDone | None = None,
) -> Sweep:
    """Measure every probe once, with at most `concurrency` of them at the same time and `per_host` of them at one host.

    `max_lag`: seconds that our own event loop may be late; a response time that was read while it was later is a Gap.
    `on_done` is called with a probe's name when its evidence is complete. Every probe has evidence in the result.
    Raises ValueError for limits below 1 and for a name that two probes have; what `on_done` raises goes through.
    """
    if concurrency < 1 or per_host < 1:
        raise ValueError(f"concurrency and per_host are at least 1, not {concurrency} and {per_host}")
    if not max_lag > 0:
        raise ValueError(f"max_lag is more than 0 s, not {max_lag}")
    doubled = [name for name, count in Counter(p.name for p in probes).items() if count > 1]
    if doubled:
        raise ValueError(f"two probes have the name {doubled[0]!r}; evidence is kept by name")
    for probe in probes:
        prepare(probe)
    collecting = gc.isenabled()
    # A collection of a large test session stops the loop for longer than many a service takes to answer.
    gc.disable()
    try:
        sweeping = _Sweeping(probes, concurrency, per_host, on_done)
        with asyncio.Runner() as runner:
            runner.run(sweeping.run())
        return sweeping.result(max_lag)
    finally:
        if collecting:
            gc.enable()


def spoilt(evidence: Sequence[Evidence]) -> bool:
    """Whether our own loop spoilt a part of a probe's evidence, so that measuring it again may bring more."""
    return any(isinstance(e, Gap) and _OWN_LOOP in e.reason for e in evidence)


@dataclass(slots=True, eq=False)
class _Job:
    """A probe on its way: how often it was tried, since when, and what the newest attempt brought."""

    probe: Probe
    host: str
    key: Key | None
    tried: int = 0
    began: float = 0.0
    newest: Look | None = None
    done: bool = False


class _Sweeping:
    """The state of one sweep. An attempt is a task; a retry waits outside the limits and comes back first in line."""

    def __init__(self, probes: Sequence[Probe], concurrency: int, per_host: int, on_done: OnDone | None) -> None:
        self._jobs = [_Job(p, host_of(p), pool_key(p) if isinstance(p, HttpProbe) else None) for p in probes]
        self._concurrency, self._per_host, self._on_done = concurrency, per_host, on_done
        self._queues: dict[str, deque[_Job]] = defaultdict(deque)
        self._busy: Counter[str] = Counter()
        self._ready: deque[str] = deque()
        self._tasks: dict[asyncio.Task[None], _Job] = {}
        self._timers: set[asyncio.TimerHandle] = set()
        self._left = len(self._jobs)
        self._most = 0
        self._lag = LagMonitor()
        self._limit = _hard_deadline(self._jobs, concurrency, per_host)
        self._started = self._duration = 0.0

    async def run(self) -> None:
        """Measure. The result is fetched afterwards: asyncio's runner prints what a coroutine returns, to itself."""
        loop = asyncio.get_running_loop()
        self._started, began = round(clock.time(), 3), loop.time()
        self._names = Names()
        self._pool = Pool(self._names, Counter(job.key for job in self._jobs if job.key))
        self._finished: asyncio.Future[None] = loop.create_future()
        for job in self._jobs:
            self._queues[job.host].append(job)
        self._ready.extend(self._queues)
        self._lag.start()
        try:
            self._start()
            if self._left:
                await asyncio.wait_for(self._finished, self._limit)
        except TimeoutError:
            # What is not done by now has no evidence, which `_evidence` says.
            if not self._finished.cancelled():
                raise  # it is not the deadline's, but what `on_done` raised
        finally:
            self._lag.stop()
            await self._stop()
        self._duration = round(loop.time() - began, 6)

    def result(self, max_lag: float) -> Sweep:
        """What was seen, less what our own loop spoilt."""
        evidence = {job.probe.name: tuple(_evidence(job, self._lag, max_lag, self._limit)) for job in self._jobs}
        return Sweep(evidence, self._most, round(self._lag.seen, 6), self._duration, self._started)

    def _start(self) -> None:
        """Start attempts, host by host in turn, until a limit is reached."""
        while self._ready and len(self._tasks) < self._concurrency:
            host = self._ready.popleft()
            job = self._queues[host].popleft()
            self._busy[host] += 1
            self._offer(host)
            task = asyncio.ensure_future(self._attempt(job))
            self._tasks[task] = job
            task.add_done_callback(self._ended)
        self._most = max(self._most, len(self._tasks))

    def _offer(self, host: str) -> None:
        """Put a host in line that has something to do and may do it."""
        if self._queues[host] and self._busy[host] < self._per_host and host not in self._ready:
            self._ready.append(host)

    async def _attempt(self, job: _Job) -> None:
        job.tried += 1
        job.began = job.began or clock.monotonic()
        job.newest = await look(job.probe, job.tried, job.began, self._names, self._pool)
        if job.newest.again and job.tried < job.probe.attempts:
            self._retry_later(job)
            return
        job.done = True
        self._left -= 1
        if job.key:
            self._pool.expected[job.key] -= 1
        if self._on_done is not None:
            self._on_done(job.probe.name)

    def _ended(self, task: asyncio.Task[None]) -> None:
        host = self._tasks.pop(task).host
        self._busy[host] -= 1
        if task.cancelled():
            return
        error = task.exception()
        if self._finished.done():
            return
        if error is not None:
            self._finished.set_exception(error)
        elif not self._left:
            self._finished.set_result(None)
        else:
            self._offer(host)
            self._start()

    def _retry_later(self, job: _Job) -> None:
        pause = _pause(job.probe, job.tried) * random.uniform(0.75, 1.25)  # noqa: S311 - spreads load, protects nothing

        def again() -> None:
            self._timers.discard(handle)
            self._queues[job.host].appendleft(job)
            self._offer(job.host)
            self._start()

        handle = asyncio.get_running_loop().call_later(pause, again)
        self._timers.add(handle)

    async def _stop(self) -> None:
        for timer in self._timers:
            timer.cancel()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._names.close()
        await self._pool.close()
        # Transports that were aborted on the way let go of their sockets in the loop's next turn.
        await asyncio.sleep(0)


def _pause(probe: Probe, tried: int) -> float:
    return min(probe.pause * 2.0 ** (tried - 1), _LONGEST_PAUSE)


def _hard_deadline(jobs: Sequence[_Job], concurrency: int, per_host: int) -> float:
    """Seconds after which the sweep can't still be doing what it was asked to do.

    The longest that a job can take, plus the most work there is over the number that works on it, in all and at the
    busiest host (Graham's bound for list scheduling, 1966), and some grace.
    """
    costs: dict[str, float] = defaultdict(float)
    longest = 0.0
    for job in jobs:
        pauses = sum(_pause(job.probe, n) * 1.25 for n in range(1, job.probe.attempts))
        # Twice the timeout: a refused certificate is looked at once more.
        cost = job.probe.attempts * job.probe.timeout * 2 + pauses
        longest = max(longest, cost)
        costs[job.host] += cost
    return longest + sum(costs.values()) / concurrency + max(costs.values(), default=0) / per_host + _GRACE


def _evidence(job: _Job, lag: LagMonitor, max_lag: float, limit: float) -> list[Evidence]:
    """What a job brought, less what our own loop spoilt: times, and timeouts that it caused."""
    newest = job.newest
    if newest is None or not job.done:
        reason = f"the sweep was stopped at its hard deadline of {format_value(limit, 's')}"
        subject = f"{job.probe.name}.{main_part(job.probe)}"
        return [Gap(subject, reason, time=round(clock.time(), 3), source=source_of(job.probe))]
    late = lag.within(*newest.timed)
    if newest.timed_out and late > job.probe.timeout / 4:
        words = f"it timed out, and {_OWN_LOOP} stood still for {format_value(round(late, 3), 's')} of that time"
        return [_gap(e, words) if e.subject.endswith(".up") else e for e in newest.evidence]
    if late > max_lag:
        words = f"{_OWN_LOOP} lagged {format_value(round(late, 3), 's')} while this was measured"
        return [_gap(e, words) if e.subject.endswith(".response_time") else e for e in newest.evidence]
    return newest.evidence


def _gap(evidence: Evidence, reason: str) -> Gap:
    remedy = "run it on a machine with a free processor, or lower the concurrency"
    gap = Gap(evidence.subject, reason, source=evidence.source, remedy=remedy)
    return replace(gap, time=evidence.time, attempts=evidence.attempts, took=evidence.took)
