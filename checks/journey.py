"""Smoke journeys: steps one after the other in one session, as a user would take them."""

import json
import re
import time as clock
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from checks.attempt import Attempt
from checks.evidence import Evidence
from checks.failures import AttemptError
from checks.json_path import Leaf, Missing, NotJson, TooDeep, Unreadable, find, read_document
from checks.request import Headers, Text, check_headers, parse_url, wrapped
from checks.response import Response, body_text, decoded_body, response_evidence
from checks.secrets import Secret, reveal
from checks.step import Capture, StepRequest, slug
from checks.template import MissingCapture, as_text, fill, fill_json

if TYPE_CHECKING:
    import requests

__all__ = ["Capture", "JourneyRun", "StepRequest"]


class JourneyRun:
    """One walk through a journey: a context manager around one session, which keeps its cookies.

    `base_url` is put before the paths of steps. Proxies and netrc of the environment are not used, redirects are not
    followed, nothing is tried again. `attempt` and `began` (time.monotonic of the first attempt) say which walk this
    is, where a journey is walked again after it failed. `captured` holds what the steps brought; values that are named
    like a secret, and cookies, are Secrets.
    """

    def __init__(
        self,
        name: str,
        base_url: Text = "",
        *,
        verify: bool = True,
        ca_file: str = "",
        server_name: str = "",
        attempt: int = 1,
        began: float | None = None,
    ) -> None:
        self.name, self.base_url = name, base_url
        self._trust: dict[str, Any] = {"ca_file": ca_file, "server_name": server_name, "verify": verify}
        self._number = attempt
        self._began = clock.monotonic() if began is None else began
        self._values: dict[str, object] = {}
        self._session: requests.Session | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._drop_session()

    @property
    def captured(self) -> Mapping[str, str | Secret]:
        """What the steps brought so far, as texts."""
        return {name: v if isinstance(v, Secret) else as_text(v) for name, v in self._values.items()}

    def subject(self, step_name: str) -> str:
        """What the subjects of a step begin with."""
        return f"{self.name}.{slug(step_name)}"

    def run(self, step: StepRequest) -> tuple[Evidence, ...]:
        """Take one step. Never raises for what the service does, or for a capture that is missing (a Gap).

        The subjects are `JOURNEY.STEP.up`, `.status`, `.response_time`, `.json.PATH`, `.header.H`, `.body` and
        `.capture.NAME`, with the names of the steps slugged (`log in` is `log-in`).
        """
        from checks.requests_session import send

        attempt = Attempt(self.subject(step.name), step.method, self._number, self._began)
        try:
            prepared, attempt.source = self._prepared(step)
            response = send(self._open_session(), prepared, step.timeout)
            found = response_evidence(attempt, response, step)
        except MissingCapture as error:
            return (attempt.gap("up", str(error), "let an earlier step capture it"),)
        except ValueError as error:
            return (attempt.gap("up", f"the request can't be sent: {error}"),)
        except AttemptError as error:
            # The thread that was left behind may still hold it. Cookies are kept.
            self._replace_session()
            return (attempt.failed(error),)
        return (*found, *(self._capture(attempt, capture, response) for capture in step.captures))

    def _prepared(self, step: StepRequest) -> tuple["requests.PreparedRequest", str]:
        """The request with its captures filled in, and what is shown of it. Raises ValueError, MissingCapture."""
        import requests

        url = fill(step.url, self._values, quoted=True)
        if "://" not in reveal(url).split("?", 1)[0]:
            url = _joined(self.base_url, url)
        target = parse_url(url)
        headers: Headers = tuple((name, fill(value, self._values)) for name, value in step.headers)
        if target.login and not _has(headers, "authorization"):
            headers = (*headers, ("Authorization", target.login))
        body, kind = self._body(step)
        if kind and not _has(headers, "content-type"):
            headers = (*headers, ("Content-Type", kind))
        check_headers(headers)
        host = f"{target.scheme}://{target.host_header}{target.path}"
        params = [(name, reveal(fill(value, self._values))) for name, value in step.params]
        plain = {name: reveal(value).strip().encode() for name, value in headers}
        request = requests.Request(step.method, host, headers=plain, params=params, data=body)
        try:
            prepared = self._open_session().prepare_request(request)
        except requests.RequestException as error:
            raise ValueError(f"requests refuses it ({type(error).__name__})") from None
        shown = target.shown if step.method == "GET" else f"{step.method} {target.shown}"
        return prepared, shown

    def _body(self, step: StepRequest) -> tuple[bytes | None, str]:
        if step.json is not None:
            filled = fill_json(step.json, self._values)
            try:
                return json.dumps(filled, allow_nan=False, separators=(",", ":")).encode(), "application/json"
            except TypeError as error:
                raise ValueError(f"its json can't be written as JSON: {error}") from None
        if step.body is None or isinstance(step.body, bytes):
            return step.body, ""
        return reveal(fill(step.body, self._values)).encode(), ""

    def _capture(self, attempt: Attempt, capture: Capture, response: Response) -> Evidence:
        part = f"capture.{capture.name}"
        self._values.pop(capture.name, None)
        match self._find(capture, response):
            case Missing(why=why):
                return attempt.absent(part, why)
            case Unreadable(why=why):
                return attempt.gap(part, why)
            case Leaf(value=value):
                # JSON true is no secret, whatever it is called, and masking it would destroy the report.
                secret = capture.private and not isinstance(value, bool)
                self._values[capture.name] = Secret(as_text(value), capture.name) if secret else value
                return attempt.reading(part, True, "present")

    def _find(self, capture: Capture, response: Response) -> Leaf | Missing | Unreadable:
        match capture.kind:
            case "header":
                value = response.header(capture.where.lower())
                return Missing("the answer has no such header") if value is None else Leaf(value, "text")
            case "cookie":
                return _in_cookies(capture, response)
            case "json":
                return _in_json(capture, response)
            case "body":
                return _in_text(capture, response)

    def _open_session(self) -> "requests.Session":
        from checks.requests_session import new_session

        if self._session is None:
            self._session = new_session(**self._trust)
        return self._session

    def _replace_session(self) -> None:
        old, self._session = self._session, None
        if old is not None:
            self._open_session().cookies.update(old.cookies)
            old.close()

    def _drop_session(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None


def _joined(base: Text, path: Text) -> Text:
    if not reveal(base):
        raise ValueError("a step has a path, and there is no base_url to put before it")
    joined = reveal(base).rstrip("/") + "/" + reveal(path).lstrip("/")
    return wrapped(joined, base, path)


def _has(headers: Headers, name: str) -> bool:
    return any(known.lower() == name for known, _ in headers)


def _in_cookies(capture: Capture, response: Response) -> Leaf | Missing:
    """The cookie that *this* answer sets: one from an earlier step would hide that it no longer does."""
    for name, value in response.headers:
        key, equals, rest = value.partition(";")[0].partition("=")
        if name == "set-cookie" and equals and key.strip() == capture.where:
            return Leaf(rest.strip(), "text")
    return Missing("the answer set no such cookie")


def _in_json(capture: Capture, response: Response) -> Leaf | Missing | Unreadable:
    body = decoded_body(response)
    if body.gap:
        return Unreadable(body.gap)
    try:
        return find(read_document(body.data), capture.where)
    except NotJson as error:
        return Missing(str(error))
    except TooDeep as error:
        return Unreadable(str(error))


def _in_text(capture: Capture, response: Response) -> Leaf | Missing | Unreadable:
    body = decoded_body(response)
    if body.gap:
        return Unreadable(body.gap)
    found = re.search(capture.where, body_text(response, body))
    if found is None or found[1] is None:
        return Missing(f"the body does not match {capture.where!r}")
    return Leaf(found[1], "text")
