"""Alertmanager: does it answer, and does a probe alert go the way that a real one would.

API: github.com/prometheus/alertmanager, api/v2/openapi.yaml. The probe is only sent where somebody allows it. It has a
name of its own, ends by itself after some minutes, and is ended at once when it was seen.
"""

import secrets
import time as clock
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

from checks.attempt import Attempt
from checks.evidence import Evidence
from checks.failures import AttemptError, Down
from checks.monitoring.server import Answer, Server

PROBE: Final = "TidegateProbe"
_ENDS: Final = timedelta(minutes=5)
_PAUSE: Final = 0.2
_ALERTS: Final = "/api/v2/alerts"
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class AlertmanagerProbe:
    """What is looked at.

    `allow_probe`: a probe alert is sent; `labels`: its labels beside its name, so that it is routed as a real one;
    `receiver`: the receiver that has to get it; `arrived`: a server that shows what arrived there: the probe's id has
    to be in its answer; `deadline`: seconds for each of the two steps (a route waits for `group_wait` first).
    """

    name: str
    server: Server
    allow_probe: bool = False
    labels: tuple[tuple[str, str], ...] = ()
    receiver: str = ""
    arrived: Server | None = None
    deadline: float = 60.0


def look_at_alertmanager(probe: AlertmanagerProbe, new_id: Callable[[], str] | None = None) -> tuple[Evidence, ...]:
    """`NAME.ready`; with a probe `NAME.accepted`, `NAME.active`, `NAME.receivers`, `NAME.arrived`, `NAME.arrival_time`.

    An Alertmanager that is down is a Reading: it is what is looked at. `new_id`: makes the probe's id.
    """
    attempt = Attempt(probe.name, probe.server.source("/-/ready"))
    try:
        answer = probe.server.get("/-/ready")
    except AttemptError as error:
        return (attempt.failed(error, "ready"),)
    if answer.status != 200:
        return (attempt.reading("ready", False, "bool", answer.unlike("it is not ready")),)
    ready = attempt.reading("ready", True, "bool")
    if not probe.allow_probe:
        return (ready,)
    return (ready, *_Sent(probe, (new_id or _id)(), datetime.now(UTC)).evidence())


def _id() -> str:
    return f"tidegate-{secrets.token_hex(8)}"


@dataclass(frozen=True, slots=True)
class _Sent:
    """One probe alert. An alert that ends before it starts would be refused, so its start stays the same."""

    probe: AlertmanagerProbe
    id: str
    starts: datetime

    def evidence(self) -> tuple[Evidence, ...]:
        attempt = Attempt(self.probe.name, self.probe.server.source(_ALERTS))
        began = clock.monotonic()
        try:
            self._post(self.starts + _ENDS)
        except AttemptError as error:
            return (attempt.failed(error, "accepted"),)
        try:
            found: list[Evidence] = [attempt.reading("accepted", True, "bool", f"the alert {PROBE} {self.id}")]
            found += self._routed(attempt)
            if self.probe.arrived is not None:
                found += self._arrived(self.probe.arrived, began)
            return tuple(found)
        finally:
            self._end()

    def _post(self, ends: datetime) -> None:
        document = {
            "labels": {**dict(self.probe.labels), "alertname": PROBE, "tidegate_probe": self.id},
            "annotations": {"summary": f"A probe of Tidegate ({self.id}). Nothing is wrong; it ends by itself."},
            "startsAt": self.starts.isoformat(),
            "endsAt": ends.isoformat(),
        }
        answer = self.probe.server.post_json(_ALERTS, [document])
        if answer.status != 200:
            raise Down(f"{answer.unlike('it refused the alert')} {answer.response.body[:200].decode(errors='replace')}")

    def _end(self) -> None:
        """The alert ends now. Where that fails it ends by itself in some minutes."""
        try:
            self._post(datetime.now(UTC))
        except AttemptError:
            return

    def _routed(self, attempt: Attempt) -> list[Evidence]:
        def look() -> Mapping[str, Any] | None:
            answer = self.probe.server.get(_ALERTS, {"filter": f'tidegate_probe="{self.id}"'})
            found = _alerts(answer)
            return found[0] if found and found[0]["status"]["state"] != "unprocessed" else None

        try:
            alert = _until(look, self.probe.deadline)
        except AttemptError as error:
            return [attempt.failed(error, "active")]
        if alert is None:
            return [attempt.reading("active", False, "bool", "it took the alert, and does not show it")]
        state = str(alert["status"]["state"])
        by = [str(one) for key in ("silencedBy", "inhibitedBy") for one in alert["status"].get(key) or ()]
        words = "" if state == "active" else f"it is {state} (by {', '.join(by) or 'nobody'}): nobody is told"
        receivers = sorted(str(one["name"]) for one in alert["receivers"])
        return [
            attempt.reading("active", state == "active", "bool", words),
            attempt.reading("receivers", ", ".join(receivers), "text"),
            *self._to_receiver(attempt, receivers),
        ]

    def _to_receiver(self, attempt: Attempt, receivers: list[str]) -> list[Evidence]:
        if not self.probe.receiver:
            return []
        there = self.probe.receiver in receivers
        words = "" if there else f"it goes to {', '.join(receivers) or 'nobody'}, and not to {self.probe.receiver}"
        return [attempt.reading("routed", there, "bool", words)]

    def _arrived(self, place: Server, began: float) -> list[Evidence]:
        attempt = Attempt(self.probe.name, place.source())

        def look() -> bool | None:
            answer = place.get()
            if answer.status != 200:
                raise Down(answer.unlike("it should show what arrived"))
            return True if self.id.encode() in answer.response.body else None

        try:
            seen = _until(look, self.probe.deadline)
        except AttemptError as error:
            # The place where we look is not what is judged.
            return [attempt.gap("arrived", error.words, "can the place that shows what arrived be reached?")]
        if not seen:
            words = f"it did not arrive within {self.probe.deadline:g} s"
            return [attempt.reading("arrived", False, "bool", words)]
        took = round(clock.monotonic() - began, 3)
        return [attempt.reading("arrived", True, "bool"), attempt.reading("arrival_time", took, "s")]


def _alerts(answer: Answer) -> list[Any]:
    document = answer.document()
    if answer.status != 200 or not isinstance(document, list):
        raise Down(answer.unlike("it is no list of alerts"))
    try:
        return [one for one in document if one["status"]["state"] and isinstance(one["receivers"], list)]
    except (KeyError, TypeError):
        raise Down(answer.unlike("it is no list of alerts")) from None


def _until(look: Callable[[], _T | None], deadline: float) -> _T | None:
    """Look until something is found, or until the time is over."""
    end = clock.monotonic() + deadline
    while True:
        found = look()
        if found is not None or clock.monotonic() >= end:
            return found
        clock.sleep(_PAUSE)
