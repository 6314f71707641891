"""The gate report: every gate's result for one release in one environment, and the decision that follows from it."""

from dataclasses import dataclass
from enum import Enum

from reports.exhibit import Exhibit
from reports.judgement import Judgement
from reports.verdict import Verdict, worst


@dataclass(frozen=True, slots=True)
class Release:
    """What is being judged.

    `id`: the image digest where there is one, else the version or commit; `source`: where this was learnt
    (`--release`, `GITHUB_SHA`, the URL of the target). An empty `id` means that nobody named a release.
    """

    id: str = ""
    version: str = ""
    commit: str = ""
    previous: str = ""
    source: str = ""

    @property
    def known(self) -> bool:
        """Whether there is a release to decide about."""
        return bool(self.id)

    @property
    def label(self) -> str:
        """What a line for people calls it: `1.4.2 (sha256:9f2c1e…, commit 4b1d2aa)`."""
        if not self.known:
            return "unknown release"
        first = self.version or _short(self.id)
        more = [_short(self.id)] if self.version and self.id not in (self.version, self.commit) else []
        if self.commit and self.commit != first:
            more.append(f"commit {self.commit[:7]}")
        return f"{first} ({', '.join(more)})" if more else first


@dataclass(frozen=True, slots=True)
class GateResult:
    """One gate: its judgements and its policy. A gate without judgements is INCONCLUSIVE.

    `required`: False for an advisory gate, which is reported and never decides. `duration`: seconds of its tests.
    `notes`: what a reader should know though it changes no verdict (a pass after a retry, a flaky test);
    `exhibits`: tables and plots that explain the judgements.
    """

    name: str
    required: bool
    judgements: tuple[Judgement, ...]
    duration: float = 0.0
    notes: tuple[str, ...] = ()
    exhibits: tuple[Exhibit, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The worst of its judgements."""
        return worst(judgement.verdict for judgement in self.judgements)

    @property
    def passed(self) -> int:
        """How many judgements passed."""
        return sum(judgement.verdict is Verdict.PASS for judgement in self.judgements)

    @property
    def not_passed(self) -> tuple[Judgement, ...]:
        """The judgements that did not pass, worst first, otherwise in their order."""
        bad = (judgement for judgement in self.judgements if judgement.verdict is not Verdict.PASS)
        return tuple(sorted(bad, key=lambda judgement: -judgement.verdict.badness))


@dataclass(frozen=True, slots=True)
class GateReport:
    """Every gate's result for one release in one environment.

    `stage`: the declared set of gates that was run, or empty for `tidegate report` without an environment;
    `started`: seconds since the epoch; `duration`: seconds; `incomplete`: why this is not the whole stage (an ad-hoc
    selection, an interruption), empty where it is; `notes`: facts for the reader (`binding: none`).
    `observed`: True where the environment is only being watched (`--observe`).
    """

    service: str
    environment: str
    release: Release
    stage: str
    started: float
    duration: float
    gates: tuple[GateResult, ...]
    incomplete: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    observed: bool = False

    @property
    def complete(self) -> bool:
        """Whether everything that the stage declares was run."""
        return not self.incomplete

    @property
    def verdict(self) -> Verdict:
        """The worst of the required gates; of an incomplete report never PASS."""
        required = worst(gate.verdict for gate in self.gates if gate.required)
        return worst((required, Verdict.PASS if self.complete else Verdict.INCONCLUSIVE))


class DecisionKind(Enum):
    """What to do with the release."""

    PROMOTE = "promote"
    HOLD = "hold"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer: what to do, one line that says why, and the judgements that caused it (worst first)."""

    kind: DecisionKind
    headline: str
    because: tuple[Judgement, ...] = ()


def _short(text: str) -> str:
    return f"{text[:13]}…" if text.startswith("sha256:") and len(text) > 20 else text
