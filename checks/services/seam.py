"""The seam of data services: what is looked at (a probe), and one visit to it, with the deadline that ends it.

A checker is a module with one function:

    def look(probe: RedisProbe, visit: Visit) -> Iterator[Evidence]

It yields evidence as it finds it, so that what was seen before a service fell silent is kept. It says what it is
asking by `visit.asking(...)`, gives `visit.left()` to its client as a time limit, and raises Down or Unmeasured
(`checks.failures`). It knows no limit. `checks.services.run` calls it, in a thread of its own.
"""

import math
import os
import socket
import time as clock
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from threading import Lock
from typing import ClassVar, Final

from checks.attempt import Attempt
from checks.evidence import Evidence, Gap, Reading, Value, measured
from checks.failures import AttemptError, Down, Unmeasured, within

#: The longest look, in seconds.
LONGEST: Final = 600.0
#: How much earlier than a look's end its client may give up, as a share of the look's time.
_EARLY: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceProbe(ABC):
    """One service that is looked at.

    `name`: subjects begin with it; `timeout`: seconds for the whole look, connecting included; `allow_writes`:
    whether the look may write, in a namespace of its own. Raises ValueError for a timeout out of range.
    """

    KIND: ClassVar[str]

    name: str
    timeout: float = 10.0
    allow_writes: bool = False

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("a service that is looked at needs a name")
        if not (math.isfinite(self.timeout) and 0 < self.timeout <= LONGEST):
            raise ValueError(f"{self.name}: a timeout is more than 0 and at most {LONGEST:.0f} s, not {self.timeout}")

    @property
    @abstractmethod
    def source(self) -> str:
        """The command that a person can paste to reach the same service; never with a secret."""


class Visit:
    """One look that is under way: how long it may still take, what the service owes, and the evidence that it makes."""

    def __init__(self, probe: ServiceProbe) -> None:
        self.probe = probe
        self.began = clock.monotonic()
        self.ends = self.began + probe.timeout
        self._attempt = Attempt(probe.name, probe.source, began=self.began)
        self._asked = ""
        self._unanswered = ""
        self._resolving = False
        self._owed = 0.0
        self._last_words: AttemptError | None = None
        self._cuts: list[Callable[[], None]] = []
        self._lock = Lock()

    @property
    def is_over(self) -> bool:
        """Whether the look was cut off: what its client says from now on is of our own making."""
        return self._last_words is not None

    def left(self) -> float:
        """Seconds until the look has to end. Raises Down or Unmeasured where none are left."""
        seconds = self.ends - clock.monotonic()
        if self.is_over or seconds <= 0:
            raise self.timed_out()
        return seconds

    @contextmanager
    def asking(self, words: str) -> Iterator[None]:
        """What is done inside waits for the service: where the look ends there, it was the service that was silent.

        `words`: what was asked, as in `no answer within 10 s to WORDS`.
        """
        self._asked, self._unanswered, began = words, "", clock.monotonic()
        try:
            yield
        except Exception as error:
            # A client's own timer may be a moment earlier than ours: what it waited for is still not answered.
            if isinstance(error, TimeoutError) or self.ends - clock.monotonic() < _EARLY * self.probe.timeout:
                self._unanswered = words
            raise
        finally:
            self._asked = ""
            self._owed += clock.monotonic() - began

    @contextmanager
    def resolving(self) -> Iterator[None]:
        """What is done inside waits for this machine's resolver: its silence is not the service's."""
        self._resolving = True
        try:
            yield
        finally:
            self._resolving = False

    def cutting(self, fileno: int) -> AbstractContextManager[None]:
        """Shut the connection of this socket down when the look has to end: its client then stops waiting.

        For clients whose own time limits don't cover everything. The descriptor is duplicated, so that a number that
        is used again by another socket is not shut down for this one.
        """
        return self.ending_by(_Line(fileno))

    @contextmanager
    def ending_by(self, line: "_Line") -> Iterator[None]:
        """The same for a line that was duplicated before."""
        with self._lock:
            self._cuts.append(line.cut)
            over = self.is_over
        try:
            if over:
                raise self.timed_out()
            yield
        finally:
            with self._lock:
                self._cuts.remove(line.cut)
            line.close()

    def cut(self) -> None:
        """End it: called when the time is over, from another thread."""
        with self._lock:
            self._last_words = self.timed_out()
            for cut in self._cuts:
                cut()

    def timed_out(self) -> AttemptError:
        """The words for a look that was not done in its time: the service's silence, or our own slowness."""
        if self._last_words is not None:
            return self._last_words
        limit = within(self.probe.timeout)
        if self._resolving:
            return Unmeasured(f"the resolver did not answer {limit}", "check this machine's resolver")
        if asked := self._asked or self._unanswered:
            return Down(f"no answer {limit} to {asked}")
        if self._owed > self.probe.timeout / 2:
            return Down(f"its answers took too long: not everything was answered {limit}")
        return Unmeasured(f"the look itself was not done {limit}", "is this machine too busy? raise `timeout:`")

    def reading(
        self, part: str, value: Value, unit: str = "1", detail: str = "", *, source: str = "", samples: int = 1
    ) -> Reading:
        """A Reading of `NAME.part`. `source`: where it is not the probe's. Raises ValueError as Reading does."""
        reading = self._attempt.reading(part, value, unit, detail)
        return replace(reading, source=source or reading.source, samples=samples)

    def number(
        self, part: str, value: float | None, unit: str = "1", detail: str = "", *, source: str = "", samples: int = 1
    ) -> Evidence:
        """A Reading of a number, or the Gap that None, NaN, infinity and zero samples are."""
        found = measured(part, value, unit, samples=samples)
        if isinstance(found, Gap):
            return self.gap(part, found.reason, source=source)
        return self.reading(part, found.value, unit, detail, source=source, samples=samples)

    def absent(self, part: str, detail: str, *, source: str = "") -> Reading:
        """The Reading that says: it was looked for, and is not there."""
        return self.reading(part, False, "present", detail, source=source)

    def gap(self, part: str, reason: str, remedy: str = "", *, source: str = "") -> Gap:
        """A Gap in place of `NAME.part`."""
        found = self._attempt.gap(part, reason, remedy)
        return replace(found, source=source or found.source)

    def failed(self, error: AttemptError, part: str = "up") -> Evidence:
        """What a look without an answer is evidence of: down, or a Gap."""
        return self._attempt.failed(error, part)


class _Line:
    """A second descriptor of a connection, by which it is shut down."""

    def __init__(self, fileno: int) -> None:
        self._socket = socket.socket(fileno=os.dup(fileno))

    def cut(self) -> None:
        """Shut it down in both directions: whoever waits for it is woken."""
        with suppress(OSError):  # the other side was faster
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give the second descriptor back."""
        self._socket.close()
