"""The loop of a watch: turn after turn, a second look at what failed, a pause where the measuring itself failed."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from gates.watching.process import another_release
from gates.watching.turn import Criterion, Kind, Stopped, Turn
from reports.verdict import Verdict

#: How often what failed is looked at again until it is clear.
_RECHECKS: Final = 3


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When what happens, in seconds; see `gates.environment.watch`."""

    duration: float
    every: float
    recheck: float
    back_off: float
    flaps: int = 3
    keep_going: bool = False


@dataclass(frozen=True, slots=True)
class Watched:
    """What a watch saw. `confirmed`: the criteria that count as failed, and why; `interrupted`: it was ended early."""

    turns: tuple[Turn, ...] = ()
    confirmed: dict[Criterion, str] = field(default_factory=dict)
    interrupted: bool = False


@dataclass(slots=True)
class Watcher:
    """Watches by a `rhythm`.

    `turn`: makes one turn: its number, why, and how long after the beginning; `now`, `wait`: the clock (monotonic
    seconds) and a sleep; `told`: takes each turn when it is over, and the confirmed criteria so far.
    """

    rhythm: Rhythm
    turn: Callable[[int, Kind, float], Turn]
    now: Callable[[], float]
    wait: Callable[[float], None]
    told: Callable[[Turn], None]
    turns: list[Turn] = field(default_factory=list)
    confirmed: dict[Criterion, str] = field(default_factory=dict)
    _flaps: Counter[Criterion] = field(default_factory=Counter)
    _began: float = 0.0

    def run(self) -> Watched:
        """Watch to the end. An interruption (Ctrl-C) ends it early; what was seen until then is returned."""
        self._began = self.now()
        try:
            self._watch()
        except KeyboardInterrupt:
            return Watched(tuple(self.turns), self.confirmed, interrupted=True)
        return Watched(tuple(self.turns), self.confirmed)

    def _watch(self) -> None:
        rhythm, planned = self.rhythm, 0.0
        while True:
            self._wait_until(planned)
            turn = self._make(Kind.TURN)
            if turn.stopped is not None:
                return
            fresh = {criterion: why for criterion, why in turn.failed.items() if criterion not in self.confirmed}
            if fresh and self._recheck(fresh):
                return
            if self.confirmed and not rhythm.keep_going:
                return
            at = self._elapsed()
            if planned >= rhythm.duration:
                return
            # The last turn is at the very end, so that the whole time was watched; what could not be measured is
            # tried again sooner.
            failed = self.turns[-1].verdict is Verdict.INCONCLUSIVE
            next_one = at + rhythm.back_off if failed else max(planned + rhythm.every, at)
            planned = min(next_one, rhythm.duration) if at < rhythm.duration else rhythm.duration

    def _recheck(self, failed: dict[Criterion, str]) -> bool:
        """Look again at what failed; whether the watch can't go on.

        What fails a second time is confirmed. What passes was passing: it counts as a flap. What the second look could
        not judge is looked at again.
        """
        pending = dict(failed)
        for _ in range(_RECHECKS):
            self.wait(self.rhythm.recheck)
            turn = self._make(Kind.RECHECK)
            if turn.stopped is not None:
                return True
            again = turn.failed
            passed = turn.passed
            for criterion in list(pending):
                if criterion in again:
                    self.confirmed[criterion] = f"{again[criterion]}; {_after(self.rhythm.recheck)}"
                elif criterion in passed:
                    self._flap(criterion, pending[criterion])
                else:
                    continue
                del pending[criterion]
            if self.confirmed and not self.rhythm.keep_going:
                return False
            pending |= {criterion: why for criterion, why in again.items() if criterion not in self.confirmed}
            if not pending:
                return False
        return False

    def _flap(self, criterion: Criterion, reason: str) -> None:
        self._flaps[criterion] += 1
        if self._flaps[criterion] >= self.rhythm.flaps:
            self.confirmed[criterion] = f"{reason}; it failed in {self._flaps[criterion]} turns, and passed in between"

    def _make(self, kind: Kind) -> Turn:
        turn = self.turn(len(self.turns) + 1, kind, round(self._elapsed(), 3))
        first = next((one.report for one in self.turns if one.report is not None and one.report.release.known), None)
        if words := another_release(first, turn.report):
            turn = Turn(
                turn.number,
                turn.kind,
                turn.at,
                turn.began,
                turn.took,
                turn.folder,
                turn.report,
                words,
                Stopped.ANOTHER_RELEASE,
            )
        self.turns.append(turn)
        self.told(turn)
        return turn

    def _elapsed(self) -> float:
        return self.now() - self._began

    def _wait_until(self, moment: float) -> None:
        left = moment - self._elapsed()
        if left > 0:
            self.wait(left)


def _after(seconds: float) -> str:
    from checks.units import format_value

    return f"so it was {format_value(seconds, 's')} later, too" if seconds else "so it was at once again"
