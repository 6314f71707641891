"""Turns that say what a test wants, and a clock that only moves where somebody waits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from checks.evidence import Gap, Reading
from gates.criteria import AtMost
from gates.watching.turn import Kind, Stopped, Turn
from gates.watching.watcher import Rhythm, Watched, Watcher
from reports.gate_report import GateReport, GateResult, Release
from tests.checks.conftest import dead_port, loop_thread, servers

__all__ = ["dead_port", "loop_thread", "servers"]

#: What a turn may say: a value for each criterion, None for what could not be measured, or why it stopped.
Said = dict[str, float | None] | Stopped
RHYTHM = Rhythm(duration=180, every=60, recheck=30, back_off=20)


def report(said: dict[str, float | None], release: str = "1.4.2", required: bool = True) -> GateReport:
    """Each value is judged by `<= 1`."""
    judged = tuple(
        AtMost(1).judge(Gap(name, "no answer") if value is None else Reading(name, value))
        for name, value in said.items()
    )
    gate = GateResult("metrics", required, judged)
    more = () if required else (GateResult("health", True, (AtMost(1).judge(Reading("up", 1)),)),)
    found = Release(release, release) if release else Release()
    return GateReport("shop", "staging", found, "watch", 0.0, 1.0, (gate, *more))


@dataclass
class Play:
    """Gives one turn after the other; the last one again and again."""

    said: Sequence[Said | GateReport]
    takes: float = 1.0
    clock: float = 1000.0
    waits: list[float] = field(default_factory=list)
    kinds: list[Kind] = field(default_factory=list)
    interrupt_at: int = 0

    def turn(self, number: int, kind: Kind, at: float) -> Turn:
        if number == self.interrupt_at:
            raise KeyboardInterrupt
        self.kinds.append(kind)
        self.clock += self.takes
        said = self.said[min(number, len(self.said)) - 1]
        if isinstance(said, Stopped):
            return Turn(number, kind, at, 0.0, self.takes, "", None, said.value, said)
        found = said if isinstance(said, GateReport) else report(said)
        return Turn(number, kind, at, 0.0, self.takes, "", found)

    def wait(self, seconds: float) -> None:
        self.waits.append(round(seconds, 6))
        self.clock += seconds


@pytest.fixture
def watch() -> Callable[..., tuple[Watched, Play]]:
    """Watch what the turns say, by a rhythm of 180 s, every 60 s."""

    def run(*said: Said | GateReport, rhythm: Rhythm = RHYTHM, **given: object) -> tuple[Watched, Play]:
        play = Play(said, **given)
        watched = Watcher(rhythm, play.turn, lambda: play.clock, play.wait, lambda turn: None).run()
        return watched, play

    return run
