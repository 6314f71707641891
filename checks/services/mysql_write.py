"""Writes a row into a table of its own in MySQL or MariaDB, reads it back, and drops the table."""

import secrets
import time as clock
from collections.abc import Iterator
from typing import Final

from checks.evidence import Evidence
from checks.services.mysql_session import RefusedError, Session

_PREFIX: Final = "tidegate_probe_"
# A table that is 15 minutes old is left over from a look that was killed; a younger one may be another look's.
_OURS: Final = (
    "SELECT table_name FROM information_schema.TABLES WHERE table_schema = database() "
    "AND table_name REGEXP '^tidegate_probe_[0-9]{10}_[0-9a-f]+$' "
    "AND CAST(substring(table_name, 16, 10) AS UNSIGNED) < unix_timestamp() - 900"
)


def write_and_read(db: Session) -> Iterator[Evidence]:
    """`NAME.write.works`, `.response_time` from first statement to value read back, and `.cleaned`. Raises Down."""
    table = f"{_PREFIX}{int(clock.time())}_{secrets.token_hex(6)}"
    value = secrets.token_hex(8)
    create = f"CREATE TABLE {table} (value varchar(40) PRIMARY KEY)"
    source = db.source(create)
    began = clock.monotonic()
    try:
        db.write(create)
        db.write(f"REPLACE {table} SET value = '{value}'")
        found = db.rows(f"SELECT max(value) FROM {table}")  # noqa: S608 - the name is made of digits above
        took = round(clock.monotonic() - began, 6)
    except RefusedError as error:
        if error.is_forbidden:
            remedy = (
                f"GRANT CREATE, INSERT, SELECT, DELETE, DROP ON {db.probe.url.path}.* TO '{db.probe.url.user}'@'...'"
            )
            yield db.visit.gap("write.works", f"this user may not write: {error.words}", remedy, source=source)
        else:
            yield db.visit.reading("write.works", False, "bool", f"it refuses a write: {error.words}", source=source)
    else:
        same = [tuple(row) for row in found] == [(value,)]
        detail = "" if same else "what was read is not what was written"
        yield db.visit.reading("write.works", same, "bool", detail, source=source)
        yield db.visit.reading("write.response_time", took, "s", source=source)
    yield from _cleaned(db, table)


def _cleaned(db: Session, table: str) -> Iterator[Evidence]:
    """Drop our table, and those of looks that were killed. Where there is none, there is nothing to say."""
    drop = f"DROP TABLE IF EXISTS {table}"
    try:
        names = [str(row[0]) for statement in (f"SHOW TABLES LIKE '{table}'", _OURS) for row in db.rows(statement)]
        for name in names:
            db.write(f"DROP TABLE IF EXISTS `{name}`")
    except RefusedError as error:
        words = f"tables {_PREFIX}* are left behind: {error.words}"
        yield db.visit.reading("write.cleaned", False, "bool", words, source=db.source(drop))
    else:
        yield db.visit.reading("write.cleaned", True, "bool", source=db.source(drop))
