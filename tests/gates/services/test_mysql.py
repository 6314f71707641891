"""Faults of a real MariaDB, each beside its twin without the fault: what fails, in which words, and nothing else."""

import time
from contextlib import ExitStack

import pytest

from reports.verdict import Verdict
from tests.services.mariadb import USABLE


@pytest.fixture
def db(maria):
    """What a file declares of the primary: `db(timeout="1s")`."""

    def declare(server=maria, user="looker", url="", password="${PASSWORD}", **keys):
        login = {"password": f'"{password}"'} if password else {}
        given = {"url": f'"{url or server.url(user)}"', **login, "timeout": "3s", **keys}
        pairs = ", ".join(f"{key}: {value}" for key, value in given.items())
        return f"{{mysql: {{db: {{{pairs}}}}}}}"

    return declare


def test_a_server_that_is_well_passes(db, judged):
    """Everything that is judged of it by default, and nothing that makes no sense for it."""
    found = judged(db(role="primary"))
    subjects = ("up", "role", "read_only", "connections.used_ratio", "transactions.longest", "transactions.idle")
    assert {subject: judgement.verdict.name for subject, judgement in found.items()} == dict.fromkeys(subjects, "PASS")


def test_a_stopped_server_is_down(maria, db, wrong):
    """At its port and at its socket, which it takes along."""
    by_socket = db(url=f"mysql://looker@/shop?unix_socket={maria.socket}")
    with maria.stopped():
        assert wrong(db()) == {"up": "FAIL connection refused"}
        assert wrong(by_socket) == {"up": f"FAIL no server has opened the socket {maria.socket}"}
    assert wrong(db()) == {}
    assert wrong(by_socket) == {}


def test_a_paused_server_is_down(maria, db, wrong):
    """Its kernel accepts the connection, which proves nothing."""
    with maria.paused():
        began = time.monotonic()
        assert wrong(db(timeout="1s")) == {"up": "FAIL no answer within 1 s to the log-in"}
        assert time.monotonic() - began < 10
    assert wrong(db(timeout="1s")) == {}


def test_a_server_without_free_connections_is_down(maria, db, wrong):
    """One connection less is enough; then the share is judged."""
    with ExitStack() as stack:
        others = [stack.enter_context(maria.connect("plain")) for _ in range(USABLE)]
        assert wrong(db()) == {"up": "FAIL it takes no more connections: Too many connections"}
        others.pop().close()
        until = time.monotonic() + 5
        while (found := wrong(db())) and "up" in found:
            assert time.monotonic() < until, "the server notices that a client is gone"
        assert found == {"connections.used_ratio": f"FAIL 100 % ({USABLE} of {USABLE}), wanted <= 80 %"}
        for other in others:
            if other.open:
                other.close()
        stack.pop_all()
    until = time.monotonic() + 5
    while found := wrong(db()):
        assert time.monotonic() < until, found


def test_a_wrong_password_fails_with_the_servers_words(db, wrong):
    """And a right one passes. A password that is asked for and not declared is our own fault."""
    words = "Access denied for user 'looker'@'127.0.0.1' (using password: {})"
    refused = f"FAIL the log-in was refused: {words.format('YES')}"
    assert wrong(db(password="${WRONG_PASSWORD}")) == {"up": refused}
    said = f"no password is declared, and the server said: {words.format('NO')}"
    assert wrong(db(password="")) == {"up": f"INCONCLUSIVE {said}"}
    assert wrong(db()) == {}


def test_what_a_user_may_not_see_is_not_calm(db, judged):
    """Transactions and the role of a server that nobody may ask for are Gaps, with the command that grants it."""
    found = judged(db(user="plain"))
    gaps = {subject for subject, judgement in found.items() if judgement.verdict is Verdict.INCONCLUSIVE}
    of_a_replica = {f"replication.{part}" for part in ("connected", "applying", "lag")}
    assert gaps == {"transactions.longest", "transactions.idle", *of_a_replica}
    assert found["transactions.longest"].remedy == "GRANT PROCESS ON *.* TO 'plain'@'...'"
    assert found["replication.lag"].remedy == "GRANT SLAVE MONITOR ON *.* TO 'plain'@'...'"


def test_the_wrong_role_fails(maria_replica, db, wrong):
    """Behind an address whose server failed over; and a replica that nobody declared takes no writes."""
    words = "FAIL yes (read_only is ON), wanted = no"
    assert wrong(db(maria_replica, role="primary")) == {"role": "FAIL 'replica', wanted = 'primary'"}
    assert wrong(db(maria_replica)) == {"read_only": words}
    assert wrong(db(maria_replica, role="replica")) == {}
    assert wrong(db(role="primary")) == {}


