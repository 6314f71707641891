"""TCP probes: whether something accepts connections."""

import time as clock

from checks.attempt import Attempt
from checks.connect import Names, connect
from checks.evidence import Evidence
from checks.probes import TcpProbe


async def measure_tcp(probe: TcpProbe, attempt: Attempt, names: Names) -> list[Evidence]:
    """`NAME.up` and `NAME.response_time`, the time to connect. Raises OSError, Unmeasured."""
    sock, began = await connect(names, probe.host, probe.port, attempt)
    ended = clock.monotonic()
    sock.close()
    return [attempt.reading("up", True, "bool"), attempt.elapsed(began, ended)]
