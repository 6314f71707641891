"""What Redis says of itself in INFO (https://redis.io/docs/latest/commands/info/), as evidence."""

import math
import time as clock
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

from checks.evidence import Evidence
from checks.services.seam import Visit
from checks.units import format_value

#: INFO as redis-py reads it: numbers, texts, and a mapping for each replica.
Info: TypeAlias = Mapping[str, Any]

_ROLES: Final = {"master": "primary", "slave": "replica"}
_COUNTED: Final = {
    "evicted": ("evicted_keys",),
    "rejected_connections": ("rejected_connections",),
    "hit_rate": ("keyspace_hits", "keyspace_misses"),
}


def standing(visit: Visit, info: Info, source: str) -> Iterator[Evidence]:
    """What holds now: version, role, clients, memory, persistence, replication."""
    told = _Told(visit, info, source)
    yield told.text("version", "valkey_version" if "valkey_version" in info else "redis_version")
    role = _ROLES.get(str(info.get("role")), "")
    yield told.reading("role", role, "text") if role else told.gap("role", "role")
    yield told.ratio("connections.used_ratio", told.count("connected_clients"), told.count("maxclients"), "clients")
    yield told.number("uptime", "uptime_in_seconds", "s")
    yield from _memory(told)
    yield from _persistence(told)
    yield from _replication(told, role)


def counters(visit: Visit, first: Info, second: Info | None, window: float, source: str) -> Iterator[Evidence]:
    """What was counted: within the window between two looks, or since the server's start where there was one look."""
    told = _Told(visit, first, source)
    if second is None:
        up_for = told.count("uptime_in_seconds")
        since = "since its start" if up_for is None else f"since its start, {format_value(up_for, 's')} ago"
    else:
        since = f"within {format_value(window, 's')}"
    for part, keys in _COUNTED.items():
        counts = [_counted(key, first, second) for key in keys]
        missing = [key for key, count in zip(keys, counts, strict=True) if count is None]
        known = [count for count in counts if count is not None]
        if missing:
            yield told.gap(part, " and ".join(missing))
        elif (second is not None and first.get("run_id") != second.get("run_id")) or min(known) < 0:
            yield visit.gap(part, "its counters began anew between the two looks", source=source)
        elif part != "hit_rate":
            yield visit.reading(part, known[0], "1", since, source=source)
        elif sum(known) == 0:
            yield visit.gap(part, f"no key was looked up {since}", source=source)
        else:
            yield visit.number(part, known[0] / sum(known), "ratio", since, source=source, samples=sum(known))


def _counted(key: str, first: Info, second: Info | None) -> int | None:
    before, after = _whole(first.get(key)), None if second is None else _whole(second.get(key))
    if second is None or before is None or after is None:
        return before if second is None else None
    return after - before


def _memory(told: "_Told") -> Iterator[Evidence]:
    used, most = told.count("used_memory"), told.count("maxmemory")
    yield told.number("memory.used", "used_memory", "B")
    yield told.text("memory.policy", "maxmemory_policy")
    if most == 0:
        yield told.absent("memory.max", "no maxmemory is set")
        return
    yield told.number("memory.max", "maxmemory", "B")
    # Buffers of replicas and of the append-only file don't count against maxmemory.
    apart = told.count("mem_not_counted_for_evict")
    counted = None if used is None else used - (apart if apart is not None else 0)
    yield told.ratio("memory.used_ratio", counted, most, "bytes")


def _persistence(told: "_Told") -> Iterator[Evidence]:
    yield told.flag("persistence.aof", "aof_enabled")
    yield told.ok("persistence.aof.written", "aof_last_write_status")
    yield told.ok("persistence.rdb.saved", "rdb_last_bgsave_status")
    changes, saved = told.count("rdb_changes_since_last_save"), told.count("rdb_last_save_time")
    now = told.count("server_time_usec")
    if changes is None or saved is None:
        yield told.gap("persistence.rdb.unsaved_for", "rdb_changes_since_last_save and rdb_last_save_time")
    elif changes == 0:
        yield told.reading("persistence.rdb.unsaved_for", 0.0, "s", "nothing has changed since the last snapshot")
    else:
        age = (clock.time() if now is None else now / 1e6) - saved
        detail = f"{changes:,} changes since the last snapshot"
        yield told.reading("persistence.rdb.unsaved_for", round(max(0.0, age), 3), "s", detail)


