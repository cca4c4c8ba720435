"""The rows of visits: which pages were asked for, what was searched, and what went into carts."""

from __future__ import annotations

import numpy as np

from mnemo_helpers.datagen._catalogue import catalogue
from mnemo_helpers.datagen._clock import SECOND
from mnemo_helpers.datagen._copy import NULL
from mnemo_helpers.datagen._draw import Ints, below, happens, part
from mnemo_helpers.datagen._people import of_region, within
from mnemo_helpers.datagen._plan import Plan
from mnemo_helpers.datagen._visits import LINES, Carts, Flags, Orders, Visits
from mnemo_helpers.datagen._words import words

HOME, SEARCH, PRODUCT, ADD, CHECKOUT = range(5)
SCREENS = ("home", "search", "product", "add to cart", "checkout")
_NOUNS = 2


def visit_rows(plan: Plan, come: Visits, filled: Carts, placed: Orders) -> dict[str, dict[str, Ints]]:
    """Return the rows of ``sessions``, ``search_queries``, ``carts``, ``cart_lines`` and ``events``."""
    known = words()
    count = len(come.begin)
    numbers = come.first + np.arange(count, dtype=np.int64)
    buys = np.zeros(count, dtype=np.bool_)
    buys[filled.visit[placed.cart]] = True
    fills = np.zeros(count, dtype=np.bool_)
    fills[filled.visit] = True
    chance = np.where(fills, known.chances["signed_in_with_cart"], known.chances["signed_in"])
    signed_in = buys | happens(come.word[0], 0, chance)
    own = happens(come.word[0], 8, known.chances["own_device"])
    device = np.where(own, come.habits.device, below(come.word[0], 16, len(known.trade["words"]["devices"])))

    times, kinds, products = _pages(plan, come, filled, placed)
    last = times.max(axis=1)
    ended = np.maximum(last, come.begin) + part(come.word[1], 0, 26)
    ended[filled.visit[placed.cart]] = placed.placed + part(come.word[1][filled.visit[placed.cart]], 0, 26)
    ended[filled.visit] = np.maximum(ended[filled.visit], filled.last + SECOND)
    there = times != NULL
    wide = np.broadcast_to(numbers[:, None], times.shape)
    searched = times[:, 1] != NULL
    return {
        "sessions": {
            "t": come.begin,
            "session_id": numbers + 1,
            "user_id": np.where(signed_in, come.user + 1, NULL),
            "region_id": come.habits.region + 1,
            "device": device,
            "started_at": come.begin,
            "ended_at": ended,
        },
        "events": {
            "t": times[there],
            "session_id": wide[there] + 1,
            "kind": kinds[there],
            "product_id": products[there],
            "occurred_at": times[there],
        },
        "search_queries": _searches(come, numbers, times[:, 1], searched),
        "carts": {
            "t": filled.added[:, 0],
            "cart": filled.first + np.arange(len(filled.visit), dtype=np.int64),
            "session_id": numbers[filled.visit] + 1,
            "created_at": filled.added[:, 0],
            "updated_at": filled.last,
        },
        "cart_lines": _cart_lines(filled),
    }


def _cart_lines(filled: Carts) -> dict[str, Ints]:
    there = filled.filled
    cart = filled.first + np.arange(len(filled.visit), dtype=np.int64)
    return {
        "t": filled.added[there],
        "cart": np.broadcast_to(cart[:, None], there.shape)[there],
        "product_id": filled.product[there] + 1,
        "quantity": filled.quantity[there],
        "added_at": filled.added[there],
        "removed_at": filled.removed[there],
    }


def _pages(plan: Plan, come: Visits, filled: Carts, placed: Orders) -> tuple[Ints, Ints, Ints]:
    """Return when each page of a visit was asked for, which it was, and the product on it; NULL where there is none."""
    known, of = words(), catalogue(plan)
    count, columns = len(come.begin), 3 + 2 * LINES + 1
    times = np.full((count, columns), NULL, dtype=np.int64)
    products = np.full((count, columns), NULL, dtype=np.int64)
    kinds = np.broadcast_to(np.array([HOME, SEARCH, PRODUCT, *[PRODUCT, ADD] * LINES, CHECKOUT]), times.shape)
    times[:, 0] = come.begin
    searches = happens(come.word[0], 40, known.chances["searches"])
    times[searches, 1] = come.begin[searches] + SECOND + part(come.word[1], 26, 21)[searches]
    browses = happens(come.word[0], 48, known.chances["looks_around"])
    browses[filled.visit] = False
    at = np.flatnonzero(browses)
    seen = of.by_leaf.pick(come.habits.favourite[at], come.word[2][at])
    seen = np.where(of.offered(seen, come.begin[at]), seen, of.by_leaf.first(come.habits.favourite[at]))
    products[at, 2] = seen + 1
    times[at, 2] = come.begin[at] + 5 * SECOND + part(come.word[3][at], 0, 27)
    there = filled.filled
    for column, when in ((3, filled.looked), (4, filled.added)):
        times[filled.visit, column : 3 + 2 * LINES : 2] = np.where(there, when, NULL)
        products[filled.visit, column : 3 + 2 * LINES : 2] = np.where(there, filled.product + 1, NULL)
    times[filled.visit[placed.cart], -1] = placed.checkout
    return times, kinds, products


def _searches(come: Visits, numbers: Ints, times: Ints, searched: Flags) -> dict[str, Ints]:
    """Return the searches: a word and a noun of the visitor's favourite goods; some mistype it and find nothing."""
    known = words()
    word, used = come.word[:, searched], come.habits
    language = of_region("language", used.region[searched])
    noun = np.array(known.span("noun"))[language, 0]
    noun = noun + _NOUNS * used.favourite[searched] + part(word[3], 32, 1)
    typo = happens(word[3], 40, known.chances["typo"])
    return {
        "t": times[searched],
        "session_id": numbers[searched] + 1,
        "language_code": language,
        "query.0": within("search", language, word[2], 40),
        "query.2": noun,
        "query.3": np.where(typo, 1, 0),
        "results": np.where(typo, 0, 3 + part(word[3], 48, 5)),
        "searched_at": times[searched],
    }
