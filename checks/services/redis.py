"""Looks at a Redis or Valkey server: a key is really looked up, and what INFO says is read. `INFO` of Redis 5 to 8."""

import time as clock
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import redis
from redis import exceptions
from redis.backoff import NoBackoff
from redis.retry import Retry

from checks.evidence import Evidence
from checks.failures import AttemptError, Down, Unmeasured, from_os_error
from checks.services.knock import from_socket_error, knock, look_up
from checks.services.redis_info import Info, counters, standing
from checks.services.redis_probe import RedisProbe
from checks.services.redis_write import write_and_read
from checks.services.seam import Visit
from checks.services.words import first_line, no_more_connections, refused_login

#: Looked up and never written: what is asked is whether lookups work, not whether it is there.
_KEY: Final = "tidegate_probe_lookup"
_FULL: Final = "max number of clients reached"


def look(probe: RedisProbe, visit: Visit) -> Iterator[Evidence]:
    """Look a key up, then read INFO, and the counters of INFO once more after the window. Raises Down, Unmeasured."""
    if not probe.socket:
        look_up(visit, probe.url.host)
    client = _client(probe, visit)
    try:
        lookup = f"GET {_KEY}"
        # Not a PING: that is refused like a write where the last snapshot failed.
        with visit.asking("the connection and the log-in"), _errors(probe, visit):
            _look_up(client, lookup)
        began = clock.monotonic()
        with visit.asking(lookup), _errors(probe, visit):
            _look_up(client, lookup)
        yield visit.reading("up", True, "bool", source=f"{probe.source} {lookup}")
        yield visit.reading(
            "response_time", round(clock.monotonic() - began, 6), "s", source=f"{probe.source} {lookup}"
        )
        first = _info(client, probe, visit)
        yield from standing(visit, first, f"{probe.source} INFO")
        yield from _saving(client, probe, visit)
        if probe.window:
            clock.sleep(min(probe.window, visit.left()))
        second = _info(client, probe, visit) if probe.window else None
        yield from counters(visit, first, second, probe.window, f"{probe.source} INFO")
        if probe.allow_writes:
            with _errors(probe, visit):
                yield from write_and_read(client, visit, probe.source)
    finally:
        client.close()


def _client(probe: RedisProbe, visit: Visit) -> "redis.Redis":
    """A client that tries once, and waits no longer than the look may take."""
    password = probe.password or probe.url.password
    place: dict[str, Any] = (
        {"unix_socket_path": probe.socket} if probe.socket else {"host": probe.url.host, "port": probe.url.port}
    )
    if probe.url.scheme == "rediss":
        place |= {"ssl": True, "ssl_cert_reqs": "required" if probe.verify else "none"}
        place |= {"ssl_check_hostname": probe.verify, "ssl_ca_certs": probe.ca_file or None}
    return redis.Redis(
        **place,
        db=probe.database,
        username=probe.url.user or None,
        password=password.reveal() if password else None,
        socket_timeout=visit.left(),
        socket_connect_timeout=visit.left(),
        retry=Retry(NoBackoff(), 0),
        protocol=2,
        decode_responses=True,
        encoding_errors="replace",
        single_connection_client=False,
    )


@contextmanager
def _errors(probe: RedisProbe, visit: Visit) -> Iterator[None]:
    """Sort what the client raises. Raises Down, Unmeasured."""
    try:
        yield
    except exceptions.AuthenticationError as error:
        if not (probe.password or probe.url.password):
            words = f"no password is declared, and the server said: {first_line(error)}"
            raise Unmeasured(words, "write `password: ${VAR}`") from None
        raise refused_login(str(error)) from None
    except exceptions.BusyLoadingError as error:
        raise Down(f"it takes no commands yet: {first_line(error)}") from None
    except exceptions.TimeoutError:
        raise visit.timed_out() from None
    except exceptions.ConnectionError as error:
        raise _no_connection(error, probe, visit) from None
    except exceptions.NoPermissionError as error:
        raise Unmeasured(f"this user may not ask: {first_line(error)}", _grant(probe)) from None
    except exceptions.RedisError as error:
        raise Down(f"it answers with an error: {first_line(error)}") from None


def _no_connection(error: Exception, probe: RedisProbe, visit: Visit) -> AttemptError:
    cause = error.__cause__ or error.__context__
    host = probe.socket or probe.url.host
    if isinstance(cause, OSError) and cause.errno is not None:
        found = from_socket_error(cause, host) if probe.socket else from_os_error(cause)
        # A server that has enough clients says so and hangs up, faster than our first command arrives.
        said = knock(visit, host, probe.url.port) if isinstance(found, Down) else ""
        if isinstance(said, str) and _FULL in said:
            return no_more_connections(said.removeprefix("-ERR "))
        return Down(f"it refused us: {first_line(said)}") if isinstance(said, str) and said else found
    if _FULL in str(error):
        return no_more_connections(error)
    return Down(f"it refused us, or hung up: {first_line(error)}")


def _grant(probe: RedisProbe) -> str:
    user = probe.url.user or "default"
    select = " +select" if probe.database else ""
    return f"ACL SETUSER {user} ~tidegate_probe_* +get +info +config|get{select}"


def _look_up(client: Any, lookup: str) -> None:
    try:
        client.execute_command(*lookup.split())
    except exceptions.ResponseError as error:
        # A node of a cluster answers for its own keys, and names the node that has this one.
        if getattr(error, "status_code", "") not in ("MOVED", "ASK") and type(error).__name__ not in (
            "MovedError",
            "AskError",
        ):
            raise


def _info(client: Any, probe: RedisProbe, visit: Visit) -> Info:
    with visit.asking("INFO"), _errors(probe, visit):
        found: Any = client.info()
    if not isinstance(found, dict) or not found:
        raise Down("it answers INFO with nothing that can be read")
    return found


def _saving(client: Any, probe: RedisProbe, visit: Visit) -> Iterator[Evidence]:
    """`NAME.persistence.rdb`: whether it writes snapshots by itself, which only its configuration says."""
    source = f"{probe.source} CONFIG GET save"
    try:
        with visit.asking("CONFIG GET save"):
            found = client.config_get("save")
    except (exceptions.NoPermissionError, exceptions.ResponseError) as error:
        reason = f"its configuration can't be read: {first_line(error)}"
        yield visit.gap("persistence.rdb", reason, _grant(probe), source=source)
        return
    except exceptions.RedisError:
        with _errors(probe, visit):
            raise
    rules = found.get("save") if isinstance(found, dict) else None
    if rules is None:
        yield visit.gap("persistence.rdb", "its configuration does not say", source=source)
    else:
        words = f"save {rules!r}" if rules else "no snapshots are written by themselves: save ''"
        yield visit.reading("persistence.rdb", bool(rules), "bool", words, source=source)
