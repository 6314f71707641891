"""One attempt of one probe: how far it got, and the evidence that it makes, stamped with source, attempts and time."""

import time as clock
from dataclasses import dataclass, field
from enum import Enum
from typing import assert_never

from checks.evidence import Gap, Reading, Value
from checks.failures import AttemptError, Down, Unmeasured, within


class Phase(Enum):
    """How far an attempt got; a timeout is told in its words."""

    RESOLVING = "resolving"
    CONNECTING = "connecting"
    HANDSHAKE = "handshake"
    WAITING = "waiting"
    RECEIVING = "receiving"


@dataclass(slots=True)
class Attempt:
    """What the evidence of one attempt has in common.

    `name`: the probe's; `source`: what a person can paste; `number`: from 1; `began`: when the *first* attempt of the
    probe started, on `time.monotonic`. The measuring code keeps `phase` and `received` (bytes of the body) up to
    date, and sets `timed` to the begin and the end (monotonic) of the response time that it measured.
    """

    name: str
    source: str
    number: int = 1
    began: float = field(default_factory=clock.monotonic)
    phase: Phase = Phase.WAITING
    received: int = 0
    timed: tuple[float, float] | None = None

    def reading(self, part: str, value: Value, unit: str = "1", detail: str = "") -> Reading:
        """A Reading of `NAME.part`. Raises ValueError as Reading does."""
        return Reading(
            f"{self.name}.{part}",
            value,
            unit,
            time=_now(),
            source=self.source,
            attempts=self.number,
            took=self._took(),
            detail=detail,
        )

    def absent(self, part: str, detail: str) -> Reading:
        """The Reading that says: it was looked for, and is not there."""
        return self.reading(part, False, "present", detail)

    def gap(self, part: str, reason: str, remedy: str = "") -> Gap:
        """A Gap in place of `NAME.part`."""
        return Gap(
            f"{self.name}.{part}",
            reason,
            time=_now(),
            source=self.source,
            attempts=self.number,
            took=self._took(),
            remedy=remedy,
        )

    def elapsed(self, began: float, ended: float) -> Reading:
        """The Reading of `NAME.response_time`. Its window is kept, so that our own lag can be held against it."""
        self.timed = (began, ended)
        return self.reading("response_time", round(ended - began, 6), "s")

    def failed(self, error: AttemptError, part: str = "up") -> Reading | Gap:
        """What an attempt without an answer is evidence of."""
        match error:
            case Unmeasured():
                return self.gap(part, error.words, error.remedy)
            case _:
                return self.reading(part, False, "bool", error.words)

    def timed_out(self, seconds: float) -> AttemptError:
        """The words for an attempt that was stopped after its timeout."""
        match self.phase:
            case Phase.RESOLVING:
                words = f"the resolver did not answer {within(seconds)}"
                return Unmeasured(words, "check this machine's resolver", again=True)
            case Phase.CONNECTING:
                return Down(f"no connection {within(seconds)}")
            case Phase.HANDSHAKE:
                return Down(f"no TLS handshake {within(seconds)}")
            case Phase.WAITING:
                return Down(f"no answer {within(seconds)}")
            case Phase.RECEIVING:
                return Down(f"no whole answer {within(seconds)}: {self.received:,} bytes of the body came")
            case unreachable:
                assert_never(unreachable)

    def _took(self) -> float:
        return round(clock.monotonic() - self.began, 6)


def _now() -> float:
    # Evidence is written with milliseconds; keeping more would make it differ from its own copy in another process.
    return round(clock.time(), 3)
