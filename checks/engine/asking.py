"""Asks a Docker engine, within a deadline: an answer, or an EngineError that says why there is none and what to do.

EngineError    the engine, or our way to it, gave no answer: always a Gap, never a fact about a container
"""

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Final, TypeVar

from checks.units import format_value

DEFAULT: Final = "unix:///var/run/docker.sock"
_EXTRA: Final = "install the extra: pip install 'tidegate[docker]'"
_START: Final = "start the engine, or say where it listens: `engine:`, or DOCKER_HOST"
_GROUP: Final = "add this user to the group of the socket (`docker`), or name an engine that it may ask"
_UPGRADE: Final = "upgrade the engine; 20.10 is the oldest whose answers are known to be complete"
_BUSY: Final = "look at the engine's own log; give it more time with `timeout:`"
_CLIENT_TOO_OLD: Final = ("client version", "too old", "no longer supported")

T = TypeVar("T")


class EngineError(Exception):
    """No answer came. `words`: why; `remedy`: what to do."""

    def __init__(self, words: str, remedy: str) -> None:
        super().__init__(words)
        self.words = words
        self.remedy = remedy


def ask(engine: str, seconds: float, work: Callable[[Any], T]) -> T:
    """What `work` makes of a client of the engine (`docker.APIClient`), within `seconds` in all.

    `engine`: an address as DOCKER_HOST takes it (`unix://`, `tcp://`, `ssh://`); empty for DOCKER_HOST, else the
    usual socket. TLS is switched on by DOCKER_TLS_VERIFY and DOCKER_CERT_PATH, as the `docker` command does.
    Raises EngineError, and what `work` itself raises where it is no failure of asking.

    The SDK's own timeout is one for each read: an engine that sends a byte now and then would never end. So the work
    is done in a thread of its own, which is left to itself after the deadline.
    """
    box: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            with client_of(engine, seconds) as client:
                box.append(work(client))
        except BaseException as error:  # noqa: BLE001 - it is raised again in the thread that waits
            failed.append(error)

    thread = threading.Thread(target=run, name="tidegate-engine", daemon=True)
    thread.start()
    thread.join(seconds)
    if failed:
        raise failed[0]
    if not box:
        raise EngineError(f"the engine did not answer within {format_value(seconds, 's')}", _BUSY)
    return box[0]


def address(engine: str) -> str:
    """Where the engine listens that `ask` asks."""
    return engine or os.environ.get("DOCKER_HOST") or DEFAULT


@contextmanager
def client_of(engine: str, seconds: float) -> Iterator[Any]:
    """A client of the engine (`docker.APIClient`), each read of which may take `seconds`. Raises EngineError."""
    try:
        # Untyped, and optional: they are loaded by name.
        docker, errors, utils = (import_module(f"docker{name}") for name in ("", ".errors", ".utils"))
    except ImportError:
        raise EngineError("the Python package docker is not installed", _EXTRA) from None
    # The SDK lets the errors of requests, urllib3 and the operating system through.
    import requests
    import urllib3

    where = address(engine)
    try:
        _knock(where, seconds)
        options = utils.kwargs_from_env({**os.environ, "DOCKER_HOST": where})
        client = docker.APIClient(version="auto", timeout=seconds, **options)
        try:
            yield client
        finally:
            client.close()
    except errors.APIError as error:
        raise EngineError(f"the engine refuses to say it: {_first_line(error.explanation or error)}", _START) from error
    except (errors.DockerException, requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        raise _refused(where, seconds, error) from error


def _knock(where: str, seconds: float) -> None:
    """Connect to a local engine once. Raises OSError. The SDK would leave the socket of a failed attempt open."""
    if where.startswith("unix://"):
        path = "/" + where.removeprefix("unix://").lstrip("/")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
            sock.settimeout(seconds)
            sock.connect(path)


def _refused(where: str, seconds: float, error: Exception) -> EngineError:
    """The words for an engine that can't be asked, by the innermost reason."""
    inner = _innermost(error)
    explained = next((told for one in _chain(error) if (told := getattr(one, "explanation", None))), "")
    text = _first_line(explained or inner)
    match inner:
        case FileNotFoundError() if where.startswith("unix://"):
            return EngineError(f"there is no engine at {where}", _START)
        case PermissionError():
            return EngineError(f"this user may not ask the engine at {where}: permission denied", _GROUP)
        case ConnectionRefusedError():
            return EngineError(f"nothing listens at {where}: connection refused", _START)
        case TimeoutError():
            return EngineError(f"the engine at {where} did not answer within {format_value(seconds, 's')}", _BUSY)
    said = " ".join(map(str, _chain(error)))
    if any(words in said for words in _CLIENT_TOO_OLD):
        return EngineError(f"the engine at {where} is too old: {text}", _UPGRADE)
    if "paramiko" in said:
        return EngineError("the Python package paramiko, which ssh:// needs, is not installed", "pip install paramiko")
    if "imed out" in said:
        return EngineError(f"the engine at {where} did not answer within {format_value(seconds, 's')}", _BUSY)
    return EngineError(f"the engine at {where} can't be asked: {text}", _START)


def _innermost(error: BaseException) -> BaseException:
    return list(_chain(error))[-1]


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error, and what it was raised from, down to the first one."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _first_line(said: object) -> str:
    lines = str(said).strip().splitlines()
    return (lines[0] if lines else type(said).__name__)[:300]
