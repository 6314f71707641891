"""What is shown of a load run: response times, rate, errors and users over time, and a table of requests."""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from gates.objectives.metric import Kind
from gates.objectives.objective import Objective
from gates.objectives.observed import Observed
from load.result import Ending, LoadResult, TargetUsage
from load.tally import Tally
from reports.exhibit import Cell, Column, Exhibit, Limit, Mark, Plot, Series, Table

_SHARES: Final = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
_SHORT: Final = (
    Column("request"),
    Column("intended", "1"),
    Column("failed", "1"),
    *(Column(name, "s") for name, _ in _SHARES),
)
_LONG: Final = (
    Column("request"),
    Column("intended", "1"),
    Column("successes", "1"),
    Column("failed", "1"),
    Column("lost by us", "1"),
    Column("never begun", "1"),
    Column("late", "1"),
    *(Column(f"{name} of {kind} time", "s") for kind in ("response", "service") for name, _ in _SHARES),
    Column("longest response", "s"),
)


def exhibits_of(
    name: str, result: LoadResult, observed: Observed, objectives: Sequence[Objective]
) -> tuple[Exhibit, ...]:
    """Everything that is shown of a run; nothing where nothing was measured."""
    if not result.measured.windows:
        return ()
    marks = tuple(_marks(result, observed))
    drawn = _Drawn(name, result, marks)
    found: list[Exhibit] = [
        drawn.plot(
            "response time",
            "s",
            {label: _percentile(share) for label, share in _SHARES},
            _limits(objectives, (Kind.PERCENTILE, Kind.MEAN)),
            note="Of the successes, from when they were due. A hole is a second whose value is endless or unknown.",
            terminal=True,
        ),
        drawn.plot(
            "rate",
            "1/s",
            {"intended": _rate(lambda t: t.intended), "successes": _rate(lambda t: t.successes)},
            _limits(objectives, (Kind.RATE,)),
        ),
        drawn.plot(
            "errors", "ratio", {"failed": lambda tally, _: tally.error_ratio}, _limits(objectives, (Kind.ERROR_RATIO,))
        ),
    ]
    if result.measured.users:
        users = tuple((float(at * drawn.interval), float(count)) for at, count in sorted(result.measured.users.items()))
        found.append(Plot(f"{name}: users", (Series("users", users),), "1", marks=marks))
    found += [plot for target in result.targets for plot in _used(name, target, marks)]
    found += _requests(name, observed)
    failures = _failures(name, observed)
    return (*found, failures) if failures is not None else tuple(found)


class _Drawn:
    """Draws values per window."""

    def __init__(self, name: str, result: LoadResult, marks: tuple[Mark, ...]) -> None:
        self._name, self._marks = name, marks
        self.interval = result.measured.interval
        measured = result.measured
        self._tallies = [
            (float(start), measured.tally(None, start, start + self.interval))
            for start in range(0, measured.windows * self.interval, self.interval)
        ]

    def plot(
        self,
        title: str,
        unit: str,
        lines: "dict[str, Callable[[Tally, int], float | None]]",
        limits: tuple[Limit, ...],
        *,
        note: str = "",
        terminal: bool = False,
    ) -> Plot:
        """A plot of some values of each window; what is infinite or unknown is a hole in its line."""
        series = tuple(
            Series(label, tuple((at, _finite(value(tally, self.interval))) for at, tally in self._tallies))
            for label, value in lines.items()
        )
        return Plot(
            f"{self._name}: {title}", series, unit, limits=limits, marks=self._marks, note=note, terminal=terminal
        )


def _percentile(share: float) -> "Callable[[Tally, int], float | None]":
    return lambda tally, _: tally.response.percentile(share)


def _rate(count: Callable[[Tally], int]) -> "Callable[[Tally, int], float | None]":
    return lambda tally, interval: count(tally) / interval


def _finite(value: float | None) -> float | None:
    return None if value is None or math.isinf(value) else value


def _limits(objectives: Iterable[Objective], kinds: tuple[Kind, ...]) -> tuple[Limit, ...]:
    """The objectives of some kinds as lines."""
    return tuple(
        Limit(f"{one.subject} {one.bare.wanted}", float(one.criterion.limit))
        for one in objectives
        if one.metric.kind in kinds and hasattr(one.criterion, "limit")
    )


def _marks(result: LoadResult, observed: Observed) -> Iterable[Mark]:
    if observed.start:
        yield Mark("end of the warm-up", float(observed.start))
    if result.ending is not Ending.FINISHED and result.elapsed:
        yield Mark(result.ending.value, round(result.elapsed, 3))


def _requests(name: str, observed: Observed) -> tuple[Table, Table]:
    """A table that fits a terminal, and one with everything."""
    tallies = [(request, observed.tally(request)) for request in observed.measured.names]
    tallies += [("all", observed.tally())] if len(tallies) > 1 else []
    note = "After the warm-up. Response times are those of the successes, counted from when they were due"
    short, long = zip(*(_rows(request, tally) for request, tally in tallies), strict=True)
    return (
        Table(f"{name}: requests", _SHORT, short, terminal=True),
        Table(f"{name}: requests in full", _LONG, long, note=f"{note}; service times from when they were begun."),
    )


def _rows(request: str, tally: Tally) -> tuple[tuple[Cell, ...], tuple[Cell, ...]]:
    response, service = (
        [_shown(times.percentile(share)) for _, share in _SHARES] for times in (tally.response, tally.service)
    )
    fates = (tally.successes, tally.failed, tally.lost_count, tally.dropped, tally.late)
    return (
        (request, tally.intended, tally.failed, *response),
        (request, tally.intended, *fates, *response, *service, _shown(tally.response.longest)),
    )


def _shown(value: float | None) -> float | str | None:
    return "endless" if value is not None and math.isinf(value) else value


def _failures(name: str, observed: Observed) -> Table | None:
    rows = [
        (request, kind, count)
        for request in observed.measured.names
        for kinds in (observed.tally(request).failures, observed.tally(request).lost)
        for kind, count in sorted(kinds.items(), key=lambda pair: -pair[1])
    ]
    if not rows:
        return None
    return Table(f"{name}: failures", (Column("request"), Column("kind"), Column("count", "1")), tuple(rows))


def _used(name: str, target: TargetUsage, marks: tuple[Mark, ...]) -> Iterable[Plot]:
    """CPU and memory of a watched target."""
    note = f"{target.source}{'; ' + target.gap if target.gap else ''}"
    for title, unit, of in (
        ("CPU in cores", "1", lambda sample: sample.cpu),
        ("memory", "B", lambda sample: None if sample.memory is None else float(sample.memory)),
    ):
        points = tuple((round(sample.at, 3), of(sample)) for sample in target.samples)
        if any(value is not None for _, value in points):
            yield Plot(f"{name}: {target.name}, {title}", (Series(title, points),), unit, marks=marks, note=note)
