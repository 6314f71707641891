"""The book that counts are written into: in each generator, in their master, and beside them as the run goes on.

A generator writes into a fresh page for each report; whoever reads the reports in order has all that was counted.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Final

from load.histogram import Histogram
from load.measured import Health, Measured
from load.tally import Tally

#: Kinds of failure under one name in one window; what is beyond counts as one more kind. Texts with ids in them would
#: otherwise fill the memory.
KINDS: Final = 40
OTHER: Final = "other failures"


class Counts:
    """A tally that is being written. `response` and `service` count by bucket; where the two don't differ (`paired` is
    False), only `service` is written to."""

    __slots__ = ("dropped", "failures", "intended", "late", "lost", "response", "service", "successes")

    def __init__(self) -> None:
        self.intended = self.late = self.successes = self.dropped = 0
        self.failures: dict[str, int] = {}
        self.lost: dict[str, int] = {}
        self.response: defaultdict[int, int] = defaultdict(int)
        self.service: defaultdict[int, int] = defaultdict(int)

    @property
    def outstanding(self) -> int:
        """How many have no fate yet."""
        fates = self.successes + self.dropped + sum(self.failures.values()) + sum(self.lost.values())
        return self.intended - fates

    def failed(self, kind: str) -> None:
        """Count what the target got wrong."""
        _add(self.failures, kind, 1)

    def tally(self) -> Tally:
        """The value. Raises ValueError where counts contradict each other."""
        return Tally(
            intended=self.intended,
            late=self.late,
            successes=self.successes,
            failures=dict(self.failures),
            lost=dict(self.lost),
            dropped=self.dropped,
            response=Histogram(dict(self.response), self.dropped),
            service=Histogram(dict(self.service)),
        )

    def written(self, *, paired: bool = True) -> list[Any]:
        """The form of reports: plain lists and dicts."""
        numbers = [self.intended, self.late, self.successes, self.dropped]
        service = _flat(self.service)
        return [*numbers, self.failures, self.lost, _flat(self.response) if paired else service, service]

    def absorb(self, written: list[Any]) -> None:
        """Add what `written` gave."""
        intended, late, successes, dropped, failures, lost, response, service = written
        self.intended += intended
        self.late += late
        self.successes += successes
        self.dropped += dropped
        for mine, theirs in ((self.failures, failures), (self.lost, lost)):
            for kind, count in theirs.items():
                _add(mine, kind, count)
        for buckets, flat in ((self.response, response), (self.service, service)):
            for number, count in zip(flat[::2], flat[1::2], strict=True):
                buckets[number] += count


@dataclass(slots=True)
class _Vitals:
    """Users and health in one window, by generator."""

    users: dict[int, int] = field(default_factory=dict)
    cpu: dict[int, float] = field(default_factory=dict)
    latest: float = 0.0
    lateness: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))


class Book:
    """Counts by window and request name, users and health by window."""

    def __init__(self, interval: int) -> None:
        self.interval = interval
        self.cells: dict[tuple[int, str], Counts] = {}
        self._vitals: dict[int, _Vitals] = {}
        self._tallies: dict[tuple[int, str], Tally] = {}
        self._open: set[tuple[int, str]] = set()

    def cell(self, window: int, name: str) -> Counts:
        """The counts of a window and name."""
        counts = self.cells.get((window, name))
        if counts is None:
            counts = self.cells[window, name] = Counts()
        return counts

    def written(self, *, paired: bool = True) -> list[list[Any]]:
        """The form of reports."""
        return [[window, name, counts.written(paired=paired)] for (window, name), counts in self.cells.items()]

    def absorb(self, written: list[list[Any]]) -> None:
        """Add what another book has `written`."""
        for window, name, counts in written:
            self.cell(window, name).absorb(counts)
            self._tallies.pop((window, name), None)
            self._open.add((window, name))

    def note_vitals(self, worker: int, vitals: list[Any]) -> None:
        """Add how a generator was: window, users, CPU share, worst lateness, and lateness as bucket, count, ..."""
        window, users, cpu, latest, lateness = vitals
        known = self._vitals.setdefault(window, _Vitals())
        known.users[worker] = max(users, known.users.get(worker, 0))
        known.cpu[worker] = max(cpu, known.cpu.get(worker, 0.0))
        known.latest = max(latest, known.latest)
        for number, count in zip(lateness[::2], lateness[1::2], strict=True):
            known.lateness[number] += count

    def settled(self) -> tuple[int, int]:
        """The first window with requests that have no fate, and how many those are in all windows.

        The first is one beyond the last window where everything has its fate.
        """
        waiting = {key: left for key in self._open if (left := self.cells[key].outstanding)}
        self._open = set(waiting)
        last = max((window for window, _ in self.cells), default=-1)
        return min((window for window, _ in waiting), default=last + 1), sum(waiting.values())

    def measured(self) -> Measured:
        """All of it as a value. Raises ValueError where counts contradict each other."""
        tallies: dict[str, dict[int, Tally]] = {}
        for key, counts in self.cells.items():
            # Most windows of a long run are over: their value does not have to be made again each second.
            tally = self._tallies.get(key)
            if tally is None:
                tally = self._tallies[key] = counts.tally()
            tallies.setdefault(key[1], {})[key[0]] = tally
        users = {window: sum(vitals.users.values()) for window, vitals in self._vitals.items()}
        health = {
            window: Health(max(v.cpu.values()), Histogram(dict(v.lateness)), v.latest, len(v.cpu))
            for window, v in self._vitals.items()
        }
        return Measured(self.interval, tallies, users, health)


def _add(kinds: dict[str, int], kind: str, count: int) -> None:
    if kind not in kinds and len(kinds) >= KINDS:
        kind = OTHER
    kinds[kind] = kinds.get(kind, 0) + count


def _flat(buckets: dict[int, int]) -> list[int]:
    return [number for pair in buckets.items() for number in pair]
