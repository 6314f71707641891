"""A user's own query in SQL: one row with one value, or a Gap that says why there is none."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from checks.evidence import Evidence, Value
from checks.services.seam import Visit

#: Characters of a text that are kept: more is no value but a document.
LONGEST_TEXT: Final = 10_000


class NoValueError(ValueError):
    """The answer is no value; the text says why."""


@dataclass(frozen=True, slots=True)
class SqlQuery:
    """`unit`: of a number that comes (`s`, `B`, `ratio`, `1/s` or `1`)."""

    name: str
    sql: str
    unit: str = "1"


def one_value(rows: Sequence[Sequence[object]]) -> tuple[Value, str]:
    """The one value of the one row, and its own unit (`bool`, `text`, `s` for an interval, else empty).

    Raises NoValueError for anything else: no row or several, several columns, NULL, NaN, a time.
    """
    if len(rows) != 1:
        raise NoValueError("no row came, one was wanted" if not rows else "several rows came, one was wanted")
    if len(rows[0]) != 1:
        raise NoValueError(f"{len(rows[0])} columns came, one was wanted")
    match rows[0][0]:
        case None:
            raise NoValueError("the value is NULL")
        case bool() as flag:
            return flag, "bool"
        case int() as whole if abs(whole) < 10**300:
            return whole, ""
        case float() | Decimal() as number if _is_finite(number):
            return float(number), ""
        case timedelta() as span:
            return span.total_seconds(), "s"
        case str() as text if len(text) <= LONGEST_TEXT:
            return text, "text"
        case str() as text:
            raise NoValueError(f"the value is a text of {len(text):,} characters")
        case int() | float() | Decimal() as number:
            raise NoValueError(f"the value is {str(number)[:20]}, which is no finite number")
        case datetime() | date():
            raise NoValueError("the value is a time: select its age in seconds")
        case other:
            raise NoValueError(f"the value is of the type {type(other).__name__}, which nothing is compared with")


def _is_finite(number: float | Decimal) -> bool:
    # A signalling NaN can't even be converted.
    return not (isinstance(number, Decimal) and number.is_nan()) and math.isfinite(float(number))


def query_evidence(visit: Visit, query: SqlQuery, rows: Sequence[Sequence[object]], source: str) -> Evidence:
    """`NAME.query.QUERY`, or its Gap."""
    part = f"query.{query.name}"
    try:
        value, unit = one_value(rows)
    except NoValueError as error:
        return visit.gap(part, str(error), "select exactly one value", source=source)
    return visit.reading(part, value, unit or query.unit, source=source)


def migration_evidence(visit: Visit, rows: Sequence[Sequence[object]], source: str) -> Iterator[Evidence]:
    """`NAME.migration` as text; a table without a row says that no migration was ever made."""
    if not rows:
        yield visit.absent("migration", "its table has no row", source=source)
        return
    try:
        value, _ = one_value(rows)
    except NoValueError as error:
        yield visit.gap("migration", str(error), "select exactly one value", source=source)
        return
    yield visit.reading("migration", str(value).strip(), "text", source=source)
