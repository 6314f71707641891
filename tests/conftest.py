"""Components that a test needs, and a clean slate of secrets after each test."""

import importlib
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import NoReturn

import pytest

from checks import secrets
from tests.turnstile import passed

#: A component and the names under which its program is installed.
COMPONENTS = {
    "alertmanager": ("prometheus-alertmanager", "alertmanager"),
    "bandit": ("bandit",),
    "busybox": ("busybox",),
    "checkov": ("checkov",),
    "chromium": ("chromium", "chromium-browser", "google-chrome"),
    "dockerd": ("dockerd",),
    "hadolint": ("hadolint",),
    "jq": ("jq",),
    "jscpd": ("jscpd",),
    "k6": ("k6",),
    "mariadb": ("mariadbd",),
    "mmdebstrap": ("mmdebstrap",),
    "nginx": ("nginx",),
    "node-exporter": ("prometheus-node-exporter", "node_exporter"),
    "pip-audit": ("pip-audit",),
    "postgres-exporter": ("prometheus-postgres-exporter", "postgres_exporter"),
    "postgresql": ("postgres",),
    "prometheus": ("prometheus",),
    "rabbitmq": ("rabbitmq-server",),
    "radon": ("radon",),
    "redis": ("redis-server",),
    "ssh-keygen": ("ssh-keygen",),
    "sshd": ("sshd",),
    "trivy": ("trivy",),
}
#: Where Debian keeps servers that are not on everybody's PATH.
_SERVERS = (*sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True), "/usr/sbin", "/usr/local/sbin")


@pytest.fixture(scope="session")
def need() -> Callable[[str], Path]:
    """`need("chromium")` is the path of the program; without it the test skips, and fails where CI=true."""
    return locate


def locate(name: str) -> Path:
    """The path of a component's program. Skips the test that asks, and fails it where CI=true."""
    if name not in COMPONENTS:
        pytest.fail(f"{name!r} is no component; known are {', '.join(COMPONENTS)}", pytrace=False)
    elsewhere = os.pathsep.join((str(Path(sys.executable).parent), *_SERVERS))
    for program in COMPONENTS[name]:
        if found := shutil.which(program) or shutil.which(program, path=elsewhere):
            return Path(found)
    return lacking(name)


def load(module: str) -> ModuleType:
    """A Python module that only some tests need. Skips the test that asks, and fails it where CI=true."""
    try:
        return importlib.import_module(module)
    except ImportError:
        return lacking(f"the Python module {module}")


def lacking(what: str) -> NoReturn:
    """Skip the test that asks, and fail it where CI=true.

    `.ci/run` names in TIDEGATE_CI_WITHOUT what this kind of machine can't have: Trivy needs a Go toolchain to be built.
    """
    excused = os.environ.get("TIDEGATE_CI_WITHOUT", "").split()
    if os.environ.get("CI", "").lower() == "true" and what not in excused:
        pytest.fail(f"{what} is not installed, and under CI=true nothing is skipped", pytrace=False)
    pytest.skip(f"{what} is not installed")


def pytest_configure() -> None:
    """Whoever starts us in the background may ignore Ctrl-C, and so would all that the tests start and interrupt."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """A test that is marked `alone` measures time: no other worker of pytest-xdist runs one meanwhile."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", "")
    if not run:
        return (yield)
    with passed(run, alone=item.get_closest_marker("alone") is not None):
        return (yield)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """The locks of the turnstile are files of this run."""
    run = getattr(session.config, "workerinput", {}).get("testrunuid", "")
    if not run:
        plugin = session.config.pluginmanager.get_plugin("dsession")
        run = getattr(getattr(plugin, "nodemanager", None), "testrunuid", "")
        for path in Path(tempfile.gettempdir()).glob(f"tidegate-tests-{run}.*") if run else ():
            path.unlink(missing_ok=True)


@pytest.fixture(autouse=True)
def _no_secret_stays() -> Iterator[None]:
    """Secrets are known to the whole process: one test must not mask the texts of the next."""
    yield
    secrets.forget_all()
