"""A load run as objectives see it: what was measured, which part of it is judged, and what may still come."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from load.measured import Measured
from load.tally import Tally


@dataclass(frozen=True, slots=True)
class Observed:
    """A run that is over, or goes on.

    `start`, `end`: seconds; what was due between them is judged, the warm-up before is not. `settled`: until then all
    requests have their fate. `why`: what keeps it from being whole, empty where it ran its whole length. `to_come`: so
    many requests may yet be made, at most; infinity where a part of the measurement is lost. `selectors`: what an
    objective may name, each with the request names that are meant; empty for a locustfile, which names its own.
    `late_after`: seconds after which a request that was not begun counts as late.
    """

    measured: Measured
    start: int
    end: int
    settled: float
    why: str = ""
    to_come: float = 0
    selectors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    late_after: float = 0.1

    @property
    def broken(self) -> bool:
        """Whether nothing of it can be believed: generators vanished, and nobody knows what they saw."""
        return math.isinf(self.to_come)

    @property
    def seconds(self) -> int:
        """How long the part is that is judged."""
        return self.end - self.start

    def tally(self, selector: str = "", start: float | None = None, end: float | None = None) -> Tally:
        """What became of the requests that a selector means, in the part that is judged or in a window of it.

        What was late while the generator itself was late is not counted as late: that is no fault of the target.
        """
        begin, until = self.start if start is None else start, self.end if end is None else end
        names = self.selectors.get(selector, (selector,)) if selector else self.measured.names
        found = Tally.merged(self.measured.tally(name, begin, until) for name in dict.fromkeys(names))
        return replace(found, late=found.late - self._own_late(names, begin, until)) if found.late else found

    def _own_late(self, names: Iterable[str], start: float, end: float) -> int:
        """The late requests of windows in which, or beside which, the generator's own loop was late."""
        lagged = {at for at, health in self.measured.health.items() if health.latest >= self.late_after / 2}
        near = {at + step for at in lagged for step in (-1, 0, 1)}
        interval = self.measured.interval
        return sum(
            tally.late
            for name in dict.fromkeys(names)
            for at, tally in self.measured.tallies.get(name, {}).items()
            if at in near and at * interval >= start and (at + 1) * interval <= end
        )

    def windows(self, over: int) -> Iterator[tuple[int, int]]:
        """Windows of a length, one after the other; the last one ends where the run does, and may overlap."""
        starts = list(range(self.start, self.end - over + 1, over))
        if starts and starts[-1] + over < self.end:
            starts.append(self.end - over)
        for start in starts:
            yield start, start + over

    def unknown(self, selector: str) -> str:
        """The words for a selector that met no request."""
        if selector in self.selectors or not selector:
            return ""
        return self.measured.near(selector)
