"""An answer while it comes in: what the parser calls back, with headers and body where they are wanted."""

from dataclasses import dataclass
from typing import Any

import httptools

from checks.failures import Down
from checks.http_connection import BODY_KEPT, HEAD_LIMIT


@dataclass(slots=True)
class Answer:
    """A whole answer. `headers` (names in lower case) and `body` (the first BODY_KEPT bytes of `size`) are kept where
    they were asked for."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    size: int


class Reader:
    """What the parser calls back, for the answers of one connection; only the status is kept."""

    __slots__ = ("complete", "extra", "head", "in_body", "keep", "parser", "status")

    def __init__(self) -> None:
        self.head = True
        self.begin(head=False)

    def begin(self, *, head: bool) -> None:
        """The next answer is to come; to HEAD it has no body, whatever its headers say."""
        if self.head:
            # The parser of an answer to HEAD still waits for the body that the headers spoke of.
            self.parser: Any = httptools.HttpResponseParser(self)
        self.head = head
        self.complete = self.in_body = self.keep = self.extra = False
        self.status = 0

    def on_headers_complete(self) -> None:
        if self.complete:
            self.extra = True  # a second answer, to no question
            return
        status = self.parser.get_status_code()
        if status >= 200 or status == 101:
            self.in_body = True
            self.status = status
            if self.head:
                self.complete = True
                self.keep = self.parser.should_keep_alive()

    def on_message_complete(self) -> None:
        if self.in_body and not self.complete:
            self.complete = True
            self.keep = self.parser.should_keep_alive()

    def answer(self) -> Answer:
        return Answer(self.status, [], b"", 0)


class Keeper(Reader):
    """The same, with headers and body."""

    __slots__ = ("body", "headers", "size")

    def begin(self, *, head: bool) -> None:
        super().begin(head=head)
        self.headers: list[tuple[str, str]] = []
        self.body = bytearray()
        self.size = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.complete:
            self.headers.append((name.decode("latin-1").lower(), value.decode("latin-1").strip()))

    def on_body(self, data: bytes) -> None:
        if not self.complete:
            self.size += len(data)
            if len(self.body) < BODY_KEPT:
                self.body += data[: BODY_KEPT - len(self.body)]

    def on_message_complete(self) -> None:
        super().on_message_complete()
        if not self.in_body:
            self.headers.clear()  # those of an interim answer (1xx)

    def answer(self) -> Answer:
        return Answer(self.status, self.headers, bytes(self.body), self.size)


def check_head(seen: bytes) -> None:
    """Raise Down where what has been seen of a head is no HTTP, or too much."""
    if not seen.startswith(b"HTTP/"[: len(seen)]):
        raise Down("the answer is not HTTP/1.1: it does not start with HTTP/")
    if len(seen) > HEAD_LIMIT and b"\r\n\r\n" not in seen:
        raise Down(f"the headers had not ended after {HEAD_LIMIT:,} bytes")
