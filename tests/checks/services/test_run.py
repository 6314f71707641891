"""The seam: every look ends in its time and in evidence, and silence is blamed on who was silent."""

import builtins
import contextlib
import socket
import threading
import time
import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import pytest

from checks.evidence import Evidence, Gap, Reading
from checks.failures import Down, Unmeasured
from checks.services import kinds, run
from checks.services.run import look_at_services
from checks.services.seam import ServiceProbe, Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe(ServiceProbe):
    KIND: ClassVar[str] = "story"

    @property
    def source(self) -> str:
        return "story"


@pytest.fixture
def tell(monkeypatch):
    """Look by this function, which is the checker; the evidence by its part."""

    def by(checker, **probe):
        kind = types.SimpleNamespace(checker=lambda: checker)
        monkeypatch.setattr(run, "KINDS", {"story": kind})
        found = look_at_services([Probe(name="s", **{"timeout": 0.5, **probe})])["s"]
        return {evidence.subject.removeprefix("s."): evidence for evidence in found}

    return by


def test_no_probe_is_no_evidence():
    """Nothing is asked, and nothing is made up."""
    assert look_at_services([]) == {}


def test_a_look_that_says_nothing_is_a_gap(tell):
    """Silence of a checker is no health."""
    assert tell(lambda *_: iter(()))["up"].reason == "the look said nothing of it"
    only = tell(lambda _, visit: iter([visit.reading("version", "1", "text")]))
    assert isinstance(only["up"], Gap)


def test_two_services_of_one_name_are_refused():
    """Evidence is kept by name."""
    with pytest.raises(ValueError, match="two services have the name 's'"):
        look_at_services([Probe(name="s"), Probe(name="s")])


def test_an_unknown_kind_is_a_gap(monkeypatch):
    """A probe without a checker was not looked at."""
    monkeypatch.setattr(run, "KINDS", {})
    (gap,) = look_at_services([Probe(name="s")])["s"]
    assert gap.reason == "no checker is known for the kind 'story'"


@pytest.mark.parametrize("kind", [kind for kind, known in kinds.KINDS.items() if known.library])
def test_a_client_that_is_not_installed_is_a_gap_that_says_how(kind, monkeypatch):
    """Nobody sees a traceback of an import."""
    found = kinds.KINDS[kind]
    real = builtins.__import__

    def lacking(name, *rest):
        if name.partition(".")[0] == found.library:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return real(name, *rest)

    monkeypatch.setattr(kinds, "import_module", lacking)
    with pytest.raises(Unmeasured) as caught:
        found.checker()
    assert caught.value.words == f"the Python package {found.package} is not installed"
    assert caught.value.remedy == "install the extra: pip install 'tidegate[services]'"


def test_a_client_that_is_broken_is_not_called_missing(monkeypatch):
    """A library without its own library can't be cured by installing the extra: the words say what is wrong."""

    def broken(name):
        raise ImportError("libpq.so.5: cannot open shared object file")

    monkeypatch.setattr(kinds, "import_module", broken)
    with pytest.raises(Unmeasured, match="can't be imported: libpq"):
        kinds.KINDS["postgresql"].checker()


@pytest.mark.parametrize("kind", kinds.KINDS)
def test_every_kind_has_a_checker(kind):
    """Under its own name, in its own file."""
    assert kinds.KINDS[kind].checker().__name__ == "look"


def test_down_before_anything_is_the_one_reading(tell):
    """In the words that were raised."""

    def look(probe, visit):
        raise Down("connection refused")
        yield

    (up,) = tell(look).values()
    assert (up.value, up.detail, up.source) == (False, "connection refused", "story")


def test_down_in_the_middle_keeps_what_was_read(tell):
    """And takes back that it was up."""

    def look(probe, visit):
        yield visit.reading("up", True, "bool")
        yield visit.reading("version", "1", "text")
        raise Down("it hung up")

    found = tell(look)
    assert found["up"].detail == "it answered at first; then: it hung up"
    assert found["version"].value == "1"


def test_our_own_fault_in_the_middle_leaves_the_rest_unknown(tell):
    """It is up; why the others are missing is said."""

    def look(probe, visit):
        yield visit.reading("up", True, "bool")
        raise Unmeasured("no free socket", "raise ulimit -n")

    found = tell(look)
    assert found["up"].value is True
    assert (found["rest"].reason, found["rest"].remedy) == ("no free socket", "raise ulimit -n")


def test_a_checker_that_breaks_is_a_gap_without_a_traceback(tell):
    """With the kind of error, and one line of its words."""

    def look(probe, visit):
        raise KeyError("first\nsecond")
        yield

    (gap,) = tell(look).values()
    assert gap.reason == r"the look broke off: KeyError: 'first\nsecond'"


def test_a_service_that_never_answers_is_left_behind(tell):
    """A client without any time limit can't hold the run: the service owed the answer."""
    release = threading.Event()

    def look(probe, visit):
        yield visit.reading("up", True, "bool")
        with visit.asking("a query"):
            release.wait(30)
        yield visit.reading("late", 1)

    began = time.monotonic()
    found = tell(look)
    release.set()
    assert time.monotonic() - began < 10
    assert found.keys() == {"up"}
    assert found["up"].detail == "it answered at first; then: no answer within 500 ms to a query"


def test_our_own_slowness_is_a_gap(tell):
    """Where nothing was asked, nobody was silent."""
    release = threading.Event()

    def look(probe, visit):
        release.wait(30)
        yield visit.reading("up", True, "bool")

    found = tell(look)
    release.set()
    assert found["up"].reason == "the look itself was not done within 500 ms"


