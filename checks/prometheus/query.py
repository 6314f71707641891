"""What is asked of Prometheus: a query, how many series it may give, and what has to hold for its value to count."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

#: Prometheus refuses range queries with more points for a series.
MOST_POINTS: Final = 11_000


class Take(Enum):
    """Which of the values over a time counts."""

    HIGHEST = "highest"
    LOWEST = "lowest"
    MEAN = "mean"
    LAST = "last"


@dataclass(frozen=True, slots=True)
class Missed:
    """Errors that a rate does not see: those of a series that appeared in the window, before its first sample.

    `query` counts them: a counter that appears with 60 has counted 60 errors, of which rate() says nothing. `good`: the
    value is the share of what is no error.
    """

    query: str
    good: bool = False


@dataclass(frozen=True, slots=True)
class Marked:
    """A label that every series of `selector` has to have: otherwise none would ever count as an error."""

    selector: str
    label: str


@dataclass(frozen=True, slots=True)
class Over:
    """The query is evaluated at every `step` over the last `seconds`, and one of the values is taken."""

    seconds: float
    step: float
    take: Take

    def __post_init__(self) -> None:
        if self.seconds / self.step >= MOST_POINTS:
            raise ValueError(
                f"{self.seconds / self.step:,.0f} steps are more than the {MOST_POINTS:,} that are answered"
            )


@dataclass(frozen=True, slots=True)
class MetricQuery:
    """One value, or one for each value of a label.

    `name`: the check's; `what`: the rest of the subject; `expr`: PromQL; `unit`: of its value, as in checks.units;
    `by`: a label of which each value is a subject of its own, and `expected`: the values that have to be there;
    `worst`: several series may come (for each value of `by`) and this one of them counts: one full disk is not averaged
    away;
    `samples`: a query for the number of observations; `window`: seconds that the value stands for, 0 for one moment;
    `selectors`: whose samples have to cover the window, or be fresh where there is none; `any_covers`: one of them may
    be there alone (a counter of errors appears with the first error); `max_age`: how old a sample
    may be that stands for now; `resets`: a query for the number of counter resets; `buckets`: a query for the rates of
    a histogram's buckets, of which the quantile `quantile` is taken in place of `expr`, which then is only shown.
    """

    name: str
    what: str
    expr: str
    unit: str = "1"
    by: str = ""
    expected: tuple[str, ...] = ()
    worst: Take | None = None
    samples: str = ""
    window: float = 0.0
    selectors: tuple[str, ...] = ()
    any_covers: bool = False
    max_age: float = 120.0
    marked: Marked | None = None
    missed: Missed | None = None
    resets: str = ""
    buckets: str = ""
    quantile: float = 0.0
    over: Over | None = None

    def __post_init__(self) -> None:
        if self.over is not None and self.buckets:
            raise ValueError(f"{self.name}: a quantile has a window, and is not taken over a time as well")

    @property
    def subject(self) -> str:
        """What it is called in the report, without the value of `by`."""
        return f"{self.name}.{self.what}"
