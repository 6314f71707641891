"""pytest's reports of a test's phases, gathered into one Case each, in this process or from xdist's workers."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from checks.secrets import mask
from gates.recorder import LONGEST_DETAILS
from reports.case import Case, Outcome

_BADNESS = (Outcome.PASSED, Outcome.SKIPPED, Outcome.ERROR, Outcome.FAILED)


@dataclass(slots=True)
class _Test:
    outcome: Outcome = Outcome.PASSED
    called: bool = False
    duration: float = 0.0
    message: str = ""
    details: list[str] = field(default_factory=list)
    properties: tuple[tuple[str, str], ...] = ()
    place: str = ""
    reruns: int = 0


class Results:
    """The tests that have been reported so far, by node id, in their order."""

    def __init__(self) -> None:
        self._tests: dict[str, _Test] = {}

    def add(self, report: pytest.TestReport) -> None:
        """Take the report of one phase. A worse phase outweighs a better one."""
        test = self._tests.setdefault(report.nodeid, _Test())
        test.duration += report.duration
        test.place = report.location[0]
        if str(report.outcome) == "rerun":  # pytest-rerunfailures: an attempt that does not count
            test.reruns += 1
            return
        test.called = test.called or report.when == "call"
        test.properties = tuple((str(name), str(value)) for name, value in report.user_properties)
        outcome, message = _outcome(report)
        if _BADNESS.index(outcome) > _BADNESS.index(test.outcome):
            test.outcome, test.message = outcome, mask(message)
        if outcome is not Outcome.PASSED and not isinstance(report.longrepr, tuple):
            test.details.append(mask(report.longreprtext))
            test.details.extend(mask(f"--- {name} ---\n{text}") for name, text in report.sections)

    def __len__(self) -> int:
        return len(self._tests)

    def cases(self) -> list[Case]:
        """A Case for every test that was reported, however it ended."""
        return [_case(nodeid, test) for nodeid, test in self._tests.items()]


def _case(nodeid: str, test: _Test) -> Case:
    path, _, name = nodeid.partition("::")
    # A gate file outside of pytest's root, as ours are for everybody but us, has no path in its node id.
    path = path or Path(test.place).name
    outcome, message = test.outcome, test.message
    if outcome is Outcome.PASSED and not test.called:
        outcome, message = Outcome.ERROR, "the test was cut off before it was called"
    return Case(
        name=name or nodeid,
        classname=path.removesuffix(".py").replace("/", "."),
        outcome=outcome,
        file=path,
        duration=test.duration,
        message=message,
        details="\n".join(test.details)[-LONGEST_DETAILS:],
        properties=test.properties,
        attempts=test.reruns + 1,
        flaky=test.reruns > 0 and outcome is Outcome.PASSED,
    )


def _outcome(report: pytest.TestReport) -> tuple[Outcome, str]:
    if report.passed:
        return Outcome.PASSED, ""
    if report.skipped:
        if isinstance(report.longrepr, tuple):
            return Outcome.SKIPPED, report.longrepr[2].removeprefix("Skipped: ")
        return Outcome.SKIPPED, f"expected to fail: {getattr(report, 'wasxfail', '')}"
    outcome = dict(report.user_properties).get("tidegate.outcome")
    # A report without properties is of a worker that died: the test could not be carried out.
    return (Outcome.FAILED if outcome == "fail" else Outcome.ERROR), _first_line(report)


def _first_line(report: pytest.TestReport) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash is not None else report.longreprtext
    lines = text.strip().splitlines()
    return lines[0] if lines else "no message"