def test_a_read_only_server_fails(maria, db, wrong):
    """And so does a write to it."""
    maria.ask("SET GLOBAL read_only = 1")
    try:
        found = wrong(db(allow_writes="true"))
    finally:
        maria.ask("SET GLOBAL read_only = 0")
    assert set(found) == {"read_only", "write.works"}
    assert found["read_only"] == "FAIL yes (read_only is ON), wanted = no"
    assert found["write.works"].startswith(
        "FAIL it refuses a write: The MariaDB server is running with the --read-only"
    )
    assert wrong(db(allow_writes="true")) == {}


def test_a_delayed_replica_lags(maria, maria_replica, db, wrong):
    """What waits to be applied is behind, and the detail says that it was told to wait."""
    replica = db(maria_replica, role="replica")
    limits = '{replication.lag: "<= 0s"}'
    maria_replica.ask("STOP SLAVE", "CHANGE MASTER TO MASTER_DELAY = 60", "START SLAVE")
    try:
        maria_replica.wait_for("Slave_IO_Running", lambda state: state == "Yes")
        maria.ask("CREATE OR REPLACE TABLE shop.written (at int)")
        maria_replica.wait_for("Seconds_Behind_Master", lambda lag: lag.isdecimal() and int(lag) > 0)
        found = wrong(replica, limits)
        assert set(found) == {"replication.lag"}
        assert "(it is told to stay 60 s behind), wanted <= 0 s" in found["replication.lag"]
    finally:
        maria_replica.ask("STOP SLAVE", "CHANGE MASTER TO MASTER_DELAY = 0", "START SLAVE")
    # Between its start and the first event a replica says 0 as well.
    maria_replica.wait_for("Slave_SQL_Running_State", lambda state: "has read all relay log" in state)
    maria_replica.wait_for("Seconds_Behind_Master", lambda lag: lag == "0")
    assert wrong(replica, limits) == {}


def test_a_replica_without_its_primary_fails(maria_replica, db, wrong):
    """It has no lag that anybody knows."""
    unknown = "INCONCLUSIVE it does not know, as it does not replicate"
    replica = db(maria_replica, role="replica")
    maria_replica.ask("STOP SLAVE IO_THREAD")
    try:
        assert wrong(replica) == {"replication.connected": "FAIL IO_Running is No", "replication.lag": unknown}
    finally:
        maria_replica.ask("START SLAVE IO_THREAD")
    maria_replica.wait_for("Seconds_Behind_Master", lambda lag: lag == "0")
    assert wrong(replica) == {}


def test_a_replica_that_fails_to_apply_says_why(maria, maria_replica, db, wrong):
    """In the words of the statement that failed."""
    replica = db(maria_replica, role="replica")
    maria.ask("CREATE TABLE shop.clash (a int PRIMARY KEY)")
    maria_replica.wait_for("Exec_Master_Log_Pos", lambda place: place == maria_replica.status("Read_Master_Log_Pos"))
    maria_replica.ask("INSERT INTO shop.clash VALUES (1)")
    try:
        maria.ask("INSERT INTO shop.clash VALUES (1)")
        maria_replica.wait_for("Slave_SQL_Running", lambda state: state == "No")
        found = wrong(replica)
        assert set(found) == {"replication.applying", "replication.lag"}
        assert "Duplicate entry '1' for key 'PRIMARY'" in found["replication.applying"]
    finally:
        maria_replica.ask("DELETE FROM shop.clash", "START SLAVE")
    maria_replica.wait_for("Seconds_Behind_Master", lambda lag: lag == "0")
    maria.ask("DROP TABLE shop.clash")
    assert wrong(replica) == {}


def test_transactions_that_stay_open_fail(maria, db, wrong):
    """The thread is named; one that waits for its client is one more failure."""
    limits = '{transactions.longest: "<= 500ms", transactions.idle: "<= 0s"}'
    with maria.connect("plain", autocommit=False) as session, session.cursor() as cursor:
        cursor.execute("SELECT * FROM migrations")
        time.sleep(1.3)
        found = wrong(db(), limits)
        thread = session.thread_id()
        session.rollback()
    assert set(found) == {"transactions.longest", "transactions.idle"}
    assert f"(thread {thread}), wanted <= 500 ms" in found["transactions.longest"]
    time.sleep(0.3)  # InnoDB's table of transactions is a picture of the last 0.1 s
    assert wrong(db(), limits) == {}


def test_the_migration_has_to_be_the_releases(db, wrong):
    """Another version and no table fail."""

    def of(version, table="migrations"):
        return db(migration=f"{{query: select max(version) from {table}, equals: {version}}}")

    assert wrong(of(42)) == {}
    assert wrong(of(43)) == {"migration": "FAIL '42', wanted = '43'"}
    assert wrong(of(42, "nothing")) == {
        "migration": "FAIL not there (Table 'shop.nothing' doesn't exist), wanted = '42'"
    }


