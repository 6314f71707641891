"""One step of a journey as it is written: a request with `{{ name }}` in it, and what is taken from its answer."""

import re
from dataclasses import dataclass
from typing import Final, Literal

from checks.json_path import parse_path
from checks.request import Headers, Text, check_headers, check_method

CaptureKind = Literal["json", "header", "body", "cookie"]
Params = tuple[tuple[str, Text], ...]

NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_PRIVATE: Final = re.compile(
    r"token|secret|passw|pwd|cookie|session|sid\b|auth|api.?key|jwt|csrf|xsrf|credential|otp|signature", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Capture:
    """What is taken from an answer: a JSON path, a header, the one group of a regular expression, or a cookie.

    Raises ValueError for a `where` that its kind can't use.
    """

    name: str
    kind: CaptureKind
    where: str

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r} is not the name of a capture; write letters, digits, - and _")
        if self.kind not in ("json", "header", "body", "cookie"):
            raise ValueError(f"unknown kind of capture {self.kind!r}; known are json, header, body, cookie")
        if not self.where:
            raise ValueError(f"the capture {self.name!r} does not say where its value is")
        if self.kind == "json":
            parse_path(self.where)
        if self.kind == "body":
            try:
                groups = re.compile(self.where).groups
            except re.error as error:
                raise ValueError(f"{self.where!r} is not a regular expression: {error}") from error
            if groups != 1:
                raise ValueError(f"{self.where!r} has {groups} groups; the one that is captured is marked with ( )")

    @property
    def private(self) -> bool:
        """Whether the value is to be masked: cookies are, and what is named like a secret."""
        named = f"{self.name} {self.where if self.kind != 'body' else ''}"
        return self.kind == "cookie" or _PRIVATE.search(named) is not None


@dataclass(frozen=True, slots=True)
class StepRequest:
    """A request of a journey. `url` is a path or a URL; `{{ name }}` in url, headers, params, JSON texts and body
    stands for a capture. `json` is sent as JSON unless it is None; `timeout` is in seconds, for the whole step."""

    name: str
    url: Text
    method: str = "GET"
    headers: Headers = ()
    params: Params = ()
    json: object = None
    body: Text | bytes | None = None
    timeout: float = 10.0
    json_paths: tuple[str, ...] = ()
    header_names: tuple[str, ...] = ()
    want_body: bool = False
    captures: tuple[Capture, ...] = ()

    def __post_init__(self) -> None:
        if not slug(self.name):
            raise ValueError(f"{self.name!r} can't be the name of a step; write a letter or a digit")
        if self.json is not None and self.body is not None:
            raise ValueError(f"the step {self.name!r} has both json and body; a request has one body")
        if not 0 < self.timeout <= 3600:
            raise ValueError(f"a timeout is more than 0 and at most 3600 s, not {self.timeout}")
        check_method(self.method)
        check_headers(self.headers)
        for path in self.json_paths:
            parse_path(path)


def slug(name: str) -> str:
    """The name of a step as subjects write it: `log in` becomes `log-in`."""
    return re.sub(r"[^\w-]+", "-", name.strip().lower()).strip("-")
