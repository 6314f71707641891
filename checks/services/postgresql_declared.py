"""What an environment asks of a PostgreSQL database: extensions, the version of the schema, queries of its own."""

from collections.abc import Iterator
from typing import Final

from checks.evidence import Evidence
from checks.services.postgresql_session import RefusedError, Session
from checks.services.sql_query import migration_evidence, query_evidence

_EXTENSIONS: Final = "SELECT extname, extversion FROM pg_catalog.pg_extension ORDER BY extname"


def extensions(db: Session) -> Iterator[Evidence]:
    """`NAME.extension.EXTENSION` for each that is installed, or is wanted. Raises RefusedError, Down."""
    source = db.source(_EXTENSIONS)
    installed = {str(name): str(version) for name, version in db.rows(_EXTENSIONS)}
    for name, version in installed.items():
        yield db.visit.reading(f"extension.{name}", version, "text", source=source)
    for name in db.probe.extensions:
        if name not in installed:
            yield db.visit.absent(f"extension.{name}", "it is not installed in this database", source=source)


def migration(db: Session) -> Iterator[Evidence]:
    """`NAME.migration`, where it is asked for; a table that does not exist says it was never made. Raises Down."""
    if not (statement := db.probe.migration):
        return
    source = db.source(statement)
    try:
        yield from migration_evidence(db.visit, db.few_rows(statement), source)
    except RefusedError as error:
        if error.is_missing:
            yield db.visit.absent("migration", error.words, source=source)
        else:
            yield db.visit.gap("migration", f"the server said: {error.words}", source=source)


def queries(db: Session) -> Iterator[Evidence]:
    """`NAME.query.QUERY` for each. Raises Down."""
    for query in db.probe.queries:
        source = db.source(query.sql)
        try:
            yield query_evidence(db.visit, query, db.few_rows(query.sql), source)
        except RefusedError as error:
            yield db.visit.gap(f"query.{query.name}", f"the server said: {error.words}", source=source)
