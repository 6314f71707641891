"""What happened between two scrapes of the same pages: how much each counter went up, and over how many seconds.

NoDifference    the two can't be compared: a counter began anew, another process answered, too little time lay between
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from checks.metrics_page.samples import Key, shown
from checks.metrics_page.scrape import Scrape

#: When a process began, as every client library exposes it.
_STARTED: Final = "process_start_time_seconds"


class NoDifference(ValueError):  # noqa: N818 - the words of a Gap
    """Nothing can be said about what happened in between."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The increases of all counters of several pages, and the values of everything else at the end.

    Labels and a number; the same labels come more than once where several pages have them. `seconds`: the time
    between the scrapes, of the page where it was shortest; `time`: the end, in seconds since the epoch.
    """

    increases: Mapping[str, tuple[tuple[Mapping[str, str], float], ...]]
    values: Mapping[str, tuple[tuple[Mapping[str, str], float], ...]]
    seconds: float
    time: float
    source: str

    def increase(self, name: str) -> Iterator[tuple[Mapping[str, str], float]]:
        """Labels and increase of every counter of this name."""
        yield from self.increases.get(name, ())

    def value(self, name: str) -> Iterator[tuple[Mapping[str, str], float]]:
        """Labels and last value of every sample of this name."""
        yield from self.values.get(name, ())


def difference(first: Sequence[Scrape], second: Sequence[Scrape]) -> Difference:
    """Compare two scrapes of each page, in the same order. Raises NoDifference."""
    increases: dict[str, list[tuple[Mapping[str, str], float]]] = {}
    values: dict[str, list[tuple[Mapping[str, str], float]]] = {}
    for before, after in zip(first, second, strict=True):
        _check_process(before, after)
        for key, value in after.page.samples.items():
            name, labels = key
            values.setdefault(name, []).append((dict(labels), value))
            if after.page.counts(name):
                increases.setdefault(name, []).append((dict(labels), _increase(before, key, value)))
        gone = [key for key in before.page.samples if key not in after.page.samples and before.page.counts(key[0])]
        if gone:
            raise NoDifference(f"{after.source}: {shown(gone[0])} was counted before, and is gone: another process?")
    pairs = list(zip(first, second, strict=True))
    seconds = min((after.at - before.at for before, after in pairs), default=0.0)
    if seconds <= 0:
        raise NoDifference("no time lay between the two scrapes")
    pages = ", ".join(after.source for after in second)
    source = f"two scrapes of {pages}, {seconds:.1f} s apart"
    return Difference(
        {name: tuple(found) for name, found in increases.items()},
        {name: tuple(found) for name, found in values.items()},
        seconds,
        max(after.time for after in second),
        source,
    )


def _increase(before: Scrape, key: Key, value: float) -> float:
    """From the first scrape to the second. A counter that appeared in between began with 0."""
    earlier = before.page.samples.get(key, 0.0)
    if not value >= earlier:
        words = f"went from {earlier:g} to {value:g}: it began anew, or another process answered"
        raise NoDifference(f"{before.source}: {shown(key)} {words}")
    return value - earlier


def _check_process(before: Scrape, after: Scrape) -> None:
    """Behind a load balancer, the second scrape may be of another process; its counters are not to be compared."""
    was, now = (
        {key: value for key, value in one.page.samples.items() if key[0] == _STARTED} for one in (before, after)
    )
    if was != now:
        key = next(iter({**now, **was}))
        words = f"{shown(key)} was {was.get(key, 'not there')}, and is {now.get(key, 'not there')}"
        raise NoDifference(f"{after.source}: another process answered, or it was restarted: {words}")
