"""One test case as a runner reported it: the common form of pytest's own results and of foreign JUnit files."""

from dataclasses import dataclass
from enum import Enum


class Outcome(Enum):
    """What the runner said of a case. An `ERROR` could not be carried out; a `SKIPPED` case was not executed."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Case:
    """A test case.

    `suite`: names of the enclosing suites from the outside in; `duration`: seconds, None where the file states none;
    `message`: one line; `details`: traceback or text, cut to a bounded length; `properties`: name and value pairs in
    their order; `attempts`: how often it ran; `flaky`: it passed only after it had failed. `file`: the source file, as
    the runner names it; `report` and `line`: the report file that says all this, and where in it (0: unknown).
    """

    name: str
    classname: str
    outcome: Outcome
    suite: tuple[str, ...] = ()
    file: str = ""
    duration: float | None = None
    message: str = ""
    details: str = ""
    properties: tuple[tuple[str, str], ...] = ()
    attempts: int = 1
    flaky: bool = False
    report: str = ""
    line: int = 0

    @property
    def identity(self) -> str:
        """`classname::name`, by which required tests and doubles are recognised."""
        return f"{self.classname}::{self.name}" if self.classname else self.name
