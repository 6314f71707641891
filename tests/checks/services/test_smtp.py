"""SMTP, by aiosmtpd on 127.0.0.1: each fault is one judgement, and its twin without the fault passes."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from checks.secrets import Secret
from checks.services.smtp_probe import PORTS, SmtpProbe
from checks.services.url import parse_service_url
from tests.checks.services.mail_server import PASSWORD, Mailbox, serving
from tests.checks.services.plain_judging import Judged, judged, problems

#: aiosmtpd keeps the log-in in a way that it deprecates itself, and logs what clients refuse.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Session.login_data is deprecated"),
    pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS"),
]


@pytest.fixture
def start() -> Iterator[Callable[..., tuple[int, Mailbox]]]:
    with contextlib.ExitStack() as stack:

        def start(box: Mailbox | None = None, **keywords: object) -> tuple[int, Mailbox]:
            box = box or Mailbox()
            return stack.enter_context(serving(box, **keywords)), box

        yield start


@pytest.fixture
def look(tmp_path: Path, authority) -> Callable[..., Judged]:
    def look(port: int, passphrase: str = PASSWORD, **section: object) -> Judged:
        user = "shop@" if "password" in section else ""
        url = f"smtp://{user}127.0.0.1:{port}"
        whole = {"url": url, "tls": {"ca_file": authority.file}, "timeout": "5s", **section}
        given = {key: value for key, value in whole.items() if value is not None}
        return judged(tmp_path, "smtp", given, {"MAIL_PASSWORD": passphrase})

    return look


LOG_IN = {"password": "${MAIL_PASSWORD}"}
MAIL = {"allow_writes": True, "sender": "probe@shop.example", "recipient": "postmaster@shop.example"}


def test_a_server_that_is_well_passes(look, start, authority):
    """STARTTLS, a certificate that is trusted, the log-in, what is offered, and a mail that is taken."""
    port, box = start(starttls=authority.server("127.0.0.1"), log_in=True)
    found = look(port, **LOG_IN, **MAIL, extensions=["SIZE", "8bitmime"], limits={"size": ">= 10MB"})
    assert found.unwell == {}
    assert set(found.judgements) == {
        "up",
        "tls.version",
        "certificate.expires_in",
        "extension.SIZE",
        "extension.8bitmime",
        "size",
        "write.accepted",
    }
    assert found.value("size") == 10_000_000
    (mail,) = box.mails
    assert (mail.mail_from, mail.rcpt_tos) == ("probe@shop.example", ["postmaster@shop.example"])
    assert b"Auto-Submitted: auto-generated" in mail.content
    assert PASSWORD not in found.said()


def test_no_mail_is_sent_unless_allowed(look, start, authority):
    """NOOP is the operation then."""
    port, box = start(starttls=authority.server("127.0.0.1"))
    assert look(port).unwell == {}
    assert box.mails == []


def test_a_server_without_starttls_is_down(look, start):
    """Nothing more is said in the clear. The twin permits it, and has no password."""
    port, _ = start()
    words = "it does not offer STARTTLS, and nothing more was said to it in the clear"
    assert look(port).unwell == {"up": words}
    plain = look(port, starttls=False, tls=None, extensions=["SIZE"])
    assert plain.unwell == {}
    assert "certificate.expires_in" not in plain.judgements


def test_an_expired_certificate_is_down(look, start, authority):
    """The twin lasts; and one that soon ends fails by itself, while the server is up."""
    expired, _ = start(starttls=authority.server("127.0.0.1", days=-1))
    assert look(expired).unwell == {"up": "the certificate was refused: certificate has expired"}
    short, _ = start(starttls=authority.server("127.0.0.1", days=5))
    unwell = look(short).unwell
    assert unwell.keys() == {"certificate.expires_in"}
    assert "wanted >= 14 d" in unwell["certificate.expires_in"]
    lasting, _ = start(starttls=authority.server("127.0.0.1", days=30))
    assert look(lasting).unwell == {}


def test_a_certificate_for_another_name_or_of_a_stranger_is_down(look, start, authority, stranger):
    """Where it is not verified, its end is still told."""
    other, _ = start(starttls=authority.server("mail.example.com"))
    assert look(other).unwell["up"].startswith("the certificate was refused: IP address mismatch")
    strange, _ = start(starttls=stranger.server("127.0.0.1"))
    assert look(strange).unwell["up"].startswith("the certificate was refused: ")
    found = look(strange, tls={"verify": False})
    assert found.unwell == {}
    assert found.value("certificate.expires_in") > 0


def test_tls_from_the_beginning(look, start, authority):
    """`smtps://`; at a port without it, it says so."""
    port, _ = start(tls=authority.server("127.0.0.1"))
    assert look(port, url=f"smtps://127.0.0.1:{port}").unwell == {}
    plain, _ = start()
    found = look(plain, url=f"smtps://127.0.0.1:{plain}")
    assert found.unwell["up"].startswith("TLS failed: what answers there does not speak TLS")
    assert look(port, timeout="1s").unwell == {"up": "no answer within 1 s to our connection: its greeting never came"}


def test_a_wrong_password_is_down_in_the_servers_words(look, start, authority):
    """The twin has the right one; neither is in any text."""
    port, _ = start(starttls=authority.server("127.0.0.1"), log_in=True)
    found = look(port, "not-the-passphrase", **LOG_IN)
    assert found.unwell == {"up": "the log-in was refused: 535 5.7.8 Authentication credentials invalid"}
    assert "passphrase" not in found.said()
    assert look(port, **LOG_IN).unwell == {}


def test_a_server_where_nobody_logs_in_is_down_for_who_has_a_password(look, start, authority):
    """It offers no AUTH."""
    port, _ = start(starttls=authority.server("127.0.0.1"))
    found = look(port, **LOG_IN)
    assert list(found.unwell) == ["up"]


def test_a_missing_extension_fails_by_its_name(look, start, authority):
    """The others of the same look pass; what is offered is told."""
    port, _ = start(starttls=authority.server("127.0.0.1"))
    found = look(port, extensions=["DSN", "SIZE"])
    assert found.unwell.keys() == {"extension.DSN"}
    assert found.unwell["extension.DSN"].startswith("offered are: 8BITMIME")


def test_a_mail_that_is_refused_fails_and_the_server_is_up(look, start, authority):
    """In the server's words; the twin's recipient is taken."""
    port, box = start(Mailbox(refused="postmaster@shop.example"), starttls=authority.server("127.0.0.1"))
    found = look(port, **MAIL)
    assert found.unwell == {"write.accepted": "the server said: 550 5.1.1 no such user"}
    assert look(port, **{**MAIL, "recipient": "b@shop.example"}).unwell == {}
    assert len(box.mails) == 1


def test_who_has_not_logged_in_is_refused_when_it_writes(look, start, authority):
    """The server is up for NOOP, and takes no mail."""
    port, _ = start(starttls=authority.server("127.0.0.1"), log_in=True)
    assert look(port, **MAIL).unwell.keys() == {"write.accepted"}
    assert look(port, **MAIL, **LOG_IN).unwell == {}


def test_a_server_that_is_not_there_is_down(look, dead_port):
    """The words are the operating system's."""
    assert look(dead_port).unwell == {"up": "connection refused"}
    assert look(1, url="smtp://nobody.invalid:25").unwell == {"up": "its name does not resolve"}


