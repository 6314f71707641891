"""The service as clients meet it: counted, and with the faults that were switched on put in front of it."""

import asyncio
import os
import time
from collections.abc import Awaitable

from demo.faults import Faults
from demo.message import Reply, Request, json_reply
from demo.metrics import Metrics
from demo.service import Service
from demo.spread import EvenSpread

#: The proxy counts what goes through it and marks the requests to be answered with 500, so that 0.2 means every fifth
#: answer to the proxy's clients although two replicas take turns.
MARK = "x-demo-error"


def is_application(path: str) -> bool:
    """Whether the faults of the application (error_ratio, latency_ms, truncated_body) concern this path."""
    return path == "/health" or path.startswith("/api/")


class FaultyService:
    """Handles requests of one replica. `is_bad`: this is the one bad replica."""

    def __init__(self, service: Service, metrics: Metrics, faults: Faults, *, is_bad: bool) -> None:
        self._service = service
        self._metrics = metrics
        self._faults = faults
        self._is_bad = is_bad
        self._errors = EvenSpread(faults.error_ratio)
        self._answered = 0

    def handle(self, request: Request) -> Reply | Awaitable[Reply]:
        """The reply; after a wait where latency is switched on."""
        start = time.perf_counter()
        if self._faults.latency_ms and is_application(request.head.path):
            return self._handle_late(request, start)
        return self._counted(request, start)

    async def _handle_late(self, request: Request, start: float) -> Reply:
        await asyncio.sleep(self._faults.latency_ms / 1000)
        return self._counted(request, start)

    def _counted(self, request: Request, start: float) -> Reply:
        answer = self._answer(request)
        route, _ = self._service.route_of(request.head.path)
        status = int(answer.head[9:12])  # "HTTP/1.1 200 OK"
        self._metrics.observe(request.head.method, route, status, time.perf_counter() - start)
        self._answered += 1
        if self._faults.crash_after is not None and self._answered >= self._faults.crash_after:
            asyncio.get_running_loop().call_soon(os._exit, 1)  # the reply is written before the loop turns again
        return answer

    def _answer(self, request: Request) -> Reply:
        faults, head = self._faults, request.head
        if faults.not_found:
            return json_reply(head, 404, {"error": "not found"})
        if self._is_bad and (is_application(head.path) or head.path == "/ready"):
            return json_reply(head, 503, {"status": "unhealthy", "error": "this replica is broken"})
        if faults.redirect_to_login and head.path not in ("/login", "/ready"):
            return json_reply(head, 302, {"error": "log in first"}, ("Location", "/login"))
        return self._application(request) if is_application(head.path) else self._service.answer(request)

    def _application(self, request: Request) -> Reply:
        faults, head = self._faults, request.head
        if self._is_marked(request):
            return json_reply(head, 500, {"error": "internal error"})
        if faults.health_lies and head.path == "/health":
            lie = {"status": "unhealthy", "database": {"status": "down", "error": "no connection in the pool"}}
            return json_reply(head, 200, lie)
        answer = self._service.answer(request)
        return _truncated(answer) if faults.truncated_body and answer.body else answer

    def _is_marked(self, request: Request) -> bool:
        if not self._faults.error_ratio:
            return False
        if "x-forwarded-for" in request.head.headers:
            return MARK in request.head.headers
        return self._errors.hit()


def _truncated(answer: Reply) -> Reply:
    """The same head, half of its body, and then the connection is closed."""
    return Reply(answer.head, answer.body[: len(answer.body) // 2], close=True)
