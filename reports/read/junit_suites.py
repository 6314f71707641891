"""The suites that are open while a JUnit file streams by, and what is known of the file so far."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from reports.read.junit_file import SuiteCount
from reports.read.junit_totals import NOTHING, Totals, compare
from reports.read.junit_values import as_utc, duration, timestamp
from reports.read.problem import Effect, ProblemList
from reports.read.words import counted

_PROPERTIES_KEPT = 100
_LONGEST_NAME = 500
_LONGEST_VALUE = 2_000
_RUN = "tidegate.run"


@dataclass(slots=True)
class _Suite:
    label: str
    path: tuple[str, ...]
    attributes: Mapping[str, str]
    line: int
    before: Totals
    """Of the whole file when the suite began."""
    seconds: float | None
    """As the suite states it."""
    outer_digest: int
    nested: Totals = NOTHING
    summed: float = 0.0
    """Of its own cases and its nested suites."""


class Suites:
    """A stack of suites; counts at the end of each what stands directly in it."""

    def __init__(self, problems: ProblemList, on_suite: Callable[[SuiteCount], None] | None) -> None:
        self._open: list[_Suite] = []
        self._on_suite = on_suite
        self._problems = problems
        self._bad_times = 0
        self.suites = 0
        self.seconds = 0.0
        self.newest: datetime | None = None
        self.properties: list[tuple[str, str]] = []
        self.run: Mapping[str, object] | None = None
        self._run_text: str | None = None

    @property
    def path(self) -> tuple[str, ...]:
        """The names of the open suites, from the outside in."""
        return self._open[-1].path if self._open else ()

    @property
    def untimed(self) -> bool:
        """Whether the innermost suite leaves it to its cases to say how long it took."""
        return not self._open or self._open[-1].seconds is None

    def begin(self, element: str, attributes: Mapping[str, str], line: int, now: Totals, digest: int) -> None:
        """A suite starts; `now`: what has been counted so far; `digest`: of the suite around it."""
        name = attributes.get("name", "")[:_LONGEST_NAME]
        stated = attributes.get("time", "")
        seconds = duration(stated) if stated else None
        if stated and seconds is None:
            self.bad_time()
        if element == "testsuite":
            self.suites += 1
        if moment := timestamp(attributes.get("timestamp", "")):
            self.newest = moment if self.newest is None else max(self.newest, moment, key=as_utc)
        label = f"<{element}> {name!r}" if name else f"<{element}>"
        path = (*self.path, name) if name and element == "testsuite" else self.path
        self._open.append(_Suite(label, path, attributes, line, now, seconds, digest))

    def end(self, now: Totals, digest: int, case_seconds: float) -> int:
        """The innermost suite ends. Returns the digest to go on with in the suite around it."""
        suite = self._open.pop()
        everything = now.minus(suite.before)
        own = everything.minus(suite.nested)
        for effect, message in compare(suite.attributes, own, everything):
            self._problems.add(effect, f"{suite.label} {message}", suite.line)
        seconds = suite.summed + case_seconds if suite.seconds is None else suite.seconds
        if self._open:
            outer = self._open[-1]
            outer.nested = outer.nested.plus(everything)
            outer.summed += seconds
        else:
            self.seconds = seconds
        if own.tests and self._on_suite:
            name, moment = suite.attributes.get("name"), suite.attributes.get("timestamp")
            whole = hash((digest, name, moment, own))
            self._on_suite(SuiteCount(whole, own.tests, own.failures, own.errors, own.skipped, own.flaky))
        return suite.outer_digest

    def add_seconds(self, seconds: float) -> None:
        """Case times that were summed up so far belong to the innermost suite."""
        if self._open:
            self._open[-1].summed += seconds

    def bad_time(self) -> None:
        """A time that is no duration was met."""
        self._bad_times += 1

    def failed_outside(self, element: str, attributes: Mapping[str, str], line: int) -> None:
        """A `<failure>` or `<error>` that stands in a suite and belongs to no case."""
        label = self._open[-1].label if self._open else "the file"
        message = attributes.get("message") or attributes.get("type") or "no message"
        self._problems.add(
            Effect.FAIL, f"{label} holds <{element}> outside of a test case: {' '.join(message.split())[:200]}", line
        )

    def add_property(self, name: str, value: str, line: int) -> None:
        """A property of the suite."""
        if name == _RUN:
            self._add_run(value, line)
        elif len(self.properties) < _PROPERTIES_KEPT:
            self.properties.append((name[:_LONGEST_NAME], value[:_LONGEST_VALUE]))

    def finish(self) -> None:
        """The file has ended."""
        if self._bad_times:
            self._problems.add(
                Effect.NOTE, f"{counted(self._bad_times, 'time')} that can't be a duration, left out of the sum"
            )

    def _add_run(self, text: str, line: int) -> None:
        if text == self._run_text:
            return
        if self._run_text is not None:
            self._problems.add(Effect.INCONCLUSIVE, f"two different runs in one file (suite property {_RUN!r})", line)
            return
        self._run_text = text
        try:
            run = json.loads(text)
        except (ValueError, RecursionError):
            run = None
        if isinstance(run, dict):
            self.run = run
        else:
            self._problems.add(
                Effect.INCONCLUSIVE, f"suite property {_RUN!r} is not the JSON object it has to be", line
            )
