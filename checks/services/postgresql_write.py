"""Writes a row into a schema of its own in PostgreSQL, reads it back in another transaction, and drops the schema."""

import secrets
import time as clock
from collections.abc import Iterator
from typing import Final

from checks.evidence import Evidence
from checks.services.postgresql_session import RefusedError, Session

_PREFIX: Final = "tidegate_probe_"
# A schema that is 15 minutes old is left over from a look that was killed; a younger one may be another look's.
_OURS: Final = (
    "SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname ~ '^tidegate_probe_[0-9]+_[0-9a-f]+$' "
    "AND pg_catalog.pg_has_role(nspowner, 'USAGE') "
    "AND split_part(nspname, '_', 3)::numeric < extract(epoch FROM pg_catalog.clock_timestamp()) - 900"
)


def write_and_read(db: Session) -> Iterator[Evidence]:
    """`NAME.write.works`, `.response_time` from first statement to value read back, and `.cleaned`. Raises Down."""
    schema = f"{_PREFIX}{int(clock.time())}_{secrets.token_hex(6)}"
    value = secrets.token_hex(8)
    create = f"CREATE SCHEMA {schema}"
    source = db.source(create)
    began = clock.monotonic()
    try:
        db.write(create, f"CREATE TABLE {schema}.probe AS SELECT '{value}'::text AS value")
        found = db.rows(f"TABLE {schema}.probe")
        took = round(clock.monotonic() - began, 6)
    except RefusedError as error:
        if error.is_forbidden:
            remedy = f'GRANT CREATE ON DATABASE "{db.probe.database}" TO "{db.probe.url.user}"'
            yield db.visit.gap("write.works", f"this user may not write: {error.words}", remedy, source=source)
        else:
            yield db.visit.reading("write.works", False, "bool", f"it refuses a write: {error.words}", source=source)
        if error.is_read_only:
            return
    else:
        same = [tuple(row) for row in found] == [(value,)]
        detail = "" if same else "what was read is not what was written"
        yield db.visit.reading("write.works", same, "bool", detail, source=source)
        yield db.visit.reading("write.response_time", took, "s", source=source)
    yield _cleaned(db, schema)


def _cleaned(db: Session, schema: str) -> Evidence:
    """Drop our schema, and those of looks that were killed."""
    drop = f"DROP SCHEMA IF EXISTS {schema} CASCADE"
    try:
        names = [schema, *(str(row[0]) for row in db.rows(_OURS))]
        for name in names:
            db.write(f'DROP SCHEMA IF EXISTS "{name}" CASCADE')
    except RefusedError as error:
        words = f"schemas {_PREFIX}* are left behind: {error.words}"
        return db.visit.reading("write.cleaned", False, "bool", words, source=db.source(drop))
    return db.visit.reading("write.cleaned", True, "bool", source=db.source(drop))
