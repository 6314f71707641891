"""How many of what could be covered were covered: lines and branches. Shares are never rounded up."""

import math
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class _Covered:
    """`covered` of `total`. Raises ValueError unless 0 <= covered <= total."""

    covered: int
    total: int

    def __post_init__(self) -> None:
        if not 0 <= self.covered <= self.total:
            raise ValueError(f"{self.covered} of {self.total} can't be covered")

    @property
    def missed(self) -> int:
        """What no test reached."""
        return self.total - self.covered

    @property
    def ratio(self) -> float | None:
        """0..1; 1.0 only where all are covered; None for 0 of 0, where there was nothing to cover."""
        if not self.total:
            return None
        ratio = self.covered / self.total
        return math.nextafter(1.0, 0.0) if ratio == 1.0 and self.missed else ratio

    @property
    def percent(self) -> str:
        """`66.6 %` for 2 of 3: cut off after one decimal, never rounded up; `nothing to cover` for 0 of 0."""
        if not self.total:
            return "nothing to cover"
        whole, tenths = divmod(self.covered * 1000 // self.total, 10)
        return f"{whole}.{tenths} %" if tenths else f"{whole} %"

    def __add__(self, other: Self) -> Self:
        return type(self)(self.covered + other.covered, self.total + other.total)

    def __str__(self) -> str:
        return f"{self.covered:,} of {self.total:,} ({self.percent})" if self.total else self.percent


@dataclass(frozen=True, slots=True)
class Lines(_Covered):
    """Lines that can be executed and those that were; statements where a tool counts these (Go, Clover's totals)."""


@dataclass(frozen=True, slots=True)
class Branches(_Covered):
    """Ways that the program can take at its decisions, and those that it took."""
