"""One server of the monitoring, asked for one document at a time; what it answers is whole, or there is none.

AttemptError
├── Down          it refused, hung up, was silent or said nonsense
└── Unmeasured    our own side could not ask

Whether that is evidence about the server or a Gap says who asks: a Prometheus that is asked for something else's error
rate is a measuring tool, an Alertmanager that is looked at is what is being judged.
"""

import base64
import json
import time as clock
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from checks.failures import Down, Unmeasured
from checks.request import Headers, Text, parse_url
from checks.response import Response, shown_location
from checks.secrets import Secret, reveal

if TYPE_CHECKING:
    import requests

#: Bytes of one answer. Ten thousand series with long labels are about 5 MB.
LARGEST: Final = 64 << 20
#: Sessions that nobody uses, by what they trust. One that failed does not come back: a thread may still have it.
_IDLE: Final[defaultdict[tuple[str, str, bool], list["requests.Session"]]] = defaultdict(list)


@dataclass(frozen=True, slots=True)
class Server:
    """Where a server is and how it is asked.

    `url`: with its path prefix, if it has one; `headers`: sent with every request; `timeout`: seconds for one answer;
    `name`: what messages call it. Raises ValueError for a URL that is none.
    """

    name: str
    url: Text
    headers: Headers = ()
    timeout: float = 10.0
    verify: bool = True
    ca_file: str = ""
    server_name: str = ""
    shown: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "shown", parse_url(self.url).shown)

    def get(
        self, path: str = "", parameters: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> "Answer":
        """Ask for `url/path`. Raises Down, Unmeasured. A redirect is an answer: it is not followed."""
        return self._send("GET", path, headers, params=dict(parameters or {}))

    def post_form(self, path: str, parameters: Mapping[str, str]) -> "Answer":
        """Send a form, which may be longer than a URL. Raises Down, Unmeasured."""
        return self._send("POST", path, data=dict(parameters))

    def post_json(self, path: str, document: object) -> "Answer":
        """Send a JSON document. Raises Down, Unmeasured."""
        body = json.dumps(document).encode()
        return self._send("POST", path, data=body, headers={"Content-Type": "application/json"})

    def source(self, path: str = "", parameters: Mapping[str, str] | None = None) -> str:
        """The URL that a person can paste."""
        query = f"?{urlencode(dict(parameters))}" if parameters else ""
        return f"{self.shown.rstrip('/') if path else self.shown}{path}{query}"

    def _send(self, method: str, path: str, headers: Mapping[str, str] | None = None, **parts: Any) -> "Answer":
        import requests

        from checks.requests_session import send

        target = parse_url(self.url)
        given = {name: reveal(value) for name, value in self.headers}
        if target.login and "authorization" not in {name.lower() for name in given}:
            given["Authorization"] = target.login.reveal()
        # Nothing stays open: sessions are kept for their trust, which takes 30 ms to load.
        given |= {"Connection": "close", **(headers or {})}
        # A page's own address stays as it is: `/metrics/` may not be `/metrics`.
        url = reveal(self.url).rstrip("/") + path if path else reveal(self.url)
        wanted = requests.Request(method, url, headers=given, **parts)
        session = self._session()
        asked = clock.time()
        response = send(session, session.prepare_request(wanted), self.timeout, LARGEST)
        session.cookies.clear()
        _IDLE[self._trust].append(session)
        if response.size > len(response.body):
            raise Unmeasured(f"{self.name} answered with {response.size:,} bytes, more than are read")
        return Answer(self, response, (asked + clock.time()) / 2)

    @property
    def _trust(self) -> tuple[str, str, bool]:
        return self.ca_file, self.server_name, self.verify

    def _session(self) -> "requests.Session":
        from checks.requests_session import new_session

        try:
            return _IDLE[self._trust].pop()
        except IndexError:
            return new_session(self.ca_file, self.server_name, verify=self.verify)


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. `asked`: our clock (seconds since the epoch) half way between the request and its answer."""

    server: Server
    response: Response
    asked: float

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.response.status

    def document(self) -> Any:
        """The JSON document. Raises Down where it is none, with what came in its place."""
        try:
            return json.loads(self.response.body, object_pairs_hook=_object, parse_constant=_constant)
        except (ValueError, RecursionError) as error:
            raise Down(self.unlike(f"it is no JSON: {str(error)[:100]}")) from None

    def unlike(self, problem: str) -> str:
        """Words for an answer that is not what was asked for: what stands in the way is mostly a proxy."""
        name, status = self.server.name, self.status
        location = self.response.header("location")
        if 300 <= status < 400 and location is not None:
            return f"{name} answered with a redirect ({status}) to {shown_location(location)}: is it behind a log-in?"
        if status in (401, 403):
            return f"{name} refused the credentials: status {status}"
        if b"<html" in self.response.body[:2000].lower() or b"<!doctype" in self.response.body[:2000].lower():
            return f"{name} answered with a page of HTML (status {status}): a proxy or a log-in page stands in the way"
        if status == 404:
            return f"{name} knows no such path (404): is its URL whole, with a path prefix if it has one?"
        return f"{name} answered with status {status}; {problem}" if status != 200 else f"{name}'s answer: {problem}"

    def date(self) -> float | None:
        """The server's clock by its Date header, in whole seconds since the epoch."""
        value = self.response.header("date")
        try:
            return parsedate_to_datetime(value).timestamp() if value else None
        except (ValueError, TypeError, OverflowError):
            return None


def bearer(token: Text) -> tuple[str, Text]:
    """The header for a token."""
    return "Authorization", _secret(f"Bearer {reveal(token)}", token)


def basic(user: str, password: Text) -> tuple[str, Text]:
    """The header for user and password (RFC 7617)."""
    pair = base64.b64encode(f"{user}:{reveal(password)}".encode()).decode()
    return "Authorization", _secret(f"Basic {pair}", password)


def _secret(text: str, part: Text) -> Secret:
    return Secret(text, searched=not isinstance(part, Secret) or part.searched)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an object holds a key twice")
    return found


def _constant(text: str) -> object:
    raise ValueError(f"{text} is no JSON")
