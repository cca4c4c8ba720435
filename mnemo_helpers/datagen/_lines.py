"""The lines of orders: what stayed in the cart, at the price and with the discount of the moment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mnemo_helpers.datagen._catalogue import catalogue, units
from mnemo_helpers.datagen._clock import END, day_of
from mnemo_helpers.datagen._copy import NULL
from mnemo_helpers.datagen._draw import Ints, Words, stream
from mnemo_helpers.datagen._plan import Plan
from mnemo_helpers.datagen._visits import LINES, Carts, Orders


@dataclass(frozen=True)
class Lines:
    """The lines of orders, one after the other: order positions, line numbers from 1, and what they hold."""

    order: Ints
    number: Ints
    product: Ints
    quantity: Ints
    price: Ints
    discount: Ints
    promotion: Ints
    word: Words

    @property
    def total(self) -> Ints:
        """What a line costs, in hundredths."""
        return self.quantity * self.price - self.discount


def lines_of(plan: Plan, filled: Carts, placed: Orders, currency: Ints) -> Lines:
    """Return the lines of these orders, each in the currency of its order."""
    of = catalogue(plan)
    kept = filled.filled[placed.cart] & (filled.removed[placed.cart] == NULL)
    order, column = np.nonzero(kept)
    number = kept.cumsum(axis=1)[kept]
    product = filled.product[placed.cart[order], column]
    quantity = filled.quantity[placed.cart[order], column]
    times = placed.placed[order]
    price = of.price(product, currency[order], np.minimum(times, END - 1))
    offer = of.promoted[np.minimum(day_of(times), len(of.promoted) - 1)]
    leaves = np.array([each.leaf for each in of.promotions])
    percents = np.array([each.percent for each in of.promotions])
    holds = (offer >= 0) & (leaves[offer] == of.leaf[product])
    unit = units()[currency[order]]
    discount = np.where(holds, quantity * price * percents[offer] // (100 * unit) * unit, 0)
    holds &= discount > 0
    # Four words of chance for each line that a cart could have, of which those are read that it has.
    chance = stream(plan.seed, "fates", placed.first * LINES, len(placed.placed) * LINES)[:, order * LINES + column]
    return Lines(
        order, number, product, quantity, price, np.where(holds, discount, 0), np.where(holds, offer + 1, NULL), chance
    )
