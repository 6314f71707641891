"""One look at one probe: whatever happens, it ends in evidence."""

import asyncio
import time as clock
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, assert_never

from checks.attempt import Attempt
from checks.connect import Names
from checks.dns import measure_dns, prepare_dns
from checks.evidence import Evidence, Reading
from checks.failures import AttemptError, Down, Unmeasured, from_os_error
from checks.http import Pool, measure_http
from checks.places import source_of
from checks.probes import DnsProbe, HttpProbe, Probe, TcpProbe, TlsProbe
from checks.tcp import measure_tcp
from checks.tls import inspect_refused, measure_tls
from checks.trust import client_context

#: Statuses that say "not now" (RFC 9110, 15.6; RFC 6585, 4): where a probe has attempts left, it asks again.
RETRIED_STATUSES: Final = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Look:
    """What one attempt brought. `timed`: the window (time.monotonic) in which it could be spoilt by our own loop;
    `timed_out`: the service was given up because of the time; `again`: another attempt may bring something else."""

    evidence: list[Evidence]
    timed: tuple[float, float]
    again: bool = False
    timed_out: bool = False


async def look(probe: Probe, number: int, began: float, names: Names, pool: Pool) -> Look:
    """Attempt number `number` of a probe that was first tried at `began` (time.monotonic). Raises nothing."""
    attempt = Attempt(probe.name, source_of(probe), number, began)
    start = clock.monotonic()
    try:
        async with asyncio.timeout(probe.timeout):
            found = await _measure(probe, attempt, names, pool)
    except (AttemptError, OSError) as error:
        return await _failed(probe, attempt, error, start, names)
    except Exception as error:  # noqa: BLE001 - an answer that breaks our own code is a Gap, and never ends the sweep
        words = f"the check itself failed: {type(error).__name__}: {error}"
        return Look([attempt.gap(main_part(probe), words)], (start, clock.monotonic()))
    return Look(found, attempt.timed or (start, clock.monotonic()), again=_says_later(found))


def main_part(probe: Probe) -> str:
    """The part of the subject that says whether there was an answer at all."""
    return "resolves" if isinstance(probe, DnsProbe) else "up"


def prepare(probe: Probe) -> None:
    """Do what would stop the loop before it runs: imports and reading authorities. Errors come up again in the look."""
    match probe:
        case HttpProbe(ca_file=ca_file, verify=verify):
            if probe.target.scheme == "https":
                _try_context(ca_file, verify=verify)
        case TlsProbe(ca_file=ca_file, verify=verify):
            _try_context(ca_file, verify=verify)
        case DnsProbe():
            prepare_dns(probe)
        case TcpProbe():
            pass
        case unreachable:
            assert_never(unreachable)


async def _failed(probe: Probe, attempt: Attempt, error: Exception, start: float, names: Names) -> Look:
    timed_out = isinstance(error, TimeoutError) and not error.errno
    if timed_out:
        failure = attempt.timed_out(probe.timeout)
    elif isinstance(error, OSError):
        failure = from_os_error(error)
    else:
        failure = error if isinstance(error, AttemptError) else Unmeasured(str(error))
    found: list[Evidence] = [attempt.failed(failure, main_part(probe))]
    timed = start, clock.monotonic()
    if isinstance(probe, HttpProbe):
        found += await inspect_refused(probe, error, attempt, names)
    again = isinstance(failure, Down) or (isinstance(failure, Unmeasured) and failure.again)
    return Look(found, timed, again=again, timed_out=timed_out and isinstance(failure, Down))


async def _measure(probe: Probe, attempt: Attempt, names: Names, pool: Pool) -> list[Evidence]:
    match probe:
        case HttpProbe():
            return await measure_http(probe, attempt, pool)
        case TcpProbe():
            return await measure_tcp(probe, attempt, names)
        case DnsProbe():
            return await measure_dns(probe, attempt, names)
        case TlsProbe():
            return await measure_tls(probe, attempt, names)
        case unreachable:
            assert_never(unreachable)


def _says_later(evidence: Sequence[Evidence]) -> bool:
    return any(
        isinstance(e, Reading) and e.subject.endswith(".status") and e.value in RETRIED_STATUSES for e in evidence[:2]
    )


def _try_context(ca_file: str, *, verify: bool) -> None:
    if not verify:
        import cryptography.x509  # noqa: F401 - reads the certificate of a connection that nobody verified
    try:
        client_context(ca_file, verify=verify)
    except Unmeasured:
        return
