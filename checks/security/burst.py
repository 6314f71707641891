"""Whether a rate limit is there: a bounded burst of requests that stops at the first refusal."""

import asyncio
import re
import time as clock
from collections import Counter
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from typing import Final

from checks.attempt import Attempt
from checks.evidence import Evidence
from checks.failures import AttemptError
from checks.places import source_of
from checks.response import Response
from checks.security.asking import Asker
from checks.security.header_values import shown
from checks.security.probes import MAX_BURST, MAX_BURST_SECONDS, BurstProbe
from checks.units import format_value

_REFUSALS: Final = (429, 503)
#: `RateLimit`, `RateLimit-Policy` (the draft of the IETF), `RateLimit-Limit`, `X-RateLimit-Limit` and their like.
_HEADERS: Final = re.compile(r"(?:x-)?rate-?limit(?:-[a-z-]+)?")


@dataclass(slots=True)
class _Burst:
    """What the requests of one burst share."""

    sent: int = 0
    answered: Counter[int] = field(default_factory=Counter)
    answered_before: int = 0
    refusal: Response | None = None
    headers: set[str] = field(default_factory=set)
    failure: AttemptError | None = None

    @property
    def over(self) -> bool:
        return self.refusal is not None or self.failure is not None


async def look_at_burst(probe: BurstProbe, asker: Asker) -> list[Evidence]:
    """`NAME.rate_limit.*`: whether it refused, after how many answers, and what it told the client.

    Raises AttemptError where the first request has no answer.
    """
    burst = _Burst()
    attempt = Attempt(probe.request.name, source_of(probe.request))
    loop = asyncio.get_running_loop()
    end = loop.time() + min(probe.within, MAX_BURST_SECONDS)
    most = min(probe.requests, MAX_BURST)

    async def send() -> None:
        while burst.sent < most and loop.time() < end and not burst.over:
            burst.sent += 1
            # An answer that the end of the burst cuts off is not waited for.
            timeout = min(probe.request.timeout, max(end - loop.time(), 0.001))
            request = replace(probe.request, follow_redirects=False, timeout=timeout)
            try:
                response = (await asker.ask(request, once=True)).response
            except AttemptError as error:
                if loop.time() < end:
                    burst.failure = burst.failure or error
                return
            _note(burst, response)

    await asyncio.gather(*(send() for _ in range(probe.concurrency)))
    if burst.failure and not burst.answered:
        raise burst.failure
    return _evidence(attempt, probe, burst, most)


def _note(burst: _Burst, response: Response) -> None:
    burst.answered[response.status] += 1
    burst.headers |= {name for name, _ in response.headers if _HEADERS.fullmatch(name)}
    if response.status not in _REFUSALS:
        burst.answered_before += 1
    elif burst.refusal is None:
        burst.refusal = response


def _evidence(attempt: Attempt, probe: BurstProbe, burst: _Burst, most: int) -> list[Evidence]:
    answered = sum(burst.answered.values())
    statuses = ", ".join(f"{count} x {status}" for status, count in sorted(burst.answered.items()))
    words = f"{answered} of {burst.sent} requests answered: {statuses}" if answered else "no request was answered"
    found: list[Evidence] = []
    if answered:
        found.append(attempt.reading("up", True, "bool"))
    names = ", ".join(sorted(burst.headers))
    if burst.refusal is not None:
        refused = replace(attempt.reading("rate_limit.refused", True, "bool", words), samples=answered)
        found += [
            refused,
            _answered_before(attempt, burst, words),
            attempt.reading("rate_limit.status", burst.refusal.status),
            _retry_after(attempt, burst.refusal),
        ]
    elif (why := _cut_short(burst, probe, answered, most)) is not None:
        remedy = "lower requests or raise within, so that the burst can be sent whole"
        found += [
            attempt.gap(f"rate_limit.{part}", f"{why}; {words}", remedy) for part in ("refused", "answered_before")
        ]
    else:
        refused = replace(attempt.reading("rate_limit.refused", False, "bool", words), samples=answered)
        found += [refused, attempt.reading("rate_limit.answered_before", burst.answered_before, "1", words)]
    if names:
        found.append(attempt.reading("rate_limit.headers", shown(names, 400), "text"))
    elif answered:
        found.append(attempt.absent("rate_limit.headers", "no answer had a RateLimit header"))
    return found


def _answered_before(attempt: Attempt, burst: _Burst, words: str) -> Evidence:
    """Refused from the first request on: a limit that others have used up looks like one that lets nobody through."""
    if burst.answered_before:
        return attempt.reading("rate_limit.answered_before", burst.answered_before, "1", words)
    reason = f"each request was refused: somebody else used the limit up, or it lets nobody through; {words}"
    return attempt.gap("rate_limit.answered_before", reason, "wait until the limit is free again, and run it again")


def _cut_short(burst: _Burst, probe: BurstProbe, answered: int, most: int) -> str | None:
    """Why a burst without a refusal proves nothing, or None for one that was sent and answered whole."""
    if burst.failure is not None:
        return f"the burst was broken off: {burst.failure.words}"
    if answered < most:
        return f"only {answered} of {most} requests were answered within {format_value(probe.within, 's')}"
    return None


def _retry_after(attempt: Attempt, refusal: Response) -> Evidence:
    """Seconds from Retry-After, which is a number of them or a date (RFC 9110, 10.2.3)."""
    part, text = "rate_limit.retry_after", (refusal.header("retry-after") or "").strip()
    if not text:
        return attempt.absent(part, "the refusal has no Retry-After")
    if re.fullmatch(r"[0-9]{1,12}", text):
        return attempt.reading(part, int(text), "s")
    try:
        when = parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError):
        return attempt.absent(part, f"Retry-After can't be read: {shown(text)}")
    return attempt.reading(part, round(max(when - clock.time(), 0.0), 3), "s", shown(text))
