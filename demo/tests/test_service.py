# ruff: noqa: S101 - tests assert
"""What each path answers."""

import json

import pytest

from demo.database import Database
from demo.service import Service
from demo.tests.conftest import Ask, request, status


def test_health_asks_the_database(ask: Ask, database: Database) -> None:
    """503 when its data is gone."""
    assert json.loads(ask("GET /health").body)["database"]["status"] == "ok"
    database.close()
    database._path.unlink()  # noqa: SLF001 - there is no other way to take it away
    assert status(ask("GET /health")) == 503
    assert status(ask("GET /api/v1/stocks")) == 503
    assert status(ask("GET /metrics")) == 200


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("GET /", 200),
        ("GET /ready", 200),
        ("GET /login", 200),
        ("HEAD /version", 200),
        ("GET /api/v1/stocks/aapl", 200),
        ("GET /api/v1/stocks/NOPE", 404),
        ("GET /nothing", 404),
        ("GET /api/v1/stocks/", 404),
        ("DELETE /health", 405),
        ("GET /api/v1/watchlist", 401),
        ("POST /api/v1/watchlist", 401),
        ("DELETE /api/v1/watchlist", 401),
    ],
)
def test_statuses(ask: Ask, line: str, wanted: int) -> None:
    """Of paths and methods, without a log-in."""
    assert status(ask(line)) == wanted


def test_stocks(ask: Ask) -> None:
    """As many as are counted, each with a price."""
    listed = json.loads(ask("GET /api/v1/stocks").body)
    assert listed["count"] == len(listed["stocks"]) > 0
    assert all(stock["price"] > 0 for stock in listed["stocks"])


def test_a_watchlist_of_ones_own(ask: Ask) -> None:
    """Log in, add, add again, list, remove."""
    token = json.loads(ask("POST /api/v1/login", {"user": "demo", "password": "demo"}).body)["token"]
    mine = f"Authorization: Bearer {token}"
    assert status(ask("POST /api/v1/watchlist", {"symbol": "acme"}, mine)) == 201
    assert status(ask("POST /api/v1/watchlist", {"symbol": "ACME"}, mine)) == 200
    assert status(ask("POST /api/v1/watchlist", {"symbol": "NOPE"}, mine)) == 404
    assert status(ask("POST /api/v1/watchlist", [1], mine)) == 400
    assert json.loads(ask("GET /api/v1/watchlist", None, mine).body)["symbols"] == ["ACME"]
    assert status(ask("DELETE /api/v1/watchlist/ACME", None, mine)) == 204
    assert status(ask("DELETE /api/v1/watchlist/ACME", None, mine)) == 404


def test_log_in(ask: Ask) -> None:
    """Half of it is no log-in; ten wrong ones make the user wait."""
    assert status(ask("POST /api/v1/login", {"user": "demo"})) == 400
    assert status(ask("POST /api/v1/login", "no object")) == 400
    wrong = [status(ask("POST /api/v1/login", {"user": "mallory", "password": "x"})) for _ in range(11)]
    assert wrong == [401] * 10 + [429]
    assert status(ask("POST /api/v1/login", {"user": "demo", "password": "demo"})) == 200


def test_starting(service: Service) -> None:
    """Not ready yet is 503, for the probe of readiness and for /health."""
    service._ready_at = float("inf")  # noqa: SLF001 - the clock is not ours
    assert status(service.answer(request("GET /health"))) == 503
    service._ready_at = 1e15  # noqa: SLF001
    assert b"Retry-After" in service.answer(request("GET /ready")).head
