"""Sends a line with a random marker through, and looks until it is found: does what is logged arrive?"""

import secrets
import subprocess
import time as clock
from collections.abc import Sequence
from typing import Final

from checks.attempt import Attempt
from checks.evidence import Evidence
from checks.logs.account import Account
from checks.logs.probes import PLACEHOLDER, LogProbe, Marker
from checks.logs.reading import here, read
from checks.secrets import reveal
from checks.units import format_value

_PAUSE: Final = 0.5
#: Seconds that what sends the line has.
_SENDING: Final = 10.0
#: Clocks of an engine or a search differ from ours: it is looked from a little earlier.
_SLACK: Final = 120.0


class NotSentError(Exception):
    """The line was not sent. `ours`: because our own side could not."""

    def __init__(self, words: str, *, ours: bool) -> None:
        super().__init__(words)
        self.words = words
        self.ours = ours


def send_and_find(probe: LogProbe, marker: Marker, attempt: Attempt) -> list[Evidence]:
    """`probe.found` (bool) and, where it was found, `probe.delay` (s, from the sending until it was seen)."""
    text = f"tidegate-probe-{secrets.token_hex(8)}"
    after = here(probe.source)
    began, wall = clock.monotonic(), clock.time()
    try:
        said = _send(marker, text)
    except NotSentError as error:
        if error.ours:
            return [attempt.gap("probe.found", error.words)]
        return [attempt.reading("probe.found", False, "bool", error.words)]
    while True:
        account = Account()
        if _is_there(probe, text, wall - _SLACK, after, account):
            took = round(clock.monotonic() - began, 3)
            detail = f"{text}, {said}"
            return [
                attempt.reading("probe.found", True, "bool", detail),
                attempt.reading("probe.delay", took, "s", f"looked for every {format_value(_PAUSE, 's')}"),
            ]
        left = marker.within - (clock.monotonic() - began)
        if left <= 0:
            break
        clock.sleep(min(_PAUSE, left))
    if account.missing:
        first = account.missing[0]
        return [attempt.gap("probe.found", first.words, first.remedy)]
    words = f"{text} was not found within {format_value(marker.within, 's')}, {said}"
    return [attempt.reading("probe.found", False, "bool", words)]


def _is_there(probe: LogProbe, text: str, since: float, after: Sequence[object], account: Account) -> bool:
    wanted = text.encode()
    return any(wanted in line.data for line in read(probe.source, since, account, after=after))


def _send(marker: Marker, text: str) -> str:
    """Send it; how, for people. Raises NotSentError."""
    if marker.command:
        return _run(marker, text)
    return _request(marker, text)


def _request(marker: Marker, text: str) -> str:
    import requests

    def filled(value: str) -> str:
        return value.replace(PLACEHOLDER, text)

    body = filled(reveal(marker.body))
    try:
        with requests.request(
            marker.method,
            filled(reveal(marker.url)),
            headers={name: filled(reveal(value)) for name, value in marker.headers},
            data=body.encode() if body else None,
            timeout=_SENDING,
            verify=(marker.ca_file or True) if marker.verify else False,
            allow_redirects=False,
            stream=True,
        ) as response:
            return f"sent by a request that was answered with {response.status_code}"
    except requests.exceptions.InvalidURL:
        raise NotSentError("the request that carries the marker has no valid URL", ours=True) from None
    except requests.Timeout:
        words = f"the request that carries the marker was not answered within {format_value(_SENDING, 's')}"
        raise NotSentError(words, ours=False) from None
    except (requests.RequestException, OSError) as error:
        inner: BaseException = error
        while (deeper := inner.__cause__ or inner.__context__) is not None:
            inner = deeper
        words = str(getattr(inner, "strerror", None) or type(inner).__name__)
        raise NotSentError(f"the request that carries the marker failed: {words}"[:300], ours=False) from None


def _run(marker: Marker, text: str) -> str:
    command = [argument.replace(PLACEHOLDER, text) for argument in marker.command]
    try:
        # It belongs to the group of this process, which whoever started it ends as a whole.
        ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_SENDING, check=False)
    except subprocess.TimeoutExpired:
        words = f"the command that writes the marker did not end within {format_value(_SENDING, 's')}"
        raise NotSentError(words, ours=True) from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise NotSentError(f"the command that writes the marker can't be run: {command[0]}: {why}", ours=True) from None
    if ended.returncode != 0:
        lines = ended.stderr.decode("utf-8", "replace").strip().splitlines()
        said = f": {lines[-1][:200]}" if lines else ""
        words = f"the command that writes the marker ended with exit code {ended.returncode}{said}"
        raise NotSentError(words, ours=True)
    return f"written by {command[0]}"