def test_a_greeting_that_never_comes_is_down_in_time(look, servers):
    """It accepts the connection; and one that drips a byte now and then is no better."""

    async def silent(reader, writer):
        await asyncio.sleep(30)

    async def drip(reader, writer):
        while True:
            writer.write(b"2")
            await writer.drain()
            await asyncio.sleep(0.2)

    for talk in (silent, drip):
        began = time.monotonic()
        found = look(servers.raw(talk).port, timeout="1s")
        assert found.unwell == {"up": "no answer within 1 s to our connection: its greeting never came"}
        assert time.monotonic() - began < 4


#: What is said -> why it is down. The twin is aiosmtpd.
TALKS = [
    ("a web server", [b"HTTP/1.1 400 Bad Request\r\n\r\n"], "what answers there does not speak SMTP"),
    ("a busy server", [b"421 4.3.2 too many connections\r\n"], "the server said: 421 4.3.2 too many connections"),
    ("another service", [b"554 no SMTP service here\r\n"], "the server said: 554 no SMTP service here"),
    ("EHLO is refused", [b"220 hello\r\n", b"550 5.7.1 go away\r\n"], "the server said: 550 5.7.1 go away"),
    (
        "STARTTLS is refused",
        [b"220 hello\r\n", b"250-mail\r\n250 STARTTLS\r\n", b"454 4.7.0 TLS not available\r\n"],
        "the server said: 454 4.7.0 TLS not available",
    ),
    (
        "STARTTLS without TLS",
        [b"220 hello\r\n", b"250-mail\r\n250 STARTTLS\r\n", b"220 go ahead\r\n", b"I can not\r\n"],
        "TLS failed: ",
    ),
    ("it hangs up", [b"220 hello\r\n", b""], "the server closed the connection"),
    ("it hangs up at once", [b""], "the server closed the connection"),
    ("an endless line", [b"220 " + b"x" * 20_000], "the server said: 500 Line too long"),
]


