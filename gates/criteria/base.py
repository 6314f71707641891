"""What all criteria share: a Gap is INCONCLUSIVE, too few samples are INCONCLUSIVE, what is not there FAILs.

CriterionError    a criterion that can't be read or can't be applied: a configuration error, never a verdict
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from checks.evidence import Evidence, Gap, Reading
from reports.judgement import Judgement
from reports.verdict import Verdict


class CriterionError(ValueError):
    """The criterion's text is wrong, or its unit does not fit what it is applied to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion(ABC):
    """A limit. `min_samples`: fewer observations than that are INCONCLUSIVE, whatever the value."""

    min_samples: int = 1

    def __post_init__(self) -> None:
        if type(self.min_samples) is not int or self.min_samples < 1:
            raise CriterionError(f"a criterion needs at least 1 sample, not {self.min_samples}")

    def judge(self, evidence: Evidence, remedy: str = "") -> Judgement:
        """Apply the criterion. Never raises for evidence of any kind: what does not fit is INCONCLUSIVE."""
        verdict, reason = self._rule(evidence)
        if isinstance(evidence, Gap) and evidence.remedy:
            remedy = evidence.remedy
        return Judgement(evidence, str(self), verdict, reason, remedy if verdict is not Verdict.PASS else "")

    def _rule(self, evidence: Evidence) -> tuple[Verdict, str]:
        if isinstance(evidence, Gap):
            return Verdict.INCONCLUSIVE, evidence.reason
        detail = f" ({evidence.detail})" if evidence.detail else ""
        if evidence.samples < self.min_samples:
            needed = f"{evidence.samples:,} samples, {self.min_samples:,} needed"
            return Verdict.INCONCLUSIVE, f"{needed}{detail}"
        if evidence.absent:
            return Verdict.FAIL, f"not there{detail}, wanted {self.wanted_beside(evidence)}"
        misfit = self.misfit(evidence.unit)
        if misfit:
            return Verdict.INCONCLUSIVE, f"{misfit}{detail}"
        met, got = self.met(evidence)
        if not met and evidence.value is False and evidence.detail:
            return Verdict.FAIL, evidence.detail  # `connection refused` says more than `no, wanted yes`
        relation = "is" if met else "wanted"
        shown = f"{got}{detail}"
        return (Verdict.PASS if met else Verdict.FAIL), f"{shown}, {relation} {self.wanted_beside(evidence)}"

    @abstractmethod
    def met(self, reading: Reading) -> tuple[bool, str]:
        """Whether the reading satisfies the limit, and the reading's value for people."""

    @property
    @abstractmethod
    def wanted(self) -> str:
        """The limit for people: `<= 500 ms`."""

    def wanted_beside(self, reading: Reading) -> str:  # noqa: ARG002 - amounts use it to tell close values apart
        """The limit for people, beside a value that it must not be rounded onto."""
        return self.wanted

    @abstractmethod
    def misfit(self, unit: str) -> str:
        """Why a reading of this unit can't be judged, or nothing where it can."""

    @abstractmethod
    def at_least_as_strict_as(self, other: "Criterion") -> bool:
        """Whether everything that this lets pass, `other` lets pass too. False where that can't be told."""

    @abstractmethod
    def _limit_text(self) -> str:
        """The limit in the form that `parse` reads back without loss."""

    def __str__(self) -> str:
        suffix = f" with >= {self.min_samples} samples" if self.min_samples > 1 else ""
        return f"{self._limit_text()}{suffix}"
