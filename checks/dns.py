"""DNS probes: whether a name resolves, and to what."""

import asyncio
import socket
import time as clock

from checks.attempt import Attempt, Phase
from checks.connect import Names
from checks.evidence import Evidence
from checks.failures import Unmeasured
from checks.probes import DnsProbe, split_nameserver

_FAMILIES = {"A": socket.AF_INET, "AAAA": socket.AF_INET6}


def prepare_dns(probe: DnsProbe) -> None:
    """Import what the probe needs, before the loop runs that would stand still meanwhile."""
    if not _by_system(probe):
        import dns.asyncresolver  # noqa: F401 - imported for its later use


async def measure_dns(probe: DnsProbe, attempt: Attempt, names: Names) -> list[Evidence]:
    """`NAME.resolves`, `.addresses` (sorted) and `.response_time`. Raises Unmeasured where nobody knows the answer."""
    attempt.phase = Phase.RESOLVING
    began = clock.monotonic()
    if _by_system(probe):
        found, why = await _ask_system(probe, names)
    else:
        found, why = await _ask_servers(probe)
    ended = clock.monotonic()
    if why:
        return [attempt.reading("resolves", False, "bool", why), attempt.elapsed(began, ended)]
    return [
        attempt.reading("resolves", True, "bool"),
        attempt.reading("addresses", ", ".join(sorted(found)), "text"),
        attempt.elapsed(began, ended),
    ]


def _by_system(probe: DnsProbe) -> bool:
    return not probe.nameserver and probe.record in _FAMILIES


async def _ask_system(probe: DnsProbe, names: Names) -> tuple[list[str], str]:
    try:
        addresses = await names.addresses(probe.host, 0, _FAMILIES[probe.record])
    except socket.gaierror as error:
        if error.errno in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)):
            return [], f"it does not exist, or has no {probe.record} record"
        raise
    return [str(where[0]) for _, where in addresses], ""


async def _ask_servers(probe: DnsProbe) -> tuple[list[str], str]:
    import dns.asyncresolver
    import dns.exception
    import dns.resolver

    try:
        resolver = dns.asyncresolver.Resolver(configure=not probe.nameserver)
        if probe.nameserver:
            address, resolver.port = split_nameserver(probe.nameserver)
            resolver.nameservers = [address]
        answer = await resolver.resolve(probe.host, probe.record, lifetime=probe.timeout, search=False)
    except dns.resolver.NXDOMAIN:
        return [], "the name does not exist (NXDOMAIN)"
    except dns.resolver.NoAnswer:
        return [], f"the name exists and has no {probe.record} record"
    except dns.exception.Timeout:
        raise Unmeasured("the name server did not answer in time", "check the name server", again=True) from None
    except dns.resolver.NoNameservers as error:
        words = _server_words(error)
        raise Unmeasured(f"the name server gave no answer: {words}", "check the name server", again=True) from None
    except (dns.exception.DNSException, asyncio.IncompleteReadError, EOFError) as error:
        raise Unmeasured(f"the look-up failed: {type(error).__name__}: {error}") from None
    return [record.to_text() for record in answer], ""


def _server_words(error: Exception) -> str:
    errors = getattr(error, "kwargs", {}).get("errors") or ()
    return ", ".join(dict.fromkeys(str(entry[3]) for entry in errors)) or str(error)
