"""The rate limit on log-in: who fails too often has to wait. It bounds what it remembers."""

import time
from collections import OrderedDict
from collections.abc import Callable

#: Failed log-ins that one user name has before the next one is refused, and how many it gets back in a second.
ALLOWED = 10
BACK_PER_SECOND = 1.0
#: User names that are remembered; of more, the one that failed longest ago is forgotten.
REMEMBERED = 1000


class FailedLogins:
    """Counts failed log-ins by user name, as a leaky bucket. `clock`: monotonic seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failed: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, user: str) -> float:
        """Seconds until this user may try again; 0.0 where it may now."""
        return max(self._level(user) - ALLOWED + 1, 0.0) / BACK_PER_SECOND

    def add(self, user: str) -> None:
        """One more log-in failed."""
        self._failed[user] = (self._level(user) + 1, self._clock())
        self._failed.move_to_end(user)
        if len(self._failed) > REMEMBERED:
            self._failed.popitem(last=False)

    def _level(self, user: str) -> float:
        level, then = self._failed.get(user, (0.0, 0.0))
        return max(level - (self._clock() - then) * BACK_PER_SECOND, 0.0)
