"""A judgement: what was seen, what was wanted, the verdict and the reason that says both."""

from dataclasses import dataclass

from checks.evidence import Evidence
from reports.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Judgement:
    """One criterion applied to one piece of evidence.

    `criterion`: its text form (`<= 0.5 s`), which `gates.criteria` reads back, or empty where there was nothing to
    apply one to (a gate that did not run). `reason`: got and wanted, for people. `remedy`: the next step (S3-15).
    `test`: the name of the test case that judged. `details`: a traceback or log, for those who look closer.
    """

    evidence: Evidence
    criterion: str
    verdict: Verdict
    reason: str
    remedy: str = ""
    test: str = ""
    details: str = ""

    @property
    def subject(self) -> str:
        """What was judged."""
        return self.evidence.subject
