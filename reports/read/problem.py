"""What makes a readable report not fully believable, and what that does to the gate."""

from dataclasses import dataclass, replace
from enum import Enum
from typing import assert_never

from reports.read.words import counted
from reports.verdict import Verdict


class Effect(Enum):
    """What a problem does to the gate that reads the file."""

    FAIL = "fail"
    """The file says that something failed, though no case shows it."""
    INCONCLUSIVE = "inconclusive"
    """Evidence is missing or contradicts itself: the gate can't pass."""
    NOTE = "note"
    """Worth knowing; changes no verdict."""

    @property
    def verdict(self) -> Verdict:
        """What is left of a gate that is otherwise in order."""
        match self:
            case Effect.FAIL:
                return Verdict.FAIL
            case Effect.INCONCLUSIVE:
                return Verdict.INCONCLUSIVE
            case Effect.NOTE:
                return Verdict.PASS
            case unreachable:
                assert_never(unreachable)


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem: its effect, what it is (got and wanted), and where. `line` is 0 and `file` empty where unknown."""

    effect: Effect
    message: str
    line: int = 0
    file: str = ""

    def __str__(self) -> str:
        place = f"line {self.line}: " if self.line else ""
        return f"{self.effect.value}: {place}{self.message}"


class ProblemList:
    """Collects problems in bounded memory: the first of each effect are kept, the rest are counted, none is lost."""

    #: As many of each effect are kept as a person would read.
    KEPT = 20

    def __init__(self) -> None:
        self._kept: dict[Effect, list[Problem]] = {effect: [] for effect in Effect}
        self._more: dict[Effect, int] = dict.fromkeys(Effect, 0)

    def add(self, effect: Effect, message: str, line: int = 0) -> None:
        """Remember a problem, or count it where enough of its effect are remembered already."""
        kept = self._kept[effect]
        if len(kept) < self.KEPT:
            kept.append(Problem(effect, message, line))
        else:
            self._more[effect] += 1

    def all(self, file: str = "") -> tuple[Problem, ...]:
        """The problems, the worst effect first, each naming `file`."""
        out: list[Problem] = []
        for effect, kept in self._kept.items():
            out += kept
            if more := self._more[effect]:
                out.append(Problem(effect, f"and {counted(more, 'more problem')} like these"))
        return tuple(replace(problem, file=file) for problem in out)
