"""Waiting until services are ready: each until its own deadline, with an engine that may be busy for a while."""

import pytest

from checks.engine import waiting
from checks.engine.asking import EngineError
from checks.engine.choosing import Choice
from checks.engine.glance import Box, Glance, ServiceProbe
from checks.engine.waiting import wait_for_services
from checks.evidence import Gap
from tests.checks.engine.test_facts import document

WEB, DB = (ServiceProbe(name, Choice(project="shop", service=name)) for name in ("web", "db"))


@pytest.fixture
def engine(monkeypatch):
    """What the engine says, look by look; the last thing it says again and again."""
    said = []

    def glance(probes, engine, seconds, *, closely=False):
        answer = said.pop(0) if len(said) > 1 else said[0]
        if isinstance(answer, Exception):
            raise answer
        boxes = {probe.name: (Box(document(), None),) * answer[probe.name] for probe in probes}
        return Glance(1_795_255_260.0, boxes)

    monkeypatch.setattr(waiting, "glance", glance)
    return said


def runs(name, seen):
    """Ready where one container runs."""
    count = next(e.value for e in seen if e.subject == f"{name}.replicas")
    return "" if count else "none runs"


def wait(seconds, said=None, **options):
    notes = said if said is not None else []
    return wait_for_services(seconds, "", runs, **{"every": 0.01, "say": notes.append} | options)


def test_nothing_to_wait_for(engine):
    """No service, no look."""
    assert wait({}) == {}


@pytest.mark.parametrize(("seconds", "every"), [(0, 1), (-1, 1), (1, 0)])
def test_a_wait_has_a_length(seconds, every):
    """Neither none nor a look without a pause."""
    with pytest.raises(ValueError, match="more than 0 s"):
        wait({WEB: seconds}, every=every)


def test_ready_at_the_first_look(engine):
    """There is nothing to say then."""
    engine.append({"web": 1})
    said = []
    found = wait({WEB: 5.0}, said)["web"]
    assert (found.subject, found.value, found.attempts, said) == ("web.ready", True, 1, [])


def test_ready_after_some_looks(engine):
    """It is said what is waited for; how often was looked is in the evidence."""
    engine.extend([{"web": 0}, {"web": 0}, {"web": 1}])
    said = []
    found = wait({WEB: 5.0}, said)["web"]
    assert (found.value, found.attempts, len(said)) == (True, 3, 2)
    assert said[0] == "waiting for containers for 0 s: web: none runs"


def test_never_ready(engine):
    """The last reason is told, with the deadline and the number of looks; the last look is at the deadline."""
    engine.append({"web": 0})
    found = wait({WEB: 0.2}, every=10.0)["web"]
    assert found.value is False
    assert found.detail == "not ready after 200 ms and 2 looks: none runs"


def test_each_has_its_own_deadline(engine):
    """One that is late does not end the wait for another."""
    engine.extend([{"web": 0, "db": 0}] * 10 + [{"web": 0, "db": 1}])
    found = wait({WEB: 0.05, DB: 20.0})
    assert (found["web"].value, found["db"].value) == (False, True)


def test_a_busy_engine_is_forgiven(engine):
    """Two failures in a row are none, while a deployment is going on."""
    engine.extend([EngineError("busy", ""), EngineError("busy", ""), {"web": 1}])
    assert wait({WEB: 5.0})["web"].value is True


def test_an_engine_that_stays_away_is_a_gap(engine):
    """Three failures in a row; with its remedy."""
    engine.append(EngineError("there is no engine", "start it"))
    found = wait({WEB: 5.0})["web"]
    assert isinstance(found, Gap)
    assert (found.subject, found.reason, found.remedy, found.attempts) == (
        "web.ready",
        "there is no engine",
        "start it",
        3,
    )


def test_an_engine_that_fails_at_the_deadline_is_a_gap(engine):
    """Nobody knows whether it was ready then."""
    engine.append(EngineError("busy", ""))
    found = wait({WEB: 0.05}, every=10.0)["web"]
    assert isinstance(found, Gap)


def test_a_document_of_another_shape_is_not_ready(engine, monkeypatch):
    """It is told as what it is."""
    broken = Glance(0.0, {"web": (Box({"Name": "/web-1", "State": {"Status": "running"}}, None),)})
    monkeypatch.setattr(waiting, "glance", lambda *_, **__: broken)

    def why(name, seen):
        return next((e.reason for e in seen if isinstance(e, Gap)), "")

    found = wait_for_services({WEB: 0.05}, "", why, every=0.02)["web"]
    assert "the engine's answer can't be read: KeyError" in found.detail
