"""How much load, and when: a level (users, or arrivals per second) that changes over the phases of a run."""

import math
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of a run: for `seconds` (whole ones) the level goes in a straight line from `start` to `end`."""

    seconds: int
    start: float
    end: float

    def __post_init__(self) -> None:
        if isinstance(self.seconds, float) or self.seconds < 1:
            raise ValueError(f"a phase lasts a whole number of seconds, at least 1, not {self.seconds}")
        for level in (self.start, self.end):
            if not 0 <= level < math.inf:
                raise ValueError(f"a level of load is 0 or more, not {level}")


@dataclass(frozen=True, slots=True)
class Shape:
    """The phases of a run, and the word for them in reports. Levels are users (closed model) or arrivals per second.

    Raises ValueError without phases, and where no load is ever asked for.
    """

    name: str
    phases: tuple[Phase, ...]

    def __post_init__(self) -> None:
        if not self.phases:
            raise ValueError("a shape has at least one phase")
        if self.peak <= 0:
            raise ValueError("the shape never asks for any load")

    @classmethod
    def constant(cls, level: float, seconds: int) -> Self:
        """The same level from the beginning to the end."""
        return cls("constant", (Phase(seconds, level, level),))

    @classmethod
    def ramp(cls, start: float, end: float, seconds: int, hold: int = 0) -> Self:
        """A straight line from one level to another, and `hold` seconds at the end of it."""
        held = (Phase(hold, end, end),) if hold else ()
        return cls("ramp", (Phase(seconds, start, end), *held))

    @classmethod
    def steps(cls, start: float, step: float, count: int, seconds: int) -> Self:
        """`count` levels, each `step` above the one before, for `seconds` each."""
        levels = [start + step * number for number in range(count)]
        return cls("steps", tuple(Phase(seconds, level, level) for level in levels))

    @classmethod
    def spike(cls, base: float, peak: float, *, before: int, during: int, after: int) -> Self:
        """A level, a sudden higher one, and the level again."""
        return cls("spike", (Phase(before, base, base), Phase(during, peak, peak), Phase(after, base, base)))

    @classmethod
    def soak(cls, level: float, seconds: int, rise: int) -> Self:
        """A slow rise to a level, which is then held for `seconds`."""
        return cls("soak", (Phase(rise, 0, level), Phase(seconds, level, level)))

    @property
    def seconds(self) -> int:
        """How long all phases last."""
        return sum(phase.seconds for phase in self.phases)

    @property
    def peak(self) -> float:
        """The highest level."""
        return max(max(phase.start, phase.end) for phase in self.phases)

    @property
    def area(self) -> float:
        """The level over time: how many arrivals there are, where the level is their rate."""
        return sum(phase.seconds * (phase.start + phase.end) / 2 for phase in self.phases)

    def level(self, at: float) -> float:
        """The level at a time in seconds since the beginning; the last one after the end."""
        for phase in self.phases:
            if at < phase.seconds:
                return phase.start + (phase.end - phase.start) * max(0.0, at) / phase.seconds
            at -= phase.seconds
        return self.phases[-1].end
