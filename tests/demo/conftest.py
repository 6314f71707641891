"""A healthy target for all tests of this folder, targets with faults on demand, and a client that retries nothing."""

import http.client
import json
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest

from demo.faults import parse_faults
from demo.target import DemoTarget


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def _fetch(
    url: str,
    path: str,
    method: str = "GET",
    *,
    content: object = None,
    body: bytes | None = None,
    headers: Mapping[str, str] = {},
    token: str = "",
    ca_file: str = "",
    timeout: float = 10,
) -> Answer:
    parts = urlsplit(url)
    if parts.scheme == "https":
        context = ssl.create_default_context(cafile=ca_file)
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            parts.hostname or "", parts.port, timeout=timeout, context=context
        )
    else:
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)
    sent = dict(headers) | ({"Authorization": f"Bearer {token}"} if token else {})
    with closing(connection):
        connection.request(method, path, json.dumps(content).encode() if content is not None else body, sent)
        response = connection.getresponse()
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())


def _is_running(pid: int) -> bool:
    """A zombie has ended: whoever inherited it just has not looked yet."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _wait_until(condition: Callable[[], object], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"still not so after {seconds} s"
        time.sleep(0.02)


@pytest.fixture(scope="session")
def fetch() -> Callable[..., Answer]:
    return _fetch


@pytest.fixture(scope="session")
def processes() -> SimpleNamespace:
    return SimpleNamespace(is_running=_is_running, wait_until=_wait_until)


@pytest.fixture(scope="session")
def healthy() -> Iterator[DemoTarget]:
    """One target without faults; tests leave nothing behind in it."""
    with DemoTarget.start() as target:
        yield target


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str], DemoTarget]]:
    """Start a target with the faults of the text; it is stopped after the test."""
    with ExitStack() as stack:
        yield lambda faults="": stack.enter_context(DemoTarget.start(parse_faults(faults), tmp_path))