def _replication(told: "_Told", role: str) -> Iterator[Evidence]:
    if role == "replica":
        link, heard = str(told.info.get("master_link_status")), told.count("master_last_io_seconds_ago")
        down = told.count("master_link_down_since_seconds")
        since = "" if down is None or down < 0 else f", for {format_value(down, 's')}"
        yield told.flag("read_only", "slave_read_only")
        if link not in ("up", "down"):
            yield told.gap("replication.connected", "master_link_status")
        else:
            yield told.reading(
                "replication.connected", link == "up", "bool", f"the link to its primary is {link}{since}"
            )
        if heard is None or heard < 0:
            yield told.absent("replication.heard", "nothing is heard of its primary")
        else:
            yield told.reading("replication.heard", heard, "s")
        return
    yield told.reading("read_only", False, "bool")
    yield told.number("replication.replicas", "connected_slaves")
    offset = told.count("master_repl_offset")
    for key, replica in sorted(told.info.items()):
        if not (key.startswith("slave") and key[5:].isdecimal() and isinstance(replica, Mapping)):
            continue
        name = f"replica.{replica.get('ip')}:{replica.get('port')}"
        yield told.reading(f"{name}.state", str(replica.get("state")), "text")
        lag, own = _whole(replica.get("lag")), _whole(replica.get("offset"))
        if lag is None or lag < 0:
            yield told.visit.gap(f"{name}.lag", "it has not reported yet", source=told.source)
        else:
            yield told.reading(f"{name}.lag", lag, "s", "since it last reported")
        behind = None if offset is None or own is None else max(0, offset - own)
        yield told.visit.number(f"{name}.lag_bytes", behind, "B", source=told.source)


class _Told:
    """INFO of one look, read as evidence: what is not there, or is no number, is a Gap."""

    def __init__(self, visit: Visit, info: Info, source: str) -> None:
        self.visit, self.info, self.source = visit, info, source

    def count(self, key: str) -> int | None:
        return _whole(self.info.get(key))

    def reading(self, part: str, value: bool | float | str, unit: str, detail: str = "") -> Evidence:
        return self.visit.reading(part, value, unit, detail, source=self.source)

    def absent(self, part: str, detail: str) -> Evidence:
        return self.visit.absent(part, detail, source=self.source)

    def gap(self, part: str, keys: str) -> Evidence:
        return self.visit.gap(part, f"INFO has no {keys} that can be read", source=self.source)

    def number(self, part: str, key: str, unit: str = "1") -> Evidence:
        count = self.count(key)
        return self.gap(part, key) if count is None else self.reading(part, count, unit)

    def text(self, part: str, key: str) -> Evidence:
        value = self.info.get(key)
        return self.gap(part, key) if value is None or value == "" else self.reading(part, str(value), "text")

    def flag(self, part: str, key: str) -> Evidence:
        count = self.count(key)
        return self.gap(part, key) if count not in (0, 1) else self.reading(part, count == 1, "bool")

    def ok(self, part: str, key: str) -> Evidence:
        status = self.info.get(key)
        if status not in ("ok", "err"):
            return self.gap(part, key)
        return self.reading(part, status == "ok", "bool", "" if status == "ok" else f"{key} is err")

    def ratio(self, part: str, used: int | None, most: int | None, what: str) -> Evidence:
        if used is None or most is None or most <= 0:
            return self.gap(part, f"{what} and their limit")
        return self.reading(part, round(used / most, 6), "ratio", f"{used:,} of {most:,} {what}")


def _whole(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return int(value)
