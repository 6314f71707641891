"""A service with its own database, asked without a socket."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from demo.database import Database, create
from demo.faults import Faults
from demo.faulty_service import FaultyService
from demo.message import Reply, Request, parse_head
from demo.metrics import Metrics
from demo.release import current_release
from demo.service import Identity, Service

Ask = Callable[..., Reply]
Faulty = Callable[..., FaultyService]


def request(line: str, content: object = None, *headers: str) -> Request:
    """`GET /health` as a request, with a JSON body and more headers."""
    body = b"" if content is None else json.dumps(content).encode()
    lines = [f"{line} HTTP/1.1", "Host: demo", f"Content-Length: {len(body)}", *headers]
    return Request(parse_head("\r\n".join(lines).encode()), body)


def status(reply: Reply) -> int:
    """Its status."""
    return int(reply.head[9:12])


def answered(reply: Reply | Awaitable[Reply]) -> Reply:
    """The reply, waited for where it comes later."""

    async def wait(late: Awaitable[Reply]) -> Reply:
        return await late

    return reply if isinstance(reply, Reply) else asyncio.run(wait(reply))


@pytest.fixture
def database(tmp_path: Path) -> Database:
    """A database with the seed data."""
    create(tmp_path / "stocks.db")
    return Database(tmp_path / "stocks.db")


@pytest.fixture
def service(database: Database) -> Service:
    """A service that is ready."""
    release = current_release()
    return Service(Identity("replica-1", release), database, Metrics("replica-1", release))


@pytest.fixture
def ask(service: Service) -> Ask:
    """`ask("GET /health")` is the service's reply."""
    return lambda line, content=None, *headers: service.answer(request(line, content, *headers))


@pytest.fixture
def faulty(service: Service) -> Faulty:
    """`faulty(Faults(...))` is the service with faults in front of it."""

    def _faulty(faults: Faults, *, is_bad: bool = False) -> FaultyService:
        return FaultyService(service, Metrics("replica-1", current_release()), faults, is_bad=is_bad)

    return _faulty
