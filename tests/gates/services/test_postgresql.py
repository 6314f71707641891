"""Faults of a real PostgreSQL, each beside its twin without the fault: what fails, in which words, and nothing else."""

import threading
import time
from contextlib import ExitStack

import pytest

from reports.verdict import Verdict
from tests.services.postgresql import PASSWORD, USABLE

_FETCHING = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'tidegate' AND query LIKE 'FETCH%'"


@pytest.fixture
def db(pg):
    """What a file declares of the primary: `db(timeout="1s")`."""

    def declare(server=pg, user="looker", url="", password="${PASSWORD}", **keys):
        login = {"password": f'"{password}"'} if password else {}
        given = {"url": f'"{url or server.url(user)}"', **login, "timeout": "3s", **keys}
        pairs = ", ".join(f"{key}: {value}" for key, value in given.items())
        return f"{{postgresql: {{db: {{{pairs}}}}}}}"

    return declare


def test_a_server_that_is_well_passes(pg, db, judged):
    """Everything that is judged of it by default, and nothing that makes no sense for it."""
    found = judged(db(role="primary"))
    assert {subject: str(judgement.verdict.name) for subject, judgement in found.items()} == dict.fromkeys(
        (
            *("up", "role", "read_only", "connections.used_ratio", "transactions.longest", "transactions.idle"),
            "wraparound.used_ratio",
        ),
        "PASS",
    )


def test_a_stopped_server_is_down(pg, db, wrong):
    """It is one failure, not ten."""
    with pg.stopped():
        assert wrong(db()) == {"up": "FAIL connection refused"}
    assert wrong(db()) == {}


def test_a_paused_server_is_down(pg, db, wrong):
    """Its kernel accepts the connection, which proves nothing."""
    with pg.paused():
        began = time.monotonic()
        assert wrong(db(timeout="1s")) == {"up": "FAIL no answer within 1 s to the connection and the log-in"}
        assert time.monotonic() - began < 10
    assert wrong(db(timeout="1s")) == {}


def test_a_server_that_falls_silent_in_the_middle_is_down(pg, db, wrong):
    """No limit of the server's own ends the wait then; what was read before stays."""
    slow = db(timeout="3s", queries="{slow: {sql: select 1 from pg_sleep(1.2), expect: 1}}")
    with ExitStack() as stack:

        def pause():
            pg.wait_for(_FETCHING, lambda count: count == 1)
            stack.enter_context(pg.paused())

        thread = threading.Thread(target=pause)
        thread.start()
        found = wrong(slow)
        thread.join()
    words = "it answered at first; then: no answer within 3 s to a query of the environment's file"
    assert found == {"up": f"FAIL {words}"}
    assert wrong(slow) == {}


def test_a_server_without_free_connections_is_down(pg, db, wrong):
    """Ordinary users can't have the reserved ones; one connection less is enough."""
    with ExitStack() as stack:
        others = [stack.enter_context(pg.connect(user="plain")) for _ in range(USABLE)]
        (reason,) = wrong(db()).values()
        assert reason.startswith("FAIL it takes no more connections: ")
        others[0].close()
        assert wrong(db(), '{connections.used_ratio: "<= 100 %"}') == {}
        used = wrong(db())["connections.used_ratio"]
        assert used == f"FAIL 100 % ({USABLE} of {USABLE} ({USABLE + 3} less 3 that are reserved)), wanted <= 80 %"


def test_a_wrong_password_fails_with_the_servers_words(db, wrong):
    """And a right one passes. A password that is asked for and not declared is our own fault."""
    refused = 'FAIL the log-in was refused: password authentication failed for user "looker"'
    assert wrong(db(password="${WRONG_PASSWORD}")) == {"up": refused}
    assert wrong(db(password="")) == {
        "up": "INCONCLUSIVE the server asks for a password, and none is declared",
    }
    assert wrong(db()) == {}


def test_a_database_that_is_not_there_fails(pg, db, wrong):
    """In the server's words."""
    absent = wrong(db(url=pg.url(database="nowhere")))
    assert absent == {"up": 'FAIL it refused us: database "nowhere" does not exist'}


