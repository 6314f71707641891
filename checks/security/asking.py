"""Asks for one answer as a whole, with everything that the security checks read of it."""

import asyncio
import time as clock
from dataclasses import dataclass, field
from typing import Final

from checks.attempt import Attempt
from checks.connect import Names
from checks.failures import Down, Unmeasured, from_os_error
from checks.http import Fetched, Pool, fetch, pool_key
from checks.places import source_of
from checks.probes import HttpProbe
from checks.response import Response

_LONGEST_PAUSE: Final = 60.0
#: Connections that are kept for the next request.
_KEPT: Final = 16


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer, and the attempt that makes evidence of it."""

    attempt: Attempt
    fetched: Fetched

    @property
    def response(self) -> Response:
        """The last answer."""
        return self.fetched.response


@dataclass(slots=True)
class Asker:
    """The names and the connections of one look."""

    names: Names
    pool: Pool = field(init=False)

    def __post_init__(self) -> None:
        self.pool = Pool(self.names)

    async def ask(self, request: HttpProbe, *, once: bool = False) -> Heard:
        """The answer to a request, which is tried as often as it says, or only once. Raises AttemptError."""
        self.pool.expected[pool_key(request)] = _KEPT
        began = clock.monotonic()
        last = 1 if once else request.attempts
        for number in range(1, last + 1):
            attempt = Attempt(request.name, source_of(request), number, began)
            try:
                return Heard(attempt, await self._fetch(request, attempt))
            except Down:
                if number == last:
                    raise
            except Unmeasured as error:
                if number == last or not error.again:
                    raise
            await asyncio.sleep(min(request.pause * 2.0 ** (number - 1), _LONGEST_PAUSE))
        raise AssertionError("a request is asked at least once")

    async def _fetch(self, request: HttpProbe, attempt: Attempt) -> Fetched:
        try:
            async with asyncio.timeout(request.timeout):
                return await fetch(request, attempt, self.pool)
        except TimeoutError as error:
            raise (from_os_error(error) if error.errno else attempt.timed_out(request.timeout)) from None
        except OSError as error:
            raise from_os_error(error) from None