@pytest.mark.parametrize(("lines", "words"), [pytest.param(*rest, id=name) for name, *rest in TALKS])
def test_a_server_that_does_not_keep_to_the_protocol_is_down(look, servers, lines, words):
    """In its own words, where it has some."""

    async def talk(reader, writer):
        for number, line in enumerate(lines):
            if number:
                await reader.read(1000)
            writer.write(line)
            await writer.drain()
        if lines[-1]:
            await reader.read(1000)

    found = look(servers.raw(talk).port, timeout="2s").unwell
    assert found.keys() == {"up"}
    assert found["up"].startswith(words), found


def test_what_was_offered_in_the_clear_is_not_believed(look, servers, authority):
    """An attacker may write into what comes before TLS; a twin offers it behind TLS."""
    context = authority.server("127.0.0.1")

    def server(extension: bytes) -> int:
        async def talk(reader, writer):
            writer.write(b"220 hello\r\n")
            await reader.readline()
            writer.write(b"250-mail\r\n250-SIZE 99\r\n250 STARTTLS\r\n")
            await reader.readline()
            writer.write(b"220 go ahead\r\n")
            await writer.drain()
            await writer.start_tls(context)
            await reader.readline()
            writer.write(b"250-mail\r\n" + extension)
            await reader.readline()
            writer.write(b"250 OK\r\n")
            await reader.readline()

        return servers.raw(talk).port

    assert look(server(b"250 HELP\r\n"), extensions=["SIZE"]).unwell.keys() == {"extension.SIZE"}
    assert look(server(b"250 SIZE 5\r\n"), extensions=["SIZE"]).unwell == {}


@pytest.mark.parametrize(
    ("section", "problem"),
    [
        ({"url": "mail:25"}, "url: 'mail:25' is not an address of this service"),
        ({"url": "smtp://mail/inbox"}, ": the URL of a mail server has no path"),
        ({"url": "smtp://a:b@mail"}, "url: 'smtp://a:***@mail' holds a password"),
        ({"url": "smtp://mail", "allow_writes": True}, ": a mail is sent from a `sender` to a `recipient`"),
        ({"url": "smtp://mail", "recipient": "a@b, c@d"}, "recipient: 'a@b, c@d' is no mail address"),
        ({"url": "smtp://mail", "sender": "a@b\nBcc: c@d"}, "sender: "),
        ({"url": "smtp://mail", "hello": "a b"}, "hello: "),
        ({"url": "smtp://mail", "starttls": False, "tls": {}}, "tls: there is no certificate in the clear"),
        ({"url": "smtp://mail", "limits": {"sizes": ">= 1MB"}}, "limits.sizes: 'sizes' is not measured here"),
    ],
)
def test_bad_input_is_refused_before_anything_is_looked_at(tmp_path, section, problem):
    """One clear error with its key."""
    found = problems(tmp_path, "smtp", section, {})
    assert len(found) == 1
    assert found[0].startswith(problem)


@pytest.mark.parametrize(("url", "right"), [("smtp://mail", False), ("smtp://shop@mail", True)])
def test_a_password_needs_a_user_and_tls(url, right):
    """A password in the clear is refused, whatever the server offers."""

    def probe(**keywords: object) -> SmtpProbe:
        return SmtpProbe(name="it", url=parse_service_url(url, PORTS), password=Secret("x-passphrase"), **keywords)

    with pytest.raises(ValueError, match=r"in the clear|no user"):
        probe(starttls=False)
    if right:
        assert probe().is_secured
    else:
        with pytest.raises(ValueError, match="no user"):
            probe()
