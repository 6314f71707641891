"""What a generator process counts: each request it makes, how late its own loop is, and how busy it is."""

import os
import time
from collections import defaultdict
from math import log
from typing import Any, Final

import gevent
from gevent.event import Event

from load.book import Book, Counts
from load.histogram import SHORTEST, bucket
from load.tally import UNFINISHED

_SCALE: Final = 1 / log(1.002)
_OFFSET: Final = -log(SHORTEST) * _SCALE
#: Seconds between two looks at how late the loop is.
_LOOK: Final = 0.02
now: Final = time.perf_counter


class Recorder:
    """The counts of one process. Times are those of `time.perf_counter`; `start` is when the run began there.

    `requests` and `rate`: this process's share of the caps; once one is reached, `over` says so in words, and nothing
    more is to be begun. `paired`: whether response and service times differ (the open model).
    """

    def __init__(
        self, interval: int, late_after: float, *, requests: float, rate: float, paired: bool, keep_raw: bool
    ) -> None:
        self.interval = interval
        self.late_after = late_after
        self.paired = paired
        self.start = 0.0
        self.started = Event()
        self.end = float("inf")
        self.over = ""
        self.busy = 0  # begun and without a fate
        self.busiest = 0  # the most of those since the last report
        self.waiting = 0  # due and without a fate
        self.raw: list[tuple[str, float, float, float]] | None = [] if keep_raw else None
        self._book = Book(interval)
        self._cells: dict[tuple[int, str], Counts] = self._book.cells
        self._direct: dict[tuple[int, str, str], Counts] = {}
        self._requests, self._rate = requests, rate
        self._begun = 0
        self._second, self._in_second = -1, 0
        self._lateness: defaultdict[int, int] = defaultdict(int)
        self._latest = 0.0
        self._cpu = self._asked = 0.0

    def begin(self, start: float) -> None:
        """The run begins, at a time of the clock."""
        self.start = start
        self._cpu, self._asked = _cpu_time(), start
        self.started.set()

    def cell(self, window: int, name: str) -> Counts:
        """The counts of a window and name, on the page that the next report takes."""
        counts = self._cells.get((window, name))
        return counts if counts is not None else self._book.cell(window, name)

    def intend(self, name: str, due: float) -> None:
        """A request is due; `due` and all other times are seconds since the start."""
        self.waiting += 1
        self.cell(int(due) // self.interval, name).intended += 1

    def begun(self, name: str, due: float, began: float) -> bool:
        """A request is about to be made. False where a cap forbids it; then nothing may be sent."""
        if int(began) != self._second:
            self._second, self._in_second = int(began), 0
        if self._begun >= self._requests or self._in_second >= self._rate:
            self._reach_cap()
            return False
        self._begun += 1
        self._in_second += 1
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        if began - due > self.late_after:
            self.cell(int(due) // self.interval, name).late += 1
        return True

    def succeeded(self, name: str, due: float, began: float, ended: float) -> None:
        """It got the answer that was wanted."""
        self.busy -= 1
        self.waiting -= 1
        counts = self.cell(int(due) // self.interval, name)
        counts.successes += 1
        # The arithmetic of `bucket` without its checks: this is done for each request.
        number = int(log(ended - began) * _SCALE + _OFFSET) if ended - began > SHORTEST else 0
        counts.service[number] += 1
        if self.paired:
            counts.response[int(log(ended - due) * _SCALE + _OFFSET) if ended - due > SHORTEST else 0] += 1
        if self.raw is not None:
            self.raw.append((name, due, began, ended))

    def reported(self, method: str, name: str, ended: float, took: float) -> None:
        """A request that a locustfile reports when it is over, and that succeeded: all of the above in one step.

        This is done beside everything that Locust itself does for a request, and must not cost much of it.
        """
        second = int(ended)
        if second != self._second:
            self._second, self._in_second = second, 0
        self._begun += 1
        self._in_second += 1
        if self._begun > self._requests or self._in_second > self._rate:
            self._reach_cap()
        key = (int(ended - took) // self.interval, method, name)
        counts = self._direct.get(key)
        if counts is None:
            counts = self._direct[key] = self.cell(key[0], f"{method} {name}")
        counts.intended += 1
        counts.successes += 1
        counts.service[int(log(took) * _SCALE + _OFFSET) if took > SHORTEST else 0] += 1

    def failed(self, name: str, due: float, kind: str) -> None:
        """It did not get it, and that is the target's doing."""
        self.busy -= 1
        self.waiting -= 1
        self.cell(int(due) // self.interval, name).failed(kind)

    def lost(self, name: str, due: float, kind: str) -> None:
        """Our own side could not make it."""
        self.busy -= 1
        self.waiting -= 1
        counts = self.cell(int(due) // self.interval, name)
        counts.lost[kind] = counts.lost.get(kind, 0) + 1

    def unfinished(self, name: str, due: float) -> None:
        """It was under way when the run was over."""
        self.failed(name, due, UNFINISHED)

    def dropped(self, name: str, due: float) -> None:
        """It was never begun."""
        self.waiting -= 1
        self.cell(int(due) // self.interval, name).dropped += 1

    def late_by(self, seconds: float) -> None:
        """The loop came back so much later than it was asked to."""
        self._lateness[bucket(max(0.0, seconds))] += 1
        self._latest = max(self._latest, seconds)

    def watch_loop(self) -> None:
        """Look for ever how late the loop is (a greenlet)."""
        while True:
            asked = now() + _LOOK
            gevent.sleep(_LOOK)
            self.late_by(now() - asked)

    def report(self, users: int) -> dict[str, Any]:
        """What was counted since the last report, which begins a new page."""
        at = now()
        elapsed = at - self.start
        cpu = _cpu_time()
        share = (cpu - self._cpu) / max(1e-9, at - self._asked)
        page = self._book.written(paired=self.paired)
        lateness = [number for pair in self._lateness.items() for number in pair]
        vitals = [int(max(0.0, elapsed - 0.5)) // self.interval, users, share, self._latest, lateness]
        self._book = Book(self.interval)
        self._cells = self._book.cells
        self._direct.clear()
        self._lateness, self._latest = defaultdict(int), 0.0
        self.busiest = self.busy
        self._cpu, self._asked = cpu, at
        return {"elapsed": elapsed, "page": page, "vitals": vitals, "begun": self._begun, "over": self.over}

    def _reach_cap(self) -> None:
        words = "requests" if self._begun >= self._requests else "requests per second"
        self.over = self.over or f"the cap on {words} was reached"


def _cpu_time() -> float:
    times = os.times()
    return times.user + times.system
