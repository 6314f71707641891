"""TLS probes: which certificate is shown, until when it lasts, for whom it is, and whether it is to be trusted."""

import asyncio
import ssl
import time as clock

from checks.attempt import Attempt, Phase
from checks.certificate import Certificate, Trust, certificate_evidence, from_ssl
from checks.connect import Names, connect
from checks.evidence import Evidence
from checks.failures import AttemptError, certificate_words
from checks.probes import HttpProbe, TlsProbe
from checks.trust import client_context

_NOT_ASKED = Trust(None, "not looked at: verification is switched off (verify: false)")


async def measure_tls(probe: TlsProbe, attempt: Attempt, names: Names) -> list[Evidence]:
    """`NAME.up`, `.tls.version`, `.response_time` (connecting and handshake) and `.certificate.*`.

    A certificate that is refused does not make it down: it is read in a second handshake that trusts everything.
    Raises OSError, Down, Unmeasured.
    """
    name = probe.server_name or probe.host
    seen = await _look(names, probe, attempt)
    return [
        attempt.reading("up", True, "bool"),
        attempt.reading("tls.version", seen.version, "text"),
        attempt.elapsed(seen.began, seen.ended),
        *certificate_evidence(attempt, seen.certificate, seen.trust, name),
    ]


async def inspect_refused(probe: HttpProbe, error: Exception, attempt: Attempt, names: Names) -> list[Evidence]:
    """The certificate readings of an HTTP probe whose certificate was refused; nothing for any other error."""
    if not isinstance(error, ssl.SSLCertVerificationError):
        return []
    target = probe.target
    name = probe.server_name or target.host
    aside = Attempt(attempt.name, attempt.source, attempt.number, attempt.began)
    where = TlsProbe(probe.name, target.host, target.port, name, probe.ca_file)
    try:
        async with asyncio.timeout(probe.timeout):
            seen = await _look(names, where, aside)
    except (OSError, AttemptError):
        return certificate_evidence(attempt, None, Trust(None, "the certificate could not be read again"), name)
    return certificate_evidence(attempt, seen.certificate, seen.trust, name)


class _Seen:
    """What one or two handshakes showed."""

    __slots__ = ("began", "certificate", "ended", "trust", "version")

    def __init__(self, certificate: Certificate | None, version: str, trust: Trust, began: float, ended: float) -> None:
        self.certificate, self.version, self.trust, self.began, self.ended = certificate, version, trust, began, ended


async def _look(names: Names, where: TlsProbe, attempt: Attempt) -> _Seen:
    trust = Trust(True) if where.verify else _NOT_ASKED
    try:
        # The name is compared apart from the chain, so that a certificate for another name can still be trusted.
        context = client_context(where.ca_file, verify=where.verify, check_name=False)
        certificate, version, began, ended = await _handshake(names, where, context, attempt)
    except ssl.SSLCertVerificationError as error:
        trust = Trust(False, certificate_words(error))
        context = client_context(verify=False)
        certificate, version, began, ended = await _handshake(names, where, context, attempt)
    return _Seen(certificate, version, trust, began, ended)


async def _handshake(
    names: Names, where: TlsProbe, context: ssl.SSLContext, attempt: Attempt
) -> tuple[Certificate | None, str, float, float]:
    sock, began = await connect(names, where.host, where.port, attempt)
    attempt.phase = Phase.HANDSHAKE
    transport, _ = await asyncio.get_running_loop().create_connection(
        asyncio.Protocol, sock=sock, ssl=context, server_hostname=where.server_name or where.host
    )
    ended = clock.monotonic()
    tls = transport.get_extra_info("ssl_object")
    try:
        return from_ssl(tls), tls.version() or "", began, ended
    finally:
        transport.abort()