def test_what_a_user_may_not_see_is_not_calm(db, judged, wrong):
    """Sessions of others look idle to a user without the permission: that is a Gap, with the command that grants it."""
    reason = "INCONCLUSIVE this user may not see the sessions of others"
    assert wrong(db(user="plain")) == dict.fromkeys(
        ("connections.used_ratio", "transactions.longest", "transactions.idle"), reason
    )
    remedy = judged(db(user="plain"))["transactions.longest"].remedy
    assert remedy == 'GRANT pg_read_all_stats TO "plain"'


def test_the_wrong_role_fails(pg, pg_replica, db, wrong):
    """Behind an address whose server failed over."""
    found = wrong(db(pg_replica, role="primary"))
    assert found["role"] == "FAIL 'replica', wanted = 'primary'"
    assert wrong(db(pg_replica, role="replica")) == {}
    assert wrong(db(role="primary")) == {}


def test_a_replica_that_nobody_declared_takes_no_writes(pg_replica, db, judged):
    """An application behind this address would fail."""
    judgement = judged(db(pg_replica))["read_only"]
    assert (judgement.verdict, judgement.reason) == (Verdict.FAIL, "yes (it is a replica), wanted = no")
    assert judgement.remedy == "it takes no writes: say `role: replica` where that is meant"


def test_a_read_only_server_fails(pg, db, wrong):
    """Where the disk is full, operators and hosters switch writes off like that."""
    setting = "default_transaction_read_only is on"
    pg.ask("ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()")
    try:
        pg.wait_for("SELECT current_setting('default_transaction_read_only')", lambda value: value == "on")
        assert wrong(db()) == {"read_only": f"FAIL yes ({setting}), wanted = no"}
    finally:
        with pg.connect() as connection:
            connection.execute("SET default_transaction_read_only = off")
            connection.execute("ALTER SYSTEM RESET default_transaction_read_only")
            connection.execute("SELECT pg_reload_conf()")
        pg.wait_for("SELECT current_setting('default_transaction_read_only')", lambda value: value == "off")
    assert wrong(db()) == {}


def test_a_paused_replay_is_a_lag_on_both_sides(pg, pg_replica, db, wrong):
    """The replica knows what waits, the primary what is not replayed; an idle primary alone makes no lag."""
    limits = '{replication.lag: "<= 200ms", replication.lag_bytes: "<= 0 B", standby.*.lag: "<= 200ms"}'
    pg.ask("CREATE TABLE IF NOT EXISTS written (at int)")
    pg.wait_for(
        "SELECT count(*) FROM pg_stat_replication WHERE replay_lsn = pg_current_wal_lsn()", lambda count: count == 1
    )
    time.sleep(0.5)
    assert wrong(db(pg_replica, role="replica"), limits) == {}
    pg_replica.ask("SELECT pg_wal_replay_pause()")
    try:
        pg.ask("INSERT INTO written VALUES (1)")
        time.sleep(0.5)
        found = wrong(db(pg_replica, role="replica"), limits)
        assert set(found) == {"replication.lag", "replication.lag_bytes"}
        assert found["replication.lag"].startswith("FAIL")
        assert "since the commit that was replayed last" in found["replication.lag"]
        # The primary hears of it with the standby's next report, a second later at most.
        pg.wait_for(
            "SELECT extract(epoch FROM replay_lag)::float8 FROM pg_stat_replication", lambda lag: (lag or 0) > 0.5
        )
        assert set(wrong(db(standbys="[replica-1]"), limits)) == {"standby.replica-1.lag"}
    finally:
        pg_replica.ask("SELECT pg_wal_replay_resume()")
    pg.wait_for(
        "SELECT count(*) FROM pg_stat_replication WHERE replay_lsn = pg_current_wal_lsn()", lambda count: count == 1
    )
    assert wrong(db(pg_replica, role="replica"), limits) == {}
    assert wrong(db(standbys="[replica-1]"), limits) == {}


