"""What has been measured, by request name and window; the same value while a run goes on and when it is over."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from load.histogram import Histogram
from load.tally import Tally


@dataclass(frozen=True, slots=True)
class Health:
    """How the load generators themselves were in one window.

    `cpu`: the busiest generator process's share of one core (1.0: saturated); `lateness`: how much later than asked for
    its loop woke up, in seconds; `latest`: the worst of those, exact; `processes`: how many reported.
    """

    cpu: float
    lateness: Histogram
    latest: float
    processes: int = 1


@dataclass(frozen=True, slots=True)
class Measured:
    """Tallies by request name and window, users and generators' health by window.

    Window `i` is the time from `i * interval` up to `(i + 1) * interval` seconds after the start. A window that is
    missing under a name had no request of that name.
    """

    interval: int
    tallies: Mapping[str, Mapping[int, Tally]]
    users: Mapping[int, int]
    health: Mapping[int, Health]

    @property
    def names(self) -> tuple[str, ...]:
        """The request names that were counted, sorted."""
        return tuple(sorted(self.tallies))

    @property
    def windows(self) -> int:
        """The number of windows up to the last in which anything was due."""
        return max((window + 1 for by_window in self.tallies.values() for window in by_window), default=0)

    def tally(self, name: str | None = None, start: float = 0, end: float | None = None) -> Tally:
        """What became of the requests of one name (all names: None) that were due from `start` up to `end` seconds.

        Windows count where they lie in that time as a whole. A name without any request gives an empty Tally.
        """
        chosen = self.tallies.values() if name is None else [self.tallies.get(name, {})]
        return Tally.merged(
            tally for by_window in chosen for window, tally in by_window.items() if self._within(window, start, end)
        )

    def lateness(self, start: float = 0, end: float | None = None) -> Histogram:
        """How late the generators' loops were, in seconds."""
        return Histogram.merged(health.lateness for health in self._health(start, end))

    def latest(self, start: float = 0, end: float | None = None) -> float | None:
        """The worst lateness of a generator's loop in seconds; None where nothing is known."""
        return max((health.latest for health in self._health(start, end)), default=None)

    def cpu(self, start: float = 0, end: float | None = None) -> float | None:
        """The busiest generator's mean share of one core; None where nothing is known."""
        shares = [health.cpu for health in self._health(start, end)]
        return sum(shares) / len(shares) if shares else None

    def near(self, name: str) -> str:
        """The words for a request name that was not counted: the nearest that was, or all of them."""
        close = difflib.get_close_matches(name, self.names, 1)
        return f"did you mean {close[0]!r}?" if close else f"counted were {', '.join(self.names) or 'none'}"

    def _health(self, start: float, end: float | None) -> Iterator[Health]:
        return (health for window, health in self.health.items() if self._within(window, start, end))

    def _within(self, window: int, start: float, end: float | None) -> bool:
        return window * self.interval >= start and (end is None or (window + 1) * self.interval <= end)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A run that goes on: what is shown as progress, and what may end it.

    `elapsed`: seconds since the start; `settled`: seconds from the start of which all requests have their fate: windows
    after that are not complete yet. `users`: running now (open model: busy). `outstanding`: requests that are due and
    have no fate yet. `measured` has everything so far.
    """

    elapsed: float
    settled: float
    users: int
    outstanding: int
    measured: Measured


#: Before anything was measured.
NOTHING: Final = Measured(1, {}, {}, {})
