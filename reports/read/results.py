"""All the test results that patterns name, as one: totals over the files, what is wrong with them, what had to run."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from reports.case import Case, Outcome
from reports.read.errors import ReportError
from reports.read.files import find_files
from reports.read.freshness import stale
from reports.read.junit import read_junit
from reports.read.junit_file import JunitFile, SuiteCount
from reports.read.problem import Effect, Problem
from reports.read.words import counted

#: So many failed and so many flaky cases are kept whole; the others are counted.
KEPT = 200
GATE_PROPERTY = "tidegate.gate"


@dataclass(frozen=True, slots=True)
class RequiredTests:
    """What became of the tests that had to run, by the names they were required by, sorted.

    `executed`: ran, whatever came out; `skipped`: only ever skipped; `missing`: in no file.
    """

    executed: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TestResults:
    """The results of all files.

    `tests`, `failures`, `errors`, `skipped`, `flaky`: cases, those of a suite that is found twice (in a merged file
    and its part, or in copies of a file) counted once; `doubled`: how many cases were left out for that;
    `duration`: seconds, summed over the files; `problems`: of the files and of the whole, the worst effect first;
    `failed`, `flaky_cases`: the first 200 of each.
    """

    __test__: ClassVar[bool] = False  # pytest would take the name for a test's

    patterns: tuple[str, ...]
    files: tuple[JunitFile, ...]
    tests: int
    failures: int
    errors: int
    skipped: int
    flaky: int
    doubled: int
    duration: float
    failed: tuple[Case, ...]
    flaky_cases: tuple[Case, ...]
    required: RequiredTests
    problems: tuple[Problem, ...]

    @property
    def executed(self) -> int:
        """Cases that really ran: all but the skipped ones."""
        return self.tests - self.skipped

    @property
    def failing(self) -> int:
        """Failures and errors together."""
        return self.failures + self.errors

    @property
    def more_failed(self) -> int:
        """Failing cases beyond those in `failed`."""
        return max(0, self.failing - len(self.failed))


def read_tests(
    patterns: Iterable[str],
    *,
    required: Iterable[str] = (),
    max_age: float | None = None,
    not_before: float | None = None,
    now: float | None = None,
    base: Path = Path(),
    on_case: Callable[[Case], None] | None = None,
) -> TestResults:
    """Read all the JUnit files that the patterns name (relative to `base`), as one result.

    `required`: tests that have to have run, as `classname::name` or `name`; `max_age`: seconds that a file may be
    old; `not_before`: the commit's time and `now`: the present, both in seconds since the epoch; `on_case` gets the
    cases that carry the property `tidegate.gate`, each once.

    Raises nothing for files: one that can't be read, a pattern that matches none, no executed test at all, a required
    test that did not run are problems of the result, and none of them leaves it fit to pass.
    """
    wanted = tuple(patterns)
    found = find_files(wanted, base)
    collector = _Collector(frozenset(required), on_case)
    present = time.time() if now is None else now
    problems = [
        Problem(Effect.INCONCLUSIVE, f"no file matches the pattern {pattern!r}", 0, pattern) for pattern in found.empty
    ]
    if not wanted:
        problems.append(Problem(Effect.INCONCLUSIVE, "no files were named"))
    files: list[JunitFile] = []
    for path in found.files:
        try:
            file = collector.read(path)
            modified = path.stat().st_mtime
        except ReportError as error:
            problems.append(Problem(Effect.INCONCLUSIVE, f"can't be read: {error.message}", error.line, error.file))
            continue
        except OSError as error:
            problems.append(Problem(Effect.INCONCLUSIVE, f"vanished while it was read: {error.strerror}", 0, str(path)))
            continue
        files.append(file)
        problems += file.problems
        problems += stale(file, modified, present, max_age=max_age, not_before=not_before)
    problems += collector.problems()
    order = list(Effect)
    return TestResults(
        patterns=wanted,
        files=tuple(files),
        tests=collector.tests,
        failures=collector.failures,
        errors=collector.errors,
        skipped=collector.skipped,
        flaky=collector.flaky,
        doubled=collector.doubled,
        duration=sum(file.duration for file in files),
        failed=tuple(collector.failed.values()),
        flaky_cases=tuple(collector.flaky_cases.values()),
        required=collector.required(),
        problems=tuple(sorted(problems, key=lambda problem: order.index(problem.effect))),
    )


class _Collector:
    """Adds up suites and notable cases over the files, each once."""

    def __init__(self, required: frozenset[str], on_case: Callable[[Case], None] | None) -> None:
        self._required = required
        self._on_case = on_case
        self._suites: set[SuiteCount] = set()
        self._tagged: set[int] = set()
        self._outcomes: dict[str, bool] = {}
        self._namesakes: dict[str, str] = {}
        self.tests = self.failures = self.errors = self.skipped = self.flaky = self.doubled = 0
        self.failed: dict[Case, Case] = {}
        self.flaky_cases: dict[Case, Case] = {}

    def read(self, path: Path) -> JunitFile:
        """Read one file; what it holds counts only once it was read to its end. Raises ReportError."""
        suites: list[SuiteCount] = []
        failed: list[Case] = []
        flaky: list[Case] = []
        outcomes: dict[str, bool] = {}

        def take(case: Case) -> None:
            if self._on_case and any(name == GATE_PROPERTY for name, _ in case.properties):
                self._hand_over(case, self._on_case)
            for name in {case.name, case.identity} & self._required:
                outcomes[name] = outcomes.get(name, False) or case.outcome is not Outcome.SKIPPED
            if self._required and len(self._namesakes) < KEPT:
                self._namesakes.setdefault(case.name, case.identity)
            if case.outcome in (Outcome.FAILED, Outcome.ERROR) and len(failed) < KEPT:
                failed.append(case)
            if case.flaky and len(flaky) < KEPT:
                flaky.append(case)

        file = read_junit(path, take, only=self._required, on_suite=suites.append)
        for suite in suites:
            self._add(suite)
        for name, executed in outcomes.items():
            self._outcomes[name] = self._outcomes.get(name, False) or executed
        for case in failed[: KEPT - len(self.failed)]:
            self.failed.setdefault(_without_place(case), case)
        for case in flaky[: KEPT - len(self.flaky_cases)]:
            self.flaky_cases.setdefault(_without_place(case), case)
        return file

    def required(self) -> RequiredTests:
        """What became of the required tests in all files."""
        return RequiredTests(
            executed=tuple(sorted(name for name, executed in self._outcomes.items() if executed)),
            skipped=tuple(sorted(name for name, executed in self._outcomes.items() if not executed)),
            missing=tuple(sorted(self._required - self._outcomes.keys())),
        )

    def problems(self) -> Iterator[Problem]:
        """What is wrong with the whole, though each file may be in order."""
        if not self.tests - self.skipped:
            found = f"{counted(self.skipped, 'test')}, all skipped" if self.skipped else "no test was found"
            yield Problem(Effect.INCONCLUSIVE, f"nothing was executed: {found}")
        if self.doubled:
            yield Problem(Effect.NOTE, f"{counted(self.doubled, 'case')} in suites that were found twice, counted once")
        required = self.required()
        for name in required.missing:
            namesake = self._namesakes.get(name.rpartition("::")[2])
            hint = f"; there is {namesake!r}" if namesake else "; `tidegate read FILE` shows the names in a file"
            yield Problem(Effect.INCONCLUSIVE, f"required test {name!r} is in no file{hint}")
        for name in required.skipped:
            yield Problem(Effect.INCONCLUSIVE, f"required test {name!r} was skipped")

    def _add(self, suite: SuiteCount) -> None:
        if suite in self._suites:
            self.doubled += suite.tests
            return
        self._suites.add(suite)
        self.tests += suite.tests
        self.failures += suite.failures
        self.errors += suite.errors
        self.skipped += suite.skipped
        self.flaky += suite.flaky

    def _hand_over(self, case: Case, on_case: Callable[[Case], None]) -> None:
        key = hash(_without_place(case))
        if key not in self._tagged:
            self._tagged.add(key)
            on_case(case)


def _without_place(case: Case) -> Case:
    """What makes two readings of one case, from a merged file and from its part, equal."""
    return replace(case, report="", line=0, suite=())
