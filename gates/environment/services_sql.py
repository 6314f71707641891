"""What services that speak SQL have in common: the version of the schema, and queries of the environment's own."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from checks.units import NUMERIC_UNITS
from gates.criteria import Criterion
from gates.environment.fields import Reader, Text
from gates.environment.limits import CRITERION_SCHEMA, WantedText, read_wanted
from gates.environment.section import Section

if TYPE_CHECKING:
    from checks.services.sql_query import SqlQuery

_WANTED_SCHEMA = {"anyOf": [{"type": ["number", "boolean"]}, CRITERION_SCHEMA]}


class Migration(Section):
    """The version of the schema."""

    query: Text = Field(description="a query with one value: select version_num from alembic_version")
    equals: WantedText = Field(description="the version that the release needs, or a criterion on it")


class ServiceQuery(Section):
    """One query, one row, one value."""

    sql: Text = Field(description="a SELECT with one row and one column")
    expect: Annotated[Criterion, Reader(read_wanted, _WANTED_SCHEMA)] = Field(
        description="the wanted value, or a criterion; a number has the unit of the criterion (s, B, ratio)"
    )

    def as_query(self, name: str) -> "SqlQuery":
        """What the checker is given: a number that comes is in the unit of the criterion."""
        from checks.services.sql_query import SqlQuery

        unit = getattr(self.expect, "unit", "1")
        return SqlQuery(name, self.sql, unit if unit in NUMERIC_UNITS else "1")


def expected_of(migration: Migration | None, queries: Mapping[str, ServiceQuery]) -> Iterator[tuple[str, Criterion]]:
    """The criteria of both, by subject."""
    if migration is not None:
        yield "migration", migration.equals
    for name, query in queries.items():
        yield f"query.{name}", query.expect
