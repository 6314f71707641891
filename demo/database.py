"""The service's data: one SQLite file that both replicas open, so that state is the same whoever answers."""

import hashlib
import secrets
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

USER, PASSWORD = "demo", "demo"
TOKEN_LIFETIME_S = 3600

_SCHEMA = """
PRAGMA journal_mode = WAL;
CREATE TABLE stocks (symbol TEXT PRIMARY KEY, name TEXT NOT NULL, currency TEXT NOT NULL, price REAL NOT NULL);
CREATE TABLE sessions (token_hash TEXT PRIMARY KEY, user TEXT NOT NULL, expires REAL NOT NULL);
CREATE TABLE watchlist (user TEXT NOT NULL, symbol TEXT NOT NULL REFERENCES stocks, PRIMARY KEY (user, symbol));
"""

_STOCKS = (
    ("AAPL", "Apple", "USD", 227.5),
    ("ACME", "Acme Corporation", "USD", 128.5),
    ("CYBD", "Cyberdyne Systems", "USD", 84.2),
    ("GLBX", "Globex", "USD", 42.75),
    ("HOOL", "Hooli", "USD", 310.0),
    ("INIT", "Initech", "USD", 17.3),
    ("MOMC", "MomCorp", "USD", 256.0),
    ("PIED", "Pied Piper", "USD", 9.99),
    ("SOYL", "Soylent", "EUR", 33.4),
    ("STRK", "Stark Industries", "USD", 712.1),
    ("TYRL", "Tyrell Corporation", "EUR", 201.9),
    ("UMBR", "Umbrella", "EUR", 55.0),
    ("WYUT", "Weyland-Yutani", "GBP", 147.6),
)


class DatabaseDownError(Exception):
    """The database did not answer; the text is SQLite's own."""


@dataclass(frozen=True, slots=True)
class Stock:
    """One quote; `price` in `currency`."""

    symbol: str
    name: str
    currency: str
    price: float


def create(path: Path) -> None:
    """Make the file with its seed data."""
    connection = sqlite3.connect(path)
    try:
        connection.executescript(_SCHEMA)
        connection.executemany("INSERT INTO stocks VALUES (?, ?, ?, ?)", _STOCKS)
        connection.commit()
    finally:
        connection.close()


class Database:
    """One replica's queries. Each tries anew and raises DatabaseDownError when the file can't be used."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open: sqlite3.Connection | None = None

    def ping(self) -> float:
        """Seconds that a real query took. A table without rows counts as down: something took the data away."""
        start = time.perf_counter()
        (count,) = self._run(lambda db: db.execute("SELECT count(*) FROM stocks").fetchone())
        if not count:
            raise DatabaseDownError("no such data: stocks is empty")
        return time.perf_counter() - start

    def stocks(self) -> list[Stock]:
        """All quotes by symbol."""
        rows = self._run(lambda db: db.execute("SELECT * FROM stocks ORDER BY symbol").fetchall())
        return [Stock(*row) for row in rows]

    def stock(self, symbol: str) -> Stock | None:
        """One quote, or None for a symbol that nobody trades."""
        row = self._run(lambda db: db.execute("SELECT * FROM stocks WHERE symbol = ?", (symbol,)).fetchone())
        return Stock(*row) if row else None

    def log_in(self, user: str, password: str) -> str | None:
        """A new token, or None where user or password is wrong. Only a hash of the token is stored."""
        same = secrets.compare_digest(f"{user}\n{password}".encode(), f"{USER}\n{PASSWORD}".encode())
        if not same:
            return None
        token, now = secrets.token_urlsafe(24), time.time()
        row = (_hash(token), user, now + TOKEN_LIFETIME_S)
        self._run(lambda db: db.execute("INSERT INTO sessions VALUES (?, ?, ?)", row))
        return token

    def user_of(self, token: str) -> str | None:
        """Whose token it is; None for an unknown or expired one."""
        query = "SELECT user FROM sessions WHERE token_hash = ? AND expires > ?"
        row = self._run(lambda db: db.execute(query, (_hash(token), time.time())).fetchone())
        return str(row[0]) if row else None

    def watchlist(self, user: str) -> list[str]:
        """The user's symbols in order."""
        query = "SELECT symbol FROM watchlist WHERE user = ? ORDER BY symbol"
        return [row[0] for row in self._run(lambda db: db.execute(query, (user,)).fetchall())]

    def watch(self, user: str, symbol: str) -> bool:
        """Put the symbol on the list; False where it was there already."""
        query = "INSERT OR IGNORE INTO watchlist VALUES (?, ?)"
        return self._run(lambda db: db.execute(query, (user, symbol)).rowcount) == 1

    def unwatch(self, user: str, symbol: str | None) -> int:
        """Take one symbol, or with None all of them, off the list; how many were on it."""
        query = "DELETE FROM watchlist WHERE user = ? AND symbol = coalesce(?, symbol)"
        return self._run(lambda db: db.execute(query, (user, symbol)).rowcount)

    def close(self) -> None:
        """Let go of the file; the next query opens it again."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def _run(self, query: Callable[[sqlite3.Connection], T]) -> T:
        try:
            if self._open is None:
                # mode=rw: a missing file is an error, as it is for a real database, and not a new empty one
                self._open = sqlite3.connect(
                    f"{self._path.as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=2
                )
                self._open.execute("PRAGMA synchronous = OFF")  # the data is thrown away with the target
            return query(self._open)
        except sqlite3.Error as error:
            self.close()
            raise DatabaseDownError(str(error)) from error


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
