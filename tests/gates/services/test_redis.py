"""Faults of a real Redis, each beside its twin without the fault: what fails, in which words, and nothing else."""

import threading
import time
from contextlib import ExitStack

import pytest

from reports.verdict import Verdict
from tests.services import redis


@pytest.fixture
def kv(cache):
    """What a file declares of the primary: `kv(timeout="1s")`."""

    def declare(server=cache, user="looker", url="", password="${PASSWORD}", **keys):
        login = {"password": f'"{password}"'} if password else {}
        given = {"url": f'"{url or server.url(user)}"', **login, "timeout": "3s", **keys}
        pairs = ", ".join(f"{key}: {value}" for key, value in given.items())
        return f"{{redis: {{kv: {{{pairs}}}}}}}"

    return declare


@pytest.fixture
def another(need, tmp_path):
    """A server of a test's own, with options of its own."""
    with ExitStack() as stack:
        yield lambda *options: stack.enter_context(redis.started(need("redis"), *options))


def test_a_server_that_is_well_passes(kv, judged):
    """Everything that is judged of it by default, and nothing that makes no sense for it."""
    found = judged(kv(role="primary"))
    subjects = ("up", "role", "read_only", "connections.used_ratio", "persistence.aof.written", "persistence.rdb.saved")
    assert {subject: judgement.verdict.name for subject, judgement in found.items()} == dict.fromkeys(subjects, "PASS")


def test_a_stopped_server_is_down(cache, kv, wrong):
    """At its port and at its socket."""
    by_socket = kv(url=f"unix://looker@{cache.folder}/s?db=0")
    assert wrong(by_socket) == {}
    with cache.stopped():
        assert wrong(kv()) == {"up": "FAIL connection refused"}
        (words,) = wrong(by_socket).values()
        assert words in (
            f"FAIL no server has opened the socket {cache.folder}/s",
            f"FAIL nobody listens at the socket {cache.folder}/s",
        )
    assert wrong(kv()) == {}


def test_a_paused_server_is_down(cache, kv, wrong):
    """Its kernel accepts the connection, which proves nothing."""
    with cache.paused():
        began = time.monotonic()
        assert wrong(kv(timeout="1s")) == {"up": "FAIL no answer within 1 s to the connection and the log-in"}
        assert time.monotonic() - began < 10
    assert wrong(kv(timeout="1s")) == {}


def test_a_server_that_falls_silent_between_two_looks_is_down(cache, kv, wrong):
    """What was read before it fell silent stays."""
    with ExitStack() as stack:

        def pause():
            time.sleep(0.7)
            stack.enter_context(cache.paused())

        thread = threading.Thread(target=pause)
        thread.start()
        found = wrong(kv(timeout="3s", window="1500ms"))
        thread.join()
    assert found == {"up": "FAIL it answered at first; then: no answer within 3 s to INFO"}
    assert wrong(kv(timeout="3s", window="100ms")) == {}


def test_a_server_with_enough_clients_is_down(cache, kv, wrong):
    """It says so before anybody asks. One client less is enough; then the share is judged."""
    with cache.set_to(maxclients=4), ExitStack() as stack:
        others = [stack.enter_context(cache.connect(single_connection_client=True)) for _ in range(4)]
        assert wrong(kv()) == {"up": "FAIL it takes no more connections: max number of clients reached"}
        for other in others[:2]:
            other.close()
        cache_limits = '{connections.used_ratio: "<= 100 %"}'
        assert wrong(kv(), cache_limits) == {}
    assert wrong(kv()) == {}


def test_a_share_of_clients_that_is_too_high_fails(cache, kv, wrong):
    """Before nobody gets in any more."""
    with cache.set_to(maxclients=4), ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(cache.connect(single_connection_client=True))
        assert wrong(kv()) == {"connections.used_ratio": "FAIL 100 % (4 of 4 clients), wanted <= 80 %"}
    assert wrong(kv()) == {}


def test_a_wrong_password_fails_with_the_servers_words(cache, kv, wrong):
    """None at all, where the server asks for one, is not the server's fault."""
    refused = "FAIL the log-in was refused: "
    wrong_one = wrong(kv(password="${WRONG_PASSWORD}"))
    assert wrong_one == {"up": f"{refused}invalid username-password pair or user is disabled."}
    nothing = "INCONCLUSIVE no password is declared, and the server said: "
    none = wrong(kv(url=f"redis://127.0.0.1:{cache.port}", password=""))
    assert none == {"up": f"{nothing}Authentication required."}
    named = wrong(kv(password=""))
    assert named == {"up": f"{nothing}invalid username-password pair or user is disabled."}
    assert wrong(kv()) == {}


def test_what_a_user_may_not_ask_is_a_gap(cache, kv, judged, wrong):
    """With the command that grants it: it says nothing of the server."""
    judgement = judged(kv(user="plain"))["up"]
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert judgement.reason.startswith("this user may not ask: ")
    grant = "ACL SETUSER plain ~tidegate_probe_* +get +info +config|get"
    assert judgement.remedy == grant
    elsewhere = judged(kv(url=f"redis://plain@127.0.0.1:{cache.port}/1"))["up"]
    assert elsewhere.verdict is Verdict.INCONCLUSIVE
    assert elsewhere.remedy == f"{grant} +select"
    (reason,) = wrong(kv(user="reader", persistence="rdb")).values()
    assert reason.startswith("INCONCLUSIVE its configuration can't be read: ")


