"""The whole shop, as rows in the order of time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mnemo_helpers.datagen import _catalogue, _people, _reference, _visits
from mnemo_helpers.datagen._books import Books
from mnemo_helpers.datagen._clock import END
from mnemo_helpers.datagen._copy import Rows, encode, encode_few
from mnemo_helpers.datagen._orders import order_rows
from mnemo_helpers.datagen._pages import visit_rows
from mnemo_helpers.datagen._plan import Plan
from mnemo_helpers.datagen._tables import FEW, many

# Orders that are made at once; they bring some 40 rows each.
AT_ONCE = 2_000
_MOST_AT_ONCE = 50_000
# Rows that are written at once.
_ROWS = 1 << 15


def make(plan: Plan, at_once: int = AT_ONCE) -> Iterator[tuple[str, int, bytes | memoryview]]:
    """Yield the shop piece by piece: a table, how many rows, and the rows in the binary COPY format.

    Args:
        plan: how much, and which.
        at_once: how many orders are made at once; changes no byte.
    """
    for table, columns in _many(plan, at_once):
        count = len(next(iter(columns.values())))
        for first in range(0, count, _ROWS):
            piece = {name: columns[name][first : first + _ROWS] for name in columns}
            yield table, min(_ROWS, count - first), encode(many()[table], piece)
        if table == "prices":
            # The server is at work on the many when Python makes the few.
            for few, rows in _reference.few(plan):
                yield few, len(rows), encode_few(FEW[few], rows)


def _many(plan: Plan, at_once: int) -> Iterator[tuple[str, Rows]]:
    yield from _users(plan, 4 * at_once)
    yield "prices", _catalogue.price_rows(plan)
    books = Books(plan)
    at_once = min(at_once, _MOST_AT_ONCE)
    for first in range(0, plan.orders, at_once):
        after = min(first + at_once, plan.orders)
        come = _visits.visits(plan, first, after)
        filled = _visits.carts(plan, come, first, after)
        placed = _visits.orders(plan, filled, first, after)
        books.foresee(visit_rows(plan, come, filled, placed) | order_rows(plan, come, filled, placed))
        yield from books.close(_next(plan, after))
    yield "inventory", books.inventory()


def _next(plan: Plan, order: int) -> int:
    """Return when the first visit begins of those that are not made yet."""
    if order == plan.orders:
        return END
    visit = np.array([_visits.visits_until(plan, order)], dtype=np.int64)
    return int(_visits.begins(plan, visit)[0])


def _users(plan: Plan, at_once: int) -> Iterator[tuple[str, Rows]]:
    waiting: list[Rows] = []
    for first in range(0, plan.users, at_once):
        after = min(first + at_once, plan.users)
        for table, rows in _people.user_rows(plan, first, after):
            if table == "addresses":
                waiting.append(rows)
            else:
                yield table, rows
        # Until somebody joins who is not known yet, every address is known.
        until = END if after == plan.users else int(_people.joined(plan, np.array([after], dtype=np.int64))[0])
        whole = {name: np.concatenate([part[name] for part in waiting]) for name in waiting[0]}
        due = whole["t"] < until
        order = np.argsort(whole["t"][due], kind="stable")
        yield "addresses", {name: values[due][order] for name, values in whole.items()}
        waiting = [{name: values[~due] for name, values in whole.items()}]
