"""How late our own event loop is: what was timed while it stood still says nothing about the service."""

import asyncio
from dataclasses import dataclass, field
from typing import Final

#: Seconds between two looks. A stand-still is known to this precision.
_EVERY: Final = 0.005
#: Stand-stills shorter than this are the noise of every scheduler and not worth remembering.
_NOISE: Final = 0.02


@dataclass(slots=True)
class LagMonitor:
    """Looks at the clock every few milliseconds and remembers where the loop came too late."""

    seen: float = 0.0
    _stalls: list[tuple[float, float, float]] = field(default_factory=list)
    _last: float = 0.0
    _handle: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to look. Needs the running loop."""
        loop = asyncio.get_running_loop()
        self._last = loop.time()
        self._handle = loop.call_at(self._last + _EVERY, self._look)

    def stop(self) -> None:
        """Look a last time, so that a stand-still that has only just ended is known too."""
        if self._handle is not None:
            self._handle.cancel()
            self._note(asyncio.get_running_loop().time())

    def within(self, began: float, ended: float) -> float:
        """The longest lag, in seconds, between two times of the loop's clock."""
        return max((lag for start, end, lag in self._stalls if start < ended and end > began), default=0.0)

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._note(now)
        self._last = now
        self._handle = loop.call_at(now + _EVERY, self._look)

    def _note(self, now: float) -> None:
        lag = max(0.0, now - self._last - _EVERY)
        self.seen = max(self.seen, lag)
        if lag > _NOISE:
            self._stalls.append((self._last, now, lag))
