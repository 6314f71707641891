"""A rate limit, met by a bounded burst."""

import itertools
import math
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from checks.evidence import Gap
from checks.probes import HttpProbe
from checks.security.look import look_at_security
from checks.security.probes import MAX_BURST, MAX_BURST_SECONDS, BurstProbe, PageProbe


@pytest.fixture
def limited(servers, answer):
    """A server that answers so often, and refuses then."""

    def start(allowed, status=429, headers=(), good=200, **options):
        count = itertools.count(1)

        def talk(asked):
            return answer(good) if next(count) <= allowed else answer(status, headers)

        return servers.http(talk, **options)

    return start


def burst(seen, served, requests=20, within=5.0, concurrency=1, **options):
    """The evidence of a burst, without `rate_limit.` in front."""
    probe = BurstProbe(HttpProbe("api", served.url, **options), requests, within, concurrency)
    return {part.removeprefix("rate_limit."): e for part, e in seen(probe).items()}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"requests": 0}, "1 to 500 requests"),
        ({"requests": MAX_BURST + 1}, "1 to 500 requests"),
        ({"within": 0}, "at most 60 s"),
        ({"within": MAX_BURST_SECONDS + 0.1}, "at most 60 s"),
        ({"within": math.nan}, "at most 60 s"),
        ({"concurrency": 17}, "1 to 16 requests"),
    ],
)
def test_a_burst_has_hard_bounds(options, words):
    """Nobody configures a load test by mistake."""
    with pytest.raises(ValueError, match=words):
        BurstProbe(HttpProbe("api", "http://127.0.0.1/"), **options)


def test_a_dead_target_limits_nothing(seen, dead_port):
    """A refused connection is no rate limit."""
    found = seen(BurstProbe(HttpProbe("api", f"http://127.0.0.1:{dead_port}")))
    assert list(found) == ["up"]
    assert found["up"].value is False


def test_a_limit_is_met(seen, limited):
    """The burst stops at the first refusal, and says after how many answers it came."""
    served = limited(7, headers=[("Retry-After", "30"), ("RateLimit-Limit", "7"), ("X-RateLimit-Reset", "1")])
    found = burst(seen, served)
    assert found["refused"].value is True
    assert found["answered_before"].value == 7
    assert found["status"].value == 429
    assert (found["retry_after"].value, found["retry_after"].unit) == (30, "s")
    assert found["headers"].value == "ratelimit-limit, x-ratelimit-reset"
    assert len(served.asked) == 8
    assert found["refused"].samples == 8


def test_no_limit_is_seen(seen, limited):
    """The twin: every request of the burst is answered, and no more than were asked for are sent."""
    served = limited(10**6)
    found = burst(seen, served)
    assert found["refused"].value is False
    assert (found["answered_before"].value, found["refused"].samples) == (20, 20)
    assert found["headers"].absent
    assert len(served.asked) == 20


def test_a_limit_of_a_thousand_is_not_met_by_twenty(seen, limited):
    """What was sent is said, so that nobody takes it for more."""
    assert "20 of 20 requests answered: 20 x 200" in burst(seen, limited(1000))["refused"].detail


def test_503_is_a_refusal_that_is_told_apart(seen, limited):
    """nginx limits with 503 unless it is told otherwise."""
    found = burst(seen, limited(3, status=503))
    assert (found["refused"].value, found["status"].value) == (True, 503)
    assert found["retry_after"].absent


def test_errors_are_not_refusals(seen, limited):
    """A service that answers 500 to everything limits nothing."""
    found = burst(seen, limited(10**6, good=500))
    assert found["refused"].value is False
    assert "20 x 500" in found["refused"].detail


def test_a_refused_first_request_is_told(seen, limited):
    """Somebody else has used the limit up, or nobody gets through: which of them can't be told from here."""
    found = burst(seen, limited(0))
    assert found["refused"].value is True
    assert isinstance(found["answered_before"], Gap)
    assert "somebody else used the limit up, or it lets nobody through" in found["answered_before"].reason
    assert burst(seen, limited(1))["answered_before"].value == 1


def test_several_at_the_same_time_stop_too(seen, limited):
    """At most as many requests as run at the same time are sent after the refusal."""
    served = limited(10)
    found = burst(seen, served, requests=200, concurrency=8)
    assert found["answered_before"].value == 10
    assert len(served.asked) <= 11 + 8


def test_a_burst_that_does_not_fit_its_time_is_a_gap(seen, limited):
    """Twelve requests in two seconds prove nothing about a limit of fifty."""
    found = burst(seen, limited(10**6, delay=0.1), requests=50, within=0.5)
    assert isinstance(found["refused"], Gap)
    assert isinstance(found["answered_before"], Gap)
    assert "of 50 requests were answered within 500 ms" in found["refused"].reason
    assert found["refused"].remedy


def test_a_burst_that_breaks_off_is_a_gap(seen, servers, answer):
    """A reset connection is neither an answer nor a refusal."""

    async def talk(asked, writer):
        if len(served.asked) > 5:
            writer.transport.abort()
        else:
            writer.write(answer(200))

    served = servers.http(talk)
    found = burst(seen, served)
    assert found["up"].value is True
    assert isinstance(found["refused"], Gap)
    assert "broken off" in found["refused"].reason


def test_retry_after_may_be_a_date(seen, limited):
    """A date is turned into seconds, one that has passed into none, and nonsense into nothing."""
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    assert 90 < burst(seen, limited(1, headers=[("Retry-After", later)]))["retry_after"].value <= 100
    assert burst(seen, limited(1, headers=[("Retry-After", "Thu, 01 Jan 1970 00:00:00 GMT")]))["retry_after"].value == 0
    assert burst(seen, limited(1, headers=[("Retry-After", "soon")]))["retry_after"].absent


def test_bursts_come_last(servers, answer):
    """What a burst provokes must not be taken for an answer to another look."""
    served = servers.http(lambda asked: answer(200))
    request = HttpProbe("burst", f"{served.url}/burst")
    found = look_at_security([BurstProbe(request, 5), PageProbe(HttpProbe("page", f"{served.url}/page"))])
    assert list(found) == ["burst", "page"]
    assert [asked.line.split()[1] for asked in served.asked] == ["/page"] + ["/burst"] * 5
