"""Looks at a running target's security: everything at the same time, bursts last, and always ends in evidence."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, assert_never

from checks.attempt import Attempt
from checks.connect import Names
from checks.evidence import Evidence
from checks.failures import AttemptError, Unmeasured
from checks.look import prepare
from checks.places import source_of
from checks.security.asking import Asker
from checks.security.burst import look_at_burst
from checks.security.cors import look_at_cors
from checks.security.exposure import look_at_exposure
from checks.security.page import look_at_page
from checks.security.probes import (
    BurstProbe,
    CorsProbe,
    ExposureProbe,
    PageProbe,
    RefusalProbe,
    SecurityProbe,
    TlsVersionsProbe,
    request_of,
)
from checks.security.refusal import look_at_refusal
from checks.security.tls_versions import look_at_tls

#: Looks at the same time. Each one asks its questions one after the other, so that no burst comes of them.
_CONCURRENCY: Final = 8


def look_at_security(probes: Sequence[SecurityProbe]) -> Mapping[str, tuple[Evidence, ...]]:
    """The evidence of every look, by its name. Where nothing answered, `NAME.up` is False and the only reading.

    Bursts come after everything else, one after the other: what they provoke must not be taken for something else.
    Raises ValueError for a name that two looks have.
    """
    doubled = [name for name, count in Counter(request_of(p).name for p in probes).items() if count > 1]
    if doubled:
        raise ValueError(f"two looks have the name {doubled[0]!r}; evidence is kept by name")
    for probe in probes:
        prepare(request_of(probe))
    found: dict[str, tuple[Evidence, ...]] = {}

    async def run() -> None:
        names = Names()
        free = asyncio.Semaphore(_CONCURRENCY)

        async def one(probe: SecurityProbe) -> None:
            async with free:
                found[request_of(probe).name] = tuple(await _look(probe, names))

        try:
            await asyncio.gather(*(one(probe) for probe in probes if not isinstance(probe, BurstProbe)))
            for probe in probes:
                if isinstance(probe, BurstProbe):
                    await one(probe)
        finally:
            await names.close()
            # Transports that were aborted on the way let go of their sockets in the loop's next turn.
            await asyncio.sleep(0)

    with asyncio.Runner() as runner:
        runner.run(run())
    return {request_of(probe).name: found[request_of(probe).name] for probe in probes}


async def _look(probe: SecurityProbe, names: Names) -> list[Evidence]:
    request = request_of(probe)
    attempt = Attempt(request.name, source_of(request))
    asker = Asker(names)
    try:
        return await _measure(probe, asker)
    except AttemptError as error:
        return [attempt.failed(error)]
    except Exception as error:  # noqa: BLE001 - an answer that breaks our own code is a Gap, and never ends the look
        return [attempt.failed(Unmeasured(f"the check itself failed: {type(error).__name__}: {error}"))]
    finally:
        await asker.pool.close()


async def _measure(probe: SecurityProbe, asker: Asker) -> list[Evidence]:
    match probe:
        case PageProbe():
            return await look_at_page(probe, asker)
        case CorsProbe():
            return await look_at_cors(probe, asker)
        case TlsVersionsProbe():
            return await look_at_tls(probe, asker.names)
        case ExposureProbe():
            return await look_at_exposure(probe, asker)
        case RefusalProbe():
            return await look_at_refusal(probe, asker)
        case BurstProbe():
            return await look_at_burst(probe, asker)
        case unreachable:
            assert_never(unreachable)
