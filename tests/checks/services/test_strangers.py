"""What answers at the address is not the service: each client ends in time, and in words without a traceback."""

import socket
import threading
import time
from contextlib import contextmanager, suppress

import pytest

from checks.evidence import Gap
from checks.secrets import Secret
from checks.services import mysql_probe, postgresql_probe, redis_probe
from checks.services.url import parse_service_url

HTTP = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"


def _probe(kind, host, port, **more):
    module, probe, scheme = {
        "postgresql": (postgresql_probe, postgresql_probe.PostgresqlProbe, "postgresql"),
        "mysql": (mysql_probe, mysql_probe.MysqlProbe, "mysql"),
        "redis": (redis_probe, redis_probe.RedisProbe, "redis"),
    }[kind]
    url = parse_service_url(f"{scheme}://me@{host}:{port}/0", module.PORTS)
    return probe(name="s", url=url, password=Secret("the-password"), **{"timeout": 1.0, **more})


@contextmanager
def _server(behave):
    """Something that listens, and behaves like this with each connection."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        ended = threading.Event()

        def serve():
            while not ended.is_set():
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                threading.Thread(target=run, args=(connection,), daemon=True).start()

        def run(connection):
            with connection:
                try:
                    behave(connection, ended)
                except OSError:
                    return  # the client was faster

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        ended.set()
        with socket.socket() as last:
            last.connect(listening.getsockname())
        thread.join(5)


def _hang_up(connection, ended):
    connection.recv(1)


def _answer_as_a_web_server(connection, ended):
    connection.settimeout(0.2)
    with suppress(TimeoutError):
        connection.recv(1000)
    connection.sendall(HTTP)


def _drip(connection, ended):
    """A byte now and then: no read of a client ever waits for long, and no answer is ever whole."""
    while not ended.wait(0.05):
        connection.sendall(b"\x01")


def _zeros(connection, ended):
    connection.sendall(b"\0" * 4000)
    connection.recv(1000)


@pytest.mark.parametrize("kind", ["postgresql", "mysql", "redis"])
@pytest.mark.parametrize("behave", [_hang_up, _answer_as_a_web_server, _drip, _zeros])
def test_a_stranger_is_down(look, kind, behave):
    """In a second or two, with the password in no word of it."""
    with _server(behave) as port:
        began = time.monotonic()
        found = look(_probe(kind, "127.0.0.1", port))
        assert time.monotonic() - began < 8
    (up,) = found.values()
    assert not isinstance(up, Gap), up.reason
    assert up.value is False
    assert up.detail
    assert "the-password" not in repr(up)


@pytest.mark.parametrize("kind", ["postgresql", "mysql", "redis"])
def test_a_name_that_does_not_exist_is_the_services_fault(look, kind, monkeypatch):
    """Whoever wrote it into the file, and whoever took it out of the zone."""

    def nowhere(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr("checks.services.knock.socket.getaddrinfo", nowhere)
    (up,) = look(_probe(kind, "nothing.invalid", 1)).values()
    assert (up.value, up.detail) == (False, "its name does not resolve")


@pytest.mark.parametrize("kind", ["postgresql", "mysql", "redis"])
def test_a_silent_resolver_is_ours(look, kind, monkeypatch):
    """It is no silence of the service, which was never asked."""
    release = threading.Event()
    monkeypatch.setattr("checks.services.knock.socket.getaddrinfo", lambda *_, **__: release.wait(30) and [])
    (up,) = look(_probe(kind, "db.example.com", 1, timeout=0.5)).values()
    release.set()
    assert isinstance(up, Gap)
    assert up.reason == "the resolver did not answer within 500 ms"
