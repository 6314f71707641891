"""The process that reads one source: it takes a probe, and says how far it is and what it found, as lines of JSON.

A user's pattern that never ends, a file that never ends: whoever started this process ends it. A pattern that takes
seconds on one line ends itself, with words that name it; Python's `re` looks for signals while it searches.
"""

import json
import os
import pickle
import signal
import sys
import time as clock
from collections.abc import Callable
from typing import Any, Final

from checks.attempt import Attempt
from checks.evidence import Evidence, evidence_to_dict
from checks.logs.account import Account
from checks.logs.entries import entries
from checks.logs.marker import send_and_find
from checks.logs.patterns import SlowPatternError, current
from checks.logs.probes import LogProbe
from checks.logs.reading import read
from checks.logs.tally import Tally, count
from checks.logs.zones import zone_of
from checks.units import format_value

#: Seconds between two looks at what is going on, and how many of them a pattern may have for one line.
_TICK: Final = 1.0
_TICKS: Final = 3

Say = Callable[[str], None]


def main() -> None:
    """Read a probe from standard input (as its parent pickled it); write to standard output."""
    channel = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    # Whatever a library prints must not be taken for an answer.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    probe = pickle.load(sys.stdin.buffer)  # noqa: S301 - the bytes come from the process that started this one

    def write(document: dict[str, Any]) -> None:
        channel.write(json.dumps(document) + "\n")
        channel.flush()

    found = look(probe, lambda words: write({"said": words}))
    write({"evidence": [evidence_to_dict(evidence) for evidence in found]})


def look(probe: LogProbe, say: Say) -> list[Evidence]:
    """Everything that a probe asks for. For the main thread of a process of its own: it takes the alarm signal."""
    attempt = Attempt(probe.name, probe.source.source)
    account, now = Account(), clock.time()
    watch = _Watch(account, say)
    signal.signal(signal.SIGALRM, watch.tick)
    signal.setitimer(signal.ITIMER_REAL, _TICK, _TICK)
    try:
        zone = zone_of(probe.zone)
        window = probe.window
        # The same length before the window is read, too, where it is compared with.
        before = now - window.since if window.baseline and window.since is not None else 0.0
        since = None if window.since is None else window.since - before
        lines = read(probe.source, since, account, start=window.start)
        tally = count(probe, entries(lines, probe.names, zone, now), account, now)
    except SlowPatternError as error:
        account.lacks(str(error), "write it without repeats inside of repeats: `(a+)+` takes for ever")
        tally = Tally(probe, now)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    found = tally.evidence(account, attempt)
    if probe.marker is not None:
        found += send_and_find(probe, probe.marker, attempt)
    return found


class _Watch:
    """Told every second: says how far it is, stops a pattern that takes too long, ends with its parent."""

    def __init__(self, account: Account, say: Say) -> None:
        self._account = account
        self._say = say
        self._parent = os.getppid()
        self._at: object = None
        self._ticks = 0

    def tick(self, *_: object) -> None:
        if os.getppid() != self._parent:
            os._exit(1)
        read, size = self._account.read, self._account.size
        of = f" of {format_value(float(size), 'B')}" if size > read else ""
        self._say(f"read {format_value(float(read), 'B')}{of}")
        if current.at is None or current.at is not self._at:
            self._at, self._ticks = current.at, 0
            return
        self._ticks += 1
        if self._ticks >= _TICKS:
            pattern, line = current.at
            current.at = None
            seconds = format_value(_TICK * _TICKS, "s")
            raise SlowPatternError(f"the pattern {pattern!r} took more than {seconds} on one line, {line.place}")
