"""How much of the shop is made: the sizes that have names, and any factor between."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from mnemo_helpers.errors import MnemoError, UnknownName

SEED = 7
SIZES = {"tiny": Fraction(1, 54), "small": Fraction(1), "large": Fraction(210)}
_ORDERS = 27_000
_FEWEST, _MOST = 200, 5_670_000
_SEEDS = 2**63


@dataclass(frozen=True)
class Plan:
    """A size and a seed, and what follows from them.

    Attributes:
        size: its name, or the factor as it was written.
        seed: chooses among the histories that are equally likely.
        orders: how many orders there are.
    """

    size: str
    seed: int
    orders: int

    @property
    def carts(self) -> int:
        """How many carts are filled: two of three are ordered."""
        return self.orders * 3 // 2

    @property
    def sessions(self) -> int:
        """How many visits there are."""
        return self.orders * 5 // 2

    @property
    def users(self) -> int:
        """How many customers there are."""
        return self.orders * 2 // 5

    @property
    def products(self) -> int:
        """How many products are sold: their number grows with the square root of that of orders."""
        return math.isqrt(144 * self.orders)


def plan(size: str = "small", seed: int | str = SEED) -> Plan:
    """Return the plan for a size and a seed.

    Args:
        size: ``tiny``, ``small``, ``large``, or a factor of ``small`` as a decimal number, as ``0.25``.
        seed: a whole number from 0 to 2 ** 63 - 1.

    Raises:
        UnknownName: there is no such size.
        MnemoError: the factor or the seed is out of range, or is no number.
    """
    name = size.strip()
    factor = SIZES.get(name)
    if factor is None:
        try:
            factor = Fraction(name)
        except (ValueError, ZeroDivisionError):
            raise UnknownName("size", size, SIZES) from None
    orders = math.floor(_ORDERS * factor)
    if not _FEWEST <= orders <= _MOST:
        least, most = Fraction(_FEWEST, _ORDERS), Fraction(_MOST, _ORDERS)
        raise MnemoError(
            f"A shop of size {size} cannot be made.",
            remedy=f"Choose a factor from {math.ceil(least * 1000) / 1000} to {math.floor(most)}, "
            f"or one of {', '.join(SIZES)}.",
        )
    return Plan(name, _seed(seed), orders)


def _seed(seed: int | str) -> int:
    try:
        number = int(seed)
    except ValueError:
        raise MnemoError(
            f"The seed {seed!r} is no whole number.", remedy=f"Choose one from 0 on; the course's is {SEED}."
        ) from None
    if not 0 <= number < _SEEDS:
        raise MnemoError(f"The seed {number} is out of range.", remedy=f"Choose one from 0 to {_SEEDS - 1}.")
    return number