def test_a_replica_without_its_primary_has_no_lag_that_anybody_knows(pg, pg_replica, db, wrong):
    """It has replayed all that it received, which is no proof of being in step."""
    before = pg_replica.ask("SELECT current_setting('primary_conninfo')")
    pg_replica.ask("ALTER SYSTEM SET primary_conninfo = ''", "SELECT pg_reload_conf()")
    try:
        pg_replica.wait_for("SELECT count(*) FROM pg_stat_wal_receiver", lambda count: count == 0)
        words = "it receives nothing from a primary"
        unknown = f"INCONCLUSIVE {words}, so nobody knows how far the primary is"
        assert wrong(db(pg_replica, role="replica")) == {
            "replication.connected": f"FAIL {words}",
            "replication.lag": unknown,
        }
        assert wrong(db(standbys="[replica-1]")) == {
            "standby.replica-1.state": "FAIL not there (no standby 'replica-1' is connected), wanted = 'streaming'",
        }
    finally:
        quoted = before.replace("'", "''")
        pg_replica.ask(f"ALTER SYSTEM SET primary_conninfo = '{quoted}'", "SELECT pg_reload_conf()")
        pg.wait_for("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'", lambda count: count == 1)
    pg_replica.wait_for(
        "SELECT count(*) FROM pg_stat_wal_receiver WHERE status = 'streaming'", lambda count: count == 1
    )
    assert wrong(db(pg_replica, role="replica")) == {}
    assert wrong(db(standbys="[replica-1]")) == {}


def test_transactions_that_stay_open_fail(pg, db, wrong):
    """The session is named; a transaction that waits for its client is one more failure."""
    limits = '{transactions.longest: "<= 100ms", transactions.idle: "<= 100ms"}'
    with pg.connect(autocommit=False, application_name="billing") as session:
        session.execute("SELECT 1")
        time.sleep(0.3)
        found = wrong(db(), limits)
        session.rollback()
    assert set(found) == {"transactions.longest", "transactions.idle"}
    assert "'billing', idle in transaction), wanted <= 100 ms" in found["transactions.longest"]
    assert wrong(db(), limits) == {}


def test_a_prepared_transaction_stays_open_without_a_session(pg, db, wrong):
    """It holds back every vacuum, and no session shows it."""
    limits = '{transactions.longest: "<= 100ms"}'
    pg.ask("BEGIN", "CREATE TABLE half (a int)", "PREPARE TRANSACTION 'forgotten'")
    try:
        time.sleep(0.3)
        assert "prepared transaction forgotten, prepared" in wrong(db(), limits)["transactions.longest"]
    finally:
        pg.ask("ROLLBACK PREPARED 'forgotten'")
    assert wrong(db(), limits) == {}


def test_dead_rows_fail_and_vacuum_helps(pg, db, wrong):
    """The worst of the large tables is named; its counters that began anew are a Gap, and not a clean table."""
    limits = '{vacuum.age: "<= 1h"}'
    for statement in (
        "CREATE TABLE heap AS SELECT i FROM generate_series(1, 2000) AS i",
        "ANALYZE heap",
        "DELETE FROM heap WHERE i % 4 > 0",
    ):
        pg.ask(statement, dbname="shop")  # a session that ends tells its counters
    try:
        pg.wait_for(
            "SELECT n_dead_tup FROM pg_stat_user_tables WHERE relname = 'heap'", lambda n: n == 1500, dbname="shop"
        )
        assert wrong(db(large_table=1000), limits) == {
            "dead_rows.ratio": "FAIL 75 % (public.heap: 1,500 of 2,000 rows), wanted <= 50 %",
            "vacuum.age": "FAIL not there (public.heap was not vacuumed since its counters began), wanted <= 60 min",
        }
        assert wrong(db(), limits) == {}, "no table is large"
        pg.ask("VACUUM heap", dbname="shop")
        pg.wait_for(
            "SELECT n_dead_tup FROM pg_stat_user_tables WHERE relname = 'heap'", lambda n: n == 0, dbname="shop"
        )
        assert wrong(db(large_table=400), limits) == {}
        pg.ask("SELECT pg_stat_reset()", dbname="shop")
        found = wrong(db(large_table=400))
        assert found == {"dead_rows.ratio": "INCONCLUSIVE the counters of public.heap began anew"}
    finally:
        pg.ask("DROP TABLE heap", dbname="shop")


