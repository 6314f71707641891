"""The stock-quote service: which path answers what. One instance per replica; it knows no sockets and no faults."""

import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from demo.database import TOKEN_LIFETIME_S, Database, DatabaseDownError, Stock
from demo.failed_logins import FailedLogins
from demo.message import Reply, Request, json_reply, reply
from demo.metrics import CONTENT_TYPE, Metrics
from demo.release import DemoRelease

Route = Callable[[Request, str], Reply]

_LOGIN_PAGE = b"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Log in</title></head>
<body><h1>Log in</h1><p>POST user and password as JSON to /api/v1/login.</p></body></html>
"""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who answers: the replica's name and the release that it says it is."""

    replica: str
    release: DemoRelease


class Service:
    """Answers requests. `ready_at`: the `time.monotonic` second from which on it is ready."""

    def __init__(self, identity: Identity, database: Database, metrics: Metrics, *, ready_at: float = 0.0) -> None:
        self._identity = identity
        self._database = database
        self._metrics = metrics
        self._ready_at = ready_at
        self._failed = FailedLogins()
        self._started = time.monotonic()
        self._routes: Mapping[str, Mapping[str, Route]] = {
            "/": {"GET": self._index},
            "/health": {"GET": self._health},
            "/ready": {"GET": self._ready},
            "/version": {"GET": self._version},
            "/metrics": {"GET": self._render_metrics},
            "/login": {"GET": self._login_page},
            "/api/v1/stocks": {"GET": self._stocks},
            "/api/v1/stocks/{symbol}": {"GET": self._stock},
            "/api/v1/login": {"POST": self._login},
            "/api/v1/watchlist": {"GET": self._watchlist, "POST": self._watch, "DELETE": self._unwatch},
            "/api/v1/watchlist/{symbol}": {"DELETE": self._unwatch},
        }

    def route_of(self, path: str) -> tuple[str, str]:
        """The route's name and the symbol in the path; `other` for a path that is not served."""
        if path in self._routes and "{" not in path:
            return path, ""
        folder, _, symbol = path.rpartition("/")
        if symbol and (route := f"{folder}/{{symbol}}") in self._routes:
            return route, unquote(symbol).upper()
        return "other", ""

    def answer(self, request: Request) -> Reply:
        """The reply to one request. A database that is down is a 503, not an exception."""
        route, symbol = self.route_of(request.head.path)
        if route == "other":
            return json_reply(request.head, 404, {"error": "not found"})
        methods = self._routes[route]
        method = "GET" if request.head.method == "HEAD" else request.head.method
        if method not in methods:
            allowed = ", ".join([*methods, *(["HEAD"] if "GET" in methods else [])])
            return json_reply(request.head, 405, {"error": "method not allowed"}, ("Allow", allowed))
        try:
            return methods[method](request, symbol)
        except DatabaseDownError:
            return json_reply(request.head, 503, {"error": "the database is down"})

    def _index(self, request: Request, _: str) -> Reply:
        return json_reply(request.head, 200, {"service": "stock-quotes", "routes": list(self._routes)})

    def _health(self, request: Request, _: str) -> Reply:
        try:
            milliseconds = round(self._database.ping() * 1000, 3)
        except DatabaseDownError as error:
            return self._health_reply(request, 503, "unhealthy", {"status": "down", "error": str(error)})
        if time.monotonic() < self._ready_at:
            return self._health_reply(request, 503, "starting", {"status": "ok", "latency_ms": milliseconds})
        return self._health_reply(request, 200, "healthy", {"status": "ok", "latency_ms": milliseconds})

    def _health_reply(self, request: Request, status: int, says: str, database: Mapping[str, object]) -> Reply:
        uptime = round(time.monotonic() - self._started, 3)
        content = {"status": says, **self._who(), "uptime_s": uptime, "database": database}
        return json_reply(request.head, status, content)

    def _ready(self, request: Request, _: str) -> Reply:
        wait = self._ready_at - time.monotonic()
        if wait > 0:
            content = {"status": "starting", "replica": self._identity.replica}
            return json_reply(request.head, 503, content, ("Retry-After", str(int(wait) + 1)))
        return json_reply(request.head, 200, {"status": "ready", "replica": self._identity.replica})

    def _version(self, request: Request, _: str) -> Reply:
        return json_reply(request.head, 200, self._who())

    def _who(self) -> dict[str, str]:
        release = self._identity.release
        return {
            "version": release.version,
            "release_id": release.id,
            "commit": release.commit,
            "replica": self._identity.replica,
        }

    def _render_metrics(self, request: Request, _: str) -> Reply:
        try:
            self._database.ping()
        except DatabaseDownError:
            return reply(request.head, 200, self._metrics.render(database_up=False), CONTENT_TYPE)
        return reply(request.head, 200, self._metrics.render(database_up=True), CONTENT_TYPE)

    def _login_page(self, request: Request, _: str) -> Reply:
        return reply(request.head, 200, _LOGIN_PAGE, "text/html; charset=utf-8")

    def _stocks(self, request: Request, _: str) -> Reply:
        stocks = [_quote(stock) for stock in self._database.stocks()]
        return json_reply(request.head, 200, {"count": len(stocks), "stocks": stocks})

    def _stock(self, request: Request, symbol: str) -> Reply:
        stock = self._database.stock(symbol)
        if stock is None:
            return _unknown_symbol(request, symbol)
        return json_reply(request.head, 200, _quote(stock))

    def _login(self, request: Request, _: str) -> Reply:
        user, password = (_text(request, key) for key in ("user", "password"))
        if user is None or password is None:
            return json_reply(request.head, 400, {"error": "send JSON with the texts user and password"})
        wait = self._failed.wait(user)
        if wait > 0:
            again = ("Retry-After", str(math.ceil(wait)))
            return json_reply(request.head, 429, {"error": "too many failed log-ins of this user"}, again)
        token = self._database.log_in(user, password)
        if token is None:
            self._failed.add(user)
            return json_reply(request.head, 401, {"error": "user or password is wrong"}, _CHALLENGE)
        return json_reply(request.head, 200, {"token": token, "user": user, "expires_in": TOKEN_LIFETIME_S})

    def _watchlist(self, request: Request, _: str) -> Reply:
        user = self._user(request)
        if user is None:
            return _log_in_first(request)
        return json_reply(request.head, 200, {"user": user, "symbols": self._database.watchlist(user)})

    def _watch(self, request: Request, _: str) -> Reply:
        user = self._user(request)
        if user is None:
            return _log_in_first(request)
        symbol = (_text(request, "symbol") or "").upper()
        if not symbol:
            return json_reply(request.head, 400, {"error": "send JSON with the text symbol"})
        if self._database.stock(symbol) is None:
            return _unknown_symbol(request, symbol)
        is_new = self._database.watch(user, symbol)
        return json_reply(request.head, 201 if is_new else 200, {"symbol": symbol, "added": is_new})

    def _unwatch(self, request: Request, symbol: str) -> Reply:
        user = self._user(request)
        if user is None:
            return _log_in_first(request)
        if self._database.unwatch(user, symbol or None) == 0 and symbol:
            return json_reply(request.head, 404, {"error": "not on the watchlist", "symbol": symbol})
        return reply(request.head, 204, b"", "")

    def _user(self, request: Request) -> str | None:
        scheme, _, token = request.head.headers.get("authorization", "").partition(" ")
        return self._database.user_of(token.strip()) if scheme.lower() == "bearer" else None


_CHALLENGE = ("WWW-Authenticate", 'Bearer realm="stock-quotes"')


def _log_in_first(request: Request) -> Reply:
    return json_reply(request.head, 401, {"error": "log in first"}, _CHALLENGE)


def _unknown_symbol(request: Request, symbol: str) -> Reply:
    return json_reply(request.head, 404, {"error": "unknown symbol", "symbol": symbol})


def _quote(stock: Stock) -> dict[str, object]:
    return {"symbol": stock.symbol, "name": stock.name, "currency": stock.currency, "price": stock.price}


def _text(request: Request, key: str) -> str | None:
    """The text at `key` of a JSON object in the body; None where the body is anything else."""
    try:
        value = json.loads(request.body)
    except (ValueError, RecursionError):
        return None
    text = value.get(key) if isinstance(value, dict) else None
    return text if isinstance(text, str) else None
