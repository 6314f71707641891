"""SMTP: greeting, EHLO, TLS with a certificate that is verified, the log-in, what is offered, and NOOP.

A mail is sent only where writes are allowed. RFC 5321 (SMTP), RFC 3207 (STARTTLS), RFC 4954 (AUTH).
"""

import smtplib
import socket
import ssl
import time as clock
from collections.abc import Iterator
from contextlib import suppress
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Final

from checks.certificate import from_ssl
from checks.evidence import Evidence
from checks.failures import Down, from_os_error
from checks.secrets import Secret, reveal
from checks.services.plain_patience import outlasting
from checks.services.seam import Visit
from checks.services.smtp_probe import SmtpProbe
from checks.services.words import refused_login
from checks.trust import new_client_context

#: Characters of a server's own words that are kept.
_WORDS: Final = 200


def look(probe: SmtpProbe, visit: Visit) -> Iterator[Evidence]:
    """`NAME.up`, `.response_time`, `.tls.version`, `.certificate.expires_in`, `.extension.*`, `.size`, `.write.*`.

    Up is who answers NOOP behind TLS and the log-in. Raises Down, Unmeasured.
    """
    try:
        yield from _look(probe, visit)
    except smtplib.SMTPResponseException as error:
        raise Down(f"the server said: {_said(error.smtp_code, error.smtp_error)}") from None
    except smtplib.SMTPServerDisconnected:
        raise Down("the server closed the connection") from None
    except smtplib.SMTPException as error:
        raise Down(f"the server does not keep to the protocol: {str(error)[:_WORDS]}") from None
    except OSError as error:
        # A deadline of the socket is ours: what was asked is in the words of the visit.
        raise (visit.timed_out() if _is_timeout(error) else from_os_error(error)) from None


def _look(probe: SmtpProbe, visit: Visit) -> Iterator[Evidence]:
    with visit.asking("a connection"):
        sock = socket.create_connection((probe.url.host, probe.url.port), timeout=outlasting(visit))
    client = smtplib.SMTP(local_hostname=probe.hello)
    try:
        with visit.cutting(sock.fileno()):
            # Not `connect()`: between its connection and its greeting nobody could hang up.
            client.sock = sock
            if probe.url.scheme == "smtps":
                client.sock = _secured(probe, visit, sock)
            with visit.asking("our connection: its greeting never came"):
                _expect(220, client.getreply())
            _introduce(visit, client)
            if probe.url.scheme == "smtp" and probe.starttls:
                _start_tls(probe, visit, client, sock)
            if probe.password is not None:
                _log_in(probe.url.user, probe.password, visit, client)
            with visit.asking("NOOP"):
                _expect(250, client.noop())
            yield visit.reading("up", True, "bool")
            yield visit.reading("response_time", round(clock.monotonic() - visit.began, 6), "s")
            yield from _offered(probe, visit, client)
            if probe.allow_writes:
                yield _mail(probe, visit, client)
            with suppress(smtplib.SMTPException, OSError), visit.asking("QUIT"):
                client.quit()
    finally:
        client.close()
        sock.close()


def _introduce(visit: Visit, client: smtplib.SMTP) -> None:
    with visit.asking("EHLO"):
        _expect(250, client.ehlo())


def _start_tls(probe: SmtpProbe, visit: Visit, client: smtplib.SMTP, sock: socket.socket) -> None:
    """Raises Down where it is not offered: nothing more is said in the clear then."""
    if not client.has_extn("starttls"):
        raise Down("it does not offer STARTTLS, and nothing more was said to it in the clear")
    with visit.asking("STARTTLS"):
        _expect(220, client.docmd("STARTTLS"))
    client.sock = _secured(probe, visit, sock)
    # smtplib keeps a buffered reader of the socket that it had.
    client.file = None
    # What was offered in the clear may have been written by anybody (RFC 3207, 4.2).
    client.helo_resp, client.ehlo_resp, client.esmtp_features, client.does_esmtp = None, None, {}, False
    _introduce(visit, client)


def _secured(probe: SmtpProbe, visit: Visit, sock: socket.socket) -> ssl.SSLSocket:
    """Raises OSError where there is no TLS, or a certificate that is refused."""
    context = new_client_context(probe.ca_file, verify=probe.verify)
    # The context is made for HTTP; a mail server has no use for its protocols.
    context.set_alpn_protocols([])
    sock.settimeout(outlasting(visit))
    with visit.asking("the TLS handshake"):
        return context.wrap_socket(sock, server_hostname=probe.server_name or probe.url.host)


def _log_in(user: str, password: Secret, visit: Visit, client: smtplib.SMTP) -> None:
    with visit.asking("AUTH"):
        try:
            client.login(user, reveal(password))
        except smtplib.SMTPAuthenticationError as error:
            raise refused_login(_said(error.smtp_code, error.smtp_error)) from None
        except smtplib.SMTPNotSupportedError:
            raise Down("it offers no way to log in with a user and a password") from None


def _offered(probe: SmtpProbe, visit: Visit, client: smtplib.SMTP) -> Iterator[Evidence]:
    if isinstance(client.sock, ssl.SSLSocket):
        yield visit.reading("tls.version", client.sock.version() or "not said", "text")
        yield _expiry(visit, client.sock)
    names = " ".join(sorted(client.esmtp_features)).upper()
    for extension in probe.extensions:
        there = client.has_extn(extension)
        yield visit.reading(f"extension.{extension}", there, "bool", "" if there else f"offered are: {names or 'none'}")
    size = client.esmtp_features.get("size", "")
    if size.isdecimal() and int(size):
        yield visit.reading("size", int(size), "B")
    else:
        yield visit.absent("size", "the server names no largest size of a mail")


def _expiry(visit: Visit, sock: ssl.SSLSocket) -> Evidence:
    certificate = from_ssl(sock)
    if certificate is None:
        return visit.gap("certificate.expires_in", "the certificate could not be read")
    until = clock.strftime("%Y-%m-%d %H:%M:%S UTC", clock.gmtime(certificate.expires))
    return visit.reading(
        "certificate.expires_in", round(certificate.expires - clock.time(), 3), "s", f"expires {until}"
    )


def _mail(probe: SmtpProbe, visit: Visit, client: smtplib.SMTP) -> Evidence:
    """`NAME.write.accepted`: the server took the responsibility for a mail (RFC 5321, 6.1)."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = probe.sender, probe.recipient, "Tidegate probe"
    mail["Date"], mail["Message-ID"] = formatdate(), make_msgid("tidegate-probe", domain=probe.hello)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content("This mail was sent by a check of the release that is being deployed. Nothing has to be done.\n")
    try:
        with visit.asking("the mail"):
            client.send_message(mail)
    except smtplib.SMTPRecipientsRefused as error:
        refused = _said(*next(iter(error.recipients.values())))
        return visit.reading("write.accepted", False, "bool", f"the server said: {refused}")
    except smtplib.SMTPResponseException as error:
        refused = _said(error.smtp_code, error.smtp_error)
        return visit.reading("write.accepted", False, "bool", f"the server said: {refused}")
    return visit.reading("write.accepted", True, "bool", f"Message-ID {mail['Message-ID']}")


def _expect(code: int, reply: tuple[int, bytes]) -> None:
    """Raises Down for another reply."""
    if reply[0] == -1:
        raise Down("what answers there does not speak SMTP")
    if reply[0] != code:
        raise Down(f"the server said: {_said(*reply)}")


def _said(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"{code} {' '.join(text.split())}"[:_WORDS]


def _is_timeout(error: OSError) -> bool:
    return isinstance(error, TimeoutError) and not error.errno
