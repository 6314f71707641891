"""Looks at one thing, and a way to write answers with any headers."""

from collections.abc import Callable, Sequence

import pytest

from checks.evidence import Evidence
from checks.security.look import look_at_security
from checks.security.probes import SecurityProbe, request_of


@pytest.fixture
def seen() -> Callable[[SecurityProbe], dict[str, Evidence]]:
    """Look at one thing; its evidence by the part of the subject after the name."""

    def look(probe: SecurityProbe) -> dict[str, Evidence]:
        name = request_of(probe).name
        return {e.subject.removeprefix(f"{name}."): e for e in look_at_security([probe])[name]}

    return look


@pytest.fixture
def answer() -> Callable[..., bytes]:
    """The bytes of an answer: `answer(200, [("Server", "nginx")], b"body")`."""

    def write(status: int = 200, headers: Sequence[tuple[str, str]] = (), body: bytes = b"ok") -> bytes:
        lines = [
            f"HTTP/1.1 {status} X",
            f"Content-Length: {len(body)}",
            *(f"{name}: {value}" for name, value in headers),
        ]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + body

    return write
