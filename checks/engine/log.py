"""Lines of a container's log as the engine sends them, each with the engine's own timestamp, in bounded memory.

The stream's format is that of the Engine API ("Attach to a container", "Stream format"): frames with a header of eight
bytes, `[stream, 0, 0, 0, size]`; one of a container with a terminal has no frames. With `timestamps=1` each message
begins with its time. What was longer than 16 KiB is several messages, and each of them has a time in front again.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from checks.engine.choosing import Json
from checks.engine.facts import seconds_of

_PIECE: Final = 1 << 16
#: Bytes of a time and its blank, in the longest form.
_LONGEST_TIME: Final = 40
_TIME: Final = re.compile(rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) ")


def log_chunks(client: Any, container: Json, since: float | None, seconds: float) -> Iterator[tuple[int, bytes]]:
    """Pieces of the log, in their order: the number of the stream (1 stdout, 2 stderr), and bytes.

    Every line begins with its time and a blank; no other time is in between. `client`: `docker.APIClient`; `since`:
    seconds since the epoch; `seconds`: how long the engine may be silent. Raises the SDK's and requests' errors.
    """
    parameters = {"stdout": 1, "stderr": 1, "timestamps": 1, "follow": 0, "tail": "all"}
    if since is not None and since > 0:
        parameters["since"] = f"{since:.9f}"
    url = f"{client.base_url}/v{client.api_version}/containers/{container['Id']}/logs"
    # The SDK's own stream switches the timeout of its socket off.
    with client.get(url, params=parameters, stream=True, timeout=seconds) as response:
        if response.status_code >= 400:
            import docker.errors

            docker.errors.create_api_error_from_http_exception(_failure(response))
        if container["Config"].get("Tty") is True:
            yield from ((1, piece) for piece in _pieces(response.raw, None))
            return
        yield from _unframed(response.raw)


def _failure(response: Any) -> Exception:
    import requests

    try:
        response.raise_for_status()
    except requests.HTTPError as error:
        return error
    return requests.HTTPError("the engine did not answer", response=response)


def _unframed(raw: Any) -> Iterator[tuple[int, bytes]]:
    whole = {1: True, 2: True}
    while header := _exactly(raw, 8):
        stream, size = (2 if header[0] == 2 else 1), int.from_bytes(header[4:], "big")
        if not size:
            continue
        first = _exactly(raw, min(size, _LONGEST_TIME))
        if not first:
            raise ConnectionError("the log ended in the middle of a message")
        # A message that goes on with a line has its time in front, too: it would stand in the middle of the line.
        inner = None if whole[stream] else _TIME.match(first)
        kept = first[inner.end() :] if inner else first
        whole[stream] = first.endswith(b"\n")
        if kept:
            yield stream, kept
        for piece in _pieces(raw, size - len(first)):
            yield stream, piece
            whole[stream] = piece.endswith(b"\n")


def _pieces(raw: Any, left: int | None) -> Iterator[bytes]:
    """What comes, in pieces of bounded size: `left` bytes, or all of it."""
    while left is None or left > 0:
        piece = raw.read(_PIECE if left is None else min(_PIECE, left))
        if not piece:
            if left is not None:
                raise ConnectionError("the log ended in the middle of a message")
            return
        if left is not None:
            left -= len(piece)
        yield piece


def _exactly(raw: Any, size: int) -> bytes:
    """This many bytes, or none where the stream is over. Raises ConnectionError in between."""
    found = b""
    while len(found) < size:
        piece = raw.read(size - len(found))
        if not piece:
            if found:
                raise ConnectionError("the log ended in the middle")
            return b""
        found += piece
    return found


def timed(line: bytes) -> tuple[float | None, bytes]:
    """The engine's time of a line, and the line without it."""
    match = _TIME.match(line)
    if match is None:
        return None, line
    return seconds_of(match[1].decode("ascii")), line[match.end() :]
