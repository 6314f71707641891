"""What a step takes from its answer, under load: the same kinds as in a smoke journey, kept as plain values.

They are not wrapped as secrets: each token of each log-in would be remembered for masking until the memory is full.
No value that was captured leaves the generator; failures name the capture only.
"""

import re

from checks.failures import Down
from checks.json_path import Leaf, NotJson, TooDeep, find, read_document
from checks.response import Response, body_text, decoded_body
from checks.step import Capture
from load.generator.answer import Answer


class NotCaptured(Exception):  # noqa: N818 - the kind of failure that is counted
    """The answer lacks what a step has to capture."""


def take(captures: tuple[Capture, ...], answer: Answer, into: dict[str, object]) -> None:
    """Put what the captures find into `into`. Raises NotCaptured that names the capture."""
    if not captures:
        return
    response = Response(answer.status, answer.headers, answer.body, answer.size, 0.0, 0.0)
    for capture in captures:
        found = _found(capture, response)
        if found is None:
            raise NotCaptured(f"nothing to capture as {capture.name!r}")
        into[capture.name] = found


def remember_cookies(answer: Answer, cookies: dict[str, str]) -> None:
    """Keep the cookies that an answer sets, and forget those that it ends. One origin is assumed, as is `Path=/`."""
    for name, value in answer.headers:
        if name != "set-cookie":
            continue
        pair, _, attributes = value.partition(";")
        key, equals, content = pair.partition("=")
        if not equals:
            continue
        if re.search(r"(?:^|;)\s*max-age\s*=\s*(?:0|-\d+)\s*(?:;|$)", attributes, re.IGNORECASE):
            cookies.pop(key.strip(), None)
        else:
            cookies[key.strip()] = content.strip()


def _found(capture: Capture, response: Response) -> object | None:
    match capture.kind:
        case "header":
            return response.header(capture.where.lower())
        case "cookie":
            return _cookie(capture.where, response)
        case "json" | "body":
            try:
                body = decoded_body(response)
                if body.gap:
                    return None
                if capture.kind == "body":
                    match = re.search(capture.where, body_text(response, body))
                    return match[1] if match else None
                leaf = find(read_document(body.data), capture.where)
            except (Down, NotJson, TooDeep):
                return None
            return leaf.value if isinstance(leaf, Leaf) else None


def _cookie(name: str, response: Response) -> str | None:
    for header, value in response.headers:
        key, equals, content = value.partition(";")[0].partition("=")
        if header == "set-cookie" and equals and key.strip() == name:
            return content.strip()
    return None
