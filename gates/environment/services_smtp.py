"""A mail server under `services.smtp`: what is declared of it, and what is measured of it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Final

from pydantic import Field

from checks.evidence import Evidence
from checks.secrets import reveal
from checks.services.smtp_probe import PORTS
from gates.environment.addresses import Host
from gates.environment.fields import Flag, Text
from gates.environment.readers import Sendable
from gates.environment.services_login import Password, ServiceTls, parsed, service_url
from gates.environment.services_section import RESPONSE_TIME, ServiceSection, ServiceSubject

if TYPE_CHECKING:
    from checks.services.smtp_probe import SmtpProbe
    from gates.environment.findings import Finding

_S = ServiceSubject
_SECURED: Final = "behind TLS"
_WRITTEN: Final = "with allow_writes"

SUBJECTS: Final[Mapping[str, ServiceSubject]] = {
    "up": _S("bool", "= true", "is it started, has it TLS, and are address, user and password right?"),
    "response_time": RESPONSE_TIME,
    "tls.version": _S("text", "one of TLSv1.2, TLSv1.3", "switch TLS 1.0 and 1.1 off", _SECURED),
    "certificate.expires_in": _S("s", ">= 14d", "renew the certificate", _SECURED),
    "extension.*": _S("bool", "= true", "switch the extension on", "for each declared extension"),
    "size": _S("B", "", "raise the largest size of a mail"),
    "write.accepted": _S("bool", "= true", "may this user send from this sender to this recipient?", _WRITTEN),
}
_WRITES: Final = frozenset(part for part, subject in SUBJECTS.items() if subject.where == _WRITTEN)
_OF_TLS: Final = frozenset(part for part, subject in SUBJECTS.items() if subject.where == _SECURED)


class SmtpService(ServiceSection):
    """A mail server."""

    SUBJECTS: ClassVar[Mapping[str, ServiceSubject]] = SUBJECTS

    url: Annotated[Sendable, service_url(PORTS)] = Field(
        description="smtp://user@host:587, where STARTTLS is demanded, or smtps://user@host:465, which begins with TLS"
    )
    password: Password | None = Field(None, description="the password of the user: ${VAR} or ${file:path}")
    starttls: Flag = Field(True, description="false: an smtp:// address is talked to in the clear, without a password")
    tls: ServiceTls | None = Field(None, description="how the certificate is checked")
    hello: Host = Field("tidegate.invalid", description="the name that EHLO gives; tidegate.invalid")
    extensions: tuple[Text, ...] = Field((), description="what EHLO has to offer: [SIZE, 8BITMIME]")
    sender: Text | None = Field(None, description="who sends the mail that allow_writes permits")
    recipient: Text | None = Field(None, description="who gets it")

    def probe(self, name: str) -> "SmtpProbe":
        from checks.services.smtp_probe import SmtpProbe

        tls, url = self.tls or ServiceTls.model_construct(), parsed(self.url, PORTS)
        return SmtpProbe(
            name=name,
            timeout=self.timeout,
            allow_writes=self.allow_writes,
            url=url,
            password=self.password or url.password,
            starttls=self.starttls,
            verify=tls.verify,
            ca_file=str(tls.ca_file or ""),
            hello=self.hello,
            extensions=self.extensions,
            sender=self.sender or "",
            recipient=self.recipient or "",
        )

    def subjects(self, parts: Mapping[str, Evidence]) -> Iterable[str]:
        for part in super().subjects(parts):
            if (self.allow_writes or part not in _WRITES) and (self._is_secured or part not in _OF_TLS):
                yield part
        yield from (f"extension.{extension}" for extension in self.extensions)

    @property
    def _is_secured(self) -> bool:
        return self.starttls or reveal(self.url).lower().startswith("smtps:")

    def problems(self) -> "Iterator[Finding]":
        if self.tls is not None and not self._is_secured:
            yield ("tls",), "there is no certificate in the clear", "leave `starttls: false` out"
        for key in ("sender", "recipient"):
            if (address := getattr(self, key)) is not None and not _is_address(address):
                yield (key,), f"{address!r} is no mail address", "write name@example.com"


def _is_address(text: str) -> bool:
    """One plain address: a list or a line break would send the mail to others, too."""
    local, at, domain = text.rpartition("@")
    return bool(local and at and domain) and not any(c.isspace() or c in ',;<>"()' or not c.isprintable() for c in text)
