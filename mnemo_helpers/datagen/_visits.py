"""Visits: who comes, what is searched, looked at, put into carts and ordered.

Numbers are nested: order ``j`` lies in one cart out of its own few, and a cart in one visit out of its own few, so that
a range of orders is a range of carts and a range of visits, and can be made alone.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mnemo_helpers.datagen._catalogue import Catalogue, catalogue, promotions
from mnemo_helpers.datagen._clock import FIRST_DAY, LAST_DAY, SECOND, Rhythm, day_of
from mnemo_helpers.datagen._copy import NULL
from mnemo_helpers.datagen._draw import Ints, Words, below, happens, part, quantile, stream, trait
from mnemo_helpers.datagen._people import Habits, crowd, habits, of_region, taste
from mnemo_helpers.datagen._plan import Plan
from mnemo_helpers.datagen._words import words

LINES = 5
_ROUNDS = 4
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Visits:
    """The visits of a range of orders, by columns.

    Attributes:
        first: number of the first visit.
        begin: when each began.
        user: who came.
        habits: what the user is used to.
        word: chance left over, for what belongs to the visit.
    """

    first: int
    begin: Ints
    user: Ints
    habits: Habits
    word: Words


@dataclass(frozen=True)
class Carts:
    """The carts of these visits; arrays of two dimensions have a row for each cart and ``LINES`` columns.

    Attributes:
        first: number of the first cart.
        visit: position of its visit among the visits.
        product: NULL where there is no line.
        looked: when the product was looked at.
        added: when it went in.
        removed: when it went out; NULL where it stayed.
        last: when its last product went in or out.
    """

    first: int
    visit: Ints
    product: Ints
    quantity: Ints
    looked: Ints
    added: Ints
    removed: Ints
    last: Ints
    word: Words

    @property
    def filled(self) -> Flags:
        """Where there is a line."""
        filled: Flags = self.product != NULL
        return filled


@dataclass(frozen=True)
class Orders:
    """The orders of these carts.

    Attributes:
        first: number of the first order.
        cart: position of its cart among the carts.
        checkout: when checking out began.
        placed: when it was placed.
    """

    first: int
    cart: Ints
    checkout: Ints
    placed: Ints


@functools.cache
def _rhythm() -> Rhythm:
    known = words().weights["rhythm"]
    days = [day for offer in promotions() for day in range(offer.first_day, offer.after_day)]
    return Rhythm(FIRST_DAY, LAST_DAY, known, known["growth_percent"], days, known["promotion_percent"])


def begins(plan: Plan, visits: Ints) -> Ints:
    """Return when visits begin, not before those with lower numbers."""
    return _rhythm().times(visits, plan.sessions, trait(plan.seed, "begins", visits))


def visits_until(plan: Plan, order: int) -> int:
    """Return the number of the first visit that belongs to no order before this one."""
    return order * plan.carts // plan.orders * plan.sessions // plan.carts


def visits(plan: Plan, first: int, after: int) -> Visits:
    """Return the visits that belong to orders ``first`` up to ``after``."""
    low, high = visits_until(plan, first), visits_until(plan, after)
    numbers = np.arange(low, high, dtype=np.int64)
    begin = begins(plan, numbers)
    user = crowd(plan).visitors(plan, numbers, begin)
    return Visits(low, begin, user, habits(plan, user), stream(plan.seed, "visits", low, high - low))


def _nested(first: int, after: int, inner: int, outer: int, word: Words) -> tuple[int, Ints]:
    """Place each of a range of ``inner`` among its own of ``outer``; return the first outer number and positions."""
    numbers = np.arange(first, after, dtype=np.int64)
    low, high = numbers * outer // inner, (numbers + 1) * outer // inner
    start = first * outer // inner
    return start, low - start + below(word, 0, high - low)


def carts(plan: Plan, come: Visits, first: int, after: int) -> Carts:
    """Return the carts that belong to orders ``first`` up to ``after``."""
    known, of = words(), catalogue(plan)
    low, high = first * plan.carts // plan.orders, after * plan.carts // plan.orders
    word = stream(plan.seed, "carts", low, high - low)
    _, visit = _nested(low, high, plan.carts, plan.sessions, word[0])
    count = high - low
    wanted = quantile(known.quantiles["lines"], word[1], 0)
    shape = (count, LINES)
    product = np.full(shape, NULL, dtype=np.int64)
    quantity, looked, added = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    removed = np.full(shape, NULL, dtype=np.int64)
    now = come.begin[visit] + 5 * SECOND + part(word[0], 24, 24)
    day = day_of(come.begin[visit])
    anchor = _anchor(plan, of, come, visit, day, low)
    for line in range(LINES):
        rows = np.flatnonzero(wanted > line)
        drawn = stream(plan.seed, f"lines {line}", low, count)[:, rows]
        chosen = anchor[rows] if line == 0 else _beside(of, anchor[rows], come.begin[visit[rows]], drawn)
        fresh = ~(product[rows, :line] == chosen[:, None]).any(axis=1)
        rows, chosen, drawn = rows[fresh], chosen[fresh], drawn[:, fresh]
        look = now[rows] + quantile(known.quantiles["look"], drawn[1], 0) * SECOND + part(drawn[1], 32, 19)
        put = look + quantile(known.quantiles["put"], drawn[1], 16) * SECOND + part(drawn[1], 52, 12) * 200
        product[rows, line], looked[rows, line], added[rows, line] = chosen, look, put
        quantity[rows, line] = quantile(known.quantiles["quantity"], drawn[2], 0)
        now[rows] = put
        if line:
            gone = happens(drawn[2], 16, known.chances["removes"])
            removed[rows[gone], line] = put[gone] + 10 * SECOND + part(drawn[2], 24, 25)[gone]
    last = np.maximum(now, removed.max(axis=1))
    return Carts(low, visit, product, quantity, looked, added, removed, last, word[2])


def _anchor(plan: Plan, of: Catalogue, come: Visits, visit: Ints, day: Ints, first: int) -> Ints:
    """Return the product that each cart begins with: by habit, by the taste of the region, or for a promotion."""
    known = words()
    word = stream(plan.seed, "anchors", first, len(visit))
    used = come.habits
    drawn = part(word[0], 0, 8)
    favourite, second = known.chances["favourite"], known.chances["second_favourite"]
    other = taste(of_region("climate", used.region[visit]), word[1])
    leaf = np.where(drawn < favourite, used.favourite[visit], other)
    leaf = np.where((drawn >= favourite) & (drawn < favourite + second), used.second[visit], leaf)
    offer = of.promoted[day]
    leaves = np.array([each.leaf for each in of.promotions])
    follows = (offer >= 0) & happens(word[0], 8, known.chances["follows_promotion"])
    leaf = np.where(follows, leaves[offer], leaf)
    begin = come.begin[visit]
    chosen = of.by_leaf.first(leaf)
    waiting = np.arange(len(visit))
    for number in range(_ROUNDS):
        tried = of.by_leaf.pick(leaf[waiting], trait(plan.seed, f"anchor {number}", waiting + first))
        there = of.offered(tried, begin[waiting])
        chosen[waiting[there]] = tried[there]
        waiting = waiting[~there]
    return chosen


def _beside(of: Catalogue, anchor: Ints, begin: Ints, word: Words) -> Ints:
    """Return a further product of the same seller; where it is not offered yet, the seller's first."""
    tenant = of.tenant[anchor]
    same = happens(word[3], 0, words().chances["same_category"])
    alike = of.by_leaf.pick(of.leaf[anchor], word[0])
    alike = np.where(of.tenant[alike] == tenant, alike, of.by_tenant.pick(tenant, word[3] >> np.uint64(8)))
    chosen = np.where(same, alike, of.by_tenant.pick(tenant, word[3] >> np.uint64(8)))
    return np.where(of.offered(chosen, begin), chosen, of.by_tenant.first(tenant))


def orders(plan: Plan, filled: Carts, first: int, after: int) -> Orders:
    """Return orders ``first`` up to ``after``."""
    known = words()
    word = stream(plan.seed, "orders", first, after - first)
    _, cart = _nested(first, after, plan.orders, plan.carts, word[0])
    checkout = filled.last[cart] + quantile(known.quantiles["check_out"], word[0], 24) * SECOND + part(word[1], 0, 19)
    placed = checkout + quantile(known.quantiles["pay"], word[0], 40) * SECOND + part(word[1], 20, 19)
    return Orders(first, cart, checkout, placed)
