"""What a certificate says, as evidence: when it expires, which names it covers, whether it is trusted."""

import ipaddress
import ssl
import time as clock
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from checks.attempt import Attempt
from checks.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Certificate:
    """`expires`: seconds since the epoch; `names`: the names in subjectAltName, with addresses as `ip:192.0.2.1`."""

    expires: float
    names: tuple[str, ...]

    def covers(self, host: str) -> bool:
        """Whether the certificate is for `host`. A `*` stands for exactly the leftmost label (RFC 9525, 6.3)."""
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return any(_same_name(name.lower().rstrip("."), host.lower().rstrip(".")) for name in self.names)
        return any(name.startswith("ip:") and ipaddress.ip_address(name[3:]) == address for name in self.names)


@dataclass(frozen=True, slots=True)
class Trust:
    """Whether the chain is trusted; None where nobody looked. `why` says why not."""

    trusted: bool | None
    why: str = ""


def from_ssl(connection: ssl.SSLObject | ssl.SSLSocket) -> Certificate | None:
    """The certificate of a connection, or None where the server showed none."""
    if known := connection.getpeercert():
        return _from_dict(known)
    der = connection.getpeercert(binary_form=True)
    return _from_der(der) if der else None


def certificate_evidence(attempt: Attempt, certificate: Certificate | None, trust: Trust, host: str) -> list[Evidence]:
    """`NAME.certificate.expires_in` (s, negative once it has expired), `.trusted` and `.covers_name`."""
    found: list[Evidence] = []
    if trust.trusted is None:
        found.append(attempt.gap("certificate.trusted", trust.why))
    else:
        found.append(attempt.reading("certificate.trusted", trust.trusted, "bool", trust.why))
    if certificate is None:
        parts = ("certificate.expires_in", "certificate.covers_name")
        return found + [attempt.gap(part, "the certificate could not be read") for part in parts]
    until = clock.strftime("%Y-%m-%d %H:%M:%S UTC", clock.gmtime(certificate.expires))
    remaining = round(certificate.expires - clock.time(), 3)
    verb = "expires" if remaining >= 0 else "expired"
    found.append(attempt.reading("certificate.expires_in", remaining, "s", f"{verb} {until}"))
    covers = certificate.covers(host)
    names = ", ".join(name.removeprefix("ip:") for name in certificate.names[:10]) or "no name at all"
    detail = "" if covers else f"{host} is not among: {names}"
    found.append(attempt.reading("certificate.covers_name", covers, "bool", detail))
    return found


def _from_dict(known: Mapping[str, Any]) -> Certificate:
    names = tuple(
        f"ip:{value}" if kind == "IP Address" else value
        for kind, value in known.get("subjectAltName", ())
        if kind in ("DNS", "IP Address")
    )
    return Certificate(ssl.cert_time_to_seconds(known["notAfter"]), names)


def _from_der(der: bytes) -> Certificate | None:
    """Read the certificate of an unverified connection, for which the standard library shows only its bytes."""
    from cryptography import x509

    try:
        certificate = x509.load_der_x509_certificate(der)
        expires = certificate.not_valid_after_utc.timestamp()
        try:
            names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except x509.ExtensionNotFound:
            return Certificate(expires, ())
    except ValueError:
        return None
    found = [str(name) for name in names.get_values_for_type(x509.DNSName)]
    return Certificate(expires, (*found, *(f"ip:{address}" for address in names.get_values_for_type(x509.IPAddress))))


def _same_name(pattern: str, host: str) -> bool:
    if pattern.startswith("*."):
        label, _, rest = host.partition(".")
        return bool(label) and rest == pattern[2:]
    return pattern == host
