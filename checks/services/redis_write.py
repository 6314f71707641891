"""Writes a key of its own to Redis, reads it back and deletes it. It also ends by itself, should nobody delete it."""

import secrets
import time as clock
from collections.abc import Iterator
from typing import Any, Final

from redis import exceptions

from checks.evidence import Evidence
from checks.services.seam import Visit
from checks.services.words import first_line

#: Seconds after which the server deletes the key where a look was killed.
_EXPIRES: Final = 60


def write_and_read(client: Any, visit: Visit, source: str) -> Iterator[Evidence]:
    """`NAME.write.works` and `NAME.write.response_time`, from the write to the value read back.

    A refusal for reasons of the server's own (memory, read-only) is a Reading; a user who may not write is a Gap.
    Raises redis-py's errors of the connection.
    """
    key, value = f"tidegate_probe_{secrets.token_hex(8)}", secrets.token_hex(8)
    source = f"{source} SET {key} VALUE EX {_EXPIRES}"
    began = clock.monotonic()
    try:
        with visit.asking("SET, GET and DEL of a key of our own"):
            client.set(key, value, ex=_EXPIRES)
            try:
                found = client.get(key)
                ended = clock.monotonic()
            finally:
                client.delete(key)
    except exceptions.NoPermissionError as error:
        remedy = "ACL SETUSER ... ~tidegate_probe_* +set +get +del"
        yield visit.gap("write.works", f"this user may not write: {first_line(error)}", remedy, source=source)
    except exceptions.ResponseError as error:
        yield visit.reading("write.works", False, "bool", f"the write was refused: {first_line(error)}", source=source)
    else:
        same = found == value
        yield visit.reading(
            "write.works", same, "bool", "" if same else "what was read is not what was written", source=source
        )
        yield visit.reading("write.response_time", round(ended - began, 6), "s", source=source)
