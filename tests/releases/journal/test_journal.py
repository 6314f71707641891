"""The journal: what is written stays, one writes at a time, and who is dead holds nothing."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from checks.secrets import Secret
from releases.journal.errors import BusyError, LostError, UnknownError
from releases.journal.journal import Journal, holder
from releases.journal.record import Kind, to_json


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request):
    """An empty database of each kind."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def journal(place):
    return Journal(place)


def test_an_empty_journal_knows_no_release(journal):
    """Asking makes nothing and finds nothing."""
    assert journal.records() == ()
    with pytest.raises(UnknownError, match="no release 'x'"):
        journal.get("x")


def test_entries_come_back_in_their_order(journal):
    """Numbered without a hole, with who wrote them; what is begun is open until it is closed."""
    with journal.holding("shop", "staging") as pen:
        release = pen.begin({"to": "2"})
        pen.write(release, Kind.INTENT, "deploy", {"slot": "b"})
        assert [entry.name for entry in journal.get(release).unfinished] == ["deploy"]
        pen.write(release, Kind.DONE, "deploy")
        assert pen.unfinished() == journal.get(release)
        pen.write(release, Kind.DECIDED, "promote")
        pen.write(release, Kind.CLOSED)
        assert pen.unfinished() is None
    record = journal.get(release)
    assert [entry.number for entry in record.entries] == [1, 2, 3, 4, 5]
    assert [entry.kind.value for entry in record.entries] == ["planned", "intent", "done", "decided", "closed"]
    assert {entry.holder for entry in record.entries} == {holder()}
    assert (record.open, record.unfinished, record.decision.name) == (False, (), "promote")
    assert record.entries[0].data == {"to": "2"}
    assert json.loads(to_json(record))["entries"][1]["data"] == {"slot": "b"}


def test_nothing_is_written_of_what_was_never_begun(journal):
    """A misspelt release is an error, not a new one."""
    with journal.holding("shop", "staging") as pen:
        with pytest.raises(UnknownError, match="never begun"):
            pen.write("nothing", Kind.DONE, "deploy")
        assert journal.records() == ()


def test_one_release_at_a_time(journal, place):
    """A second one of the same service and environment is told who holds it; another environment's is not held up."""
    with journal.holding("shop", "staging"):
        words = rf"another release of shop runs in staging: {holder()} has held it since"
        with pytest.raises(BusyError, match=words), Journal(place).holding("shop", "staging"):
            pass
        with Journal(place).holding("shop", "production"), Journal(place).holding("till", "staging"):
            pass
    with Journal(place).holding("shop", "staging"):
        pass


def test_the_newest_comes_first_and_names_filter(journal):
    """By service and environment, at most as many as asked for."""
    for service, environment in [("a", "x"), ("b", "x"), ("a", "y"), ("a", "x")]:
        with journal.holding(service, environment) as pen:
            pen.begin({})
    assert [record.service for record in journal.records()] == ["a", "a", "b", "a"]
    assert len(journal.records("a", "x")) == 2
    assert len(journal.records(limit=1)) == 1


def _hold_and_wait(place, ready):
    with Journal(place).holding("shop", "staging") as pen:
        pen.begin({"by": "the one that dies"})
        ready.set()
        time.sleep(60)


def test_a_dead_holder_holds_nothing(journal, place):
    """kill -9 of the holder frees the lock, and its release is found open; while it lived it was busy."""
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    process = context.Process(target=_hold_and_wait, args=(place, ready))
    process.start()
    assert ready.wait(60)
    with pytest.raises(BusyError, match=f"{process.pid}@"), journal.holding("shop", "staging"):
        pass
    os.kill(process.pid, signal.SIGKILL)
    process.join(30)
    until = time.monotonic() + 20
    while True:  # PostgreSQL needs a moment to see that the session has ended
        try:
            with journal.holding("shop", "staging") as pen:
                assert pen.unfinished().entries[0].data == {"by": "the one that dies"}
            break
        except BusyError:
            assert time.monotonic() < until
            time.sleep(0.05)


def test_children_that_act_hold_the_lock_of_a_file_too(sqlite):
    """As long as an orphan may act, nobody else begins; when it has ended, somebody may."""
    journal = Journal(sqlite)
    with journal.holding("shop", "staging") as pen:
        child = subprocess.Popen(
            [sys.executable, "-c", "import time; time.sleep(60)"], pass_fds=pen.inherited, stdin=subprocess.DEVNULL
        )
    try:
        with pytest.raises(BusyError), journal.holding("shop", "staging"):
            pass
    finally:
        child.kill()
        child.wait(10)
    with journal.holding("shop", "staging"):
        pass


def test_who_was_overtaken_writes_nothing_more(journal, place):
    """Where a lock was broken by hand, the older holder finds out before it writes; the newer one goes on."""
    with journal.holding("shop", "staging") as old:
        release = old.begin({})
        if "://" not in place:
            for lock in Path(place).parent.glob("*.lock"):
                lock.unlink()
            with Journal(place).holding("shop", "staging") as new:
                with pytest.raises(LostError, match="was removed while it was locked"):
                    old.write(release, Kind.DONE, "deploy")
                new.write(release, Kind.RESUMED)
        else:
            from sqlalchemy import create_engine

            engine = create_engine(place.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT")
            ended = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
            with engine.connect() as connection:
                connection.exec_driver_sql(ended)
            engine.dispose()
            with Journal(place).holding("shop", "staging") as new:
                with pytest.raises(LostError, match="has ended"):
                    old.write(release, Kind.DONE, "deploy")
                new.write(release, Kind.RESUMED)
    assert [entry.kind for entry in journal.get(release).entries] == [Kind.PLANNED, Kind.RESUMED]


def test_no_secret_is_written_down(journal):
    """Neither in names nor in data."""
    Secret("hunter2-of-the-journal")
    with journal.holding("shop", "staging") as pen:
        release = pen.begin({"url": "http://x/?token=hunter2-of-the-journal"})
        pen.write(release, Kind.INTENT, "curl hunter2-of-the-journal")
    text = to_json(journal.get(release))
    assert "hunter2" not in text
    assert text.count("***") == 2
