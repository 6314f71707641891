"""Waiting for a target that starts slowly, or never."""

import time

import pytest

from checks.evidence import Gap
from checks.probes import HttpProbe, TcpProbe
from checks.readiness import wait_until_ready


def status_200(evidence):
    """Nothing when ready, else the last error."""
    for e in evidence:
        if isinstance(e, Gap):
            return e.reason
        if e.subject.endswith(".up") and not e.value:
            return e.detail
        if e.subject.endswith(".status") and e.value != 200:
            return f"status {e.value}"
    return ""


@pytest.mark.parametrize(("deadline", "interval"), [(0, 1), (1, 0), (float("nan"), 1)])
def test_a_deadline_that_is_none_is_refused(deadline, interval):
    """It would never end, or never begin."""
    with pytest.raises(ValueError, match="more than 0"):
        wait_until_ready(TcpProbe("r", "127.0.0.1", 1), status_200, deadline=deadline, interval=interval)


def test_a_target_that_never_starts_is_not_ready_and_says_why(dead_port):
    """The last error is kept, with the attempts and the time."""
    told = []
    evidence = wait_until_ready(
        TcpProbe("ready", "127.0.0.1", dead_port),
        status_200,
        deadline=0.6,
        interval=0.1,
        on_attempt=lambda number, why: told.append((number, why)),
    )
    assert evidence.subject == "target.ready"
    assert evidence.value is False
    assert evidence.detail == f"not ready after 600 ms and {evidence.attempts} attempts: connection refused"
    assert evidence.attempts > 2
    assert told == [(n, "connection refused") for n in range(1, evidence.attempts + 1)]
    assert evidence.took <= 1.5


def test_a_target_that_becomes_ready_is_ready(servers):
    """The twin: it answers 200 at the third time; the attempts are counted."""
    count = iter(range(100))

    def answer(asked):
        status = 200 if next(count) >= 2 else 503
        return b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % status

    probe = HttpProbe("ready", servers.http(answer).url + "/ready")
    evidence = wait_until_ready(probe, status_200, deadline=10, interval=0.05)
    assert evidence.value is True
    assert evidence.attempts == 3
    assert evidence.source.endswith("/ready")


def test_a_target_that_hangs_does_not_outlive_the_deadline(servers):
    """The last attempt gets no more time than is left."""
    began = time.monotonic()
    probe = HttpProbe("ready", servers.http(delay=60).url, timeout=30)
    evidence = wait_until_ready(probe, status_200, deadline=0.5, interval=0.1)
    assert evidence.value is False
    assert "no answer within" in evidence.detail
    assert time.monotonic() - began < 3


def test_where_our_own_side_could_not_look_it_is_a_gap(tmp_path):
    """A missing file of authorities says nothing about the target."""
    probe = HttpProbe("ready", "https://127.0.0.1:9/", ca_file=str(tmp_path / "none.pem"))
    evidence = wait_until_ready(probe, status_200, deadline=0.2, interval=0.1)
    assert isinstance(evidence, Gap)
    assert evidence.subject == "target.ready"
    assert "none.pem" in evidence.reason


def test_attempts_of_the_probe_do_not_multiply(servers):
    """Waiting is what readiness does; the probe is tried once each time."""
    served = servers.http(b"HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n")
    probe = HttpProbe("ready", served.url, attempts=50, pause=0)
    evidence = wait_until_ready(probe, status_200, deadline=0.3, interval=0.2)
    assert len(served.asked) == evidence.attempts < 10
