"""A target of known truth on loopback, and load that is run at it."""

import contextlib
import json
import socket
import subprocess
import sys
import urllib.request
from importlib.util import find_spec
from pathlib import Path

import pytest

from load.plan import Caps, Closed, LoadPlan, Open
from load.run import run
from load.shape import Shape
from tests.conftest import lacking
from tests.load.examples import get

SERVER = Path(__file__).with_name("target_server.py")


class Target:
    """A running target server."""

    def __init__(self, port=0):
        self.process = subprocess.Popen([sys.executable, str(SERVER), str(port)], stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())
        self.url = f"http://127.0.0.1:{self.port}"

    def told(self, path):
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return json.load(answer)

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


@contextlib.contextmanager
def serving(port=0):
    target = Target(port)
    try:
        yield target
    finally:
        target.kill()


def pytest_collection_modifyitems(items):
    """Who runs a load measures time: nothing else runs meanwhile."""
    for item in items:
        if "load_run" in getattr(item, "fixturenames", ()):
            item.add_marker("alone")


@pytest.fixture
def target():
    """A target server of its own for a test."""
    with serving() as one:
        yield one


@pytest.fixture
def load_run(tmp_path):
    """Run a plan in a directory of its own."""
    for module in ("locust", "psutil"):
        # Importing Locust here would patch the standard library of pytest.
        if find_spec(module) is None:
            lacking(f"the Python module {module}")
    count = iter(range(100))

    def go(plan, **more):
        directory = tmp_path / f"run{next(count)}"
        directory.mkdir()
        return run(plan, directory=directory, **more)

    return go


@pytest.fixture
def free_port():
    """A port of loopback on which nothing listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def closed(url, *work, users=5, seconds=1, **more):
    """A plan of the closed model."""
    caps = more.pop("caps", Caps(rate=1e6, requests=10**7))
    values = {"drain": 1.0, **more}
    return LoadPlan(url, work or (get("/ok"),), Closed(), Shape.constant(users, seconds), caps=caps, **values)


def opened(url, *work, rate=50, seconds=1, users=100, **more):
    """A plan of the open model."""
    values = {"drain": 1.0, **more}
    return LoadPlan(url, work or (get("/ok"),), Open(users=users), Shape.constant(rate, seconds), **values)
