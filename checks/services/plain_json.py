"""Asks an HTTP API for JSON documents, each within a deadline of its own: a management API, a search engine.

The client is the one of journeys: no proxies, no redirects, no retries, the trust of the environment's file.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from checks.failures import Down
from checks.json_path import NotJson, TooDeep, read_document
from checks.response import Response, body_text, decoded_body
from checks.secrets import Secret, remember, reveal
from checks.services.json_api import JsonApi
from checks.services.words import refused_login

#: Characters of a server's own words that are kept.
_WORDS: Final = 200


@dataclass(frozen=True, slots=True)
class JsonAnswer:
    """What came. `document` is None where the body is not JSON; `words`: what a server says that refuses."""

    status: int
    document: Any
    words: str
    seconds: float

    @property
    def refusal(self) -> str:
        """The status and the server's own words: `401: not_authorised`."""
        return f"{self.status}: {self.words}" if self.words else f"{self.status}"


class JsonClient:
    """One session with an API: its connection and its trust are made once. Raises Unmeasured for bad authorities.

    A context manager. After an answer that did not come in time it must not be used again.
    """

    def __init__(self, api: JsonApi) -> None:
        from checks.requests_session import new_session

        self.api = api
        self._session = new_session(api.ca_file, api.server_name, verify=api.verify)

    def __enter__(self) -> "JsonClient":
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def ask(
        self, path: str, method: str = "GET", body: Mapping[str, object] | None = None, *, timeout: float
    ) -> JsonAnswer:
        """Send one request, and read its answer within `timeout` seconds. Raises Down where nothing answers."""
        import requests

        from checks.requests_session import send

        headers = {"Accept": "application/json"}
        if self.api.token:
            headers["Authorization"] = f"ApiKey {reveal(self.api.token)}"
        elif self.api.user:
            headers["Authorization"] = _basic(self.api.user, self.api.password)
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        request = requests.Request(method, self.api.url + path, headers=headers, data=data)
        return _answer(send(self._session, self._session.prepare_request(request), timeout))


def document_of(answer: JsonAnswer) -> Any:
    """The document of an answer of 2xx. Raises Down with the server's words for any other."""
    if answer.status == 401:
        raise refused_login(answer.refusal)
    if not 200 <= answer.status < 300:
        raise Down(f"it answered {answer.refusal}")
    if answer.document is None:
        raise Down(f"it answered {answer.status} with what is not JSON: {answer.words or 'nothing'}")
    return answer.document


def _answer(response: Response) -> JsonAnswer:
    body = decoded_body(response)
    if body.gap:
        raise Down(f"its answer can't be read: {body.gap}")
    seconds = response.ended - response.began
    text = " ".join(body_text(response, body).split())[:_WORDS]
    try:
        document = read_document(body.data) if body.data else None
    except (NotJson, TooDeep):
        return JsonAnswer(response.status, None, text, seconds)
    return JsonAnswer(response.status, document, _words_in(document) or text, seconds)


def _words_in(document: Any) -> str:
    """The sentence in an error: `{"reason": ...}` of RabbitMQ, `{"error": {"reason": ...}}` of Elasticsearch."""
    if not isinstance(document, dict):
        return ""
    error = document.get("error")
    inner = error.get("reason") if isinstance(error, dict) else error
    words = [part for part in (inner, document.get("reason")) if isinstance(part, str) and part]
    return ": ".join(dict.fromkeys(words))[:_WORDS]


def _basic(user: str, password: str | Secret) -> str:
    """RFC 7617, in UTF-8: requests' own way would write Latin-1."""
    pair = f"{user}:{reveal(password)}"
    if isinstance(password, Secret) and password.searched:
        # The pair in base64 does not hold the password's own base64: it is masked by itself.
        remember(pair)
    return f"Basic {base64.b64encode(pair.encode()).decode()}"