def test_many_slow_answers_are_the_services(tell):
    """Where the time ends between two questions, it counts who took it."""

    def look(probe, visit):
        for number in range(100):
            visit.left()
            with visit.asking("a query"):
                time.sleep(0.05)
            yield visit.reading("up" if number == 0 else f"part{number}", True, "bool")

    assert "its answers took too long" in tell(look)["up"].detail or "no answer" in tell(look)["up"].detail


def test_a_connection_is_shut_down_when_the_time_is_over(tell):
    """So a client that waits for bytes wakes up, and its words about that are not the service's."""
    ours, theirs = socket.socketpair()
    woken = threading.Event()

    def look(probe, visit):
        with ours, visit.cutting(ours.fileno()), visit.asking("a query"):
            ours.recv(1)
            woken.set()
            raise OSError("connection closed unexpectedly")
        yield

    with theirs:
        found = tell(look)
    assert woken.is_set()
    assert found["up"].detail == "no answer within 500 ms to a query"


def test_a_clients_own_timer_may_be_earlier(tell):
    """What it waited for is still what was not answered; an error long before the end is not."""

    ours, theirs = socket.socketpair()
    ours.settimeout(0.3)

    def early(probe, visit):
        try:
            with visit.asking("a query"):
                ours.recv(1)
        except TimeoutError:
            raise visit.timed_out() from None
        yield

    with ours, theirs:
        assert tell(early)["up"].detail == "no answer within 500 ms to a query"
    release = threading.Event()

    def refused(probe, visit):
        with contextlib.suppress(ValueError), visit.asking("a query"):
            raise ValueError("refused")
        release.wait(30)
        yield visit.reading("up", True, "bool")

    found = tell(refused)
    release.set()
    assert found["up"].reason == "the look itself was not done within 500 ms"


def test_a_descriptor_that_is_used_again_is_not_shut_down():
    """What is cut is the connection, and not whoever has its number now."""
    visit = Visit(Probe(name="s", timeout=5))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        with visit.cutting(ours.fileno()):
            pass
        visit.cut()
        theirs.send(b"x")
        assert ours.recv(1) == b"x"


def test_nothing_is_asked_after_the_end():
    """A look that was cut off finds no time left, and no connection to wait on."""
    visit = Visit(Probe(name="s", timeout=5))
    with visit.asking("a query"):
        visit.cut()
    with pytest.raises(Down, match="no answer within 5 s to a query"):
        visit.left()
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(Down), visit.cutting(ours.fileno()):
        pytest.fail("nothing is done inside")


def test_silence_while_this_machine_stood_still_says_nothing(tell, monkeypatch):
    """A laptop that slept, a container that was paused: the service may have answered at once."""
    real = time.monotonic
    shift = [0.0]
    monkeypatch.setattr(run.clock, "monotonic", lambda: real() + shift[0])

    def look(probe, visit):
        with visit.asking("a query"):
            shift[0] = 100.0
            time.sleep(1)
        raise Down("no answer")
        yield

    found = tell(look, timeout=20)
    assert found["up"].reason.startswith("this machine stood still during the look, so this says nothing: ")


def test_many_services_are_looked_at_at_the_same_time(monkeypatch):
    """Twelve looks of 0.3 s take far less than 3.6 s, and keep the order in which they were asked for."""

    def look(probe, visit) -> Iterator[Evidence]:
        time.sleep(0.3)
        yield visit.reading("up", True, "bool")

    monkeypatch.setattr(run, "KINDS", {"story": types.SimpleNamespace(checker=lambda: look)})
    names = [f"s{number}" for number in range(12)]
    began = time.monotonic()
    found = look_at_services([Probe(name=name) for name in names])
    assert time.monotonic() - began < 2.5
    assert list(found) == names


def test_an_interrupted_look_leaves_no_connection_open(monkeypatch):
    """Ctrl-C shuts down what is being waited for."""
    ours, theirs = socket.socketpair()

    def look(probe, visit):
        with ours, visit.cutting(ours.fileno()), visit.asking("a query"):
            ours.recv(1)
        yield visit.reading("up", True, "bool")

    class Interrupted(run.SimpleQueue):
        def get(self, timeout):
            time.sleep(0.2)
            raise KeyboardInterrupt

    monkeypatch.setattr(run, "KINDS", {"story": types.SimpleNamespace(checker=lambda: look)})
    monkeypatch.setattr(run, "SimpleQueue", Interrupted)
    with theirs:
        with pytest.raises(KeyboardInterrupt):
            look_at_services([Probe(name="s", timeout=60)])
        theirs.settimeout(5)
        assert theirs.recv(1) == b"", "the other side sees the end"
    until = time.monotonic() + 5
    while ours.fileno() != -1:
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.mark.parametrize("timeout", [0, -1, 601, float("nan"), float("inf")])
def test_a_timeout_that_is_none_is_refused(timeout):
    """When the probe is made, and not when it is too late."""
    with pytest.raises(ValueError, match="a timeout is more than 0 and at most 600 s"):
        Probe(name="s", timeout=timeout)


@pytest.mark.parametrize("value", [None, float("nan"), float("inf")])
def test_no_number_is_a_gap(value):
    """Whatever the unit."""
    visit = Visit(Probe(name="s"))
    assert isinstance(visit.number("part", value, "s"), Gap)
    assert isinstance(visit.number("part", 0.5, "ratio", samples=0), Gap)
    assert isinstance(visit.number("part", 0, "s"), Reading)
