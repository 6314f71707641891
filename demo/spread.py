"""A ratio as an even, deterministic sequence: 0.2 hits every fifth time, never two in a row."""

from fractions import Fraction


class EvenSpread:
    """Of the first n calls of `hit`, exactly floor(n * ratio) are True (Bresenham's line, in whole numbers)."""

    def __init__(self, ratio: float) -> None:
        self._ratio = Fraction(str(ratio))  # the decimal that was written: 0.1 is a tenth, not the nearest double
        self._calls = 0

    def hit(self) -> bool:
        """Whether this time is one of them."""
        before = self._calls * self._ratio.numerator // self._ratio.denominator
        self._calls += 1
        return self._calls * self._ratio.numerator // self._ratio.denominator > before
