"""A figure that is known, or known to lie between two others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Interval(NamedTuple):
    """What a figure is at least and at most; both are the same where it is known."""

    low: float
    high: float

    @property
    def middle(self) -> float:
        """The figure half-way."""
        return (self.low + self.high) / 2

    @property
    def known(self) -> bool:
        """Whether it is one figure."""
        return self.low == self.high

    def __contains__(self, figure: object) -> bool:
        """Tell whether a figure is possible."""
        return isinstance(figure, int | float) and self.low <= figure <= self.high

    def plus(self, other: Interval) -> Interval:
        """Add a figure."""
        return Interval(self.low + other.low, self.high + other.high)

    def less(self, other: Interval) -> Interval:
        """Take a figure away that varies by itself."""
        return Interval(self.low - other.high, self.high - other.low)

    def above_zero(self) -> Interval:
        """Leave out what is below zero, which no measure can be."""
        return Interval(max(0.0, self.low), max(0.0, self.high))


ZERO = Interval(0, 0)


def known(figure: float) -> Interval:
    """Return a figure that is known."""
    return Interval(figure, figure)


def total(figures: Iterable[Interval]) -> Interval:
    """Return the sum."""
    result = ZERO
    for figure in figures:
        result = result.plus(figure)
    return result
