"""TCP probes."""

from checks.evidence import Gap
from checks.probes import TcpProbe


def test_a_port_that_nothing_listens_on_is_down(see, dead_port):
    """Refused is a reading."""
    seen = see(TcpProbe("db", "127.0.0.1", dead_port))
    assert list(seen) == ["up"]
    assert seen["up"].detail == "connection refused"


def test_a_port_that_accepts_is_up_with_its_time(see, servers):
    """The twin: somebody listens."""
    seen = see(TcpProbe("db", "127.0.0.1", servers.http().port))
    assert seen["up"].value is True
    assert seen["response_time"].value > 0
    assert seen["up"].source.startswith("tcp://127.0.0.1:")


def test_every_address_of_a_name_is_tried(see, servers, monkeypatch):
    """The first one refuses, the second one answers: the name is up."""
    import socket

    infos = [(socket.AF_INET, 1, 6, "", (host, 0)) for host in ("127.0.0.9", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: infos)
    assert see(TcpProbe("db", "db.internal", servers.http().port))["up"].value is True
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: infos[:1])
    assert see(TcpProbe("db", "db.internal", servers.http().port))["up"].value is False


def test_a_name_that_does_not_exist_is_down_and_a_silent_resolver_is_a_gap(see, monkeypatch):
    """The resolver's answer is evidence, its silence is none."""
    import socket

    def fail(code):
        def look_up(*_, **__):
            raise socket.gaierror(code, "words")

        return look_up

    monkeypatch.setattr(socket, "getaddrinfo", fail(socket.EAI_NONAME))
    assert see(TcpProbe("db", "no.such.name", 5432))["up"].detail == "its name does not resolve"
    monkeypatch.setattr(socket, "getaddrinfo", fail(socket.EAI_AGAIN))
    assert isinstance(see(TcpProbe("db", "no.such.name", 5432))["up"], Gap)


def test_a_resolver_that_hangs_is_a_gap_after_the_timeout(see, monkeypatch):
    """And it holds nobody up at the end."""
    import socket
    import time

    def hang(*_, **__):
        time.sleep(3)
        raise socket.gaierror(socket.EAI_AGAIN, "too late")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    began = time.monotonic()
    evidence = see(TcpProbe("db", "slow.name", 5432, timeout=0.2))["up"]
    assert evidence.reason == "the resolver did not answer within 200 ms"
    assert time.monotonic() - began < 2.5
