"""A user's own locustfile: its users run as they are, and each request that they report is counted."""

import re
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import geventhttpclient.client
import geventhttpclient.useragent
import locust
from gevent import GreenletExit
from locust import argument_parser
from locust.clients import HttpSession
from locust.contrib.fasthttp import FastHttpSession
from locust.exception import StopUser
from locust.util.load_locustfile import load_locustfile

from checks.failures import AttemptError, Down, from_os_error
from load.generator.recorder import Recorder, now
from load.mix import Locustfile

#: The name under which exceptions that a task let escape are counted: Locust itself counts them nowhere.
IN_TASKS: Final = "(exceptions in tasks)"
_LONGEST: Final = 80
#: What requests and geventhttpclient raise for a status of 400 and more.
_STATUS: Final = ("HTTPError", "BadStatusCode", "LocustBadStatusCode")


class Unusable(Exception):  # noqa: N818 - the words that end the run
    """The locustfile can't be run, and why."""


class Own:
    """The users of a locustfile. Raises Unusable."""

    def __init__(self, work: Locustfile, recorder: Recorder) -> None:
        self.recorder = recorder
        self.options, self.user_classes = loaded(work)
        no_silent_retries()
        events: Any = locust.events
        events.request.add_listener(self._on_request)
        events.user_error.add_listener(self._on_user_error)
        sessions: tuple[Any, ...] = (FastHttpSession, HttpSession)
        for session in sessions:
            session.request = self._watched(session.request)

    def note_due(self, elapsed: float) -> None:
        """Nothing is due by a schedule: the users decide."""

    def drop_rest(self, elapsed: float) -> None:
        """Nothing was left out: the users decide."""

    def idle(self) -> bool:
        """Only Locust knows whether tasks are still at work."""
        return False

    def _on_request(
        self,
        request_type: str,
        name: str,
        response_time: float | None,
        exception: object = None,
        response: object = None,
        **_: object,
    ) -> None:
        recorder = self.recorder
        ended = now() - recorder.start
        took = (response_time or 0.0) / 1000
        if exception is None and 0 < took <= ended <= recorder.end:
            recorder.reported(request_type, name, ended, took)
            return
        began = max(0.0, ended - took)
        if began > recorder.end:
            return  # a task that was let finish after the end goes on asking
        name = f"{request_type} {name}"
        if exception is None and took > 0:
            recorder.intend(name, began)
            recorder.begun(name, began, began)
            recorder.succeeded(name, began, began, began + took)
            return
        recorder.intend(name, began)
        recorder.begun(name, began, began)
        error = _attempt_error(exception)
        if exception is None:
            recorder.lost(name, began, "the locustfile reported no response time")
        elif error is not None and not isinstance(error, Down):
            recorder.lost(name, began, error.words)
        else:
            recorder.failed(name, began, _kind(exception, response, error))

    def _on_user_error(self, exception: BaseException, **_: object) -> None:
        recorder = self.recorder
        at = min(now() - recorder.start, recorder.end)
        recorder.intend(IN_TASKS, at)
        recorder.busy += 1
        recorder.failed(IN_TASKS, at, f"{type(exception).__name__}: {exception}"[:_LONGEST])

    def _watched(self, request: Callable[..., Any]) -> Callable[..., Any]:
        """A session's `request` that counts a request as unfinished where its user is ended in the middle of it."""
        recorder = self.recorder

        def watched(session: Any, method: str, url: str, name: str | None = None, *args: Any, **kwargs: Any) -> Any:
            began = now() - recorder.start
            if recorder.over or began > recorder.end:
                raise StopUser  # nothing is begun after the end, or beyond a cap
            try:
                return request(session, method, url, name, *args, **kwargs)
            except GreenletExit:
                if began <= recorder.end:
                    known = f"{method} {name or session.request_name or url}"
                    recorder.intend(known, began)
                    recorder.begun(known, began, began)
                    recorder.unfinished(known, began)
                raise

        return watched


def no_silent_retries() -> None:
    """End geventhttpclient's habit of sending a GET up to twelve times where connections are closed."""
    modules: tuple[Any, ...] = (geventhttpclient.client, geventhttpclient.useragent)
    for module in modules:
        module.IDEMPOTENT_METHODS = frozenset()


def loaded(work: Locustfile) -> tuple[Any, list[Any]]:
    """Locust's options and the user classes of a locustfile. Raises Unusable."""
    if not Path(work.path).is_file():
        raise Unusable(f"the locustfile {work.path} is not there")
    try:
        users, shapes = load_locustfile(work.path)
        options = argument_parser.parse_options(args=[])
    except SystemExit as error:
        raise Unusable(f"the locustfile {work.path} ended the process (exit {error.code}) as it was loaded") from None
    except Exception as error:  # noqa: BLE001 - whatever a user's file raises is the reason
        raise Unusable(f"the locustfile {work.path} can't be loaded: {_where(error, work.path)}") from None
    if shapes:
        raise Unusable(
            f"the locustfile {work.path} has the shape class {type(shapes[0]).__name__}; "
            "the shape of a run is declared in the environment: take it out of the file"
        )
    unknown = [name for name in work.users if name not in users]
    if unknown:
        known = ", ".join(sorted(users)) or "none"
        raise Unusable(f"the locustfile {work.path} has no user class {unknown[0]!r}; it has {known}")
    chosen = [users[name] for name in (work.users or sorted(users))]
    if not chosen:
        raise Unusable(f"the locustfile {work.path} has no user class")
    return options, chosen


def _where(error: Exception, path: str) -> str:
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
    line = getattr(error, "lineno", None) or (lines[-1] if lines else None)
    place = f"line {line}: " if line else ""
    return f"{place}{type(error).__name__}: {error}"


def _attempt_error(exception: object) -> AttemptError | None:
    """The exception as an error of a connection, where it is one."""
    # requests wraps the error of the socket several times.
    seen: list[object] = []
    while exception is not None and len(seen) < 8:
        if isinstance(exception, OSError) and exception.errno is not None:
            return from_os_error(exception)
        seen.append(exception)
        inner = [arg for arg in getattr(exception, "args", ()) if isinstance(arg, BaseException)]
        exception = getattr(exception, "reason", None) or (inner[0] if inner else None)
        if not isinstance(exception, BaseException):
            return None
    return None


def _kind(exception: object, response: object, error: AttemptError | None) -> str:
    status = getattr(response, "status_code", 0)
    if error is not None:
        return error.words
    if type(exception).__name__ in _STATUS and isinstance(status, int) and status >= 400:
        return f"status {status}"
    if isinstance(exception, TimeoutError) or "timed out" in str(exception).lower():
        return "no answer in time"
    words = re.sub(r"0x[0-9a-f]+", "…", str(exception).rstrip(".") or type(exception).__name__)
    return words[:_LONGEST]
