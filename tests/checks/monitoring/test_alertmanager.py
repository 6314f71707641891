"""A real Alertmanager: ready or not, and a probe alert that goes its way, or doesn't."""

import json
import signal

import pytest

from checks.evidence import Gap, Reading
from checks.monitoring.alertmanager import AlertmanagerProbe, look_at_alertmanager
from checks.monitoring.server import Server
from tests.checks.monitoring.conftest import ALERTMANAGER, alertmanager


def look(server, **given):
    found = look_at_alertmanager(AlertmanagerProbe("am", server, **given))
    return {one.subject.removeprefix("am."): one for one in found}


def test_one_that_is_down(dead_port):
    """It is what is looked at: a reading."""
    found = look(Server("Alertmanager", f"http://127.0.0.1:{dead_port}", timeout=2), allow_probe=True)
    assert list(found) == ["ready"]
    assert isinstance(found["ready"], Reading)
    assert (found["ready"].value, found["ready"].detail) == (False, "connection refused")


def test_nothing_is_sent_that_nobody_allows(serve):
    """Without leave, only its readiness is looked at."""
    server = serve({"/-/ready": b"OK"})
    assert list(look(server)) == ["ready"]


def test_a_probe_that_arrives(manager, box):
    """Accepted, active, routed to the receiver, and there; then it is ended."""
    server = Server("Alertmanager", manager.url)
    found = look(
        server,
        allow_probe=True,
        labels=(("severity", "critical"),),
        receiver="oncall",
        arrived=Server("the mailbox", box.url),
        deadline=15,
    )
    assert {part: one.value for part, one in found.items() if one.unit == "bool"} == {
        "ready": True,
        "accepted": True,
        "active": True,
        "routed": True,
        "arrived": True,
    }
    assert found["receivers"].value == "oncall"
    assert 0 < found["arrival_time"].value < 15
    shown = json.loads(manager.get('/api/v2/alerts?filter=alertname%3D"TidegateProbe"'))
    assert shown == []


def test_a_probe_that_goes_to_somebody_else(manager, box):
    """The twin, with another label: the route leads elsewhere, and nothing arrives."""
    server = Server("Alertmanager", manager.url)
    place = Server("the mailbox", box.url)
    labels = (("severity", "warning"),)
    found = look(server, allow_probe=True, labels=labels, receiver="oncall", arrived=place, deadline=1.5)
    assert found["active"].value is True
    assert (found["routed"].value, found["routed"].detail) == (False, "it goes to nobody, and not to oncall")
    assert (found["arrived"].value, found["arrived"].detail) == (False, "it did not arrive within 1.5 s")


def test_a_probe_that_is_inhibited(manager):
    """It is taken, and nobody is told."""
    server = Server("Alertmanager", manager.url)
    document = [{"labels": {"alertname": "Maintenance"}, "annotations": {}}]
    assert server.post_json("/api/v2/alerts", document).status == 200
    found = look(server, allow_probe=True, labels=(("severity", "muted"),), deadline=3)
    assert found["active"].value is False
    assert "it is suppressed (by" in found["active"].detail


def test_a_place_that_can_not_be_asked(manager, dead_port):
    """Where we look for what arrived is not what is judged: a Gap."""
    server = Server("Alertmanager", manager.url)
    place = Server("the mailbox", f"http://127.0.0.1:{dead_port}", timeout=2)
    found = look(server, allow_probe=True, labels=(("severity", "critical"),), arrived=place, deadline=1)
    assert isinstance(found["arrived"], Gap)


def test_one_that_is_paused(tmp_path, box):
    """It accepts connections, and answers nothing; the same one answers when it goes on."""
    with alertmanager(tmp_path, ALERTMANAGER.format(url=box.url)) as started:
        started.signal(signal.SIGSTOP)
        found = look(Server("Alertmanager", started.url, timeout=1))
        assert (found["ready"].value, found["ready"].detail) == (False, "no answer within 1 s")
        started.signal(signal.SIGCONT)
        assert look(Server("Alertmanager", started.url))["ready"].value is True


@pytest.mark.parametrize(
    ("answers", "part", "words"),
    [
        ({"/-/ready": (503, b"")}, "ready", "status 503"),
        ({"/-/ready": b"OK", "/api/v2/alerts": (400, b"bad labels")}, "accepted", "bad labels"),
        ({"/-/ready": b"OK", "/api/v2/alerts": b"<html>"}, "active", "a page of HTML"),
        ({"/-/ready": b"OK", "/api/v2/alerts": b"[]"}, "active", "does not show it"),
        ({"/-/ready": b"OK", "/api/v2/alerts": b"{}"}, "active", "no list of alerts"),
        ({"/-/ready": b"OK", "/api/v2/alerts": b"[1]"}, "active", "no list of alerts"),
    ],
)
def test_one_that_answers_nonsense(serve, answers, part, words):
    """It is said at the step that failed."""
    found = look(serve(answers), allow_probe=True, deadline=0.3)
    assert found[part].value is False
    assert words in found[part].detail
