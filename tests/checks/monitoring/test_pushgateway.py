"""What a Pushgateway shows of jobs that push. No Debian package has one; its page is served as it writes it."""

import time

import pytest

from checks.evidence import Gap, Reading
from checks.monitoring.pushgateway import PushProbe, look_at_pushgateway
from checks.monitoring.server import Server

PAGE = """# HELP push_failure_time_seconds Last Unix time when changing this group in the Pushgateway failed.
# TYPE push_failure_time_seconds gauge
push_failure_time_seconds{{instance="",job="backup"}} {failed}
# HELP push_time_seconds Last Unix time when changing this group in the Pushgateway succeeded.
# TYPE push_time_seconds gauge
push_time_seconds{{instance="",job="backup"}} {pushed}
push_time_seconds{{instance="b",job="backup"}} {other}
push_time_seconds{{instance="",job="report"}} NaN
"""


def look(server, job="backup"):
    found = look_at_pushgateway(server, [PushProbe("p", job)])["p"]
    return {one.subject.removeprefix("p."): one for one in found}


def page(**given):
    now = time.time()
    return PAGE.format(**{"failed": 0, "pushed": now - 60, "other": now - 30, **given}).encode()


def test_a_fresh_push(serve):
    """The oldest of a job's groups counts."""
    found = look(serve({"/metrics": page()}))
    assert found["age"].value == pytest.approx(60, abs=5)
    assert "the oldest of 2 groups" in found["age"].detail
    assert found["push_failed"].value is False


def test_an_old_push(serve):
    """However fresh the others are."""
    found = look(serve({"/metrics": page(other=f"{time.time() - 90000:.3f}")}))
    assert found["age"].value == pytest.approx(90000, abs=5)
    assert "instance=b" in found["age"].detail


def test_a_push_that_was_refused(serve):
    """After the last one that was taken."""
    found = look(serve({"/metrics": page(failed=time.time() - 5)}))
    assert found["push_failed"].value is True
    assert "a push was refused" in found["push_failed"].detail


def test_a_job_that_never_pushed(serve):
    """It was looked for, and is not there."""
    found = look(serve({"/metrics": page()}), "clean-up")
    assert isinstance(found["age"], Reading)
    assert found["age"].absent
    assert "there are the jobs backup, report" in found["age"].detail


def test_a_time_that_is_none(serve):
    """NaN is no time."""
    assert isinstance(look(serve({"/metrics": page()}), "report")["age"], Gap)


def test_a_clock_that_is_ahead(serve):
    """Nothing is younger than now."""
    later = time.time() + 1000
    found = look(serve({"/metrics": page(pushed=later, other=later)}))
    assert found["age"].value == 0
    assert "ahead of this machine's" in found["age"].detail


def test_one_that_is_down(dead_port, serve):
    """Or that shows another page."""
    server = Server("Pushgateway", f"http://127.0.0.1:{dead_port}", timeout=2)
    assert (look(server)["up"].value, look(server)["up"].detail) == (False, "connection refused")
    assert look(serve({"/metrics": b"<html>\n"}))["up"].value is False
