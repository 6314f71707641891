"""Limits on what a value is: Equals, OneOf, Matches."""

import json
import math
import re
import warnings
from dataclasses import dataclass

from checks.evidence import Reading, Value
from checks.units import UNITS, format_value
from gates.criteria.amount import as_amount
from gates.criteria.base import Criterion, CriterionError


@dataclass(frozen=True, slots=True)
class Equals(Criterion):
    """`= 200`, `= healthy`, `= true`, `= 500 ms`. Text and amounts are never equal to one another."""

    value: Value
    unit: str = ""

    def __post_init__(self) -> None:
        super(Equals, self).__post_init__()
        natural = _check_value(self.value)
        # What is there or not is judged by `true` or `false`; in the text form it is one of those.
        there = self.unit == "present" and natural == "bool"
        object.__setattr__(self, "unit", natural if there or not self.unit else self.unit)
        if self.unit not in UNITS:
            raise CriterionError(f"unknown unit {self.unit!r}; known are {', '.join(sorted(UNITS))}")
        if self.unit != natural:
            # An amount with a unit is read back as a float; a plain number keeps all its digits.
            object.__setattr__(self, "value", as_amount(self.value, self.unit))

    @property
    def wanted(self) -> str:
        return f"= {format_value(self.value, self.unit)}"

    def wanted_beside(self, reading: Reading) -> str:
        there = reading.unit == "present" and isinstance(self.value, bool)
        return f"= {format_value(self.value, 'present')}" if there else self.wanted

    def met(self, reading: Reading) -> tuple[bool, str]:
        return same_value(reading.value, self.value), format_value(reading.value, reading.unit, 15)

    def misfit(self, unit: str) -> str:
        # Another type is another value (`200` is not `"200"`), so it FAILs; only two amounts can't be compared.
        amounts = {self.unit, unit} - {"text", "bool", "present"}
        return f"measured in {unit!r}, the limit is in {self.unit!r}" if len(amounts) == 2 else ""

    def at_least_as_strict_as(self, other: Criterion) -> bool:
        if self.min_samples < other.min_samples or other.misfit(self.unit):
            return False
        return other.met(Reading("limit", self.value, self.unit))[0]

    def _limit_text(self) -> str:
        return f"= {literal(self.value, self.unit)}"


@dataclass(frozen=True, slots=True)
class OneOf(Criterion):
    """`one of 200, 204`: the value is among those listed."""

    values: tuple[Value, ...]

    def __post_init__(self) -> None:
        super(OneOf, self).__post_init__()
        if not self.values:
            raise CriterionError("'one of' needs at least one value: nothing would ever satisfy it")
        for value in self.values:
            _check_value(value)

    @property
    def wanted(self) -> str:
        return "one of " + ", ".join(format_value(v, natural_unit(v)) for v in self.values)

    def met(self, reading: Reading) -> tuple[bool, str]:
        met = any(same_value(reading.value, value) for value in self.values)
        return met, format_value(reading.value, reading.unit, 15)

    def misfit(self, unit: str) -> str:
        plain = ("1", "text", "bool", "present")
        return "" if unit in plain else f"measured in {unit!r}, 'one of' lists plain values"

    def at_least_as_strict_as(self, other: Criterion) -> bool:
        return all(Equals(v, min_samples=self.min_samples).at_least_as_strict_as(other) for v in self.values)

    def _limit_text(self) -> str:
        return "one of " + ", ".join(literal(v, natural_unit(v)) for v in self.values)


@dataclass(frozen=True, slots=True)
class Matches(Criterion):
    r"""`~ ^1\.\d+$`: the regular expression (Python's `re`) is found in the text."""

    pattern: str

    def __post_init__(self) -> None:
        super(Matches, self).__post_init__()
        if not self.pattern:
            raise CriterionError("an empty pattern matches everything: write what is wanted")
        try:
            with warnings.catch_warnings():
                # Python warns of patterns that will mean something else in a later version: here that is an error.
                warnings.simplefilter("error")
                re.compile(self.pattern)
        except (re.error, RecursionError, OverflowError, Warning) as error:
            raise CriterionError(f"{self.pattern!r} is not a regular expression: {error}") from error

    @property
    def wanted(self) -> str:
        return f"~ {self.pattern}"

    def met(self, reading: Reading) -> tuple[bool, str]:
        text = reading.value if isinstance(reading.value, str) else str(reading.value)
        shown = text if len(text) <= 120 else f"{text[:117]}..."
        return re.search(self.pattern, text) is not None, repr(shown)

    def misfit(self, unit: str) -> str:
        return "" if unit in ("text", "1") else f"measured in {unit!r}, a pattern needs text"

    def at_least_as_strict_as(self, other: Criterion) -> bool:
        return self.min_samples >= other.min_samples and isinstance(other, Matches) and other.pattern == self.pattern

    def _limit_text(self) -> str:
        return f"~ {json.dumps(self.pattern, ensure_ascii=False)}"


def same_value(one: Value, other: Value) -> bool:
    """Equality that does not take True for 1."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _check_value(value: object) -> str:
    """The natural unit of a value that can be wanted. Raises CriterionError for everything else."""
    if not isinstance(value, bool | int | float | str) or (isinstance(value, float) and not math.isfinite(value)):
        raise CriterionError(f"{value!r} can't be wanted: a text, a finite number, true or false is needed")
    return natural_unit(value)


def natural_unit(value: Value) -> str:
    """The unit of a plain value: `bool`, `text` or `1`."""
    return "bool" if isinstance(value, bool) else "text" if isinstance(value, str) else "1"


def literal(value: Value, unit: str) -> str:
    """A value as criterion texts write it: quoted text, `true`, `200`, `0.5 s`."""
    if isinstance(value, bool | str):
        return json.dumps(value, ensure_ascii=False)
    return f"{value!r} {unit}" if unit != "1" else repr(value)
