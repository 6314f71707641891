"""What came of a load run: a LoadResult, whole or not, with the reason in words. It judges nothing."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from checks.evidence import Artefact
from load.measured import NOTHING, Measured


class Ending(enum.StrEnum):
    """How a run ended."""

    #: It ran its whole length.
    FINISHED = "finished"
    #: `should_abort` said so.
    ABORTED = "aborted"
    #: A guard rail ended it.
    CAPPED = "capped"
    #: Ctrl-C, or a signal to end.
    INTERRUPTED = "interrupted"
    #: Generators failed, vanished or said nothing: what was measured is not the whole truth.
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Usage:
    """What a target used, at one moment. None is what could not be read.

    at            seconds since the start of the run
    cpu           cores in use since the sample before (1.5: one and a half)
    cpu_limit     cores that it can have
    memory        bytes in use
    memory_limit  bytes that it can have
    disk_read, disk_written   bytes per second since the sample before
    disk_used     share of its disk that is full, 0..1
    """

    at: float
    cpu: float | None = None
    cpu_limit: float | None = None
    memory: int | None = None
    memory_limit: int | None = None
    disk_read: float | None = None
    disk_written: float | None = None
    disk_used: float | None = None


@dataclass(frozen=True, slots=True)
class TargetUsage:
    """A watched target over the run. `source`: the command or call that was used. `gap`: why samples are missing, empty
    where none are; samples up to then are kept."""

    name: str
    source: str
    samples: tuple[Usage, ...] = ()
    gap: str = ""


@dataclass(frozen=True, slots=True)
class LoadResult:
    """One load run.

    began       when the first request was due, in seconds since the epoch
    plan        the plan as JSON (`load.plan_file.plan_to_dict`) with secrets masked
    seconds     how long it was planned to last; `elapsed`: how long it did (without the drain)
    ending      how it ended, `why` in words (empty for FINISHED)
    measured    tallies by request name and window, users, the generators' health
    generators  how many processes (local or external workers) were to report, `reported` how many did to the end
    targets     what the watched targets used
    tools       name → version of what generated the load (`locust`, `python`)
    raw         the file of raw response times, where the plan asked for them
    """

    began: float
    plan: Mapping[str, object]
    seconds: int
    elapsed: float
    ending: Ending
    why: str = ""
    measured: Measured = NOTHING
    generators: int = 1
    reported: int = 0
    targets: tuple[TargetUsage, ...] = ()
    tools: Mapping[str, str] = field(default_factory=dict)
    raw: Artefact | None = None

    def __post_init__(self) -> None:
        if (self.ending is Ending.FINISHED) == bool(self.why):
            raise ValueError(f"a run that is {self.ending.value} has {'' if self.why else 'no '}words why")
        if self.reported > self.generators:
            raise ValueError(f"{self.reported} generators reported, and there were {self.generators}")
        if self.whole and self.measured.tally().outstanding:
            raise ValueError("a run that is over has requests without a fate")

    @property
    def whole(self) -> bool:
        """Whether everything that was measured is here: every generator reported to the end."""
        return self.ending is not Ending.BROKEN

    @property
    def complete(self) -> bool:
        """Whether it ran its whole length and everything that was measured is here."""
        return self.ending is Ending.FINISHED

    @property
    def warm_up(self) -> int:
        """Seconds at the beginning that are not to be judged."""
        seconds = self.plan.get("warm_up")
        if not isinstance(seconds, int):
            raise ValueError("the plan of this result does not say how long its warm-up was")
        return seconds
