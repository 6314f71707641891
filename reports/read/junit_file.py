"""What one JUnit file holds: totals counted from its cases, its problems, and what its suites say of themselves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from reports.read.problem import Problem


@dataclass(frozen=True, slots=True)
class JunitFile:
    """One JUnit XML file.

    `path`: as the user wrote it; `sha256`: of its bytes, hexadecimal; `tests`: cases found, skipped ones included;
    `failures`, `errors`, `skipped`: each case is in at most one of them; `flaky`: passed only after it had failed;
    `repeated`: cases whose class and name an earlier case of the file has; `suites`: suites found; `duration`: seconds,
    as the suites state it, else the sum of the cases; `newest`: the latest suite timestamp, naive where it names no
    zone, None where no suite states one; `properties`: of the suites, the first 100; `run`: what Tidegate says
    of the run that wrote the file (suite property `tidegate.run`), None where another tool wrote it.
    """

    path: str
    sha256: str
    tests: int
    failures: int
    errors: int
    skipped: int
    flaky: int = 0
    repeated: int = 0
    suites: int = 0
    duration: float = 0.0
    newest: datetime | None = None
    properties: tuple[tuple[str, str], ...] = ()
    run: Mapping[str, object] | None = field(default=None, hash=False)
    problems: tuple[Problem, ...] = ()
    format: str = "junit"

    @property
    def executed(self) -> int:
        """Cases that really ran: all but the skipped ones."""
        return self.tests - self.skipped

    @property
    def failing(self) -> int:
        """Failures and errors together."""
        return self.failures + self.errors


@dataclass(frozen=True, slots=True)
class SuiteCount:
    """The cases that stand directly in one suite, by which a suite that is found twice is recognised.

    `digest` covers the suite's name and timestamp, and class, name, time and outcome of its first hundred passed cases
    and of all others. It is salted per process (Python's own string hash), so it means nothing outside of this one.
    """

    digest: int
    tests: int
    failures: int
    errors: int
    skipped: int
    flaky: int
