"""Which versions of TLS a server accepts, what a client of today gets, and how strong the certificate is."""

import asyncio
import ipaddress
import ssl

from checks.attempt import Attempt, Phase
from checks.connect import Names, connect
from checks.evidence import Evidence
from checks.failures import Down, Unmeasured, from_os_error
from checks.places import source_of
from checks.probes import TlsProbe
from checks.security.client_hello import VERSIONS, Reply, Said, client_hello, read_reply
from checks.security.key_strength import key_evidence
from checks.security.probes import TlsVersionsProbe
from checks.trust import new_client_context

#: Some servers refuse an old version by hanging up. An overloaded one hangs up, too: it is asked once more.
_HUNG_UP_TRIES = 2
_PARTS = ("tls.version", "tls.cipher", "certificate.key_type", "certificate.key_bits", "certificate.signature_hash")


async def look_at_tls(probe: TlsVersionsProbe, names: Names) -> list[Evidence]:
    """`NAME.up`, `NAME.tls.accepts.VERSION` for each version, and the readings of one whole handshake.

    Raises Down where no version gets an answer that is TLS, and Unmeasured where our own side could not ask.
    """
    where = probe.where
    attempt = Attempt(where.name, source_of(where))
    # A silent server would otherwise cost its timeout once for each version.
    asked = (_ask(where, number, names) for number in VERSIONS.values())
    answers = await asyncio.gather(*asked, return_exceptions=True)
    replies: dict[str, Reply] = {}
    for version, answer in zip(VERSIONS, answers, strict=True):
        if isinstance(answer, BaseException):
            raise answer
        replies[version] = answer
    if all(reply.said is not Said.ACCEPTED for reply in replies.values()):
        # Without one version that is accepted, refusals tell nothing: it may be no TLS server at all.
        words = "; ".join(f"{version}: {reply.words}" for version, reply in replies.items())
        raise Down(f"no version of TLS is accepted: {words}")
    found: list[Evidence] = [attempt.reading("up", True, "bool")]
    found += [_accepts(attempt, version, reply) for version, reply in replies.items()]
    return found + await _strength(where, attempt, names)


def _accepts(attempt: Attempt, version: str, reply: Reply) -> Evidence:
    part = f"tls.accepts.{version}"
    match reply.said:
        case Said.ACCEPTED:
            return attempt.reading(part, True, "bool")
        case Said.REFUSED:
            return attempt.reading(part, False, "bool", reply.words)
        case _:
            return attempt.gap(part, f"it is not known whether {version} is accepted: {reply.words}")


async def _ask(where: TlsProbe, version: int, names: Names) -> Reply:
    """Send one hello. A server that hangs up at it twice has refused. Raises AttemptError where nothing connects."""
    reply = Reply(Said.UNCLEAR)
    for _ in range(_HUNG_UP_TRIES):
        attempt = Attempt(where.name, source_of(where))
        try:
            async with asyncio.timeout(where.timeout):
                sock, _began = await connect(names, where.host, where.port, attempt)
                attempt.phase = Phase.HANDSHAKE
                reader, writer = await asyncio.open_connection(sock=sock)
                try:
                    writer.write(client_hello(version, _sni(where)))
                    reply = await _listen(reader, version)
                finally:
                    writer.transport.abort()
        except TimeoutError as error:
            if attempt.phase is not Phase.HANDSHAKE:
                raise (from_os_error(error) if error.errno else attempt.timed_out(where.timeout)) from None
            # Silence is no refusal: a firewall or a slow server is silent, too.
            return Reply(Said.UNCLEAR, attempt.timed_out(where.timeout).words)
        except OSError as error:
            if attempt.phase is not Phase.HANDSHAKE:
                raise from_os_error(error) from None
            reply = Reply(Said.REFUSED, "the server hung up")
        if reply.words != "the server hung up":
            break
    return reply


async def _listen(reader: asyncio.StreamReader, version: int) -> Reply:
    data = b""
    while len(data) < 1 << 17:
        more = await reader.read(1 << 14)
        if not more:
            return Reply(Said.REFUSED, "the server hung up")
        data += more
        reply = read_reply(data, version)
        if reply.said is not Said.MORE:
            return reply
    return Reply(Said.UNCLEAR, "what it said never ended")


async def _strength(where: TlsProbe, attempt: Attempt, names: Names) -> list[Evidence]:
    """What a handshake of this machine's OpenSSL agrees on; Gaps where it can't agree on anything with the server."""
    context = new_client_context(verify=False)
    # A weak key is to be read and judged, not to be refused here.
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    try:
        async with asyncio.timeout(where.timeout):
            sock, _began = await connect(names, where.host, where.port, attempt)
            attempt.phase = Phase.HANDSHAKE
            transport, _ = await asyncio.get_running_loop().create_connection(
                asyncio.Protocol, sock=sock, ssl=context, server_hostname=where.server_name or where.host
            )
    except (OSError, TimeoutError) as error:
        failure = attempt.timed_out(where.timeout) if isinstance(error, TimeoutError) else from_os_error(error)
        why = f"this machine's {ssl.OPENSSL_VERSION} agrees on nothing with it: {failure.words}"
        return [attempt.gap(part, why) for part in _PARTS]
    except Unmeasured as error:
        return [attempt.gap(part, error.words, error.remedy) for part in _PARTS]
    tls: ssl.SSLObject = transport.get_extra_info("ssl_object")
    try:
        cipher = tls.cipher()
        name, bits = (cipher[0], cipher[2]) if cipher else ("", 0)
        der = tls.getpeercert(binary_form=True)
        agreed: list[Evidence] = [
            attempt.reading("tls.version", tls.version() or "", "text"),
            attempt.reading("tls.cipher", name, "text", f"{bits} bits"),
        ]
    finally:
        transport.abort()
    return agreed + key_evidence(attempt, der)


def _sni(where: TlsProbe) -> str:
    name = where.server_name or where.host
    try:
        ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return name if name.isascii() else name.encode("idna").decode()
    return ""