def test_a_full_memory_fails_and_so_does_a_write(cache, kv, wrong):
    """With `noeviction` a full Redis still answers, and takes nothing any more."""
    used = int(cache.ask("INFO")["used_memory"])
    with cache.set_to(maxmemory_policy="noeviction", maxmemory=used // 2):
        found = wrong(kv(allow_writes="true"))
        assert set(found) == {"memory.used_ratio", "write.works"}
        assert found["memory.used_ratio"].endswith("bytes), wanted <= 90 %")
        words = "command not allowed when used memory > 'maxmemory'."
        assert found["write.works"] == f"FAIL the write was refused: {words}"
    with cache.set_to(maxmemory_policy="noeviction", maxmemory=used * 4):
        assert wrong(kv(allow_writes="true")) == {}
    assert wrong(kv(allow_writes="true")) == {}
    assert cache.ask("DBSIZE") == 0


def test_no_maxmemory_is_no_ratio_unless_one_is_wanted(kv, wrong):
    """An unlimited Redis is not judged by a share of nothing, but a limit on it finds nothing."""
    assert wrong(kv()) == {}
    assert wrong(kv(), '{memory.max: ">= 1MB"}') == {
        "memory.max": "FAIL not there (no maxmemory is set), wanted >= 1 MB"
    }
    own = wrong(kv(limits='{memory.used_ratio: "<= 50 %"}'))
    assert own == {"memory.used_ratio": "INCONCLUSIVE was not measured in this run"}


def test_evictions_and_hits_are_counted_between_two_looks(cache, kv, judged, wrong):
    """Or since the start, which the detail says; no look-up at all is no rate."""
    cache.ask("CONFIG", "RESETSTAT")
    limits = '{hit_rate: ">= 80 % with >= 10 samples"}'
    assert "samples, 10 needed (since its start" in wrong(kv(), limits)["hit_rate"]
    cache.ask("SET", "a", "b")
    for _ in range(30):
        cache.ask("GET", "a")
    found = judged(kv(), limits)["hit_rate"]
    assert found.verdict is Verdict.PASS
    assert "since its start" in found.reason
    assert found.evidence.samples >= 30
    within = wrong(kv(window="200ms"), limits)
    assert within == {"hit_rate": "INCONCLUSIVE no key was looked up within 200 ms"}
    cache.ask("DEL", "a")


def test_counters_that_begin_anew_between_two_looks_are_a_gap(cache, kv, wrong):
    """A difference below zero is no rate of anything."""
    for _ in range(5):
        cache.ask("GET", "nothing")
    thread = threading.Timer(0.4, cache.ask, ("CONFIG", "RESETSTAT"))
    thread.start()
    found = wrong(kv(window="1s"), '{hit_rate: ">= 0 %"}')
    thread.join()
    assert found == {"hit_rate": "INCONCLUSIVE its counters began anew between the two looks"}


def test_evicted_keys_fail_a_limit(cache, kv, wrong):
    """Within the window alone: what was evicted last year is no news."""
    limits = '{evicted: "<= 0"}'
    used = int(cache.ask("INFO")["used_memory"])
    with cache.set_to(maxmemory_policy="allkeys-lru", maxmemory=used + 3_000_000):

        def fill():
            time.sleep(0.3)
            with cache.connect() as client:
                for number in range(80):
                    client.set(f"k{number}", "x" * 100_000)

        thread = threading.Thread(target=fill)
        thread.start()
        found = wrong(kv(window="1500ms", limits='{memory.used_ratio: "<= 200 %"}'), limits)
        thread.join()
        assert found["evicted"].endswith("(within 1.5 s), wanted <= 0")
        assert wrong(kv(window="200ms", limits='{memory.used_ratio: "<= 200 %"}'), limits) == {}
        cache.ask("FLUSHALL")


def test_persistence_has_to_be_on_as_declared(cache, kv, wrong):
    """A cache that is used as a store loses all of it otherwise."""
    assert wrong(kv(persistence="none")) == {}
    assert wrong(kv(persistence="both")) == {
        "persistence.rdb": "FAIL no snapshots are written by themselves: save ''",
        "persistence.aof": "FAIL no, wanted = yes",
    }
    with cache.set_to(save="3600 1"):
        assert wrong(kv(persistence="rdb")) == {}
        assert wrong(kv(persistence="none")) == {"persistence.rdb": "FAIL yes (save '3600 1'), wanted = no"}


def test_a_snapshot_that_failed_fails(another, kv, wrong):
    """And writes are refused from then on."""
    server = another("--save", "3600 1000000")
    assert wrong(kv(server, allow_writes="true", persistence="rdb")) == {}
    server.ask("SET", "a", "b")
    server.folder.chmod(0o500)
    try:
        server.ask("BGSAVE")
        server.wait_for("rdb_last_bgsave_status", lambda status: status == "err")
        found = wrong(kv(server, allow_writes="true", persistence="rdb"))
    finally:
        server.folder.chmod(0o700)
    assert found["persistence.rdb.saved"] == "FAIL rdb_last_bgsave_status is err"
    assert found["write.works"].startswith("FAIL the write was refused: ")
    server.ask("BGSAVE")
    server.wait_for("rdb_last_bgsave_status", lambda status: status == "ok")
    assert wrong(kv(server, allow_writes="true", persistence="rdb")) == {}


def test_changes_that_are_not_saved_have_an_age(another, kv, wrong):
    """A store that nobody has written to since its last snapshot has none, however old that is."""
    server = another("--save", "3600 1000000")
    limits = '{persistence.rdb.unsaved_for: "<= 500ms"}'
    time.sleep(1.2)
    assert wrong(kv(server), limits) == {}
    server.ask("SET", "a", "b")
    found = wrong(kv(server), limits)
    assert "(1 changes since the last snapshot), wanted <= 500 ms" in found["persistence.rdb.unsaved_for"]


def test_a_server_that_loads_its_data_is_down(another, kv, wrong):
    """It accepts connections and log-ins, and answers nothing yet."""
    server = another("--save", "3600 1000000", "--rdbcompression", "no")
    with server.connect() as client:
        for number in range(200):
            client.set(f"k{number}", "v" * 1000)
    server.ask("SAVE")
    server.stop()
    server.command = [*server.command, "--key-load-delay", "20000", "--loading-process-events-interval-bytes", "1024"]
    server.ready = server.accepts
    server.start()
    (reason,) = wrong(kv(server)).values()
    assert reason.startswith("FAIL it takes no commands yet: ")
    server.wait_for("loading", lambda loading: loading == 0)
    assert wrong(kv(server)) == {}


def test_the_wrong_role_fails(cache_replica, kv, wrong):
    """And a replica that nobody declared takes no writes."""
    read_only = "FAIL yes, wanted = no"
    assert wrong(kv(cache_replica, role="primary")) == {"role": "FAIL 'replica', wanted = 'primary'"}
    assert wrong(kv(cache_replica)) == {"read_only": read_only}
    assert wrong(kv(cache_replica, role="replica")) == {}


def test_a_replica_without_its_primary_fails(cache, cache_replica, kv, wrong):
    """The link is down: that nothing is heard of it is the same fact."""
    with cache.stopped():
        cache_replica.wait_for("master_link_status", lambda status: status == "down")
        found = wrong(kv(cache_replica, role="replica"))
        assert set(found) == {"replication.connected"}
        assert found["replication.connected"].startswith("FAIL the link to its primary is down")
    cache_replica.wait_for("master_link_status", lambda status: status == "up")
    assert wrong(kv(cache_replica, role="replica")) == {}


def test_a_replica_that_does_not_report_lags(cache, cache_replica, kv, wrong):
    """Its primary sees it: paused, it acknowledges nothing."""
    name = f"replica.127.0.0.1:{cache_replica.port}"
    limits = '{replica.*.lag: "<= 1s", replication.replicas: ">= 1"}'
    cache.wait_for("slave0", lambda replica: replica is not None and replica["state"] == "online")
    cache.wait_for("slave0", lambda replica: replica["lag"] <= 1)
    assert wrong(kv(), limits) == {}
    with cache_replica.paused():
        cache.wait_for("slave0", lambda replica: replica["lag"] > 1)
        found = wrong(kv(), limits)
    assert set(found) == {f"{name}.lag"}
    assert "(since it last reported), wanted <= 1 s" in found[f"{name}.lag"]
    cache.wait_for("slave0", lambda replica: replica is not None and replica["lag"] <= 1)
    assert wrong(kv(), limits) == {}


def test_a_write_that_we_may_not_make_is_a_gap(kv, wrong):
    """It says nothing of the server."""
    found = wrong(kv(user="reader", allow_writes="true"))
    assert found["write.works"].startswith("INCONCLUSIVE this user may not write: ")


def test_tls_is_checked(another, kv, wrong, ca, ca_file):
    """The authority and the name, unless told otherwise."""
    server = another()
    certificate, key = server.certificate(ca)
    server.stop()
    server.command = [
        *(word if word != "--port" else "--tls-port" for word in server.command),
        *("--port", "0", "--tls-auth-clients", "no", "--tls-cert-file", str(certificate)),
        *("--tls-key-file", str(key), "--tls-ca-cert-file", str(certificate)),
    ]
    server.ready = server.accepts
    server.start()
    url = f"rediss://looker@127.0.0.1:{server.port}/0"
    assert wrong(kv(url=url, tls=f"{{ca_file: {ca_file}}}")) == {}
    assert wrong(kv(url=url, tls="{verify: false}")) == {}
    assert wrong(kv(url=url)) == {"up": "FAIL the certificate was refused: unable to get local issuer certificate"}
    plain = wrong(kv(url=f"redis://looker@127.0.0.1:{server.port}/0"))
    assert set(plain) == {"up"}
    assert plain["up"].startswith("FAIL ")
