"""What became of the requests of one name in one window: each of them has exactly one fate."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Self

from load.histogram import Histogram

#: The kind of failure of a request that was under way when the run (and its drain) was over.
UNFINISHED: Final = "unfinished at the end"


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of requests, in the window in which they were *due* (closed model: begun), whenever they ended.

    intended   were to be made, by the schedule (closed model: were begun)
    late       were begun later than the plan's `late_after`, for whatever reason; they have a fate beside that
    successes  got the answer that was wanted
    failures   kind → count: what the target got wrong (`status 503`, `connection refused`, `no answer within 10 s`,
               `unfinished at the end`, ...)
    lost       kind → count: what our own side could not do (no free port, no resolver): they say nothing of the target
    dropped    were never begun, because every user was busy until the run was over
    response   seconds from the intended start to the end, of the successes; one infinite entry for each dropped one
    service    seconds from the real start to the end, of the successes

    `intended == successes + failed + lost_count + dropped + outstanding`. Raises ValueError where that can't be.
    """

    intended: int = 0
    late: int = 0
    successes: int = 0
    failures: Mapping[str, int] = field(default_factory=dict)
    lost: Mapping[str, int] = field(default_factory=dict)
    dropped: int = 0
    response: Histogram = field(default_factory=Histogram)
    service: Histogram = field(default_factory=Histogram)

    def __post_init__(self) -> None:
        if min(self.intended, self.late, self.successes, self.dropped) < 0:
            raise ValueError("a count is below 0")
        if any(count < 1 for kinds in (self.failures, self.lost) for count in kinds.values()):
            raise ValueError("a kind of failure that never happened is listed")
        if self.outstanding < 0:
            raise ValueError(f"{self.intended} requests were intended, and {-self.outstanding} more have a fate")
        if self.late > self.intended - self.dropped:
            raise ValueError(
                f"{self.late} requests were late, and only {self.intended - self.dropped} can have been begun"
            )
        if self.service.infinite or self.service.count != self.successes:
            raise ValueError(f"{self.successes} requests succeeded, and {self.service.count} service times are there")
        if self.response.infinite != self.dropped or self.response.count != self.successes + self.dropped:
            raise ValueError("the response times are not those of the successes and of the dropped")

    @classmethod
    def merged(cls, parts: "Iterable[Tally]") -> Self:
        """All of them as one."""
        tallies = tuple(parts)
        return cls(
            intended=sum(t.intended for t in tallies),
            late=sum(t.late for t in tallies),
            successes=sum(t.successes for t in tallies),
            failures=_added(t.failures for t in tallies),
            lost=_added(t.lost for t in tallies),
            dropped=sum(t.dropped for t in tallies),
            response=Histogram.merged(t.response for t in tallies),
            service=Histogram.merged(t.service for t in tallies),
        )

    @property
    def failed(self) -> int:
        """How many failed, of all kinds; those unfinished at the end are among them."""
        return sum(self.failures.values())

    @property
    def unfinished(self) -> int:
        """How many were under way when the run was over."""
        return self.failures.get(UNFINISHED, 0)

    @property
    def lost_count(self) -> int:
        """How many our own side could not make."""
        return sum(self.lost.values())

    @property
    def outstanding(self) -> int:
        """How many have no fate yet: they wait for a user or for their answer. 0 once a run is over."""
        return self.intended - self.successes - self.failed - self.lost_count - self.dropped

    @property
    def achieved(self) -> int:
        """How many of the intended ones were made or are still to be made: all but the dropped and the lost."""
        return self.intended - self.dropped - self.lost_count

    @property
    def answered(self) -> int:
        """How many ended by themselves, well or not."""
        return self.successes + self.failed

    @property
    def error_ratio(self) -> float | None:
        """The share of failures among those that were made; None where none was."""
        return self.failed / self.answered if self.answered else None


def _added(parts: Iterable[Mapping[str, int]]) -> Mapping[str, int]:
    total: dict[str, int] = {}
    for part in parts:
        for kind, count in part.items():
            total[kind] = total.get(kind, 0) + count
    return total
