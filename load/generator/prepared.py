"""Steps as bytes: what does not depend on captures or cookies is put together once, before the run."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from checks.request import Headers, Target, Text, check_headers, parse_url, request_bytes
from checks.secrets import reveal
from checks.step import StepRequest
from checks.template import fill, fill_json
from load.mix import USUAL, LoadStep, captures_in

Values = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Ready:
    """A request as it goes over the wire, and where to."""

    target: Target
    data: bytes


class PreparedStep:
    """A step under the name that it is counted by. Raises ValueError for a request that can't be sent."""

    __slots__ = ("_base", "_fixed", "_request", "captures", "expect", "head", "name", "timeout")

    def __init__(self, name: str, step: LoadStep, base_url: Text) -> None:
        self.name = name
        self.expect = frozenset(step.expect or USUAL)
        self.head = step.request.method == "HEAD"
        self.timeout = step.request.timeout
        self.captures = step.request.captures
        self._request = step.request
        self._base = base_url
        self._fixed = None if captures_in(step.request) else _ready(step.request, base_url, {}, {})

    def ready(self, values: Values, cookies: Mapping[str, str]) -> Ready:
        """The request with captures and cookies in it. Raises ValueError; MissingCapture is one."""
        if self._fixed is not None and not cookies:
            return self._fixed
        return _ready(self._request, self._base, values, cookies)


def _ready(request: StepRequest, base: Text, values: Values, cookies: Mapping[str, str]) -> Ready:
    url = reveal(fill(request.url, values, quoted=True))
    if "://" not in url.split("?", 1)[0]:
        url = reveal(base).rstrip("/") + "/" + url.lstrip("/")
    if request.params:
        pairs = [(name, reveal(fill(value, values))) for name, value in request.params]
        url += ("&" if "?" in url else "?") + urlencode(pairs)
    target = parse_url(url)
    headers: Headers = tuple((name, reveal(fill(value, values))) for name, value in request.headers)
    body: bytes | None = None
    if request.json is not None:
        body = json.dumps(fill_json(request.json, values), allow_nan=False, separators=(",", ":")).encode()
        if not any(name.lower() == "content-type" for name, _ in headers):
            headers = (*headers, ("Content-Type", "application/json"))
    elif isinstance(request.body, bytes):
        body = request.body
    elif request.body is not None:
        body = reveal(fill(request.body, values)).encode()
    if cookies and not any(name.lower() == "cookie" for name, _ in headers):
        headers = (*headers, ("Cookie", "; ".join(f"{name}={value}" for name, value in cookies.items())))
    check_headers(headers)
    return Ready(target, request_bytes(request.method, target, headers, body))
