"""One mail server that is looked at: its address, how it is secured and logged in, and the mail that may be sent."""

from dataclasses import dataclass
from typing import ClassVar, Final

from checks.secrets import Secret
from checks.services.seam import ServiceProbe
from checks.services.url import ServiceUrl

PORTS: Final = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpProbe(ServiceProbe):
    """A server at `url`: `smtp://user@host:587`, which has to offer STARTTLS, or `smtps://host:465`: TLS at once.

    `starttls`: False goes on in the clear, which no password may; `hello`: the name by which we introduce ourselves;
    `extensions`: names of EHLO that have to be offered (`SIZE`, `8BITMIME`). `allow_writes`: a mail is sent from
    `sender` to `recipient`. Raises ValueError for a password in the clear, for a user without one, and for writes
    without the two addresses.
    """

    KIND: ClassVar[str] = "smtp"

    url: ServiceUrl
    password: Secret | None = None
    starttls: bool = True
    verify: bool = True
    ca_file: str = ""
    server_name: str = ""
    hello: str = "tidegate.invalid"
    extensions: tuple[str, ...] = ()
    sender: str = ""
    recipient: str = ""

    def __post_init__(self) -> None:
        ServiceProbe.__post_init__(self)
        if not self.url.host:
            raise ValueError(f"{self.name}: the URL names no host: smtp://HOST:587")
        if self.url.path:
            raise ValueError(f"{self.name}: the URL of a mail server has no path")
        if self.password is not None and not self.url.user:
            raise ValueError(f"{self.name}: there is a password, and no user: smtp://USER@host:587")
        if self.url.user and self.password is None:
            raise ValueError(f"{self.name}: the URL names a user, and there is no password to log in with")
        if self.password is not None and not self.is_secured:
            raise ValueError(f"{self.name}: a password is not sent in the clear: leave `starttls: false` out")
        if self.allow_writes and not (self.sender and self.recipient):
            raise ValueError(f"{self.name}: a mail is sent from a `sender` to a `recipient`; write both")

    @property
    def is_secured(self) -> bool:
        """Whether everything behind the greeting is said over TLS."""
        return self.starttls or self.url.scheme == "smtps"

    @property
    def source(self) -> str:
        """The command that begins the same conversation."""
        host = f"[{self.url.host}]" if ":" in self.url.host else self.url.host
        place = f"{host}:{self.url.port}"
        if not self.is_secured:
            return f"telnet {self.url.host} {self.url.port}"
        start = "" if self.url.scheme == "smtps" else " -starttls smtp"
        return f"openssl s_client -connect {place}{start} -crlf"
