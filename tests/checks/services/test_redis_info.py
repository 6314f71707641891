"""INFO as evidence: what is missing or is no number is a Gap, and never a 0."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.evidence import Gap, Reading
from checks.secrets import Secret
from checks.services.redis_info import counters, standing
from checks.services.redis_probe import PORTS, RedisProbe
from checks.services.seam import Visit
from checks.services.url import parse_service_url

WELL = {
    "redis_version": "7.0.15",
    "role": "master",
    "run_id": "a",
    "connected_clients": 2,
    "maxclients": 100,
    "uptime_in_seconds": 60,
    "used_memory": 500,
    "maxmemory": 1000,
    "maxmemory_policy": "noeviction",
    "mem_not_counted_for_evict": 100,
    "aof_enabled": 0,
    "aof_last_write_status": "ok",
    "rdb_last_bgsave_status": "ok",
    "rdb_changes_since_last_save": 0,
    "rdb_last_save_time": 1000,
    "connected_slaves": 0,
    "master_repl_offset": 0,
    "evicted_keys": 1,
    "rejected_connections": 2,
    "keyspace_hits": 30,
    "keyspace_misses": 10,
}


@pytest.fixture
def visit():
    return Visit(RedisProbe(name="kv", url=parse_service_url("redis://h", PORTS)))


def read(visit, info):
    found = {e.subject.removeprefix("kv."): e for e in standing(visit, info, "INFO")}
    return found | {e.subject.removeprefix("kv."): e for e in counters(visit, info, None, 0.0, "INFO")}


def test_what_is_well_is_read(visit):
    """Every part of it, and the buffers that don't count are taken off."""
    found = read(visit, WELL)
    assert [part for part, evidence in found.items() if isinstance(evidence, Gap)] == []
    assert found["memory.used_ratio"].value == 0.4
    assert (found["hit_rate"].value, found["hit_rate"].samples) == (0.75, 40)


def test_an_empty_info_is_gaps_alone(visit):
    """Nothing is well of which nothing is known, but that a primary is not read-only."""
    readings = {part for part, evidence in read(visit, {}).items() if isinstance(evidence, Reading)}
    assert readings == {"read_only"}


@pytest.mark.parametrize(
    ("key", "parts"),
    [
        ("connected_clients", {"connections.used_ratio"}),
        ("maxclients", {"connections.used_ratio"}),
        ("used_memory", {"memory.used", "memory.used_ratio"}),
        ("aof_enabled", {"persistence.aof"}),
        ("aof_last_write_status", {"persistence.aof.written"}),
        ("rdb_last_bgsave_status", {"persistence.rdb.saved"}),
        ("rdb_changes_since_last_save", {"persistence.rdb.unsaved_for"}),
        ("keyspace_misses", {"hit_rate"}),
        ("evicted_keys", {"evicted"}),
    ],
)
@pytest.mark.parametrize("value", [None, "", "many", math.nan])
def test_a_part_that_is_missing_is_a_gap(visit, key, parts, value):
    """The others are read all the same."""
    info = WELL | {key: value}
    assert {part for part, evidence in read(visit, info).items() if isinstance(evidence, Gap)} == parts


def test_the_same_server_is_compared_and_another_is_not(visit):
    """A restart in the window begins the counters anew, even where they are larger by then."""
    later = WELL | {"keyspace_hits": 60, "run_id": "a"}
    rate = {e.subject: e for e in counters(visit, WELL, later, 1.0, "INFO")}["kv.hit_rate"]
    assert (rate.value, rate.samples, rate.detail) == (1.0, 30, "within 1 s")
    restarted = {e.subject: e for e in counters(visit, WELL, later | {"run_id": "b"}, 1.0, "INFO")}
    assert all(isinstance(evidence, Gap) for evidence in restarted.values())


_INFO = st.dictionaries(
    st.sampled_from([*WELL, "slave0", "master_link_status", "slave_read_only", "server_time_usec"]),
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.dictionaries(st.text(), st.text())
    ),
)


@settings(max_examples=300, deadline=None)
@given(info=_INFO, role=st.sampled_from(["master", "slave", "sentinel", 3]))
def test_any_info_ends_in_evidence(info, role):
    """A server that answers nonsense breaks nothing."""
    visit = Visit(RedisProbe(name="kv", url=parse_service_url("redis://h", PORTS)))
    assert read(visit, WELL | info | {"role": role})


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("redis://me@/0", "names no host"),
        ("redis://h/x", "the database is a number"),
        ("unix://", "names a socket"),
    ],
)
def test_an_address_that_leads_nowhere_is_refused(url, words):
    """When the probe is made."""
    with pytest.raises(ValueError, match=words):
        RedisProbe(name="kv", url=parse_service_url(url, PORTS, ("db",)))


def test_the_source_can_be_pasted_and_has_no_password():
    """It asks for it."""
    url = parse_service_url(Secret("rediss://me:password-x@h:6380/2"), PORTS)
    probe = RedisProbe(name="kv", url=url, password=url.password)
    assert probe.source == "redis-cli -h h -p 6380 --tls --user me --askpass -n 2"
