"""Whatever keeps the engine from answering is an EngineError with words and a remedy, within the deadline."""

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time

import pytest

from checks.engine import asking
from checks.engine.asking import EngineError, ask
from tests import conftest


@pytest.fixture(autouse=True)
def sdk():
    conftest.load("docker")


@contextlib.contextmanager
def answering(*answers, pause=0.0):
    """An engine that sends these bytes, one after the other, to whoever connects."""
    stop = threading.Event()

    def serve(server):
        while not stop.is_set():
            with contextlib.suppress(OSError):
                connection, _ = server.accept()
                with connection:
                    connection.settimeout(5)
                    connection.recv(65536)
                    for answer in answers:
                        connection.sendall(answer)
                        stop.wait(pause)

    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        thread = threading.Thread(target=serve, args=(server,), daemon=True)
        thread.start()
        try:
            yield f"tcp://127.0.0.1:{server.getsockname()[1]}"
        finally:
            stop.set()
            thread.join(10)


def json_answer(body, status="200 OK"):
    head = ("Content-Type: application/json", f"Content-Length: {len(body)}", "Connection: close", "", body)
    return "\r\n".join((f"HTTP/1.1 {status}", *head)).encode()


def failed(engine, seconds=5.0, work=lambda client: client.info()):
    with pytest.raises(EngineError) as caught:
        ask(engine, seconds, work)
    return caught.value


def test_no_package_names_the_extra(monkeypatch):
    """Without the Docker SDK the remedy is the command that installs it."""

    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(asking, "import_module", missing)
    error = failed("unix:///none.sock")
    assert (error.words, error.remedy) == (
        "the Python package docker is not installed",
        "install the extra: pip install 'tidegate[docker]'",
    )


def test_no_socket(tmp_path):
    """A path without an engine is told as such."""
    error = failed(f"unix://{tmp_path}/none.sock")
    assert error.words == f"there is no engine at unix://{tmp_path}/none.sock"
    assert "DOCKER_HOST" in error.remedy


def test_a_socket_that_nobody_listens_at(tmp_path):
    """A dead engine leaves its socket behind."""
    path = tmp_path / "d.sock"
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(path))
    assert failed(f"unix://{path}").words == f"nothing listens at unix://{path}: connection refused"


@pytest.mark.skipif(os.geteuid() != 0, reason="root becomes somebody else")
def test_a_socket_of_somebody_else(tmp_path):
    """Permission denied names the group, not the engine."""
    program = """
import os, sys
sys.path[:] = eval(sys.argv[2])
from checks.engine.asking import EngineError, ask
import docker
os.setgid(65534); os.setuid(65534)
try:
    ask(sys.argv[1], 5, lambda client: client.info())
except EngineError as error:
    print(error.words, '|', error.remedy)
"""
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory(prefix="tg-") as folder, socket.socket(socket.AF_UNIX) as sock:
        Path(folder).chmod(0o755)
        path = f"{folder}/d.sock"
        sock.bind(path)
        sock.listen()
        Path(path).chmod(0o660)
        ran = subprocess.run(
            [sys.executable, "-c", program, f"unix://{path}", repr(sys.path)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert "this user may not ask the engine" in ran.stdout, ran.stderr
    assert "permission denied | add this user to the group" in ran.stdout


def test_nothing_listens_on_tcp():
    """The same words as for a local socket."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    assert failed(f"tcp://127.0.0.1:{port}").words == f"nothing listens at tcp://127.0.0.1:{port}: connection refused"


def test_an_engine_that_hangs_is_given_up():
    """It accepts and says nothing: the deadline is the end."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        error = failed(f"tcp://127.0.0.1:{silent.getsockname()[1]}", 0.3)
    assert "did not answer within 300 ms" in error.words
    assert "timeout:" in error.remedy


def test_an_engine_that_trickles_is_given_up():
    """Each byte comes in time, and the answer never ends: the SDK's own timeout would not see it."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
    with answering(head, *[b" "] * 30, pause=0.1) as url:
        began = time.monotonic()
        error = failed(url, 0.8)
        took = time.monotonic() - began
    assert error.words == "the engine did not answer within 800 ms"
    assert took < 2.5


def test_an_engine_that_is_too_old():
    """Its version is named by the SDK; the remedy is to upgrade."""
    with answering(json_answer('{"ApiVersion": "1.20"}')) as url:
        error = failed(url)
    assert "is too old" in error.words
    assert "upgrade" in error.remedy


def test_an_engine_that_refuses_the_client():
    """A proxy in front of the socket may forbid what is asked; its words are told."""
    with answering(json_answer('{"message": "access denied by policy"}', "403 Forbidden")) as url:
        error = failed(url)
    assert "access denied by policy" in error.words


@pytest.mark.parametrize("body", ["<html>hello</html>", "[]", "{}", '{"ApiVersion": 1}'])
def test_what_is_no_engine(body):
    """A web server at the engine's address is no engine, and no traceback either."""
    with answering(json_answer(body)) as url:
        error = failed(url)
    assert url in error.words or "engine" in error.words


@pytest.mark.parametrize("engine", ["nonsense", "ftp://x", "tcp://", "unix://"])
def test_an_address_that_is_none(engine):
    """What the SDK can't read as an address is told, too."""
    assert failed(engine).words


def test_ssh_without_its_package(monkeypatch):
    """ssh:// needs paramiko, which is said."""
    import importlib.util

    if importlib.util.find_spec("paramiko") is not None:
        pytest.skip("paramiko is installed")
    error = failed("ssh://nobody@127.0.0.1:9")
    assert "paramiko" in error.words
    assert error.remedy == "pip install paramiko"


def test_what_the_work_raises_goes_through(engine):
    """A mistake of ours is none of the engine's."""

    def broken(client):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ask(engine.url, 5, broken)


def test_a_real_engine_answers(engine, monkeypatch):
    """By its address, and by DOCKER_HOST where none is given."""
    assert ask(engine.url, 20, lambda client: client.info()["ServerVersion"])
    monkeypatch.setenv("DOCKER_HOST", engine.url)
    assert ask("", 20, lambda client: client.info()["ServerVersion"])
