"""The data and what happens when it can't be had."""

import sqlite3
from contextlib import closing

import pytest

import demo.database
from demo.database import Database, DatabaseDownError, create


@pytest.fixture
def path(tmp_path):
    create(tmp_path / "stocks.db")
    return tmp_path / "stocks.db"


def _change(path, statement):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(statement)
        connection.commit()


def test_a_missing_file_is_down_and_stays_missing(tmp_path):
    """SQLite would make an empty one, and an empty one answers queries."""
    with pytest.raises(DatabaseDownError, match="unable to open"):
        Database(tmp_path / "stocks.db").ping()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("statement", "message"), [("DELETE FROM stocks", "stocks is empty"), ("DROP TABLE stocks", "no such table")]
)
def test_a_database_without_its_data_is_down(path, statement, message):
    """It can be opened and queried, and is of no use."""
    _change(path, statement)
    database = Database(path)
    with pytest.raises(DatabaseDownError, match=message):
        database.ping()
    database.close()


def test_it_comes_back_by_itself(tmp_path):
    """Every query tries anew."""
    database = Database(tmp_path / "stocks.db")
    with pytest.raises(DatabaseDownError):
        database.ping()
    create(tmp_path / "stocks.db")
    assert database.ping() > 0
    database.close()


def test_a_token_ends_after_its_time(path, monkeypatch):
    """Until then it is its user's; it is not stored as it is."""
    database = Database(path)
    token = database.log_in("demo", "demo")
    assert database.user_of(token) == "demo"
    assert token.encode() not in path.read_bytes() + path.with_name("stocks.db-wal").read_bytes()
    later = demo.database.time.time() + demo.database.TOKEN_LIFETIME_S + 1
    monkeypatch.setattr(demo.database.time, "time", lambda: later)
    assert database.user_of(token) is None
    database.close()