def test_the_migration_has_to_be_the_releases(pg, db, wrong):
    """Another version, no version and no table fail; a table that is locked by a migration can't be read."""

    def of(version, table="alembic_version"):
        return db(migration=f"{{query: select version_num from {table}, equals: {version}}}")

    assert wrong(of("4b1d2aa")) == {}
    assert wrong(of("5c2e3bb")) == {"migration": "FAIL '4b1d2aa', wanted = '5c2e3bb'"}
    assert wrong(of("4b1d2aa", "no_migration")) == {
        "migration": "FAIL not there (its table has no row), wanted = '4b1d2aa'"
    }
    assert wrong(of("4b1d2aa", "nothing")) == {
        "migration": "FAIL not there (relation \"nothing\" does not exist), wanted = '4b1d2aa'"
    }
    with pg.connect(dbname="shop", autocommit=False) as migrating:
        migrating.execute("LOCK TABLE alembic_version")
        words = "the server said: canceling statement due to lock timeout"
        assert wrong(of("4b1d2aa")) == {"migration": f"INCONCLUSIVE {words}"}
        migrating.rollback()


@pytest.mark.parametrize(
    ("sql", "expect", "reason"),
    [
        ("select 5", "'<= 5'", ""),
        ("select 6", "'<= 5'", "FAIL 6, wanted <= 5"),
        ("select interval '90 seconds'", "'<= 2min'", ""),
        ("select 90.5", "'<= 1min'", "FAIL 90.5 s, wanted <= 60 s"),
        ("select true", "true", ""),
        ("select false", "true", "FAIL no, wanted = yes"),
        ("select 'live'", "live", ""),
        ("select 'x' where false", "live", "INCONCLUSIVE no row came, one was wanted"),
        ("select generate_series(1, 1000000)", "'<= 5'", "INCONCLUSIVE several rows came, one was wanted"),
        ("select 1, 2", "'<= 5'", "INCONCLUSIVE 2 columns came, one was wanted"),
        ("select null::int", "'<= 5'", "INCONCLUSIVE the value is NULL"),
        ("select 'NaN'::float8", "'<= 5'", "INCONCLUSIVE the value is nan, which is no finite number"),
        ("select 'Infinity'::numeric", "'<= 5'", "INCONCLUSIVE the value is Infinity, which is no finite number"),
        ("select now()", "'<= 5'", "INCONCLUSIVE the value is a time: select its age in seconds"),
        ("select array[1]", "'<= 5'", "INCONCLUSIVE the value is of the type list, which nothing is compared with"),
        ("select 1/0", "'<= 5'", "INCONCLUSIVE the server said: division by zero"),
        ("select nothing", "'<= 5'", 'INCONCLUSIVE the server said: column "nothing" does not exist'),
        ("select 1; drop table alembic_version", "'<= 5'", "INCONCLUSIVE the server said: "),
        ("drop table alembic_version", "'<= 5'", "INCONCLUSIVE the server said: "),
        ("select 1 from pg_sleep(30)", "'<= 5'", "INCONCLUSIVE the server said: canceling statement due to"),
        (
            "select nextval('counter')",
            "'<= 5'",
            "INCONCLUSIVE the server said: cannot execute nextval()",
        ),
        ("select '50 %' like '%50 _'", "true", ""),
    ],
)
def test_a_query_has_one_value_or_is_a_gap(pg, db, wrong, sql, expect, reason):  # noqa: PLR0917 - three are fixtures
    """Of any number of rows two are fetched; nothing but a SELECT is run, and it can't write."""
    pg.ask("CREATE SEQUENCE IF NOT EXISTS counter", "GRANT ALL ON counter TO looker", dbname="shop")
    text = sql.replace("\\", "\\\\").replace('"', '\\"')
    found = wrong(db(timeout="2s", queries=f'{{own: {{sql: "{text}", expect: {expect}}}}}'))
    assert found.keys() == ({"query.own"} if reason else set())
    assert found.get("query.own", "").startswith(reason)
    assert pg.ask("SELECT count(*) FROM alembic_version", dbname="shop") == 1


def test_an_extension_has_to_be_installed(db, wrong):
    """In the version that is wanted."""
    assert wrong(db(extensions="{plpgsql: 1.0}")) == {}
    assert wrong(db(extensions="{plpgsql: '~ ^2'}")) == {"extension.plpgsql": "FAIL '1.0', wanted ~ ^2"}
    assert wrong(db(extensions="{timescaledb: '~ ^2'}")) == {
        "extension.timescaledb": "FAIL not there (it is not installed in this database), wanted ~ ^2"
    }


