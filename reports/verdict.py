"""The three verdicts and their one order of badness."""

from collections.abc import Iterable
from enum import Enum


class Verdict(Enum):
    """PASS, INCONCLUSIVE (could not be judged) or FAIL."""

    PASS = "PASS"
    INCONCLUSIVE = "INCONCLUSIVE"
    FAIL = "FAIL"

    @property
    def badness(self) -> int:
        """0 for PASS, 1 for INCONCLUSIVE, 2 for FAIL."""
        return _ORDER.index(self)


_ORDER = (Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.FAIL)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of all. Of nothing it is INCONCLUSIVE: where nothing was judged, nothing passed."""
    return max(verdicts, key=lambda verdict: verdict.badness, default=Verdict.INCONCLUSIVE)
