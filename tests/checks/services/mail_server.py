"""aiosmtpd on 127.0.0.1: with or without STARTTLS, with one user, and with what it refuses."""

import contextlib
import socket
import ssl
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

PASSWORD = "right-passphrase"


@dataclass
class Mailbox:
    """What came, and the recipient that is refused."""

    refused: str = ""
    mails: list[Any] = field(default_factory=list)

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address == self.refused:
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        self.mails.append(envelope)
        return "250 queued"


@contextlib.contextmanager
def serving(
    box: Mailbox, *, starttls: ssl.SSLContext | None = None, tls: ssl.SSLContext | None = None, log_in: bool = False
) -> Iterator[int]:
    """The port of a running server."""

    def check(server: Any, session: Any, envelope: Any, mechanism: str, login: Any) -> AuthResult:
        right = (login.login, login.password) == (b"shop", PASSWORD.encode())
        return AuthResult(success=right, handled=False)

    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    with warnings.catch_warnings():
        # aiosmtpd warns of its own ways of talking to itself.
        warnings.simplefilter("ignore")
        controller = Controller(
            box,
            hostname="127.0.0.1",
            port=port,
            tls_context=starttls,
            ssl_context=tls,
            require_starttls=starttls is not None and log_in,
            auth_required=log_in,
            auth_require_tls=starttls is not None,
            authenticator=check if log_in else None,
            data_size_limit=10_000_000,
        )
        controller.start()
        try:
            yield port
        finally:
            controller.stop()
