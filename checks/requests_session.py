"""The requests session of a journey: no proxies, no redirects, no retries, our trust, and a deadline for everything."""

import http.client
import queue
import threading
import time as clock
import warnings
from contextlib import nullcontext
from typing import Any, Final

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.util.ssl_match_hostname import CertificateError

from checks.failures import AttemptError, Down, Unmeasured, from_os_error, within
from checks.http_connection import BODY_KEPT
from checks.response import Response
from checks.trust import new_client_context

_CHUNK: Final = 64 << 10
_FOREIGN: Final = ("requests", "urllib3")


class _Adapter(HTTPAdapter):
    """Trusts what the sweep trusts, where requests alone would trust certifi."""

    def __init__(self, ca_file: str, server_name: str, *, verify: bool) -> None:
        # Not the sweep's context: urllib3 switches off the comparison of names in the one that it is given.
        self._context = new_client_context(ca_file, verify=verify)
        self._server_name = server_name
        super().__init__(max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **keywords: Any) -> None:
        if self._server_name:
            keywords |= {"server_hostname": self._server_name, "assert_hostname": self._server_name}
        super().init_poolmanager(connections, maxsize, block, ssl_context=self._context, **keywords)

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:  # noqa: ARG002
        # The original would load certifi's authorities into our context, which has its own.
        conn.cert_reqs = "CERT_NONE" if verify is False else "CERT_REQUIRED"


def new_session(ca_file: str, server_name: str, *, verify: bool) -> requests.Session:
    """A session that adds nothing of its own. Raises Unmeasured where the authorities can't be read."""
    session = requests.Session()
    session.trust_env = False
    session.verify = verify
    session.headers.clear()
    session.headers.update({"User-Agent": "tidegate", "Accept": "*/*", "Accept-Encoding": "identity"})
    session.mount("https://", _Adapter(ca_file, server_name, verify=verify))
    session.mount("http://", HTTPAdapter(max_retries=0))
    return session


def send(
    session: requests.Session, prepared: requests.PreparedRequest, timeout: float, most: int = BODY_KEPT
) -> Response:
    """Send a request and read its answer within `timeout` seconds in all. Raises Down, Unmeasured.

    `most`: bytes of the body that are kept.

    requests limits single reads, and looking up a name not at all. So the work is done in a thread, which is left
    behind when the time is over; the session must not be used again then.
    """
    results: queue.SimpleQueue[Response | AttemptError] = queue.SimpleQueue()
    deadline = clock.monotonic() + timeout

    def work() -> None:
        try:
            results.put(_exchange(session, prepared, deadline, most))
        except AttemptError as error:
            results.put(error)
        except (requests.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException, OSError) as error:
            results.put(_sorted_out(error, timeout))
        except Exception as error:  # noqa: BLE001 - whatever breaks in here must not leave the caller waiting
            results.put(Unmeasured(f"the check itself failed: {type(error).__name__}: {error}"))

    threading.Thread(target=work, name="tidegate journey", daemon=True).start()
    try:
        result = results.get(timeout=timeout)
    except queue.Empty:
        raise Down(f"no answer {within(timeout)}") from None
    if isinstance(result, AttemptError):
        raise result
    return result


def _exchange(session: requests.Session, prepared: requests.PreparedRequest, deadline: float, most: int) -> Response:
    began = clock.monotonic()
    left = max(deadline - began, 0.001)
    # Switching off verification is the user's decision; the filters are process-wide, so they are left alone otherwise.
    with nullcontext() if session.verify else warnings.catch_warnings():
        if not session.verify:
            warnings.simplefilter("ignore", urllib3.exceptions.InsecureRequestWarning)
        answer = session.send(prepared, stream=True, allow_redirects=False, timeout=left, verify=session.verify)
    with answer:
        body, size = bytearray(), 0
        # Not decoded here: requests would unpack any bomb that it is given.
        for chunk in answer.raw.stream(_CHUNK, decode_content=False):
            size += len(chunk)
            body += chunk[: max(0, most - len(body))]
            if clock.monotonic() > deadline:
                raise Down(f"no whole answer in time: {size:,} bytes of the body came")
        ended = clock.monotonic()
        headers = [(name.lower(), value) for name, value in answer.raw.headers.items()]
        return Response(answer.status_code, headers, bytes(body), size, began, ended)


def _sorted_out(error: Exception, timeout: float) -> AttemptError:
    """Find what really happened inside the wrappers of requests and urllib3."""
    chain = _inner(error)
    for inner in chain:
        if isinstance(inner, CertificateError):
            return Down(f"the certificate was refused: {inner}")
        if isinstance(inner, http.client.RemoteDisconnected):
            return Down("the connection was closed without an answer")
        if isinstance(inner, http.client.IncompleteRead):
            return Down(_incomplete(inner))
        if isinstance(inner, http.client.HTTPException):
            return Down(f"the answer is not HTTP/1.1: {type(inner).__name__}")
    for inner in chain:
        if isinstance(inner, TimeoutError) and not inner.errno:
            return Down(f"no answer {within(timeout)}")
        if isinstance(inner, OSError) and type(inner).__module__.partition(".")[0] not in _FOREIGN:
            return from_os_error(inner)
    match error:
        case requests.Timeout() | urllib3.exceptions.TimeoutError():
            return Down(f"no answer {within(timeout)}")
        case requests.exceptions.ChunkedEncodingError() | urllib3.exceptions.ProtocolError():
            return Down("the body broke off")
        case requests.exceptions.InvalidHeader() | urllib3.exceptions.HeaderParsingError():
            return Down("the headers of the answer can't be read")
        case _:
            return Unmeasured(f"the request failed: {type(error).__name__}")


def _incomplete(error: Exception) -> str:
    """urllib3 counts the bytes, the standard library keeps them."""
    partial, expected = getattr(error, "partial", 0), getattr(error, "expected", None)
    came = len(partial) if isinstance(partial, bytes) else partial
    if isinstance(expected, int) and isinstance(came, int):
        return f"the body ended after {came:,} of {came + expected:,} bytes"
    return "the body ended before its last chunk"


def _inner(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    waiting: list[BaseException] = [error]
    while waiting:
        at = waiting.pop(0)
        if any(at is known for known in found):
            continue
        found.append(at)
        parts = (at.__cause__, at.__context__, getattr(at, "reason", None), *at.args)
        waiting += [part for part in parts if isinstance(part, BaseException)]
    return found
