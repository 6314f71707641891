"""One turn of a watch: what a verification of the stage said, or why it said nothing."""

from dataclasses import dataclass
from enum import Enum

from gates.decision import decide
from reports.gate_report import Decision, GateReport
from reports.verdict import Verdict


class Kind(Enum):
    """Why a turn was made."""

    TURN = "turn"
    RECHECK = "recheck"


class Stopped(Enum):
    """Why a watch can't go on after a turn."""

    USAGE = "usage"
    INTERNAL_ERROR = "internal error"
    INTERRUPTED = "interrupted"
    ANOTHER_RELEASE = "another release"


@dataclass(frozen=True, slots=True)
class Criterion:
    """What was judged by what: the same criterion in one turn and in the next."""

    gate: str
    subject: str
    criterion: str

    def __str__(self) -> str:
        return f"{self.gate}: {self.subject}" + (f" {self.criterion}" if self.criterion else "")


@dataclass(frozen=True, slots=True)
class Turn:
    """A verification of the stage.

    `at`: seconds since the watch began; `began`: seconds since the epoch; `took`: seconds. `report` is None where it
    left none, and `trouble` says why. `folder`: where its files are.
    """

    number: int
    kind: Kind
    at: float
    began: float
    took: float
    folder: str
    report: GateReport | None = None
    trouble: str = ""
    stopped: Stopped | None = None

    @property
    def verdict(self) -> Verdict:
        """Of its required gates; without a whole report INCONCLUSIVE."""
        if self.report is None or self.stopped is not None:
            return Verdict.INCONCLUSIVE
        return self.report.verdict

    @property
    def decision(self) -> Decision | None:
        """What it would be by itself."""
        return decide(self.report) if self.report is not None else None

    @property
    def failed(self) -> dict[Criterion, str]:
        """The criteria of required gates that failed, and why."""
        return self._with(Verdict.FAIL)

    @property
    def passed(self) -> dict[Criterion, str]:
        """The criteria of required gates that were satisfied."""
        return self._with(Verdict.PASS)

    @property
    def headline(self) -> str:
        """One line on what it said."""
        if self.trouble:
            return self.trouble
        if not self.failed and self.report is not None and self.verdict is Verdict.PASS:
            judged = sum(len(gate.judgements) for gate in self.report.gates)
            return f"{judged} of {judged} criteria" if judged != 1 else "1 criterion"
        return self.decision.headline if self.decision is not None else ""

    def _with(self, verdict: Verdict) -> dict[Criterion, str]:
        if self.report is None:
            return {}
        return {
            Criterion(gate.name, judgement.subject, judgement.criterion): judgement.reason
            for gate in self.report.gates
            if gate.required
            for judgement in gate.judgements
            if judgement.verdict is verdict
        }
