"""How far a host's clock is from this machine's, and how exactly that can be known over the connection."""

import time as clock
from dataclasses import dataclass
from typing import Final

from checks.evidence import Evidence
from checks.hosts.asking import OpenHost
from checks.hosts.load import below
from checks.hosts.session import SessionError

_COMMAND: Final = "date +%s.%N"
#: Round trips of which the quickest counts.
_TRIES: Final = 4
#: Seconds after which a clock of whole seconds has to have ticked.
_TICK: Final = 2.5


@dataclass(frozen=True, slots=True)
class Offset:
    """The host's time less ours lies between `low` and `high` seconds."""

    low: float
    high: float

    @property
    def middle(self) -> float:
        """The best guess."""
        return (self.low + self.high) / 2

    @property
    def uncertainty(self) -> float:
        """How far off that may be, on either side."""
        return (self.high - self.low) / 2


def look_at_clock(host: OpenHost) -> list[Evidence]:
    """`clock.offset`, without its sign, and `clock.uncertainty`: half of the round trip in which the clock was read."""
    attempt = host.attempt(_COMMAND)
    if host.probe.address.backend == "local":
        return [attempt.gap("clock.offset", "this is the clock that others are compared with")]
    try:
        offset = _measure(host)
    except SessionError as error:
        return [attempt.gap("clock.offset", str(error))]
    except ValueError as error:
        return [attempt.gap("clock.offset", f"the answer of `date` can't be read: {error}")]
    way = "ahead of" if offset.middle > 0 else "behind"
    words = f"{way} this machine, ± {offset.uncertainty * 1000:.3g} ms{below(host)}"
    return [
        attempt.reading("clock.offset", round(abs(offset.middle), 6), "s", words),
        attempt.reading("clock.uncertainty", round(offset.uncertainty, 6), "s"),
    ]


def _measure(host: OpenHost) -> Offset:
    best: Offset | None = None
    for _ in range(_TRIES):
        before, after, text = _ask(host)
        whole, dot, rest = text.partition(".")
        if not (whole.isdigit() and dot):
            raise ValueError(repr(text[:40]))
        if not rest.isdigit():
            return _by_ticks(host)  # busybox knows no %N
        said = float(text)
        found = Offset(said - after, said - before)
        if best is None or found.uncertainty < best.uncertainty:
            best = found
    if best is None:
        raise ValueError("nothing was said")
    return best


def _by_ticks(host: OpenHost) -> Offset:
    """Ask until the second changes: between the last two questions it was exactly the new one."""
    end = clock.monotonic() + _TICK
    earlier, _, first = _ask(host)
    while clock.monotonic() < end:
        before, after, text = _ask(host)
        if text != first:
            said = float(text.partition(".")[0])
            return Offset(said - after, said - earlier)
        earlier = before
        clock.sleep(0.01)
    raise ValueError(f"it did not tick within {_TICK} s")


def _ask(host: OpenHost) -> tuple[float, float, str]:
    """Our time before and after, and what the host says in between."""
    # One reading of our wall clock; it may be set while we measure, the monotonic one may not.
    wall = clock.time() - clock.monotonic()
    answer = host.session.run(_COMMAND, 5)
    return wall + answer.sent, wall + answer.received, answer.out.strip()
