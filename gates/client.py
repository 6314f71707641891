"""The `http` fixture: requests, joined to the target's base URL, where a target that is down is a judgement."""

from typing import Any

import pytest
import requests

from checks.evidence import Reading
from checks.request import Text, parse_url
from checks.requests_session import new_session
from checks.secrets import mask, reveal
from gates.criteria import Equals
from gates.probing import Trust
from gates.recorder import Recorder

_UP = Equals(value=True)


class TargetClient:
    """Sends requests to the target and returns requests' own Response.

    Paths are joined to `base_url`. Redirects are not followed unless `allow_redirects=True`, nothing is tried again,
    and a request ends after `timeout` seconds (10 by default). Cookies are kept from one request to the next.
    `session`: the requests.Session underneath, for headers and cookies of one's own.
    """

    def __init__(self, base_url: Text | None, recorder: Recorder, trust: Trust) -> None:
        self._base = base_url
        self._recorder = recorder
        self.session: requests.Session = new_session(**trust)

    def request(self, method: str, url: str, *, timeout: float = 10.0, **options: Any) -> requests.Response:
        """Send a request. A target that refuses, resets or does not answer ends the test as FAIL.

        Raises ValueError for a path where the environment has no `base_url`.
        """
        whole = self._joined(url)
        options.setdefault("allow_redirects", False)
        try:
            return self.session.request(method, whole, timeout=timeout, **options)
        except (requests.ConnectionError, requests.Timeout) as error:
            shown = f"{method} {parse_url(whole).shown}"
            detail = f"no answer within {timeout:g} s" if isinstance(error, requests.Timeout) else _reason(error)
            reading = Reading(f"{method} {url}.up", value=False, unit="bool", source=shown, detail=detail)
            judgement = self._recorder.add(_UP.judge(reading))
            pytest.fail(f"{shown}: {mask(judgement.reason)}", pytrace=False)

    def get(self, url: str, **options: Any) -> requests.Response:
        """GET; `options` are those of requests."""
        return self.request("GET", url, **options)

    def head(self, url: str, **options: Any) -> requests.Response:
        """HEAD."""
        return self.request("HEAD", url, **options)

    def post(self, url: str, **options: Any) -> requests.Response:
        """POST."""
        return self.request("POST", url, **options)

    def put(self, url: str, **options: Any) -> requests.Response:
        """PUT."""
        return self.request("PUT", url, **options)

    def patch(self, url: str, **options: Any) -> requests.Response:
        """PATCH."""
        return self.request("PATCH", url, **options)

    def delete(self, url: str, **options: Any) -> requests.Response:
        """DELETE."""
        return self.request("DELETE", url, **options)

    def _joined(self, url: str) -> str:
        if "://" in url:
            return url
        if self._base is None:
            raise ValueError(f"{url!r} is a path, and the environment has no base_url")
        return reveal(self._base).rstrip("/") + "/" + url.lstrip("/")


def _reason(error: requests.ConnectionError) -> str:
    """What really happened, out of the wrappers of requests and urllib3."""
    inner: BaseException | None = error
    seen: set[int] = set()
    while inner is not None and id(inner) not in seen:
        seen.add(id(inner))
        if isinstance(inner, ConnectionRefusedError):
            return "connection refused"
        if isinstance(inner, ConnectionResetError | BrokenPipeError):
            return "the connection was reset"
        deeper = [arg for arg in inner.args if isinstance(arg, BaseException)]
        inner = inner.__cause__ or inner.__context__ or (deeper[-1] if deeper else getattr(inner, "reason", None))
    return f"{type(error).__name__}: {mask(str(error))[:200]}"
