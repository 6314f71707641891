"""Limits on amounts: AtMost, AtLeast, Between."""

import math
from dataclasses import dataclass

from checks.evidence import Reading
from checks.units import NUMERIC_UNITS, format_apart, format_value
from gates.criteria.base import Criterion, CriterionError


@dataclass(frozen=True, slots=True)
class _Bound(Criterion):
    """One bound, in base units. `exclusive`: the limit itself does not satisfy it."""

    limit: float
    unit: str = "1"
    exclusive: bool = False

    def __post_init__(self) -> None:
        super(_Bound, self).__post_init__()
        object.__setattr__(self, "limit", as_amount(self.limit, self.unit))

    @property
    def sign(self) -> str:
        raise NotImplementedError

    @property
    def wanted(self) -> str:
        return f"{self.sign} {format_value(self.limit, self.unit)}"

    def wanted_beside(self, reading: Reading) -> str:
        return f"{self.sign} {format_apart(float(reading.value), self.limit, self.unit)[1]}"

    def misfit(self, unit: str) -> str:
        return _misfit(self.unit, unit)

    def _limit_text(self) -> str:
        return f"{self.sign} {_exact(self.limit)}{_suffix(self.unit)}"

    def _shown(self, reading: Reading) -> str:
        return format_apart(float(reading.value), self.limit, self.unit)[0]


@dataclass(frozen=True, slots=True)
class AtMost(_Bound):
    """`<= 500ms`; with `exclusive`, `< 80 %`."""

    @property
    def sign(self) -> str:
        return "<" if self.exclusive else "<="

    def met(self, reading: Reading) -> tuple[bool, str]:
        value = float(reading.value)
        return (value < self.limit if self.exclusive else value <= self.limit), self._shown(reading)

    def at_least_as_strict_as(self, other: Criterion) -> bool:
        if self.min_samples < other.min_samples:
            return False
        match other:
            case AtMost(limit=limit, unit=self.unit, exclusive=exclusive):
                return self.limit < limit or (self.limit == limit and (self.exclusive or not exclusive))
        return False


@dataclass(frozen=True, slots=True)
class AtLeast(_Bound):
    """`>= 99 %`; with `exclusive`, `> 0`."""

    @property
    def sign(self) -> str:
        return ">" if self.exclusive else ">="

    def met(self, reading: Reading) -> tuple[bool, str]:
        value = float(reading.value)
        return (value > self.limit if self.exclusive else value >= self.limit), self._shown(reading)

    def at_least_as_strict_as(self, other: Criterion) -> bool:
        if self.min_samples < other.min_samples:
            return False
        match other:
            case AtLeast(limit=limit, unit=self.unit, exclusive=exclusive):
                return self.limit > limit or (self.limit == limit and (self.exclusive or not exclusive))
        return False


@dataclass(frozen=True, slots=True)
class Between(Criterion):
    """`between 10 and 20 s`: both bounds included."""

    low: float
    high: float
    unit: str = "1"

    def __post_init__(self) -> None:
        super(Between, self).__post_init__()
        object.__setattr__(self, "low", as_amount(self.low, self.unit))
        object.__setattr__(self, "high", as_amount(self.high, self.unit))
        if self.low > self.high:
            raise CriterionError(f"nothing lies between {self.low} and {self.high}: the first bound is the lower one")

    @property
    def wanted(self) -> str:
        return f"between {format_value(self.low, self.unit)} and {format_value(self.high, self.unit)}"

    def met(self, reading: Reading) -> tuple[bool, str]:
        value = float(reading.value)
        nearest = self.low if value < self.low else self.high
        return self.low <= value <= self.high, format_apart(value, nearest, self.unit)[0]

    def misfit(self, unit: str) -> str:
        return _misfit(self.unit, unit)

    def at_least_as_strict_as(self, other: Criterion) -> bool:
        if self.min_samples < other.min_samples:
            return False
        match other:
            case Between(low=low, high=high, unit=self.unit):
                return self.low >= low and self.high <= high
            case AtMost(limit=limit, unit=self.unit, exclusive=exclusive):
                return self.high < limit or (self.high == limit and not exclusive)
            case AtLeast(limit=limit, unit=self.unit, exclusive=exclusive):
                return self.low > limit or (self.low == limit and not exclusive)
        return False

    def _limit_text(self) -> str:
        suffix = _suffix(self.unit)
        return f"between {_exact(self.low)}{suffix} and {_exact(self.high)}{suffix}"


def as_amount(value: object, unit: str) -> float:
    """The limit as the float that its text form reads back as. Raises CriterionError for what is no amount."""
    if unit not in NUMERIC_UNITS:
        raise CriterionError(f"unknown unit {unit!r}; known are {', '.join(sorted(NUMERIC_UNITS))}")
    try:
        amount = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
    except OverflowError:
        amount = math.inf
    if not math.isfinite(amount):
        raise CriterionError(f"{value!r} is not a limit: a finite number is needed")
    return amount


def _misfit(wanted: str, got: str) -> str:
    return "" if got == wanted else f"measured in {got!r}, the limit is in {wanted!r}"


def _exact(value: float) -> str:
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))


def _suffix(unit: str) -> str:
    return "" if unit == "1" else f" {unit}"
