"""Delivers an alert to each place through Apprise, with retries and a deadline; what failed is said, never raised.

Places are Apprise's URLs (github.com/caronc/apprise/wiki): `slack://…`, `mailtos://…`, `json://…`. They hold secrets.
"""

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, assert_never

from checks.secrets import Secret, mask, reveal
from releases.notifications.alert import Alert, Severity, body, title

#: Attempts, the pause before the second one (it doubles), and how long all of them may take, in seconds.
ATTEMPTS: Final = 3
PAUSE: Final = 1.0
DEADLINE: Final = 30.0


@dataclass(frozen=True, slots=True)
class Delivery:
    """How it went with one place. `why`: empty where it was delivered."""

    place: str
    delivered: bool
    attempts: int
    why: str = ""


def deliver(
    alert: Alert,
    places: Mapping[str, Secret | str],
    *,
    pause: float = PAUSE,
    deadline: float = DEADLINE,
) -> tuple[Delivery, ...]:
    """Send to all places at the same time; one answer for each, in their order. It never raises.

    `places`: name -> Apprise URL. A place that hangs is given up after `deadline` seconds.
    """
    answers: dict[str, Delivery] = {}
    until = time.monotonic() + deadline

    def attempt(name: str, url: Secret | str) -> None:
        answers[name] = _attempts(alert, name, url, pause=pause, until=until)

    threads = [threading.Thread(target=attempt, args=place, daemon=True, name=place[0]) for place in places.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
    late = f"did not answer within {deadline:g} s"
    return tuple(answers.get(name) or Delivery(name, delivered=False, attempts=1, why=late) for name in places)


def _attempts(alert: Alert, name: str, url: Secret | str, *, pause: float, until: float) -> Delivery:
    attempt = 0
    while True:
        attempt += 1
        try:
            why = _send(alert, url)
        except Exception as error:  # noqa: BLE001 - a plugin's defect must not end a release
            why = mask(f"{type(error).__name__}: {error}")
        wait = pause * 2 ** (attempt - 1)
        if not why or attempt == ATTEMPTS or time.monotonic() + wait > until:
            return Delivery(name, not why, attempt, why)
        time.sleep(wait)


def _send(alert: Alert, url: Secret | str) -> str:
    """Why it was not delivered, or nothing where it was."""
    try:
        import apprise
    except ImportError:
        return "Apprise is not installed: pip install 'tidegate[notify]'"
    said = _Words()
    apprise.logger.addHandler(said)
    try:
        # The plugin itself, not a group of them: that would notify on another thread, whose log is nobody's.
        place = apprise.Apprise.instantiate(reveal(url))
        if place is None:
            return f"this is no address that Apprise knows{said.told()}"
        kind = apprise.NotifyType(_type(alert.severity))
        result = place.notify(body=body(alert), title=title(alert), notify_type=kind)
    finally:
        apprise.logger.removeHandler(said)
    return "" if result else f"the place did not take it{said.told()}"


def _type(severity: Severity) -> str:
    """Apprise's word, from which it makes a colour where a place has colours."""
    match severity:
        case Severity.INFO:
            return "info"
        case Severity.SUCCESS:
            return "success"
        case Severity.WARNING:
            return "warning"
        case Severity.CRITICAL:
            return "failure"
        case unreachable:
            assert_never(unreachable)


class _Words(logging.Handler):
    """Keeps what Apprise says in its log on this thread: it answers with true or false only."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._thread = threading.get_ident()
        self._lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        if record.thread == self._thread:
            self._lines.append(record.getMessage())

    def told(self) -> str:
        """The last two lines, masked."""
        return "".join(f": {mask(line)[:200]}" for line in self._lines[-2:])
