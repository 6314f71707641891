"""`require(evidence, criterion)`: judges, and writes the judgement into the properties of the running test."""

import dataclasses
import traceback

import pytest

from checks.evidence import Evidence, Gap
from checks.secrets import mask
from gates.carrying import CHECK, EXHIBIT, GATE, JUDGEMENT, NOTE, OUTCOME, exhibit_to_property, gap, to_property
from gates.criteria import Criterion, from_scalar
from gates.decision import told
from gates.remedies import remedy_for
from reports.exhibit import Exhibit
from reports.judgement import Judgement
from reports.verdict import Verdict

#: The longest traceback that is kept in a report, in characters; the end says what happened, so the end is kept.
LONGEST_DETAILS = 20_000


class Inconclusive(pytest.fail.Exception):  # type: ignore[name-defined, misc] # pytest sets it at run time
    """Ends a test that could not judge. `pytest.fail` and a failed `assert` are FAIL; any other exception is this."""


class Recorder:
    """Takes the judgements of the test that is running. Called with evidence and a criterion, it is `require`.

    A judgement that does not pass does not stop the test: every judgement is made, and the test ends as the worst.
    """

    def __init__(self) -> None:
        self._item: pytest.Item | None = None
        self._judgements: list[Judgement] = []

    def __call__(self, evidence: Evidence, criterion: Criterion | str | float, *, remedy: str = "") -> Judgement:
        """Judge `evidence` by `criterion` (a Criterion, its text, or the plain value wanted) and record it.

        Raises CriterionError for a text that is no criterion, TypeError for evidence that is none.
        """
        if not isinstance(evidence, Evidence):
            raise TypeError(
                f"require() judges a Reading or a Gap, not {type(evidence).__name__}: "
                "wrap what was measured in measured(subject, value, unit)"
            )
        judged = criterion if isinstance(criterion, Criterion) else from_scalar(criterion)
        return self.add(judged.judge(evidence, remedy))

    def add(self, judgement: Judgement) -> Judgement:
        """Record a judgement that was made elsewhere."""
        if self._item is None:
            raise RuntimeError("require() was called outside a running test")
        if judgement.verdict is not Verdict.PASS and not judgement.remedy:
            judgement = dataclasses.replace(judgement, remedy=remedy_for(judgement.evidence))
        self._judgements.append(judgement)
        self._item.user_properties.append((JUDGEMENT, to_property(judgement)))
        return judgement

    def note(self, text: str) -> None:
        """Record what a reader should know though it changes no verdict."""
        if self._item is not None:
            self._item.user_properties.append((NOTE, mask(text)))

    def show(self, exhibit: Exhibit) -> None:
        """Record a table or a plot for the reports; it changes no verdict."""
        if self._item is not None:
            self._item.user_properties.append((EXHIBIT, exhibit_to_property(exhibit)))

    def begin(self, item: pytest.Item, gate: str) -> None:
        """A test starts: forget what an earlier attempt of it recorded."""
        self._item = item
        self._judgements = []
        kept = [pair for pair in item.user_properties if not pair[0].startswith("tidegate.")]
        item.user_properties[:] = [*kept, (GATE, gate)]

    def judging(self, check: str) -> None:
        """The running test judges the planned check of this name."""
        if self._item is not None:
            self._item.user_properties.append((CHECK, check))

    def conclude(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        """A phase of a test has ended: turn what was recorded, and what was raised, into pytest's outcome.

        It runs before pytest makes its report, so that the properties of a failing set-up are not lost either.
        """
        if call.excinfo is not None:
            self._raised(item, call.excinfo)
        elif call.when == "call":
            self._returned(item, call)

    def _raised(self, item: pytest.Item, raised: pytest.ExceptionInfo[BaseException]) -> None:
        error = raised.value
        if isinstance(
            error, pytest.skip.Exception | pytest.xfail.Exception | KeyboardInterrupt | pytest.exit.Exception
        ):
            return
        if isinstance(error, AssertionError | pytest.fail.Exception) and not isinstance(error, Inconclusive):
            item.user_properties.append((OUTCOME, "fail"))
            return
        frames = "".join(traceback.format_exception(raised.type, error, raised.tb))
        text = (str(error).strip() or "no message").splitlines()[0]
        reason = f"{type(error).__name__}: {text}" if not isinstance(error, Inconclusive) else text
        judgement = dataclasses.replace(gap(Gap(item.name, reason)), details=mask(frames)[-LONGEST_DETAILS:])
        item.user_properties.append((JUDGEMENT, to_property(judgement)))
        item.user_properties.append((OUTCOME, "inconclusive" if isinstance(error, Inconclusive) else "unexpected"))

    def _returned(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        bad = [judgement for judgement in self._judgements if judgement.verdict is not Verdict.PASS]
        if self._judgements and not bad:
            return
        failed = [judgement for judgement in bad if judgement.verdict is Verdict.FAIL]
        lines = [mask(f"{judgement.verdict.value}  {told(judgement)}") for judgement in bad]
        text = "\n".join(lines) or "INCONCLUSIVE  the test made no judgement: let it call require(evidence, criterion)"
        kind = pytest.fail.Exception if failed else Inconclusive
        item.user_properties.append((OUTCOME, "fail" if failed else "inconclusive"))
        call.excinfo = _raised_here(kind(text, pytrace=False))


def _raised_here(error: BaseException) -> "pytest.ExceptionInfo[BaseException]":
    """What pytest makes of an exception: it wants one that was really raised."""
    try:
        raise error  # noqa: TRY301 - for its traceback
    except BaseException:  # noqa: BLE001 - it is the one above
        return pytest.ExceptionInfo.from_current()
