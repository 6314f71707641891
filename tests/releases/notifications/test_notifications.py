"""Alerts at a real HTTP server and a real SMTP server on loopback; failures are answers, and doubles are kept back."""

import json
import socket
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import trustme

from checks.secrets import Secret
from releases.notifications.alert import Alert, Severity, body, title
from releases.notifications.delivery import deliver
from releases.notifications.recent import Recent
from tests.conftest import load
from tests.reports.store.conftest import postgresql, postgresql_server, sqlite

__all__ = ["postgresql", "postgresql_server", "sqlite"]

load("apprise")
# Apprise's own plugins use what newer versions of their libraries warn about.
pytestmark = pytest.mark.filterwarnings("default::DeprecationWarning")

ALERT = Alert(
    Severity.CRITICAL,
    "rolled-back",
    "shop",
    "production",
    "1.4.2",
    "error ratio 3.1 %, wanted <= 1 %; 1.4.1 serves again",
    1_772_366_400,
    "https://ci.example/run/7",
    ("p95 812 ms",),
)


@pytest.fixture
def web():
    """An HTTP server that answers what it is told to, and keeps what it got."""
    got: list[dict] = []
    statuses: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(statuses.pop(0) if statuses else 200)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    server.got, server.statuses = got, statuses
    server.url = f"json://127.0.0.1:{server.server_port}/hook?rto=2&cto=2"
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def mail(tmp_path, monkeypatch):
    """An SMTP server that wants STARTTLS and a password; its messages are kept."""
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import AuthResult

    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))

    class Keeper:
        def __init__(self):
            self.got = []

        async def handle_DATA(self, server, session, envelope):
            self.got.append((session.ssl is not None, session.authenticated, envelope))
            return "250 OK"

    keeper = Keeper()
    controller = Controller(
        keeper,
        hostname="127.0.0.1",
        port=_free_port(),
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=lambda *_: AuthResult(success=True),
    )
    controller.start()
    keeper.url = (
        f"mailtos://bot:hunter2-mail@example.com?smtp=localhost&port={controller.port}&mode=starttls&to=ops@example.com"
    )
    yield keeper
    controller.stop()


def _free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def test_the_words():
    """Severity, environment, version and what happened in one line; the facts below it."""
    assert title(ALERT) == "CRITICAL production: shop 1.4.2 rolled back"
    assert body(ALERT).splitlines() == [
        "Status: error ratio 3.1 %, wanted <= 1 %; 1.4.1 serves again",
        "Service: shop",
        "Environment: production",
        "Version: 1.4.2",
        "Time: 2026-03-01 12:00:00 UTC",
        "Report: https://ci.example/run/7",
        "",
        "p95 812 ms",
    ]


def test_a_web_hook_gets_it(web):
    """With its severity, at the first attempt."""
    [delivery] = deliver(ALERT, {"hook": web.url})
    assert (delivery.delivered, delivery.attempts, delivery.why) == (True, 1, "")
    assert web.got[0]["title"] == title(ALERT)
    assert web.got[0]["type"] == "failure"
    assert "1.4.1 serves again" in web.got[0]["message"]


def test_mail_goes_over_starttls(mail):
    """Encrypted, authenticated, to the one who was named."""
    [delivery] = deliver(ALERT, {"mail": Secret(mail.url)})
    assert delivery.delivered, delivery.why
    [(encrypted, authenticated, envelope)] = mail.got
    assert encrypted
    assert authenticated
    assert envelope.rcpt_tos == ["ops@example.com"]
    assert b"rolled back" in envelope.content


def test_a_failed_delivery_is_tried_again(web):
    """Twice 500 and then 200 is delivered at the third attempt; three times 500 is not, and says why."""
    web.statuses[:] = [500, 500, 200]
    assert [(d.delivered, d.attempts) for d in deliver(ALERT, {"hook": web.url}, pause=0.01)] == [(True, 3)]
    web.statuses[:] = [500, 500, 500]
    [delivery] = deliver(ALERT, {"hook": web.url}, pause=0.01)
    assert (delivery.delivered, delivery.attempts) == (False, 3)
    assert "500" in delivery.why


def test_one_bad_place_keeps_nothing_from_another(web):
    """Nobody listens, an address of nothing, and one that works: three answers, in their order."""
    places = {"dead": f"json://127.0.0.1:{_free_port()}/", "wrong": "nonsense://x", "hook": web.url}
    found = deliver(ALERT, places, pause=0.01)
    assert [(d.place, d.delivered) for d in found] == [("dead", False), ("wrong", False), ("hook", True)]
    assert "no address that Apprise knows" in found[1].why


def test_a_place_that_hangs_is_given_up():
    """It accepts and never answers: the deadline ends it, and it is said."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        began = time.monotonic()
        url = f"json://127.0.0.1:{silent.getsockname()[1]}/?rto=3&cto=3"
        [delivery] = deliver(ALERT, {"silent": url}, deadline=0.5)
    assert not delivery.delivered
    assert "did not answer within 0.5 s" in delivery.why
    assert time.monotonic() - began < 10


def test_no_secret_is_in_an_answer():
    """The URL has a password, and the words of a failure don't."""
    url = Secret(f"json://bot:hunter2-hook@127.0.0.1:{_free_port()}/hunter2-path?cto=1")
    Secret("hunter2-hook")
    [delivery] = deliver(ALERT, {"hook": url}, pause=0.01)
    assert not delivery.delivered
    assert "hunter2-hook" not in delivery.why


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_same_alert_once_in_five_minutes(request, kind):
    """By service, environment and kind, in whichever process; another kind, or later, is another alert."""
    place = request.getfixturevalue(kind)
    now = time.time()
    other = Alert(Severity.SUCCESS, "promoted", "shop", "production", "1.4.2", "fine", now)
    assert Recent(place).claim(ALERT, now)
    assert not Recent(place).claim(ALERT, now + 299)
    assert Recent(place).claim(other, now + 299)
    assert Recent(place).claim(ALERT, now + 300)
    assert Recent(place).claim(ALERT, now - 10_000), "a clock that was wrong keeps nothing quiet"
    Recent(place).release(ALERT)
    assert Recent(place).claim(ALERT, now - 10_000)
