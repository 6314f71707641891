"""A line is sent through and looked for: found, not found, or not sent, and by whose fault."""

import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from checks.evidence import Gap
from checks.logs.look import look_at_logs
from checks.logs.probes import Files, LogProbe, Marker
from checks.secrets import Secret


@pytest.fixture
def service(tmp_path):
    """A service that writes each request's path and body into its log, after a while."""
    log = tmp_path / "access.log"
    log.write_text("begin\n")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            time.sleep(service.pause)
            if service.logs:
                with log.open("ab") as file:
                    file.write(
                        self.path.encode() + b" " + body + b" " + self.headers.get("X-Probe", "").encode() + b"\n"
                    )
            self.send_response(service.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_POST = do_GET

        def log_message(self, *_):
            pass

    class Service:
        logs, status, pause = True, 200, 0.0
        source = Files((f"{tmp_path}/*.log*",))
        path = log

    service = Service()
    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.url = f"http://127.0.0.1:{running.server_port}"
    thread = Thread(target=running.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield service
    running.shutdown()
    running.server_close()
    thread.join(10)


def see(source, **marker):
    probe = LogProbe("app", source, marker=Marker(**{"within": 5.0} | marker))
    return {e.subject.removeprefix("app."): e for e in look_at_logs([probe])["app"]}


@pytest.mark.parametrize(
    "how",
    [
        {"url": "/x?q={{ marker }}"},
        {"url": "/x", "method": "POST", "body": "say {{ marker }}"},
        {"url": "/x", "headers": (("X-Probe", "{{ marker }}"),)},
    ],
)
def test_a_line_that_arrives_is_found(service, how):
    """By the path, the body or a header; how long it took is told."""
    found = see(service.source, **how | {"url": service.url + how["url"]})
    assert found["probe.found"].value is True
    assert found["probe.found"].detail.startswith("tidegate-probe-")
    assert 0 < found["probe.delay"].value < 5


def test_a_refusal_is_logged_as_well(service):
    """What counts is that the line arrives, whatever the answer is."""
    service.status = 404
    found = see(service.source, url=f"{service.url}/{{{{ marker }}}}")
    assert found["probe.found"].detail.endswith("sent by a request that was answered with 404")


def test_a_line_that_does_not_arrive_is_not_found(service):
    """The twin: the service answers, and logs nothing."""
    service.logs = False
    found = see(service.source, url=f"{service.url}/{{{{ marker }}}}", within=1.0)
    assert found["probe.found"].value is False
    assert "was not found within 1 s, sent by a request that was answered with 200" in found["probe.found"].detail
    assert "probe.delay" not in found


def test_a_line_after_rotation_is_found(service):
    """The log is renamed between the sending and the look."""
    program = "import os, sys; log = sys.argv[1]; open(log, 'a').write(sys.argv[2] + '\\n'); os.rename(log, log + '.1')"
    command = (sys.executable, "-c", program, str(service.path), "{{ marker }}")
    assert see(service.source, command=command)["probe.found"].value is True


def test_a_service_that_is_down_is_not_our_fault(service):
    """Connection refused is the service's."""
    found = see(service.source, url="http://127.0.0.1:9/{{ marker }}")["probe.found"]
    assert found.value is False
    assert found.detail == "the request that carries the marker failed: Connection refused"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("no-such-program", "{{ marker }}"), "can't be run: no-such-program: No such file or directory"),
        ((sys.executable, "-c", "import sys; sys.exit('broken')", "{{ marker }}"), "ended with exit code 1: broken"),
    ],
)
def test_a_command_that_does_not_work_is_a_gap(service, command, words):
    """Our own side could not: nothing is known of the service."""
    found = see(service.source, command=command)["probe.found"]
    assert isinstance(found, Gap)
    assert words in found.reason


def test_a_log_that_can_not_be_read_is_a_gap(service, tmp_path):
    """Not found, because nothing could be looked at."""
    found = see(Files((f"{tmp_path}/*.none",)), url=f"{service.url}/{{{{ marker }}}}", within=0.6)["probe.found"]
    assert isinstance(found, Gap)
    assert "no file matches" in found.reason


def test_secrets_of_the_request_are_told_nowhere(service):
    """Neither in the evidence nor in the list of processes: they travel through a pipe."""
    secret = Secret("t0ps3cret-token")
    found = see(service.source, url=f"{service.url}/{{{{ marker }}}}", headers=(("Authorization", secret),))
    assert found["probe.found"].value is True
    assert "t0ps3cret" not in str(found)
