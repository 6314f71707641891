"""Adds up the single samples of a JMeter file: exact percentiles of the successes, in bounded memory."""

import math
from datetime import UTC, datetime
from typing import Final

from reports.load_summary import LoadSummary, RequestSummary, Times
from reports.read.problem import Effect, ProblemList
from reports.read.quality.fields import text
from reports.read.words import counted

#: JMeter's words for a sample that stands for several, which are in the file as well
#: (`TransactionController.isFromTransactionController`).
TRANSACTION: Final = "Number of samples in transaction"
#: More names than that are those of single requests (an id in the URL): they are counted together only.
_NAMES: Final = 1_000
#: The year 9999 in milliseconds.
_LAST: Final = 253_370_764_800_000


class _Name:
    """The samples of one name. `times`: milliseconds → count, of the successes."""

    __slots__ = ("count", "failures", "times")

    def __init__(self) -> None:
        self.count = self.failures = 0
        self.times: dict[int, int] = {}

    def add(self, elapsed: int, success: bool) -> None:
        """Take a sample."""
        self.count += 1
        if success:
            self.times[elapsed] = self.times.get(elapsed, 0) + 1
        else:
            self.failures += 1

    def summary(self, name: str) -> RequestSummary:
        """What came together."""
        times = Times({elapsed / 1000: often for elapsed, often in self.times.items()})
        return RequestSummary(name, self.count, self.failures, times, successes_only=True, mean=times.mean)


class Samples:
    """Takes samples one by one. Times are milliseconds, as JMeter writes them."""

    def __init__(self) -> None:
        self.problems = ProblemList()
        self._all = _Name()
        self._names: dict[str, _Name] = {}
        self._unnamed = 0
        self._transactions = 0
        self._first, self._last = math.inf, 0
        self._undated = 0

    def add(self, label: str, elapsed: int, success: bool, begun: int | None, message: str = "") -> None:
        """Take a sample. `begun`: milliseconds since 1970, None where it is not known."""
        if message.startswith(TRANSACTION):
            self._transactions += 1
            return
        self._all.add(elapsed, success)
        name = text(label)
        known = self._names.get(name)
        if known is None and len(self._names) < _NAMES and name:
            known = self._names[name] = _Name()
        if known is not None:
            known.add(elapsed, success)
        else:
            self._unnamed += bool(name)
        if begun is None or not 0 < begun < _LAST:
            self._undated += 1
        else:
            self._first, self._last = min(self._first, begun), max(self._last, begun + elapsed)

    def summary(self, form: str, sha256: str, path: str) -> LoadSummary:
        """What came together."""
        add = self.problems.add
        if not self._all.count:
            only = f", only {counted(self._transactions, 'transaction')}" if self._transactions else ""
            add(Effect.INCONCLUSIVE, f"there is no request in the file{only}")
        elif self._transactions:
            add(
                Effect.NOTE, f"{counted(self._transactions, 'transaction')} of several requests: not counted themselves"
            )
        if self._unnamed:
            add(Effect.NOTE, f"{counted(self._unnamed, 'request')} beyond {_NAMES:,} names: counted in the total only")
        if self._undated and self._all.count:
            add(Effect.NOTE, f"{counted(self._undated, 'request')} without a time: how long the run took is not known")
        dated = not self._undated and self._last > self._first
        return LoadSummary(
            "JMeter",
            form,
            self._all.summary(""),
            tuple(found.summary(name) for name, found in self._names.items()),
            (self._last - self._first) / 1000 if dated else None,
            datetime.fromtimestamp(min(self._last, _LAST) / 1000, UTC) if dated else None,
            sha256,
            self.problems.all(path),
        )