def test_tls_is_demanded_and_the_authority_checked(pg, db, wrong, ca_file):
    """Without `tls:` it is used where it is offered; `tls:` with another authority refuses the certificate."""
    assert wrong(db(), "{tls: = true}") == {}
    assert wrong(db(url=f"{pg.url()}?sslmode=disable"), "{tls: = true}") == {"tls": "FAIL no, wanted = yes"}
    assert wrong(db(tls=f"{{ca_file: {ca_file}}}"), "{tls: = true}") == {}
    refused = "FAIL the certificate was refused: SSL error: certificate verify failed"
    assert wrong(db(tls="{}")) == {"up": refused}


def test_a_socket_is_reached_by_its_folder(pg, db, wrong):
    """And where nobody has opened it, the words say so."""
    assert wrong(db(url=f"postgresql://looker@:{pg.port}/shop?host={pg.folder}")) == {}
    path = f"{pg.folder}/data/.s.PGSQL.{pg.port}"
    found = wrong(db(url=f"postgresql://looker@:{pg.port}/shop?host={pg.folder}/data"))
    assert found == {"up": f"FAIL no server has opened the socket {path}"}


def test_nothing_is_written_unless_it_is_allowed(pg, db, judged):
    """The server's own log says so; where writes are allowed, they are there, and nothing is left."""
    pg.ask("ALTER ROLE looker SET log_statement = 'mod'")
    try:
        before = len(pg.log)
        judged(db(migration="{query: select version_num from alembic_version, equals: 4b1d2aa}"))
        assert "CREATE" not in pg.log[before:]
        found = judged(db(allow_writes="true"))
        assert "CREATE TABLE" in pg.log[before:]
    finally:
        pg.ask("ALTER ROLE looker RESET log_statement")
    assert [found[f"write.{part}"].verdict for part in ("works", "cleaned")] == [Verdict.PASS] * 2
    assert pg.ask("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'tidegate%'", dbname="shop") == 0


def test_leftovers_of_killed_looks_are_dropped(pg, db, wrong):
    """Old ones of our own, and nothing else: neither what is young, nor what only looks like one."""
    now = int(time.time())
    old, young, other = f"tidegate_probe_{now - 5000}_ab12", f"tidegate_probe_{now}_ab12", "tidegate_probe_notes"
    for schema in (old, young, other):
        pg.ask(f"CREATE SCHEMA {schema} AUTHORIZATION looker", dbname="shop")
    try:
        assert wrong(db(allow_writes="true")) == {}
        left = pg.connect(dbname="shop")
        with left:
            rows = left.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'tidegate%' ORDER BY 1").fetchall()
        assert [row[0] for row in rows] == [young, other]
    finally:
        for schema in (old, young, other):
            pg.ask(f"DROP SCHEMA IF EXISTS {schema}", dbname="shop")


def test_a_write_that_is_refused_fails_and_one_that_we_may_not_make_is_a_gap(pg, pg_replica, db, wrong):
    """A replica refuses all writes; a user without the permission proves nothing."""
    found = wrong(db(pg_replica, role="replica", allow_writes="true"))
    words = "it refuses a write: cannot execute CREATE SCHEMA in a read-only transaction"
    assert found["write.works"] == f"FAIL {words}"
    plain = wrong(db(user="plain", allow_writes="true"))
    assert plain["write.works"] == "INCONCLUSIVE this user may not write: permission denied for database shop"
    assert wrong(db(allow_writes="true")) == {}


def test_a_secret_url_shows_everything_but_its_password(pg, db, judged, load, tmp_path):
    """The password in it is taken out, and is in no source, reason or detail."""
    (tmp_path / "dsn").write_text(f"postgresql://looker:{PASSWORD}@127.0.0.1:{pg.port}/shop")
    found = judged(db(url="${file:dsn}", password=""))
    assert found["up"].verdict is Verdict.PASS
    assert found["up"].evidence.source.startswith(f"psql 'postgresql://looker@127.0.0.1:{pg.port}/shop'")
    assert PASSWORD not in repr(found)