@pytest.mark.parametrize(
    ("sql", "expect", "reason"),
    [
        ("select 5", "'<= 5'", ""),
        ("select 6", "'<= 5'", "FAIL 6, wanted <= 5"),
        ("select 90.5", "'<= 1min'", "FAIL 90.5 s, wanted <= 60 s"),
        ("select timediff('00:02:00', '00:00:30')", "'<= 2min'", ""),
        ("select 'live'", "live", ""),
        ("select 1 from dual where false", "'<= 5'", "INCONCLUSIVE no row came, one was wanted"),
        ("select seq from seq_1_to_1000000", "'<= 5'", "INCONCLUSIVE several rows came, one was wanted"),
        ("select 1, 2", "'<= 5'", "INCONCLUSIVE 2 columns came, one was wanted"),
        ("select null", "'<= 5'", "INCONCLUSIVE the value is NULL"),
        ("select now()", "'<= 5'", "INCONCLUSIVE the value is a time: select its age in seconds"),
        ("select x'ff'", "'<= 5'", "INCONCLUSIVE the value is of the type bytes, which nothing is compared with"),
        ("select nothing", "'<= 5'", "INCONCLUSIVE the server said: Unknown column 'nothing'"),
        ("select 1; drop table migrations", "'<= 5'", "INCONCLUSIVE the server said: "),
        ("drop table migrations", "'<= 5'", "INCONCLUSIVE the server said: "),
        ("delete from migrations", "'<= 5'", "INCONCLUSIVE the server said: Cannot execute statement in a READ ONLY"),
        ("select sleep(30)", "'<= 5'", "INCONCLUSIVE the server said: Query execution was interrupted"),
    ],
)
def test_a_query_has_one_value_or_is_a_gap(maria, db, wrong, sql, expect, reason):  # noqa: PLR0917 - three are fixtures
    """Of any number of rows two are sent, and nothing is written."""
    found = wrong(db(timeout="2s", queries=f'{{own: {{sql: "{sql}", expect: {expect}}}}}'))
    assert found.keys() == ({"query.own"} if reason else set())
    assert found.get("query.own", "").startswith(reason)
    assert maria.ask("SELECT count(*) FROM shop.migrations") == 1


def test_a_query_can_not_open_the_door_for_the_next_one(maria, db, wrong):
    """Each is in a read-only transaction of its own, whatever another one set."""
    door = "{sql: set session transaction read write, expect: 1}"
    found = wrong(db(queries=f"{{a: {door}, b: {{sql: delete from migrations, expect: 1}}}}"))
    assert found["query.a"] == "INCONCLUSIVE no row came, one was wanted"
    assert found["query.b"].startswith("INCONCLUSIVE the server said: Cannot execute statement in a READ ONLY")
    assert maria.ask("SELECT count(*) FROM shop.migrations") == 1


def test_tls_is_demanded_and_the_authority_checked(db, wrong, ca_file):
    """`tls:` with another authority refuses the certificate."""
    assert wrong(db(tls=f"{{ca_file: {ca_file}}}"), "{tls: = true}") == {}
    assert wrong(db(tls="{verify: false}"), "{tls: = true}") == {}
    assert wrong(db(tls="{}")) == {"up": "FAIL the certificate was refused: unable to get local issuer certificate"}


def test_nothing_is_written_unless_it_is_allowed(maria, db, wrong):
    """Where it is, nothing is left; what killed looks left is dropped, and nothing else."""
    now = int(time.time())
    old, young, other = f"tidegate_probe_{now - 5000}_ab12", f"tidegate_probe_{now}_ab12", "tidegate_probe_notes"

    def tables():
        with maria.connect() as connection, connection.cursor() as cursor:
            cursor.execute("SHOW TABLES FROM shop LIKE 'tidegate%'")
            return sorted(row[0] for row in cursor.fetchall())

    maria.ask(*(f"CREATE TABLE shop.{table} (a int)" for table in (old, young, other)))
    try:
        assert wrong(db()) == {}
        assert tables() == sorted([old, young, other])
        assert wrong(db(allow_writes="true")) == {}
        assert tables() == sorted([young, other])
    finally:
        maria.ask(*(f"DROP TABLE IF EXISTS shop.{table}" for table in (old, young, other)))


def test_a_write_that_we_may_not_make_is_a_gap(db, judged):
    """It says nothing of the server; the remedy is the command that grants it."""
    judgement = judged(db(user="plain", allow_writes="true"))["write.works"]
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert judgement.reason.startswith("this user may not write: CREATE command denied to user 'plain'")
    assert judgement.remedy.startswith("GRANT CREATE, INSERT, SELECT, DELETE, DROP ON shop.* TO 'plain'")


def test_a_server_that_ends_the_connection_is_down(db, wrong):
    """What it had answered before does not make it well."""
    assert wrong(db(queries="{own: {sql: select 1, expect: 1}}")) == {}
    killed = wrong(db(queries="{own: {sql: kill connection_id(), expect: 1}}"))
    assert set(killed) == {"up"}
    assert killed["up"].startswith("FAIL it answered at first; then: it ended the connection: ")
